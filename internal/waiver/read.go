package waiver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"graphpact/internal/transport"
	"graphpact/internal/yamlfile"
)

// The keys of a file and of an entry.
const (
	keyWaivers     = "waivers"
	keyRequirement = "requirement"
	keyOperation   = "operation"
	keyEndpoint    = "endpoint"
	keyReason      = "reason"
	keyOwner       = "owner"
	keyExpires     = "expires"
)

var (
	entryKeys = []string{keyRequirement, keyReason, keyOwner, keyExpires, keyEndpoint, keyOperation}
	needed    = []string{keyRequirement, keyReason, keyOwner, keyExpires}

	requirementForm = regexp.MustCompile(`^[^\[\]\s]+(\[.+\])?$`)
	operationForm   = regexp.MustCompile(`^[A-Z]+ /`)
	placeholder     = regexp.MustCompile(`(?s)^\s*<.*>\s*$`)
)

// Parse reads a file of waivers; its name is in each error. It is strict: an unknown
// key, a value of the wrong kind, a missing value, a placeholder, a date that is none
// and a duplicate entry are errors, each with its line, all of them joined. A file
// without entries is legal.
func Parse(file string, data []byte) (*List, error) {
	top, err := yamlfile.Parse(file, data)
	if err != nil {
		return nil, err
	}
	p := parser{file: file}
	if top != nil {
		p.top(top)
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return &p.list, nil
}

type parser struct {
	file string
	list List
	errs []error
}

func (p *parser) fail(v *yamlfile.Value, format string, args ...any) {
	p.errs = append(p.errs, v.Errorf(format, args...))
}

func (p *parser) top(top *yamlfile.Value) {
	values := p.mapping(top, []string{keyWaivers}, "waivers: with a list of entries below it")
	list := values[keyWaivers]
	if list == nil {
		if len(p.errs) == 0 {
			p.fail(top, "the key waivers is missing")
		}
		return
	}
	if list.IsNull() {
		return // waivers: with nothing below
	}
	items, ok := list.List()
	if !ok {
		p.fail(list, "waivers: expected a list of entries, as `- requirement: UPD-02`")
		return
	}
	lines := map[string]int{}
	for _, v := range items {
		e, ok := p.entry(v)
		if !ok {
			continue
		}
		if line, dup := lines[e.key()]; dup {
			p.fail(v, "%s is waived already in line %d; keep one of them", e.Requirement, line)
			continue
		}
		lines[e.key()] = e.Line
		p.list.Entries = append(p.list.Entries, e)
	}
}

// mapping gives the values of a mapping that may hold the known keys and no other.
func (p *parser) mapping(v *yamlfile.Value, known []string, expected string) map[string]*yamlfile.Value {
	entries, errs, ok := v.Mapping("key", known)
	if !ok {
		p.fail(v, "expected %s", expected)
		return nil
	}
	p.errs = append(p.errs, errs...)
	values := map[string]*yamlfile.Value{}
	for _, e := range entries {
		values[e.Key] = e.Value
	}
	return values
}

// entry reads one entry; ok is false where it has errors.
func (p *parser) entry(v *yamlfile.Value) (e Entry, ok bool) {
	before := len(p.errs)
	values := p.mapping(v, entryKeys, "an entry, with "+strings.Join(needed, ", "))
	if values == nil {
		return e, false
	}
	e = Entry{File: p.file, Line: v.Line()}
	for _, f := range []struct {
		key   string
		to    *string
		check func(string) (string, error)
	}{
		{keyRequirement, &e.Requirement, checkRequirement},
		{keyReason, &e.Reason, filledIn("say why the failure is accepted")},
		{keyOwner, &e.Owner, filledIn("name who sees to it")},
		{keyExpires, &e.Expires, checkDate},
		{keyEndpoint, &e.Endpoint, transport.NormalBase}, // the path keeps its case: /v1.0 and /beta are two endpoints
		{keyOperation, &e.Operation, checkOperation},
	} {
		value := values[f.key]
		if value == nil {
			if slices.Contains(needed, f.key) {
				p.fail(v, "%s is missing", f.key)
			}
			continue
		}
		var tags []string
		if f.key == keyExpires {
			tags = []string{"!!timestamp"}
		}
		text, err := value.Text(tags...)
		if err == nil {
			*f.to, err = f.check(text)
		}
		if err != nil {
			p.fail(value, "%s: %w", f.key, err)
		}
	}
	return e, len(p.errs) == before
}

func checkRequirement(s string) (string, error) {
	if !requirementForm.MatchString(s) {
		return "", fmt.Errorf("%q is none; write it as UPD-02, or UPD-01[color=blue] for one row", s)
	}
	return s, nil
}

// filledIn refuses the placeholders of a suggested waiver.
func filledIn(what string) func(string) (string, error) {
	return func(s string) (string, error) {
		if placeholder.MatchString(s) {
			return "", fmt.Errorf("%s is a placeholder; %s", s, what)
		}
		return s, nil
	}
}

func checkDate(s string) (string, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("%q is no date; write it as 2026-12-31, the last day on which the waiver covers anything", s)
	}
	return s, nil
}

func checkOperation(s string) (string, error) {
	if !operationForm.MatchString(s) {
		return "", fmt.Errorf("%q is none; write the method and path of the page, as PATCH /lamps/{lampId}", s)
	}
	return s, nil
}

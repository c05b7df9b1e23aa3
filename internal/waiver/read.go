package waiver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Suggest gives the known word that a misspelt one is likely to mean; "" where there is none.
type Suggest func(word string, known []string) string

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

// Parse reads a file of waivers; its name stands in errors. It is strict: an unknown
// key, a value of the wrong kind, a missing value, a placeholder, a date that is
// none and an entry that stands twice are errors, each with its line, all of them joined.
// A file without entries is legal.
func Parse(file string, data []byte, suggest Suggest) (*List, error) {
	p := parser{file: file, suggest: suggest}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return &List{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("%s: not valid YAML: %w", file, err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		return nil, p.errorf(&second, "a second document; all waivers stand in one")
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: not valid YAML: %w", file, err)
	}
	p.top(doc.Content[0])
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return &p.list, nil
}

type parser struct {
	file    string
	suggest Suggest
	list    List
	errs    []error
}

func (p *parser) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{p.file, n.Line}, args...)...)
}

func (p *parser) fail(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, p.errorf(n, format, args...))
}

func (p *parser) top(n *yaml.Node) {
	if n.ShortTag() == "!!null" {
		return // comments alone
	}
	values := p.mapping(n, []string{keyWaivers}, "waivers: with a list of entries below it")
	list := values[keyWaivers]
	switch {
	case list == nil:
		if len(p.errs) == 0 {
			p.fail(n, "the key waivers is missing")
		}
		return
	case list.ShortTag() == "!!null":
		return // waivers: with nothing below
	case list.Kind != yaml.SequenceNode:
		p.fail(list, "waivers: expected a list of entries, as `- requirement: UPD-02`")
		return
	}
	lines := map[string]int{}
	for _, n := range list.Content {
		e, ok := p.entry(n)
		if !ok {
			continue
		}
		if line, dup := lines[e.key()]; dup {
			p.fail(n, "%s is waived already in line %d; keep one of them", e.Requirement, line)
			continue
		}
		lines[e.key()] = e.Line
		p.list.Entries = append(p.list.Entries, e)
	}
}

// mapping gives the values of a mapping that may hold the known keys and no other.
func (p *parser) mapping(n *yaml.Node, known []string, expected string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "expected %s", expected)
		return nil
	}
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, key.Value):
			hint := "known: " + strings.Join(known, ", ")
			if near := p.suggest(key.Value, known); near != "" {
				hint = "did you mean " + strconv.Quote(near) + "?"
			}
			p.fail(key, "there is no key %q; %s", key.Value, hint)
		case values[key.Value] != nil:
			p.fail(key, "%s stands twice", key.Value)
		default:
			values[key.Value] = value
		}
	}
	return values
}

// entry reads one entry; ok is false where it has errors.
func (p *parser) entry(n *yaml.Node) (e Entry, ok bool) {
	before := len(p.errs)
	values := p.mapping(n, entryKeys, "an entry, with "+strings.Join(needed, ", "))
	if values == nil {
		return e, false
	}
	e = Entry{File: p.file, Line: n.Line}
	for _, f := range []struct {
		key   string
		to    *string
		check func(string) (string, error)
	}{
		{keyRequirement, &e.Requirement, checkRequirement},
		{keyReason, &e.Reason, filledIn("say why the failure is accepted")},
		{keyOwner, &e.Owner, filledIn("name who sees to it")},
		{keyExpires, &e.Expires, checkDate},
		{keyEndpoint, &e.Endpoint, normalEndpoint},
		{keyOperation, &e.Operation, checkOperation},
	} {
		at := values[f.key]
		if at == nil {
			if slices.Contains(needed, f.key) {
				p.fail(n, "%s is missing", f.key)
			}
			continue
		}
		text, err := plainText(f.key, at)
		if err == nil {
			*f.to, err = f.check(text)
		}
		if err != nil {
			p.fail(at, "%s: %w", f.key, err)
		}
	}
	return e, len(p.errs) == before
}

// plainText reads a value that is text and not empty.
func plainText(key string, n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", errors.New("expected text")
	}
	text := strings.TrimSpace(n.Value)
	switch tag := n.ShortTag(); {
	case tag == "!!null" || text == "":
		return "", errors.New("it is empty")
	case tag != "!!str" && (key != keyExpires || tag != "!!timestamp"):
		return "", fmt.Errorf("expected text; put %s in quotes", n.Value)
	}
	return text, nil
}

func checkRequirement(s string) (string, error) {
	if !requirementForm.MatchString(s) {
		return "", fmt.Errorf("%q is none; write it as UPD-02, or UPD-01[color=blue] for one row", s)
	}
	return s, nil
}

// filledIn refuses what an entry to paste holds before anybody has thought about it.
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

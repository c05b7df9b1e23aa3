package pact

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"graphpact/internal/mask"
)

// recorded is an interaction of which the library wrote a pact file into dir.
type recorded struct {
	interaction Interaction
	dir         string
}

// assemble makes one pact of the files that the library left.
func assemble(opts Options, all []recorded) ([]byte, error) {
	slices.SortFunc(all, func(a, b recorded) int {
		return cmp.Or(
			strings.Compare(a.interaction.Requirement, b.interaction.Requirement),
			strings.Compare(a.interaction.Description, b.interaction.Description),
			strings.Compare(key(a.interaction), key(b.interaction)),
		)
	})
	out := document{Consumer: participant{opts.Consumer}, Provider: participant{opts.Provider}}
	for _, r := range all {
		if err := r.appendTo(&out); err != nil {
			return nil, fmt.Errorf("interaction %q: %w", r.interaction.Description, err)
		}
	}
	if len(opts.Partial) > 0 {
		out.Metadata["graphpact"] = map[string]any{"partial": opts.Partial}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return nil, fmt.Errorf("writing the pact: %w", err)
	}
	return b.Bytes(), nil
}

// appendTo adds what the library wrote, completed, to a pact.
func (r recorded) appendTo(out *document) error {
	part, err := readPart(r.dir)
	if err != nil {
		return err
	}
	entry, err := r.check(part, out)
	if err != nil {
		return fmt.Errorf("the Pact library wrote something else than was recorded: %w", err)
	}
	joinAlternatives(entry)
	annotate(entry, r.interaction)
	raw, err := text(entry)
	if err != nil {
		return err
	}
	out.Metadata = part.Metadata
	out.Interactions = append(out.Interactions, json.RawMessage(raw))
	return nil
}

// readPart reads the one file of a folder.
func readPart(dir string) (*document, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("the Pact library left %d files instead of one", len(files))
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	part, f, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading a pact file: %w", err)
	}
	return part, f.CheckV4()
}

// check gives the one interaction of the part, and makes sure that it is the recorded one
// and that names and metadata are those of the parts before it.
func (r recorded) check(part, before *document) (entry map[string]any, err error) {
	switch {
	case part.Consumer != before.Consumer || part.Provider != before.Provider:
		return nil, fmt.Errorf("the names are %q and %q", part.Consumer.Name, part.Provider.Name)
	case before.Metadata != nil && !reflect.DeepEqual(part.Metadata, before.Metadata):
		return nil, errors.New("the metadata changed between two interactions")
	case len(part.Interactions) != 1:
		return nil, fmt.Errorf("%d interactions", len(part.Interactions))
	}
	states, err := statesEntry(r.interaction.States)
	if err != nil {
		return nil, err
	}
	if err := decode(part.Interactions[0], &entry); err != nil {
		return nil, err
	}
	request, _ := entry["request"].(map[string]any)
	response, _ := entry["response"].(map[string]any)
	for _, fact := range []struct {
		name      string
		got, want any
	}{
		{"the type", entry["type"], typeHTTP},
		{"the description", entry["description"], r.interaction.Description},
		{"the states", entry["providerStates"], states},
		{"the method", request["method"], r.interaction.Request.Method},
		{"the path", request["path"], r.interaction.Request.Path},
		{"the status", response["status"], json.Number(fmt.Sprint(r.interaction.Response.Status))},
		{"the number of rules for the request", countRules(request), countMatchers(r.interaction.Request.Header, r.interaction.Request.Body)},
		{"the number of rules for the response", countRules(response), countMatchers(r.interaction.Response.Header, r.interaction.Response.Body)},
	} {
		if !reflect.DeepEqual(fact.got, fact.want) {
			return nil, fmt.Errorf("%s: %v instead of %v", fact.name, fact.got, fact.want)
		}
	}
	return entry, nil
}

// statesEntry is how the states are written in a pact file; nil where there are none.
func statesEntry(states []State) (any, error) {
	if len(states) == 0 {
		return nil, nil
	}
	list := make([]any, 0, len(states))
	for _, s := range states {
		entry := map[string]any{"name": s.Name}
		if len(s.Params) > 0 {
			params, err := normal(s.Params)
			if err != nil {
				return nil, err
			}
			entry["params"] = params
		}
		list = append(list, entry)
	}
	return list, nil
}

// countMatchers counts the rules that a header and a body ask for. A matcher that the
// library does not take leaves no rule.
func countMatchers(header map[string]any, body any) int {
	n := 0
	count := func(_ string, value any) bool {
		if m, ok := value.(map[string]any); ok {
			switch kind := m[keyType].(type) {
			case []any:
				n += len(kind)
			case string:
				n++
			}
		}
		return true
	}
	for _, value := range []any{header, body} {
		// What is no JSON value was refused by Check.
		if v, err := normal(value); err == nil {
			walk("", v, count)
		}
	}
	return n
}

// countRules counts the rules of a request or a response in a pact file.
func countRules(part map[string]any) int {
	n := 0
	eachRule(part, func(rule map[string]any) {
		matchers, _ := rule["matchers"].([]any)
		n += len(matchers)
	})
	return n
}

// eachRule calls f on each rule of a request or a response in a pact file.
func eachRule(part map[string]any, f func(rule map[string]any)) {
	categories, _ := part["matchingRules"].(map[string]any)
	for _, category := range categories {
		rules, _ := category.(map[string]any)
		for _, rule := range rules {
			if r, ok := rule.(map[string]any); ok {
				f(r)
			}
		}
	}
}

// joinAlternatives makes alternatives of the lists of matchers that AnyOf gave; see there.
func joinAlternatives(entry map[string]any) {
	response, _ := entry["response"].(map[string]any)
	eachRule(response, func(rule map[string]any) {
		matchers, _ := rule["matchers"].([]any)
		narrows := slices.ContainsFunc(matchers, func(m any) bool {
			matcher, _ := m.(map[string]any)
			return matcher["match"] == typeNotEmpty
		})
		if len(matchers) > 1 && !narrows {
			rule["combine"] = "OR"
		}
	})
}

// annotate adds what pact-go does not offer: the key by which later versions of the
// pact know the interaction, the generator of the path, and the comments that lead back to
// the page.
// comments.references is where pact-go's AddExternalReference writes; verifiers print
// both (Pact specification V4, "comments").
func annotate(entry map[string]any, i Interaction) {
	entry["key"] = key(i)
	if request, ok := entry["request"].(map[string]any); ok && i.Request.PathFrom != "" {
		// Beside the library: its builder would take the path for a matcher, and the mock server
		// any path for the right one.
		generators, _ := request["generators"].(map[string]any)
		if generators == nil {
			generators = map[string]any{}
		}
		generators["path"] = map[string]any{"type": "ProviderState", "expression": i.Request.PathFrom, "dataType": "STRING"}
		request["generators"] = generators
	}
	var lines []any
	reference := map[string]any{}
	if i.Requirement != "" {
		lines = append(lines, "Requirement: "+i.Requirement)
		reference["requirement"] = i.Requirement
	}
	for _, note := range i.Notes {
		lines = append(lines, "Note: "+note)
	}
	for _, source := range i.Sources {
		lines = append(lines, "Source: "+source)
	}
	if len(i.Sources) > 0 {
		reference["source"] = strings.Join(i.Sources, ", ")
	}
	if len(lines) > 0 {
		entry["comments"] = map[string]any{"text": lines, "references": map[string]any{"graphpact": reference}}
	}
}

// key is short and changes only when the interaction's identity does.
func key(i Interaction) string {
	// An identity that cannot be had was refused by Check.
	id, _ := identity(i)
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

// refuseSecrets fails when any of the secrets is in data, also as JSON has it.
func refuseSecrets(data []byte, secrets []string) error {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		if mask.Short(secret) { // words of the page may hold it
			secret = "Bearer " + secret + `"`
		}
		escaped, err := text(secret)
		if err != nil {
			return err
		}
		if bytes.Contains(data, []byte(secret)) || bytes.Contains(data, []byte(escaped[1:len(escaped)-1])) {
			return errors.New("a secret of this run is in the pact; the pact was thrown away")
		}
	}
	return nil
}

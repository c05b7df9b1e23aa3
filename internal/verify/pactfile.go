// Package verify plays the interactions of Pact files against a provider and gives a
// requirement for each, as a run of the suite does.
//
// The Pact library has the last word on whether an answer is the one that a pact
// expects. All else is here: pacts are taken apart into one interaction each, so that
// each has a verdict; provider states are set up before the library is asked; and
// requests go through a forwarder on 127.0.0.1, which alone knows the token.
package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"graphpact/internal/schema"
)

// Pact is a pact file.
type Pact struct {
	// Name says where it comes from: a file, or the URL of a broker.
	Name               string
	Consumer, Provider string
	// Digest is the SHA-256 of its bytes ("sha256:…").
	Digest       string
	Interactions []Interaction
}

// Interaction is one request and the answer that a consumer expects.
type Interaction struct {
	// Pact and Line are where it stands.
	Pact               string
	Line               int
	Consumer, Provider string
	Description        string
	States             []State
	Method, Path       string
	// Status is the expected status.
	Status int
	// Header holds the example values of the request's headers, by canonical name.
	Header map[string]string
	// Requirement and Sources are what graphpact wrote into the comments; empty in a pact
	// of another tool.
	Requirement string
	Sources     []string
	// Pending is set where a failure must not fail the provider (V4).
	Pending bool
	// single is a pact of this interaction alone.
	single []byte
}

// State is a provider state.
type State struct {
	Name   string         `json:"name"`
	Params map[string]any `json:"params,omitempty"`
}

// ErrNoPacts is in the error of Load when there is no pact file where it looked.
var ErrNoPacts = errors.New("there is no pact to verify")

// Load reads pact files; a folder stands for the *.json files in it. The pacts are in
// the order of the paths, those of a folder by name.
func Load(paths []string) ([]*Pact, error) {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("there is no pact file or folder %s; `graphpact run` writes one, and --pact names another", p)
		case err != nil:
			return nil, fmt.Errorf("reading a pact: %w", err)
		case !info.IsDir():
			files = append(files, p)
			continue
		}
		found, err := filepath.Glob(filepath.Join(escapeGlob(p), "*.json"))
		if err != nil {
			return nil, fmt.Errorf("reading the folder %s: %w", p, err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: no *.json file in %s", ErrNoPacts, strings.Join(paths, ", "))
	}
	var pacts []*Pact
	var errs []error
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			errs = append(errs, fmt.Errorf("reading a pact: %w", err))
			continue
		}
		p, err := Parse(f, data)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		pacts = append(pacts, p)
	}
	return pacts, errors.Join(errs...)
}

// escapeGlob makes a folder's name stand for itself in a pattern.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// document is what all versions of a pact file have in common.
type document struct {
	Consumer     *participant      `json:"consumer"`
	Provider     *participant      `json:"provider"`
	Interactions []json.RawMessage `json:"interactions"`
	Messages     []json.RawMessage `json:"messages"`
	Metadata     struct {
		Plugins []any `json:"plugins"`
		Spec    any   `json:"pactSpecification"`
		// The forms of older libraries.
		OldSpec  any `json:"pact-specification"`
		FlatSpec any `json:"pactSpecificationVersion"`
	} `json:"metadata"`
}

// specification is the version of the Pact specification that the file names, "" where it
// names none.
func (d *document) specification() string {
	for _, v := range []any{d.Metadata.Spec, d.Metadata.OldSpec, d.Metadata.FlatSpec} {
		if m, ok := v.(map[string]any); ok {
			v = m["version"]
		}
		if v != nil {
			return fmt.Sprint(v)
		}
	}
	return ""
}

// known reports whether pacts of the version can be verified; a file may name none.
func known(specification string) bool {
	major, _, _ := strings.Cut(specification, ".")
	return slices.Contains([]string{"", "1", "2", "3", "4"}, major)
}

type participant struct {
	Name string `json:"name"`
}

// entry is an interaction in the forms of specification 1.0 to 4.0.
type entry struct {
	Type           string  `json:"type"`
	Description    string  `json:"description"`
	ProviderState  string  `json:"providerState"` // up to 2.0
	ProviderStates []State `json:"providerStates"`
	Pending        bool    `json:"pending"`
	Request        *struct {
		Method  string                     `json:"method"`
		Path    string                     `json:"path"`
		Headers map[string]json.RawMessage `json:"headers"`
	} `json:"request"`
	Response *struct {
		Status *int `json:"status"`
	} `json:"response"`
	Comments struct {
		Text       []string `json:"text"`
		References struct {
			Graphpact struct {
				Requirement string `json:"requirement"`
				Source      string `json:"source"`
			} `json:"graphpact"`
		} `json:"references"`
	} `json:"comments"`
}

// typeHTTP is the type of the interactions that can be verified; earlier versions
// have no other, and do not name it.
const typeHTTP = "Synchronous/HTTP"

// Parse reads a pact file of specification 1.0 to 4.0. Errors name the file, and the
// line where they can.
func Parse(name string, data []byte) (*Pact, error) {
	if _, err := schema.Decode(data); err != nil {
		return nil, fmt.Errorf("%s: not a pact file: %w", name, err)
	}
	var doc document
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: not a pact file: %w", name, err)
	}
	switch {
	case doc.Consumer == nil || doc.Provider == nil || doc.Consumer.Name == "" || doc.Provider.Name == "":
		return nil, fmt.Errorf("%s: not a pact file: it names no consumer and provider", name)
	case !known(doc.specification()):
		return nil, fmt.Errorf("%s: a pact of specification %q; 1 to 4 are known", name, doc.specification())
	case len(doc.Messages) > 0:
		return nil, fmt.Errorf("%s: a pact of messages; only HTTP can be verified", name)
	case len(doc.Metadata.Plugins) > 0:
		return nil, fmt.Errorf("%s: a pact that needs a plugin; graphpact runs none", name)
	case len(doc.Interactions) == 0:
		return nil, fmt.Errorf("%s: a pact without an interaction", name)
	}
	p := &Pact{
		Name: name, Consumer: doc.Consumer.Name, Provider: doc.Provider.Name,
		Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(data)),
	}
	at := 0
	for n, raw := range doc.Interactions {
		// They stand in the file in this order, byte for byte.
		if i := bytes.Index(data[at:], raw); i >= 0 {
			at += i
		}
		line := 1 + bytes.Count(data[:at], []byte("\n"))
		at += len(raw)
		i, err := parseInteraction(raw)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: interaction %d: %w", name, line, n+1, err)
		}
		i.Pact, i.Line, i.Consumer, i.Provider = name, line, p.Consumer, p.Provider
		if i.single, err = alone(data, raw); err != nil {
			return nil, fmt.Errorf("%s:%d: interaction %d: %w", name, line, n+1, err)
		}
		p.Interactions = append(p.Interactions, i)
	}
	return p, nil
}

func parseInteraction(raw []byte) (Interaction, error) {
	var e entry
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&e); err != nil {
		return Interaction{}, err
	}
	switch {
	case e.Type != "" && e.Type != typeHTTP:
		return Interaction{}, fmt.Errorf("%q is of type %s; only HTTP can be verified", e.Description, e.Type)
	case e.Request == nil || e.Response == nil:
		return Interaction{}, fmt.Errorf("%q has no request and response", e.Description)
	}
	i := Interaction{
		Description: e.Description, States: e.ProviderStates, Pending: e.Pending,
		Method: strings.ToUpper(e.Request.Method), Path: e.Request.Path, Status: 200, // the library's own defaults
		Header: map[string]string{}, Requirement: e.Comments.References.Graphpact.Requirement,
	}
	if i.Method == "" {
		i.Method = "GET"
	}
	if i.Path == "" {
		i.Path = "/"
	}
	if !strings.HasPrefix(i.Path, "/") {
		return Interaction{}, fmt.Errorf("%q: the path %q does not start with a slash", e.Description, i.Path)
	}
	if e.Response.Status != nil {
		i.Status = *e.Response.Status
	}
	if len(i.States) == 0 && e.ProviderState != "" {
		i.States = []State{{Name: e.ProviderState}}
	}
	for name, value := range e.Request.Headers {
		i.Header[canonical(name)] = headerValue(value)
	}
	for _, line := range e.Comments.Text {
		if source, ok := strings.CutPrefix(line, "Source: "); ok {
			i.Sources = append(i.Sources, source)
		}
	}
	if source := e.Comments.References.Graphpact.Source; len(i.Sources) == 0 && source != "" {
		i.Sources = []string{source}
	}
	return i, nil
}

// headerValue reads a header: one text, or a list of them (4.0).
func headerValue(raw json.RawMessage) string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	var many []string
	_ = json.Unmarshal(raw, &many) // what is neither has no example
	return strings.Join(many, ", ")
}

// alone gives the pact with this interaction and no other; all else stays.
func alone(data []byte, interaction json.RawMessage) ([]byte, error) {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}
	whole["interactions"] = slices.Concat([]byte("["), interaction, []byte("]"))
	return json.Marshal(whole)
}

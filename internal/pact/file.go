package pact

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/textproto"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"graphpact/internal/schema"
)

// File is a pact file of specification 1.0 to 4.0.
type File struct {
	// Name says where it comes from: a path, or the URL of a broker. Parse leaves it empty.
	Name               string
	Consumer, Provider string
	// Specification is the version that the file names, empty where it names none.
	Specification string
	// Digest is the SHA-256 of its bytes ("sha256:…").
	Digest string
	// Plugins is the number of plugins that it needs.
	Plugins int
	// Other are the members of the file that specification 4.0 does not have, sorted.
	Other []string
	// Partial says what was left out on purpose (Options.Partial).
	Partial      []string
	Interactions []Interaction
}

// typeHTTP is the type of the interactions of File that are requests and responses.
const typeHTTP = "Synchronous/HTTP"

// IsHTTP reports whether the interaction is a request and a response; up to
// specification 3.0 there is nothing else among interactions, and no type.
func (i *Interaction) IsHTTP() bool { return i.Type == "" || i.Type == typeHTTP }

// document is the JSON of a pact file, in the order in which the library writes it.
type document struct {
	Consumer     participant       `json:"consumer"`
	Interactions []json.RawMessage `json:"interactions"`
	Metadata     map[string]any    `json:"metadata,omitempty"`
	Provider     participant       `json:"provider"`
}

type participant struct {
	Name string `json:"name"`
}

// Files gives the files that are named, and for each folder the *.json files in it, by name.
func Files(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no pact file or folder %s; `graphpact run` writes one", name)
		}
		if err == nil && !info.IsDir() {
			files = append(files, name)
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, fmt.Errorf("reading the pacts: %w", err)
		}
		for _, e := range entries {
			if !e.IsDir() && filepath.Ext(e.Name()) == ".json" {
				files = append(files, filepath.Join(name, e.Name()))
			}
		}
	}
	return files, nil
}

// Parse reads a pact file. What only some uses of a file need is for the caller to check:
// that its interactions are HTTP, that it needs no plugin, CheckV4. An error inside an
// interaction names its line.
func Parse(data []byte) (*File, error) {
	_, f, err := parse(data)
	return f, err
}

func parse(data []byte) (*document, *File, error) {
	var members map[string]json.RawMessage
	err := decode(data, &members)
	if !errors.Is(err, errTrailing) {
		if _, syntax := schema.Decode(data); syntax != nil {
			err = syntax // it names the line
		}
	}
	if err != nil {
		return nil, nil, err
	}
	var doc document
	for _, name := range slices.Sorted(maps.Keys(members)) {
		into, known := map[string]any{
			"consumer": &doc.Consumer, "interactions": &doc.Interactions, "metadata": &doc.Metadata, "provider": &doc.Provider,
		}[strings.ToLower(name)]
		switch {
		case !known:
		case name != strings.ToLower(name):
			return nil, nil, fmt.Errorf("the member %q: write it %q, since readers differ on letter case", name, strings.ToLower(name))
		default:
			if err := exact(members[name], into); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if doc.Consumer.Name == "" || doc.Provider.Name == "" {
		return nil, nil, errors.New("it names no consumer and provider")
	}
	f := &File{
		Consumer: doc.Consumer.Name, Provider: doc.Provider.Name,
		Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(data)),
	}
	f.Specification = specification(doc.Metadata)
	own, _ := doc.Metadata["graphpact"].(map[string]any)
	partial, _ := own["partial"].([]any)
	f.Partial = stringsOf(partial)
	plugins, _ := doc.Metadata["plugins"].([]any)
	f.Plugins = len(plugins)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains([]string{"consumer", "interactions", "metadata", "provider"}, name) {
			f.Other = append(f.Other, name)
		}
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
			return nil, nil, fmt.Errorf("line %d, interaction %d: %w", line, n+1, err)
		}
		i.Line, i.Consumer, i.Provider = line, f.Consumer, f.Provider
		if raw, err = withQuery(raw, f.Specification); err != nil {
			return nil, nil, fmt.Errorf("line %d, interaction %d: the query: %w", line, n+1, err)
		}
		if i.Single, err = single(doc, raw); err != nil {
			return nil, nil, fmt.Errorf("line %d, interaction %d: %w", line, n+1, err)
		}
		f.Interactions = append(f.Interactions, i)
	}
	return &doc, f, nil
}

// single prints a pact of one interaction: what was read here, and nothing else, so that
// the library cannot read a file in another way than we did.
func single(doc document, raw json.RawMessage) ([]byte, error) {
	doc.Interactions = []json.RawMessage{raw}
	return json.Marshal(doc)
}

// errTrailing is the error of what is not one JSON value alone.
var errTrailing = errors.New("there is more after its end")

// decode reads one JSON value, its numbers as json.Number.
func decode(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// exact decodes as decode does, but takes a member for a field of a struct only where the
// letter case is the same, which encoding/json does not ask for.
func exact(data []byte, into any) error {
	to := reflect.TypeOf(into).Elem()
	if to.Kind() != reflect.Struct {
		return decode(data, into)
	}
	var value any
	if err := decode(data, &value); err != nil {
		return err
	}
	data, err := json.Marshal(exactMembers(value, to))
	if err != nil {
		return err
	}
	return decode(data, into)
}

// exactMembers gives the members of a JSON value that the fields of a type name.
func exactMembers(value any, t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := value.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			for i := range v {
				v[i] = exactMembers(v[i], t.Elem())
			}
		}
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return v
		}
		kept := map[string]any{}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if member, has := v[name]; has {
				kept[name] = exactMembers(member, t.Field(i).Type)
			}
		}
		return kept
	}
	return value
}

// entry is the JSON of an interaction in the forms of specification 1.0 to 4.0.
type entry struct {
	Type           string  `json:"type"`
	Description    string  `json:"description"`
	ProviderState  string  `json:"providerState"`  // up to 2.0
	RubyState      string  `json:"provider_state"` // of the first Ruby libraries
	ProviderStates []State `json:"providerStates"`
	Pending        bool    `json:"pending"`
	Request        *struct {
		Method  string          `json:"method"`
		Path    string          `json:"path"`
		Headers json.RawMessage `json:"headers"`
	} `json:"request"`
	Response *struct {
		Status  *int            `json:"status"`
		Headers json.RawMessage `json:"headers"`
	} `json:"response"`
	Comments json.RawMessage `json:"comments"`
}

// comments are those that graphpact writes. What another tool writes there may have any form.
type comments struct {
	Text       []string `json:"text"`
	References struct {
		Graphpact struct {
			Requirement string `json:"requirement"`
			Source      string `json:"source"`
		} `json:"graphpact"`
	} `json:"references"`
}

// parseInteraction reads an interaction; what the file leaves out of a request or a
// response has the library's own default.
func parseInteraction(raw []byte) (Interaction, error) {
	var e entry
	if err := exact(raw, &e); err != nil {
		return Interaction{}, err
	}
	var said comments
	if len(e.Comments) > 0 && exact(e.Comments, &said) != nil {
		said = comments{}
	}
	i := Interaction{
		Type: e.Type, Description: e.Description, States: e.ProviderStates, Pending: e.Pending,
		Requirement: said.References.Graphpact.Requirement,
	}
	if r := e.Request; r != nil {
		i.Request = Request{
			Method: cmp.Or(strings.ToUpper(r.Method), "GET"), Path: cmp.Or(r.Path, "/"), Header: headerExamples(r.Headers),
		}
	}
	if r := e.Response; r != nil {
		i.Response = Response{Status: 200, Header: headerExamples(r.Headers)}
		if r.Status != nil {
			i.Response.Status = *r.Status
		}
	}
	if state := cmp.Or(e.ProviderState, e.RubyState); len(i.States) == 0 && state != "" {
		i.States = []State{{Name: state}}
	}
	for _, line := range said.Text {
		if source, ok := strings.CutPrefix(line, "Source: "); ok {
			i.Sources = append(i.Sources, source)
		}
	}
	if source := said.References.Graphpact.Source; len(i.Sources) == 0 && source != "" {
		i.Sources = []string{source}
	}
	return i, nil
}

// headerExamples reads headers: each is one text, or a list of them (4.0).
func headerExamples(object json.RawMessage) map[string]any {
	var headers map[string]json.RawMessage
	_ = json.Unmarshal(object, &headers) // some libraries write none as an empty list
	examples := map[string]any{}
	for name, raw := range headers {
		var one string
		if json.Unmarshal(raw, &one) != nil {
			var many []string
			_ = json.Unmarshal(raw, &many) // what is neither has no example
			one = strings.Join(many, ", ")
		}
		examples[textproto.CanonicalMIMEHeaderKey(name)] = one
	}
	return examples
}

// specification is the version that the metadata name, in the form of today's libraries or
// of older ones; "" where there is none.
func specification(metadata map[string]any) string {
	for _, key := range []string{"pactSpecification", "pact-specification", "pactSpecificationVersion"} {
		v := metadata[key]
		if m, ok := v.(map[string]any); ok {
			v = m["version"]
		}
		if v != nil {
			return fmt.Sprint(v)
		}
	}
	return ""
}

// CheckV4 refuses a file that is not of specification 4.0.
func (f *File) CheckV4() error {
	switch {
	case f.Specification != "4.0":
		return fmt.Errorf("the pact file is of specification %q instead of 4.0", f.Specification)
	case len(f.Other) > 0:
		return fmt.Errorf("the pact file has members that specification 4.0 does not know: %s", strings.Join(f.Other, ", "))
	}
	return nil
}

// CheckSecrets refuses a pact with what looks like a token in it: a broker shows its
// pacts to many. The error names the places and no value.
func (f *File) CheckSecrets() error {
	var errs []error
	for n, i := range f.Interactions {
		var single struct{ Interactions []any }
		if err := json.Unmarshal(i.Single, &single); err != nil {
			return err // Parse wrote it: cannot happen
		}
		walk("", single.Interactions[0], func(where string, value any) bool {
			if s, ok := value.(string); ok && looksSecret(s) {
				errs = append(errs, fmt.Errorf("interaction %d (%s): %s holds what looks like a token",
					n+1, maskBearer(i.Description), strings.TrimPrefix(where, "/")))
			}
			return true
		})
	}
	return errors.Join(errs...)
}

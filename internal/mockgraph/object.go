package mockgraph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"graphpact/internal/safetext"
)

// maxDepth bounds the nesting of a JSON body; OData libraries use the same limit.
const maxDepth = 100

// Object is a JSON object that keeps the order of its members. An Object is never
// changed once it is shared: with gives a new one.
type Object []Member

// Member is a name and its value, as compact JSON text.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Get gives the value of a member.
func (o Object) Get(name string) (json.RawMessage, bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// with gives a copy in which the member has the value; a new member goes to the end.
func (o Object) with(name string, value json.RawMessage) Object {
	out := slices.Clone(o)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = value
			return out
		}
	}
	return append(out, Member{name, value})
}

// merge gives o with the members of patch (OData 4.01 Protocol 11.4.3: an update
// applies only to the components that are named, so objects merge in depth;
// everything else, collections too, is replaced).
func (o Object) merge(patch Object) Object {
	out := slices.Clone(o)
	at := make(map[string]int, len(out)) // a nested object may have very many members
	for i, m := range out {
		at[m.Name] = i
	}
	for _, m := range patch {
		i, there := at[m.Name]
		switch {
		case !there:
			out = append(out, m)
		case isObject(out[i].Value) && isObject(m.Value):
			out[i].Value = splitObject(out[i].Value).merge(splitObject(m.Value)).json()
		default:
			out[i].Value = m.Value
		}
	}
	return out
}

func (o Object) json() []byte {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, quote(m.Name)...), ':'), m.Value...)
	}
	return append(b, '}')
}

// MarshalJSON writes the members in their order.
func (o Object) MarshalJSON() ([]byte, error) { return o.json(), nil }

// UnmarshalJSON reads strictly: duplicate names, at any depth, are an error.
func (o *Object) UnmarshalJSON(data []byte) error {
	parsed, err := parseObject(data)
	if err != nil {
		return err
	}
	*o = parsed
	return nil
}

// jsonError is a defect of a JSON text at a byte offset.
type jsonError struct {
	Offset int64
	Text   string
}

func (e *jsonError) Error() string { return e.Text }

// parseObject reads a JSON object as strictly as RFC 8259 and I-JSON allow: UTF-8,
// one value, nothing behind it, no name twice, at most maxDepth deep. The error is
// a *jsonError.
func parseObject(data []byte) (Object, error) {
	if err := checkJSON(data); err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return nil, &jsonError{0, err.Error()}
	}
	if !isObject(compact.Bytes()) {
		return nil, &jsonError{0, "the body is not a JSON object"}
	}
	return splitObject(compact.Bytes()), nil
}

// checkJSON says what keeps data from being one well-formed JSON value.
func checkJSON(data []byte) error {
	if at := safetext.InvalidUTF8(data); at >= 0 {
		return &jsonError{int64(at), fmt.Sprintf("byte %d is not UTF-8", at)}
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return &jsonError{syntax.Offset, fmt.Sprintf("malformed JSON at byte %d: %s", syntax.Offset, syntax)}
		}
		return &jsonError{0, "malformed JSON: " + err.Error()}
	}
	return checkNames(data)
}

// checkNames walks well-formed JSON for names that stand twice in an object.
func checkNames(data []byte) error {
	type frame struct {
		names  map[string]bool // nil in an array
		isName bool            // the next string is a name
	}
	var stack []frame
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // a number beyond float64 is still JSON
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &jsonError{dec.InputOffset(), err.Error()}
		}
		if name, ok := tok.(string); ok && len(stack) > 0 && stack[len(stack)-1].isName {
			top := &stack[len(stack)-1]
			if top.names[name] {
				return &jsonError{dec.InputOffset(), fmt.Sprintf("duplicate name %s in an object", short(name))}
			}
			top.names[name] = true
			top.isName = false
			continue
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, frame{names: map[string]bool{}, isName: true})
		case json.Delim('['):
			stack = append(stack, frame{})
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) > maxDepth {
			return &jsonError{dec.InputOffset(), fmt.Sprintf("the JSON is nested deeper than %d", maxDepth)}
		}
		// After a value inside an object comes the next name.
		if n := len(stack); n > 0 && stack[n-1].names != nil {
			stack[n-1].isName = true
		}
	}
}

// splitObject takes a JSON object apart, up to the first mistake.
func splitObject(data []byte) Object {
	dec := json.NewDecoder(bytes.NewReader(data))
	out := Object{}
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return out
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return out
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return out
		}
		text, _ := name.(string)
		out = append(out, Member{text, value})
	}
	return out
}

var null = json.RawMessage("null")

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }
func isArray(raw json.RawMessage) bool  { return len(raw) > 0 && raw[0] == '[' }
func isNull(raw json.RawMessage) bool   { return string(raw) == "null" }

// kind is the JSON type of a well-formed value, in the words of JSON Schema.
func kind(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

func text(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", false
	}
	return s, true
}

func quote(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`""`) // cannot be: every string encodes
	}
	return b
}

// short quotes what a client sent for a message, cut to a readable length.
func short(s string) string {
	return strconv.Quote(safetext.Shorten(s, 60))
}

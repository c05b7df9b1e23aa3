// Package yamlfile reads the YAML files that users write, strictly: each error has the
// file and the line, a key that is unknown or a duplicate is an error, and a misspelt one
// is reported with what it may mean.
package yamlfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"graphpact/internal/suggest"
)

// Value is a value of a file, with its place.
type Value struct {
	file string
	node *yaml.Node
}

// Parse reads the one document of a file, whose name is in each error. It is nil where
// there is nothing but comments.
func Parse(file string, data []byte) (*Value, error) {
	var doc, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("%s: not valid YAML: %w", file, err)
	}
	if err := dec.Decode(&second); err == nil {
		return nil, (&Value{file, &second}).Errorf("a second document; one file has one")
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: not valid YAML: %w", file, err)
	}
	top := &Value{file, doc.Content[0]}
	if top.IsNull() {
		return nil, nil
	}
	return top, top.checkValues(new(int))
}

// Limits of a file: people write them.
const (
	maxValues = 100_000
	// maxErrors is how many of a mapping are reported.
	maxErrors = 20
)

// checkValues refuses a file of more than maxValues values, those of all levels together.
func (v *Value) checkValues(n *int) error {
	if *n++; *n > maxValues {
		return v.Errorf("more than %d values", maxValues)
	}
	for i := range v.node.Content {
		if err := v.at(i).checkValues(n); err != nil {
			return err
		}
	}
	return nil
}

func (v *Value) at(i int) *Value { return &Value{v.file, v.node.Content[i]} }

// Line is the 1-based line where the value begins.
func (v *Value) Line() int { return v.node.Line }

// Errorf makes an error that begins with file and line.
func (v *Value) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{v.file, v.Line()}, args...)...)
}

// IsNull reports whether there is no value, as behind "key:".
func (v *Value) IsNull() bool { return v.node.ShortTag() == "!!null" }

// Entry is a key of a mapping with its value.
type Entry struct {
	Key   string
	Line  int
	Value *Value
}

// UnknownKeyError is a key that is none of the known ones.
type UnknownKeyError struct {
	File string
	Line int
	// Noun is what the keys are called, as "setting".
	Noun, Key string
	Known     []string
}

func (e *UnknownKeyError) Error() string {
	hint := "known: " + strings.Join(e.Known, ", ")
	if near := suggest.Nearest(e.Key, e.Known); near != "" {
		hint = "did you mean " + strconv.Quote(near) + "?"
	}
	return fmt.Sprintf("%s:%d: there is no %s %q; %s", e.File, e.Line, e.Noun, e.Key, hint)
}

// Mapping gives the entries of a mapping in the order of the file; ok is false where the
// value is none. A key that is not known (an *UnknownKeyError) or a duplicate is an error
// and no entry.
func (v *Value) Mapping(noun string, known []string) (entries []Entry, errs []error, ok bool) {
	if v.node.Kind != yaml.MappingNode {
		return nil, nil, false
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		if len(errs) == maxErrors {
			errs = append(errs, v.at(i).Errorf("and more; the rest is not looked at"))
			break
		}
		key, value := &Value{v.file, v.node.Content[i]}, &Value{v.file, v.node.Content[i+1]}
		e := Entry{Key: key.node.Value, Line: key.Line(), Value: value}
		switch {
		case !slices.Contains(known, e.Key):
			errs = append(errs, &UnknownKeyError{File: v.file, Line: e.Line, Noun: noun, Key: e.Key, Known: known})
		case slices.ContainsFunc(entries, func(o Entry) bool { return o.Key == e.Key }):
			errs = append(errs, key.Errorf("duplicate %s %s", noun, e.Key))
		default:
			entries = append(entries, e)
		}
	}
	return entries, errs, true
}

// List gives the items of a list; ok is false where the value is none.
func (v *Value) List() (items []*Value, ok bool) {
	if v.node.Kind != yaml.SequenceNode {
		return nil, false
	}
	for _, n := range v.node.Content {
		items = append(items, &Value{v.file, n})
	}
	return items, true
}

// Text gives a value that is text and not empty, without space around it. A number, a
// boolean or a date is no text unless its YAML tag, as "!!timestamp", is one of those
// given. The error has no place: the caller says which key it is about, with Errorf.
func (v *Value) Text(tags ...string) (string, error) {
	if v.node.Kind != yaml.ScalarNode {
		return "", errors.New("expected text")
	}
	text := strings.TrimSpace(v.node.Value)
	switch tag := v.node.ShortTag(); {
	case tag == "!!null" || text == "":
		return "", errors.New("it is empty")
	case tag != "!!str" && !slices.Contains(tags, tag):
		return "", fmt.Errorf("expected text; put %s in quotes", v.node.Value)
	}
	return text, nil
}

// JSONPairs gives "name=JSON" for each entry of a mapping. A plain text is a JSON string. The
// error says what is no JSON, or that the value is no mapping.
func (v *Value) JSONPairs() ([]string, error) {
	if v.node.Kind != yaml.MappingNode {
		return nil, errors.New("expected names with values")
	}
	var out []string
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		value, err := decoded(v.node.Content[i+1])
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		out = append(out, v.node.Content[i].Value+"="+string(data))
	}
	return out, nil
}

// decoded gives what a node holds as encoding/json takes it.
func decoded(n *yaml.Node) (value any, err error) {
	switch n.Kind {
	case yaml.ScalarNode:
		text := []byte(strings.ToLower(n.Value))
		switch tag := n.ShortTag(); {
		case tag == "!!null":
			return nil, nil
		case slices.Contains([]string{"!!bool", "!!int", "!!float"}, tag) && json.Valid(text):
			return json.RawMessage(text), nil // with the digits that it has
		}
		return n.Value, nil
	case yaml.SequenceNode:
		items := make([]any, len(n.Content))
		for i, c := range n.Content {
			if items[i], err = decoded(c); err != nil {
				return nil, err
			}
		}
		return items, nil
	case yaml.MappingNode:
		members := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if members[n.Content[i].Value], err = decoded(n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return members, nil
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return nil, fmt.Errorf("line %d: expected a value, a list or a mapping", n.Line)
}

// Strings gives the plain values of a setting as written: one for a scalar, the items of a
// list, and "name=value" for each entry of a mapping. The error is as that of Text.
func (v *Value) Strings() ([]string, error) {
	n := v.node
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}, nil
	}
	if n.Kind != yaml.SequenceNode && n.Kind != yaml.MappingNode {
		return nil, errors.New("expected a value, a list, or names with values")
	}
	var out []string
	name := ""
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 0:
			name = c.Value + "="
		case c.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: expected a plain value", c.Line)
		default:
			out = append(out, name+c.Value)
		}
	}
	return out, nil
}

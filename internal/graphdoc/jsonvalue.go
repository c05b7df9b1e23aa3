package graphdoc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth bounds how deep arrays and objects may nest. Examples stay below 20.
const maxJSONDepth = 200

// decodeJSON reads a JSON text whose first line is the given line of the page. Keys
// that are duplicates are both kept. Where the text is not JSON the error says so, its
// line is given, and the value holds what was read up to there.
func decodeJSON(text string, line int) (value *Value, errLine int, err error) {
	if value, ok := readJSON(text, line); ok {
		return value, 0, nil
	}
	return slowJSON(text, line)
}

// slowJSON is decodeJSON by encoding/json, which says what is wrong with a text.
func slowJSON(text string, line int) (value *Value, errLine int, err error) {
	d := jsonDecoder{dec: json.NewDecoder(strings.NewReader(text)), text: text, at: line}
	d.dec.UseNumber()
	value, err = d.value(0)
	if err == nil {
		if _, trailing := d.dec.Token(); !errors.Is(trailing, io.EOF) {
			err = errors.New("text follows the JSON value")
		}
	}
	if err == nil {
		return value, 0, nil
	}
	line, next := d.failedAt()
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the JSON text ends too early")
	case next >= utf8.RuneSelf && errors.As(err, &syntax):
		// The decoder names a byte; a reader looks for the character, as a curly quote.
		err = fmt.Errorf("invalid character %q", next)
	}
	return value, line, err
}

// jsonDecoder keeps count of lines beside a json.Decoder.
type jsonDecoder struct {
	dec  *json.Decoder
	text string
	// at is the line of the offset counted.
	at, counted int
}

// line is the line of the token read last: tokens do not span lines.
func (d *jsonDecoder) line() int {
	offset := min(int(d.dec.InputOffset()), len(d.text))
	d.at += strings.Count(d.text[d.counted:offset], "\n")
	d.counted = offset
	return d.at
}

// failedAt gives the first character behind the token read last, and its line.
func (d *jsonDecoder) failedAt() (line int, next rune) {
	line = d.line()
	rest := d.text[d.counted:]
	trimmed := strings.TrimLeft(rest, " \t\n,:")
	if trimmed == "" {
		return line, 0
	}
	next, _ = utf8.DecodeRuneInString(trimmed)
	return line + strings.Count(rest[:len(rest)-len(trimmed)], "\n"), next
}

func (d *jsonDecoder) value(depth int) (*Value, error) {
	token, err := d.dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("the JSON text nests deeper than %d levels", maxJSONDepth)
	}
	v := &Value{Line: d.line()}
	switch t := token.(type) {
	case nil:
		v.Kind = "null"
	case bool:
		v.Kind, v.Data = "boolean", t
	case string:
		v.Kind, v.Data = "string", t
	case json.Number:
		v.Kind, v.Data = "number", t
	case json.Delim:
		if t == '{' {
			v.Kind = "object"
			return v, d.object(v, depth)
		}
		v.Kind = "array"
		return v, d.array(v, depth)
	}
	return v, nil
}

func (d *jsonDecoder) object(v *Value, depth int) error {
	for d.dec.More() {
		token, err := d.dec.Token()
		if err != nil {
			return err
		}
		// The decoder takes nothing but a string as a key.
		name, _ := token.(string)
		member := Member{Name: name, Line: d.line()}
		if member.Value, err = d.value(depth + 1); member.Value != nil {
			v.Members = append(v.Members, member)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.dec.Token()
	return err
}

func (d *jsonDecoder) array(v *Value, depth int) error {
	for d.dec.More() {
		item, err := d.value(depth + 1)
		if item != nil {
			v.Items = append(v.Items, item)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.dec.Token()
	return err
}

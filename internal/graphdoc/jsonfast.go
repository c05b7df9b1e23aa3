package graphdoc

import (
	"encoding/json"
	"strings"
)

// jsonReader reads JSON text that is valid, and gives up at anything else: jsonDecoder says
// what is wrong with it. It costs a fifth of a json.Decoder, which is what most of the
// example bodies of a page are worth.
type jsonReader struct {
	text string
	pos  int
	line int
}

// readJSON reads a text whose first line is the given line of the page; false where the text
// is not a JSON value alone.
func readJSON(text string, line int) (*Value, bool) {
	r := jsonReader{text: text, line: line}
	v, ok := r.value(0)
	r.space()
	return v, ok && r.pos == len(r.text)
}

// space skips white space, and counts the lines.
func (r *jsonReader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return
		}
		r.pos++
	}
}

// take skips white space, and the byte where it is next.
func (r *jsonReader) take(c byte) bool {
	r.space()
	if r.pos < len(r.text) && r.text[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *jsonReader) value(depth int) (*Value, bool) {
	r.space()
	if r.pos == len(r.text) || depth > maxJSONDepth {
		return nil, false
	}
	v := &Value{Line: r.line}
	rest := r.text[r.pos:]
	switch c := rest[0]; {
	case c == '{':
		v.Kind = "object"
		return v, r.object(v, depth)
	case c == '[':
		v.Kind = "array"
		return v, r.array(v, depth)
	case c == '"':
		text, ok := r.string()
		v.Kind, v.Data = "string", text
		return v, ok
	case c == '-' || c >= '0' && c <= '9':
		n := numberLength(rest)
		v.Kind, v.Data = "number", json.Number(rest[:n])
		r.pos += n
		return v, n > 0
	case strings.HasPrefix(rest, "true"):
		v.Kind, v.Data = "boolean", true
		r.pos += len("true")
		return v, true
	case strings.HasPrefix(rest, "false"):
		v.Kind, v.Data = "boolean", false
		r.pos += len("false")
		return v, true
	case strings.HasPrefix(rest, "null"):
		v.Kind = "null"
		r.pos += len("null")
		return v, true
	}
	return nil, false
}

func (r *jsonReader) object(v *Value, depth int) bool {
	r.pos++
	if r.take('}') {
		return true
	}
	for {
		r.space()
		member := Member{Line: r.line}
		var ok bool
		if member.Name, ok = r.string(); !ok || !r.take(':') {
			return false
		}
		if member.Value, ok = r.value(depth + 1); !ok {
			return false
		}
		v.Members = append(v.Members, member)
		if r.take('}') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

func (r *jsonReader) array(v *Value, depth int) bool {
	r.pos++
	if r.take(']') {
		return true
	}
	for {
		item, ok := r.value(depth + 1)
		if !ok {
			return false
		}
		v.Items = append(v.Items, item)
		if r.take(']') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

// string reads a string; one with escapes is left to encoding/json.
func (r *jsonReader) string() (string, bool) {
	if r.pos == len(r.text) || r.text[r.pos] != '"' {
		return "", false
	}
	start, escaped := r.pos, false
	for i := start + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return "", false
		case c == '"':
			r.pos = i + 1
			if !escaped {
				return r.text[start+1 : i], true
			}
			var out string
			err := json.Unmarshal([]byte(r.text[start:r.pos]), &out)
			return out, err == nil
		}
	}
	return "", false
}

// numberLength is the length of the number that the text begins with (RFC 8259 section 6), 0
// where it has none.
func numberLength(text string) int {
	i := 0
	digits := func() bool {
		start := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		return i > start
	}
	if text[0] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if !digits() {
		return 0
	}
	if i < len(text) && text[i] == '.' {
		i++
		if !digits() {
			return 0
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return 0
		}
	}
	return i
}

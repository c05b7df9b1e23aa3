package graphdoc

import (
	"encoding/json"
	"strings"
)

// jsonReader walks a JSON text that is known to be valid. It costs a fraction of a json.Decoder,
// which is what most of the example bodies of a page are worth.
type jsonReader struct {
	text string
	pos  int
	line int
}

// readJSON reads a text whose first line is the given line of the page; false where the text
// is not a JSON value alone, or nests deeper than maxJSONDepth. jsonDecoder says what is wrong.
func readJSON(text string, line int) (*Value, bool) {
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	r := jsonReader{text: text, line: line}
	return r.value(0)
}

// next skips white space, and the commas and colons whose places are known to be right, counts the
// lines, and gives the byte that begins the next token.
func (r *jsonReader) next() byte {
	for {
		switch c := r.text[r.pos]; c {
		case '\n':
			r.line++
		case ' ', '\t', '\r', ',', ':':
		default:
			return c
		}
		r.pos++
	}
}

func (r *jsonReader) value(depth int) (v *Value, ok bool) {
	if depth > maxJSONDepth {
		return nil, false
	}
	first := r.next()
	v = &Value{Line: r.line}
	switch first {
	case '{':
		v.Kind = "object"
		for r.pos++; r.next() != '}'; {
			member := Member{Line: r.line, Name: r.string()}
			if member.Value, ok = r.value(depth + 1); !ok {
				return nil, false
			}
			v.Members = append(v.Members, member)
		}
		r.pos++
	case '[':
		v.Kind = "array"
		for r.pos++; r.next() != ']'; {
			item, ok := r.value(depth + 1)
			if !ok {
				return nil, false
			}
			v.Items = append(v.Items, item)
		}
		r.pos++
	case '"':
		v.Kind, v.Data = "string", r.string()
	case 't':
		v.Kind, v.Data = "boolean", true
		r.pos += len("true")
	case 'f':
		v.Kind, v.Data = "boolean", false
		r.pos += len("false")
	case 'n':
		v.Kind = "null"
		r.pos += len("null")
	default:
		start := r.pos
		for r.pos < len(r.text) && strings.IndexByte("+-.0123456789Ee", r.text[r.pos]) >= 0 {
			r.pos++
		}
		v.Kind, v.Data = "number", json.Number(r.text[start:r.pos])
	}
	return v, true
}

// string reads a string; one with escapes is left to encoding/json.
func (r *jsonReader) string() string {
	start, escaped := r.pos, false
	for r.pos++; r.text[r.pos] != '"'; r.pos++ {
		if r.text[r.pos] == '\\' {
			escaped = true
			r.pos++
		}
	}
	r.pos++
	text := r.text[start+1 : r.pos-1]
	if escaped {
		// It is a valid string, so there is no error.
		_ = json.Unmarshal([]byte(r.text[start:r.pos]), &text)
	}
	return text
}

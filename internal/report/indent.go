package report

import (
	"encoding/json"
	"slices"
)

// encodeJSON gives v as json.Encoder does with an indent of two spaces and without
// escaping for HTML, so that curl lines and URLs stay readable. The encoder's own
// indentation checks its output once more and takes most of the time of a report;
// this one trusts it.
func encodeJSON(v any) ([]byte, error) {
	var out indenter
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return out, nil
}

// indenter collects compact JSON, indented. A json.Encoder hands over each value in
// one piece.
type indenter []byte

func (in *indenter) Write(p []byte) (int, error) {
	*in = appendIndented(*in, p)
	return len(p), nil
}

// appendIndented appends compact, valid JSON to out, laid out.
func appendIndented(out, src []byte) []byte {
	out = slices.Grow(out, len(src)*3/2)
	depth := 0
	lineBreak := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, "  "...)
		}
	}
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '"':
			end := i + 1
			for src[end] != '"' {
				if src[end] == '\\' {
					end++
				}
				end++
			}
			out = append(out, src[i:end+1]...)
			i = end
		case '{', '[':
			out = append(out, c)
			if next := src[i+1]; next == '}' || next == ']' {
				out = append(out, next)
				i++
				continue
			}
			depth++
			lineBreak()
		case '}', ']':
			depth--
			lineBreak()
			out = append(out, c)
		case ',':
			out = append(out, c)
			lineBreak()
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
	}
	return out
}

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
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
	return spellOut(out), nil
}

// spellOut writes, in JSON text, what does not print as JSON's own escapes: terminals act
// on some of it (C1 controls), and some turns the direction of what follows.
func spellOut(text []byte) []byte {
	hidden := func(r rune) bool { return r >= 0x7f && r != utf8.RuneError && !unicode.IsPrint(r) }
	if bytes.IndexFunc(text, hidden) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case !hidden(r):
			out = append(out, text[:size]...)
		case r <= 0xffff:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		}
		text = text[size:]
	}
	return out
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

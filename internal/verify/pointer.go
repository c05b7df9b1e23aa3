package verify

import (
	"strings"

	"graphpact/internal/jsonpointer"
)

// pointer makes a JSON Pointer (RFC 6901) of the path of a Pact mismatch, which is a
// JSONPath of names and indexes alone: $.a['b c'][0]. What is none gives "".
func pointer(path string) string {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return ""
	}
	var b strings.Builder
	for rest != "" {
		var name string
		switch {
		case strings.HasPrefix(rest, "['"):
			var closed bool
			if name, rest, closed = strings.Cut(rest[2:], "']"); !closed {
				return ""
			}
		case rest[0] == '[':
			var closed bool
			if name, rest, closed = strings.Cut(rest[1:], "]"); !closed {
				return ""
			}
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			name, rest = rest[1:end], rest[end:]
		default:
			return ""
		}
		b.WriteString(jsonpointer.Of(name))
	}
	return b.String()
}

package mask

import (
	"html"
	"strconv"
	"strings"
)

// maxEscapes bounds the escapes of escapes that are followed, in characters. Without
// a bound a body of nothing but backslashes would take seconds to search.
const maxEscapes = 16

// minPart is how many characters of a secret at the end of a cut text are masked; the
// first three of a token (eyJ) say nothing.
const minPart = 4

// end gives where the needle that begins at s[i] ends, -1 where none begins there.
func (n needle) end(s string, i int, cut bool) int {
	if len(s)-i >= len(n.text) && strings.EqualFold(s[i:i+len(n.text)], n.text) {
		return i + len(n.text)
	}
	return n.endFrom(s, i, 0, cut)
}

// endFrom gives where the needle ends whose characters from the k-th on begin at s[i].
func (n needle) endFrom(s string, i, k int, cut bool) int {
	for ; k < len(n.text); k++ {
		for k > 0 && i < len(s) && s[i] == 0 { // UTF-16
			i++
		}
		if i == len(s) {
			if cut && k >= minPart {
				return i
			}
			return -1
		}
		b := n.text[k]
		if (b == '\\' || b == '%') && s[i] == b {
			// An escape character that is escaped itself, perhaps more than once: how
			// often shows only by what follows.
			for _, escaped := range []string{`\\\\`, `\\`, "%2525", "%25"} {
				if strings.HasPrefix(s[i:], escaped) {
					if end := n.endFrom(s, i+len(escaped), k+1, cut); end >= 0 {
						return end
					}
				}
			}
		}
		size := encoded(s[i:], b)
		if size == 0 {
			// The text may end within an escape.
			if cut && k >= minPart && len(s)-i < 12 && strings.IndexByte(`%\&`, s[i]) >= 0 {
				return len(s)
			}
			return -1
		}
		i += size
	}
	return i
}

// encoded gives how many bytes of s stand for b, which is in lower case: as it is, or
// escaped for a URL (once or more often), JSON or HTML; 0 where they do not.
func encoded(s string, b byte) int {
	switch s[0] {
	case '%':
		digits := 1
		for digits < maxEscapes && strings.HasPrefix(s[digits:], "25") && len(s) > digits+2 && code(s[digits+2:], 1) >= 0 {
			digits += 2
		}
		if code(s[digits:], 2) == int(b) {
			return digits + 2
		}
	case '\\':
		char := 1
		for char < min(len(s), maxEscapes) && s[char] == '\\' { // JSON within JSON
			char++
		}
		switch {
		case char == len(s):
		case s[char] == 'u' && code(s[char+1:], 4) == int(b):
			return char + 5
		case s[char] == 'x' && code(s[char+1:], 2) == int(b):
			return char + 3
		case s[char] == b && (b < '0' || b > '9') && (b < 'a' || b > 'z'):
			return char + 1
		}
	case '&':
		if end := strings.IndexByte(s[:min(len(s), 10)], ';'); end > 0 && strings.ToLower(html.UnescapeString(s[:end+1])) == string(rune(b)) {
			return end + 1
		}
	case '+':
		if b == ' ' {
			return 1
		}
	}
	if lower(s[0]) == b {
		return 1
	}
	return 0
}

// code reads a character's code of so many hex digits, in lower case; -1 where s does
// not begin with one.
func code(s string, digits int) int {
	if len(s) < digits {
		return -1
	}
	n, err := strconv.ParseUint(s[:digits], 16, 32)
	switch {
	case err != nil:
		return -1
	case n < 0x80:
		return int(lower(byte(n)))
	}
	return int(n)
}

// lowerASCII leaves alone what is not ASCII: a header value may be no UTF-8.
func lowerASCII(s string) string {
	out := []byte(s)
	for i, b := range out {
		out[i] = lower(b)
	}
	return string(out)
}

func lower(b byte) byte {
	if b-'A' <= 'Z'-'A' {
		b += 'a' - 'A'
	}
	return b
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

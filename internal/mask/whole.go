package mask

import "strings"

// Short reports whether a secret is too short to be masked wherever it is.
func Short(secret string) bool { return len(secret) < minGuess }

// wholeEnd gives where the needle ends that is a value of its own at s[i], -1 where there is
// none: all of s, all of a header line's value, also behind a scheme word, or a JSON string
// that names no member, or a query of a URL.
func (n needle) wholeEnd(s string, i int) int {
	end := i + len(n.text)
	if end > len(s) || !strings.EqualFold(s[i:end], n.text) {
		return -1
	}
	left, right := s[:i], s[end:]
	switch {
	case strings.HasSuffix(left, `"`):
		right = strings.TrimLeft(right, `\`) // JSON in JSON
		if !strings.HasPrefix(right, `"`) || strings.HasPrefix(strings.TrimLeft(right[1:], " \t\r\n"), ":") {
			return -1
		}
	case strings.Contains(n.text, "=") && (strings.HasSuffix(left, "?") || strings.HasSuffix(left, "&")):
		if right != "" && !strings.ContainsAny(right[:1], " &#'\"\\\r\n;,)") {
			return -1
		}
	case left == "":
		if right != "" {
			return -1
		}
	case !headerValue(left) || right != "" && !strings.ContainsAny(right[:1], "\r\n'"):
		return -1
	}
	return end
}

// headerValue reports whether a header's value, or what follows its scheme word, begins
// behind the text: "Name: ", "Name: Bearer " or "Bearer ", at its beginning, behind a line
// break or, as in a curl line, behind a quote.
func headerValue(left string) bool {
	line := left[strings.LastIndexAny(left, "\r\n'")+1:]
	name, rest, ok := strings.Cut(line, ": ")
	if !ok {
		name, rest = "", line
	}
	word, after, _ := strings.Cut(rest, " ")
	return after == "" && !strings.Contains(name, " ") && (word == "" && ok || word != "" && strings.HasSuffix(rest, " "))
}

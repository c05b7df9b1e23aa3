package target

import (
	"net/url"
	"strings"
)

// Matches reports whether the path can come from the template, whatever the values of
// the parameters are. A parameter stands for one segment, or for a part of it.
func Matches(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i, segment := range want {
		text, err := url.PathUnescape(have[i])
		if err != nil || !matchesSegment(segment, text) {
			return false
		}
	}
	return true
}

// matchesSegment looks for the literal parts of the segment in turn.
func matchesSegment(segment, text string) bool {
	before, rest, found := strings.Cut(segment, "{")
	if !found {
		return segment == text
	}
	_, after, found := strings.Cut(rest, "}")
	if !found || !strings.HasPrefix(text, before) {
		return false
	}
	text = text[len(before):]
	for i := 1; i <= len(text); i++ { // a value has at least one character
		if matchesSegment(after, text[i:]) {
			return true
		}
	}
	return false
}

package client

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Expand puts the parameters into the path template, escaped, as
// /sets/{setId}/flows/{flowId}. Between single quotes, as in flows(name='{name}'), a quote in the
// value is written twice (OData 4.01 URL Conventions 2). One error names all that are missing.
func Expand(template string, params map[string]string) (string, error) {
	rest := parameter.ReplaceAllString(template, "")
	switch i := strings.IndexAny(rest, "{}"); {
	case i < 0:
	case rest[i] == '}':
		return "", fmt.Errorf("path %s: a } without its {", template)
	default:
		return "", fmt.Errorf("path %s: a { without a name and its }", template)
	}
	var out strings.Builder
	var missing []string
	end := 0
	for _, at := range parameter.FindAllStringIndex(template, -1) {
		before, after := template[end:at[0]], template[at[1]:]
		name := template[at[0]+1 : at[1]-1]
		end = at[1]
		out.WriteString(before)
		switch value := params[name]; {
		case value == "":
			missing = append(missing, name)
		case Walks(value): // escaped or not
			return "", fmt.Errorf("path %s: the value %q of %s would change the path; give the id of an entity", template, value, name)
		case strings.HasSuffix(before, "'") && strings.HasPrefix(after, "'"):
			out.WriteString(url.PathEscape(strings.ReplaceAll(value, "'", "''")))
		default:
			out.WriteString(url.PathEscape(value))
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		missing = slices.Compact(missing)
		return "", fmt.Errorf("path %s: no value for %s; give each as --param NAME=VALUE", template, strings.Join(missing, ", "))
	}
	return out.String() + template[end:], nil
}

// parameter is the place of a parameter in a template.
var parameter = regexp.MustCompile(`\{([^{}]+)\}`)

// Walks reports whether a value would walk the path to another resource where a server, or
// a proxy before it, decodes it first: a dot segment (RFC 3986 5.2.4 and 6.2.2.2), also one
// between slashes of the value's own, one that is escaped once more, and one with a parameter
// behind a semicolon, which some servers cut off.
func Walks(value string) bool {
	for {
		for _, segment := range strings.FieldsFunc(value, func(r rune) bool { return r == '/' || r == '\\' }) {
			if segment, _, _ = strings.Cut(segment, ";"); segment == "." || segment == ".." {
				return true
			}
		}
		plain, err := url.PathUnescape(value)
		if err != nil || plain == value {
			return false
		}
		value = plain
	}
}

// Unknown gives the names of the parameters that no template has, sorted.
func Unknown(params map[string]string, templates ...string) []string {
	unknown := maps.Clone(params)
	for _, t := range templates {
		for _, found := range parameter.FindAllStringSubmatch(t, -1) {
			delete(unknown, found[1])
		}
	}
	return slices.Sorted(maps.Keys(unknown))
}

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

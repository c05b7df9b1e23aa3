package client

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Expand puts the parameters into the path template, escaped, as
// /sets/{setId}/flows/{flowId}. Between single quotes, as in flows(name='{name}'), a quote in the
// value is written twice (OData 4.01 URL Conventions 2). One error names all that are missing.
func Expand(template string, params map[string]string) (string, error) {
	parts, err := split(template)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	var missing []string
	for i, p := range parts {
		if !p.name {
			out.WriteString(p.text)
			continue
		}
		quoted := i > 0 && strings.HasSuffix(parts[i-1].text, "'") && i+1 < len(parts) && strings.HasPrefix(parts[i+1].text, "'")
		switch value, given := params[p.text]; {
		case !given || value == "":
			missing = append(missing, p.text)
		case Walks(value): // escaped or not
			return "", fmt.Errorf("path %s: the value %q of %s would change the path; give the id of an entity", template, value, p.text)
		case quoted:
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
	return out.String(), nil
}

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
		parts, err := split(t)
		if err != nil {
			continue // Expand reports it
		}
		for _, p := range parts {
			if p.name {
				delete(unknown, p.text)
			}
		}
	}
	return slices.Sorted(maps.Keys(unknown))
}

// part is a piece of a template: literal text, or the name of a parameter.
type part struct {
	text string
	name bool
}

func split(template string) ([]part, error) {
	var parts []part
	for rest := template; rest != ""; {
		literal, after, open := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return nil, fmt.Errorf("path %s: a } without its {", template)
		}
		parts = append(parts, part{text: literal})
		if !open {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || name == "" || strings.Contains(name, "{") {
			return nil, fmt.Errorf("path %s: a { without a name and its }", template)
		}
		parts = append(parts, part{text: name, name: true})
		rest = tail
	}
	return parts, nil
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

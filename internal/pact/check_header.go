package pact

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// mangled are the characters that pact-go, which encodes a literal header or path as
// JSON and takes the quotes off, leaves escaped.
const mangled = `"\<>&` + "\u2028\u2029"

func (c *checker) headers(side string, header map[string]any) {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		where := side + " header " + name
		if !isToken(name) {
			c.fault(where, "%q is not a header name", name)
			continue
		}
		canonical := http.CanonicalHeaderKey(name)
		if seen[canonical] {
			c.fault(where, "stands twice, in different letter case")
		}
		seen[canonical] = true
		value, err := normal(header[name])
		if err != nil {
			c.fault(where, "%v", err)
			continue
		}
		c.header(where, canonical, value)
	}
}

// header checks one header value: a literal, or a matcher for one string.
func (c *checker) header(where, name string, value any) {
	example := value
	object, isMatcher := value.(map[string]any)
	if isMatcher {
		kind, _ := object[keyType].(string)
		if kind != typeRegex && kind != typeEquality && kind != typeInclude {
			c.fault(where, "a header takes a string, or a matcher of type %s, %s or %s", typeRegex, typeEquality, typeInclude)
			return
		}
		c.matcher(where, object, false)
		example = object[keyValue]
	}
	text, isString := example.(string)
	switch {
	case !isString:
		c.fault(where, "the value is %s, and a header is a string", jsonKind(example))
	case hasControl(text):
		c.fault(where, "the value holds a control character")
	case (name == "Authorization" || name == "Proxy-Authorization") && (!isMatcher || !strings.Contains(text, PlaceholderToken)):
		c.fault(where, "a credential may only stand as a matcher with the placeholder %s for an example; use BearerToken", PlaceholderToken)
	case !isMatcher && strings.ContainsAny(text, mangled):
		c.fault(where, "pact-go mangles the literal %q; use Equality", text)
	case !isMatcher:
		c.secret(where, text)
	}
}

package pact

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/http/httpguts"
)

// Check refuses what pact-go and its native library take without a word and turn
// into a pact that says something else: interactions that replace each other,
// matchers that do not exist, patterns that do not compile or do not match their own
// example, values that would be mangled on the way, credentials. The error joins all
// that it found, each naming its interaction.
func Check(interactions []Interaction) error {
	var errs []error
	seen := map[string]bool{}
	for n, i := range interactions {
		name := fmt.Sprintf("interaction %q", i.Description)
		if i.Description == "" {
			name = fmt.Sprintf("interaction %d (%s %s)", n+1, i.Request.Method, i.Request.Path)
		}
		c := &checker{}
		c.interaction(i)
		if id, err := identity(i); err == nil {
			if seen[id] {
				c.fault("description", "another interaction has the same description and states; the later would replace the earlier")
			}
			seen[id] = true
		}
		for _, err := range c.errs {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// identity is what Pact tells interactions apart by: the description and the states, in any order.
func identity(i Interaction) (string, error) {
	states := make([]string, 0, len(i.States))
	for _, s := range i.States {
		text, err := json.Marshal([]any{s.Name, s.Params})
		if err != nil {
			return "", err
		}
		states = append(states, string(text))
	}
	slices.Sort(states)
	text, err := json.Marshal([]any{i.Description, states})
	return string(text), err
}

// checker collects the faults of one interaction.
type checker struct {
	errs []error
}

func (c *checker) fault(where, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

func (c *checker) interaction(i Interaction) {
	c.text("description", i.Description)
	c.states(i.States)

	// A method is a token (RFC 9110 9.1), as the name of a header is.
	if !httpguts.ValidHeaderFieldName(i.Request.Method) || i.Request.Method != strings.ToUpper(i.Request.Method) {
		c.fault("request method", "%q is not an HTTP method", i.Request.Method)
	}
	c.path(i.Request.Path)
	c.pathFrom(i)
	c.headers("request", i.Request.Header)
	c.body("request", i.Request.Header, i.Request.Body)

	if i.Response.Status < 100 || i.Response.Status > 599 {
		c.fault("response status", "%d is not an HTTP status", i.Response.Status)
	}
	if (i.Response.Status == http.StatusNoContent || i.Response.Status == http.StatusNotModified) && i.Response.Body != nil {
		c.fault("response body", "an answer %d has no body (RFC 9110 15.3.5, 15.4.5)", i.Response.Status)
	}
	c.headers("response", i.Response.Header)
	c.body("response", i.Response.Header, i.Response.Body)
}

// text checks a text that goes to the library as a C string and into the pact as it is.
func (c *checker) text(where, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		c.fault(where, "is empty")
	case hasControl(s):
		c.fault(where, "%q holds a control character", s)
	}
	c.secret(where, s)
}

// secret refuses what looks like a credential.
func (c *checker) secret(where, s string) {
	if looksSecret(s) {
		c.fault(where, "holds what looks like a token; a pact is read by many, so use BearerToken or a made-up value")
	}
}

func (c *checker) states(states []State) {
	seen := map[string]bool{}
	for _, s := range states {
		c.text("state name", s.Name)
		if seen[s.Name] {
			c.fault("state "+s.Name, "is a duplicate; the library would join their parameters")
		}
		seen[s.Name] = true
		for _, name := range slices.Sorted(maps.Keys(s.Params)) {
			where := fmt.Sprintf("state %s, parameter %s", s.Name, name)
			c.text(where, name)
			value, err := normal(s.Params[name])
			if err != nil {
				c.fault(where, "%v", err)
				continue
			}
			c.literals(where, value)
		}
	}
}

// literals checks a value that may hold no matcher.
func (c *checker) literals(where string, value any) {
	walk(where, value, func(where string, value any) bool {
		switch v := value.(type) {
		case string:
			c.secret(where, v)
		case map[string]any:
			for key := range v {
				if strings.HasPrefix(key, "pact:") {
					c.fault(where, "no matcher may stand here")
					return false
				}
			}
		}
		return true
	})
}

func (c *checker) path(path string) {
	switch {
	case !strings.HasPrefix(path, "/"):
		c.fault("request path", "%q does not start with a slash", path)
	case strings.ContainsAny(path, "?#"):
		c.fault("request path", "%q holds a query or a fragment, which would be taken for part of the path", path)
	case hasControl(path) || strings.ContainsAny(path, mangled+" "):
		c.fault("request path", "%q holds a character that pact-go mangles; percent-encode it", path)
	}
	c.secret("request path", path)
}

// variable is a value of the provider states in Request.PathFrom.
var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// pathFrom checks that the expression gives the path when the states' own parameters stand in it.
func (c *checker) pathFrom(i Interaction) {
	if i.Request.PathFrom == "" {
		return
	}
	params := map[string]any{}
	for _, s := range i.States {
		maps.Copy(params, s.Params)
	}
	got := variable.ReplaceAllStringFunc(i.Request.PathFrom, func(v string) string {
		text, _ := params[v[2:len(v)-1]].(string)
		return url.PathEscape(text)
	})
	if got != i.Request.Path {
		c.fault("request path", "the expression %q gives %q with the parameters of the states, not %q", i.Request.PathFrom, got, i.Request.Path)
	}
}

func (c *checker) body(side string, header map[string]any, body any) {
	if body == nil {
		return
	}
	where := side + " body"
	value, err := normal(body)
	if err != nil {
		c.fault(where, "%v", err)
		return
	}
	if mediaType := contentType(header); mediaType != "" && !isJSON(mediaType) {
		c.fault(where, "is JSON, and the Content-Type says %q", mediaType)
	}
	walk(where, value, func(where string, value any) bool {
		switch v := value.(type) {
		case string:
			c.secret(where, v)
		case map[string]any:
			if _, ok := v[keyType]; ok {
				c.matcher(where, v, side == "response")
				return true
			}
			for key := range v {
				if strings.HasPrefix(key, "pact:") {
					c.fault(where, "%q is not something that graphpact uses in a matcher", key)
				}
			}
		}
		return true
	})
}

// contentType is the header's literal or example.
func contentType(header map[string]any) string {
	for name, value := range header {
		if !strings.EqualFold(name, "Content-Type") {
			continue
		}
		if m, ok := value.(map[string]any); ok {
			value = m[keyValue]
		}
		text, _ := value.(string)
		return text
	}
	return ""
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"))
}

// mangled are the characters that pact-go, which encodes a literal header or path as
// JSON and takes the quotes off, leaves escaped.
const mangled = `"\<>&` + "\u2028\u2029"

func (c *checker) headers(side string, header map[string]any) {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		where := side + " header " + name
		if !httpguts.ValidHeaderFieldName(name) {
			c.fault(where, "%q is not a header name", name)
			continue
		}
		canonical := http.CanonicalHeaderKey(name)
		if seen[canonical] {
			c.fault(where, "is a duplicate, in different letter case")
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
		if kind != typeRegex && kind != typeEquality {
			c.fault(where, "a header takes a string, or a matcher of type %s or %s", typeRegex, typeEquality)
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
		c.fault(where, "a credential may only be a matcher with the placeholder %s for an example; use BearerToken", PlaceholderToken)
	case !isMatcher && strings.ContainsAny(text, mangled):
		c.fault(where, "pact-go mangles the literal %q; use Equality", text)
	case !isMatcher:
		c.secret(where, text)
	}
}

// walk calls f on the value and, where f returns true, on what is in it. Keys of a
// matcher's own (its type, pattern and bounds) are not values.
func walk(where string, value any, f func(where string, value any) bool) {
	if !f(where, value) {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		_, matcher := v[keyType]
		for _, key := range slices.Sorted(maps.Keys(v)) {
			switch {
			case !matcher:
				walk(where+"/"+key, v[key], f)
			case key == keyValue:
				walk(where, v[key], f)
			}
		}
	case []any:
		for i, item := range v {
			walk(fmt.Sprintf("%s/%d", where, i), item, f)
		}
	}
}

// normal gives a value the shape of decoded JSON, numbers as json.Number.
func normal(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("is no JSON value: %w", err)
	}
	var out any
	if err := decode(text, &out); err != nil {
		return nil, fmt.Errorf("is no JSON value: %w", err)
	}
	return out, nil
}

// jsonKind names the JSON type of a normal value.
func jsonKind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case []any:
		return "an array"
	}
	return "an object"
}

// jwt is the start of a JSON Web Token: two parts in base64url, the first one an
// encoded object. credential is a bearer token long enough to be one, with a digit.
var (
	jwt        = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+`)
	credential = regexp.MustCompile(`(?i)\bbearer\s+[A-Za-z0-9._~+/=-]*[0-9][A-Za-z0-9._~+/=-]*`)
)

func looksSecret(s string) bool {
	return jwt.MatchString(s) || slices.ContainsFunc(credential.FindAllString(s, -1), func(m string) bool { return len(m) >= len("bearer ")+16 })
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

package pact

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
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

// identity is what Pact tells interactions apart by: the description and the states,
// in any order.
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

	if !isToken(i.Request.Method) || i.Request.Method != strings.ToUpper(i.Request.Method) {
		c.fault("request method", "%q is not an HTTP method", i.Request.Method)
	}
	c.path(i.Request.Path)
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
			c.fault("state "+s.Name, "stands twice; the library would join their parameters")
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

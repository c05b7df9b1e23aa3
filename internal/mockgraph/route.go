package mockgraph

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/contract"
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

type template struct {
	text     string
	segments []segment
	names    []string // the parameters, in order
}

// segment is the text between two slashes: literal text with parameters in it.
type segment struct {
	text    string
	pattern *regexp.Regexp
	params  int
}

func compileTemplate(p contract.Path) (*template, error) {
	text := p.Template
	if !strings.HasPrefix(text, "/") {
		return nil, fmt.Errorf("the path %q does not start with a slash", text)
	}
	t := &template{text: text}
	for s := range strings.SplitSeq(text[1:], "/") {
		if s == "" {
			return nil, fmt.Errorf("the path %q has an empty segment", text)
		}
		var pattern strings.Builder
		at := 0
		found := placeholder.FindAllStringIndex(s, -1)
		for _, span := range found {
			pattern.WriteString(regexp.QuoteMeta(s[at:span[0]]) + `(.+?)`)
			at = span[1]
			name := strings.TrimSpace(s[span[0]+1 : span[1]-1])
			if slices.Contains(t.names, name) {
				return nil, fmt.Errorf("the path %q has the parameter {%s} twice", text, name)
			}
			t.names = append(t.names, name)
		}
		pattern.WriteString(regexp.QuoteMeta(s[at:]))
		re, err := regexp.Compile(`(?s)\A` + pattern.String() + `\z`)
		if err != nil {
			return nil, fmt.Errorf("the path %q: %w", text, err)
		}
		t.segments = append(t.segments, segment{s, re, len(found)})
	}
	return t, nil
}

// match gives the values of the parameters for an escaped path without its leading
// slash. Segments are split before they are unescaped, so that a value may
// hold %2F.
func (t *template) match(escaped string) (map[string]string, bool) {
	parts := strings.Split(escaped, "/")
	if len(parts) != len(t.segments) {
		return nil, false
	}
	var values []string
	for i, part := range parts {
		value, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		found := t.segments[i].pattern.FindStringSubmatch(value)
		if found == nil {
			return nil, false
		}
		values = append(values, found[1:]...)
	}
	params := make(map[string]string, len(values))
	for i, name := range t.names {
		params[name] = values[i]
	}
	return params, true
}

// expand is the inverse of match: the escaped path of an entity.
func (t *template) expand(params map[string]string) string {
	return fill(t.text, params)
}

// fill puts escaped values in the place of the parameters.
func fill(text string, params map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(braced string) string {
		return url.PathEscape(params[strings.TrimSpace(braced[1:len(braced)-1])])
	})
}

// context is the fragment of the context URL (OData 4.01 Protocol 10.2 and 10.8) without
// the first segments that belong to the service root: keys in parentheses with a quote in
// them doubled, and $entity for an element of a collection.
func (t *template) context(params map[string]string, root int) string {
	var b strings.Builder
	for i, s := range t.segments {
		if i < root {
			continue
		}
		isKey := s.params == 1 && placeholder.FindString(s.text) == s.text
		switch value := fill(s.text, params); {
		case isKey && i == len(t.segments)-1:
			b.WriteString("/$entity")
		case isKey && i > 0:
			b.WriteString("('" + strings.ReplaceAll(value, "%27", "%27%27") + "')")
		default:
			b.WriteString("/" + value)
		}
	}
	return strings.TrimPrefix(b.String(), "/")
}

// shape is the template without the names of its parameters: two templates of one
// shape match the same paths.
func (t *template) shape() string { return placeholder.ReplaceAllString(t.text, "{}") }

// keyParam is the parameter that the path ends in, a cast to a derived type aside: the key of the
// entity.
func (t *template) keyParam() (string, bool) {
	last := t.segments[len(t.segments)-1]
	if len(t.segments) > 1 && contract.WithoutCast(t.text) != t.text {
		last = t.segments[len(t.segments)-2]
	}
	if last.params == 0 || !strings.HasSuffix(last.text, "}") {
		return "", false
	}
	return t.names[len(t.names)-1], true
}

// route is an Operation with the place of its entities.
type route struct {
	op       *contract.Operation
	template *template
	model    *model
	store    *store

	// before, stages and after are the way of a request with the behaviours around it.
	before []func(*call) *answer
	stages []namedStage
	after  []func(*call, *answer)
	// turn has one update at a time meet the behaviours: what they do around its stages is one step.
	turn sync.Mutex
}

// name is the Operation as seeds and the control endpoints name it.
func (r *route) name() string { return r.op.Method.Value + " " + r.template.text }

// allow is the value of the Allow header.
func (r *route) allow() string {
	return strings.Join([]string{http.MethodGet, http.MethodHead, r.op.Method.Value}, ", ")
}

// find gives the route of an escaped path, as match takes it. A literal segment
// wins over a parameter: of two that match, the one with fewer parameters. Of two with the
// same path, which pages of types that derive from one another have, it is the one that has
// the entity.
func find(routes []*route, escaped string) (*route, map[string]string) {
	var best *route
	var params map[string]string
	for _, r := range routes {
		if best != nil && len(best.template.names) < len(r.template.names) {
			continue
		}
		p, ok := r.template.match(escaped)
		if !ok || best != nil && len(best.template.names) == len(r.template.names) && (!r.has(p) || best.has(params)) {
			continue
		}
		best, params = r, p
	}
	return best, params
}

func (r *route) has(params map[string]string) bool {
	return r.store != nil && r.store.get(params) != nil
}

package contract

import (
	"graphpact/internal/schema"

	"fmt"
	"regexp"
	"strings"

	"graphpact/internal/graphdoc"
)

var placeholderExpr = regexp.MustCompile(`\{([^{}]*)\}`)

// request reads method and path: the first PATCH line, or the first line where
// there is no PATCH.
func (b *builder) request() error {
	var line *graphdoc.RequestLine
	for i := range b.page.Requests {
		r := &b.page.Requests[i]
		if !usable(r.Path.Value) {
			continue
		}
		patch := strings.EqualFold(r.Method.Value, "PATCH")
		if patch || line == nil {
			line = r
		}
		if patch {
			break
		}
	}
	if line == nil {
		return fmt.Errorf("%s: no request line with a path; add one under \"HTTP request\", as \"PATCH /things/{thingId}\"", b.page.File)
	}
	b.op.Method = fact(b, strings.ToUpper(line.Method.Value), line.Method.Line)
	b.op.Path = b.path(line)
	if n := len(b.page.Requests); n > 1 {
		b.find(ClassSeveralPaths, line.Path.Line,
			fmt.Sprintf("%s %s is the operation.", b.op.Method.Value, b.op.Path.Template),
			"The page has %d request lines.", n)
	}
	return nil
}

// usable reports whether a path can be sent once its parameters are filled in; the
// docs' generator leaves "** Entity URI for … not found" where it found none.
func usable(path string) bool {
	filled := placeholderExpr.ReplaceAllString(path, "x")
	return strings.HasPrefix(filled, "/") && !strings.ContainsAny(filled, " \t*{}")
}

// path reads the template. A choice "{a | b}" is decided for the first, and a
// repeated name gets a number, so that each parameter has a value of its own.
func (b *builder) path(line *graphdoc.RequestLine) Path {
	p := Path{Source: b.at(line.Path.Line)}
	seen := map[string]int{}
	p.Template = placeholderExpr.ReplaceAllStringFunc(line.Path.Value, func(braced string) string {
		name := strings.TrimSpace(strings.Trim(braced, "{}"))
		if first, _, choice := strings.Cut(name, "|"); choice {
			name = strings.TrimSpace(first)
			b.find(ClassPathAlternatives, line.Path.Line, fmt.Sprintf("The parameter is {%s}.", name),
				"The path offers a choice, %s.", braced)
		}
		if name == "" {
			name = "id"
		}
		seen[name]++
		if n := seen[name]; n > 1 {
			again := fmt.Sprintf("%s%d", name, n)
			b.find(ClassPathParameterRepeated, line.Path.Line, fmt.Sprintf("The later one is called {%s}.", again),
				"The path names the parameter {%s} twice.", name)
			name = again
			seen[name]++
		}
		at := line.Path.Line
		if i := len(p.Params); i < len(line.Params) && line.Params[i].Present() {
			at = line.Params[i].Line
		}
		p.Params = append(p.Params, Param{Name: name, Source: b.at(at)})
		return "{" + name + "}"
	})
	return p
}

// PathText gives the value of a key as a path has it, unescaped: a string as it is, any
// other value as JSON.
func PathText(v any) string {
	if s, isText := v.(string); isText {
		return s
	}
	return schema.Text(v)
}

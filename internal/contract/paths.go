package contract

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
	"graphpact/internal/lazyregexp"
	"graphpact/internal/safetext"
)

// RequestLine is a request line of the page that can be sent.
type RequestLine struct {
	// Number is its place among the request lines of the page, from 1.
	Number int
	Method Fact[string]
	Path   Path
	// Chosen marks the line that is Operation.Method and Operation.Path.
	Chosen bool
}

// String gives "PATCH /rooms/{roomId}".
func (l RequestLine) String() string { return l.Method.Value + " " + l.Path.Template }

// requestLines reads every request line of the page.
func (b *builder) requestLines() {
	for i := range b.page.Requests {
		line := &b.page.Requests[i]
		path := b.withBraces(line)
		if !usable(path) {
			b.find(ClassRequestLine, line.Path.Line, "It is no path of the operation.", "%s has no path that can be sent.", short(line.Method.Value+" "+line.Path.Value))
			continue
		}
		b.op.RequestLines = append(b.op.RequestLines, RequestLine{
			Number: i + 1,
			Method: fact(b, strings.ToUpper(line.Method.Value), line.Method.Line),
			Path:   b.path(line, path),
		})
	}
}

// fromExample takes the request line of a page without one from its first example of an
// update.
func (b *builder) fromExample() {
	for _, m := range b.page.Examples {
		path, ok := graphdoc.PathOf(m.URL)
		if m.Kind != graphdoc.KindRequest || !ok || strings.EqualFold(m.Method, "GET") {
			continue
		}
		line := &graphdoc.RequestLine{
			Method: graphdoc.Text{Value: m.Method, Line: m.Line},
			Path:   graphdoc.Text{Value: path, Line: m.Line},
		}
		if path = withBraces(path).path; !usable(path) {
			continue
		}
		b.find(ClassRequestLine, m.Line, fmt.Sprintf("%s %s of the example is the operation.", strings.ToUpper(m.Method), path),
			"The page has no request line under \"HTTP request\".")
		b.op.RequestLines = []RequestLine{{Number: 1, Method: fact(b, strings.ToUpper(m.Method), m.Line), Path: b.path(line, path)}}
		return
	}
}

// choose picks the operation: the nth request line, or the first PATCH, or the first line
// where there is no PATCH.
func (b *builder) choose(n int) error {
	b.requestLines()
	if len(b.page.Requests) == 0 && n <= 1 {
		b.fromExample()
	}
	lines := b.op.RequestLines
	chosen := slices.IndexFunc(lines, func(l RequestLine) bool { return l.Number == n || n == 0 && l.Method.Value == "PATCH" })
	switch {
	case chosen >= 0:
	case n > 0:
		return b.noRequestLine(n)
	case len(lines) > 0:
		chosen = 0
	default:
		at, note := 0, ""
		if i := slices.IndexFunc(b.page.Oddities, func(o graphdoc.Oddity) bool { return o.Class == graphdoc.OddityRequestLine }); i >= 0 {
			at = b.page.Oddities[i].Line
			note = fmt.Sprintf(" (line %d has none)", at)
		}
		return &graphdoc.PlaceError{File: b.page.File, Near: at, Text: "no request line with a path" + note + `; add one under "HTTP request", as "PATCH /things/{thingId}"`}
	}
	line := &lines[chosen]
	line.Chosen = true
	b.op.Method, b.op.Path = line.Method, line.Path
	b.pathFindings(b.page.Requests, line)
	if n := len(b.page.Requests); n > 1 {
		b.find(ClassSeveralPaths, line.Path.Source.Line,
			fmt.Sprintf("%s %s is the operation.", b.op.Method.Value, b.op.Path.Template),
			"The page has %d request lines.", n)
	}
	return nil
}

// noRequestLine says which request lines there are, for a number that is none of them.
func (b *builder) noRequestLine(n int) error {
	var lines []string
	for _, l := range b.op.RequestLines {
		lines = append(lines, fmt.Sprintf("%d is %s %s", l.Number, b.page.Requests[l.Number-1].Method.Value, b.page.Requests[l.Number-1].Path.Value))
	}
	if lines == nil {
		lines = []string{"the page has none that can be sent"}
	}
	return &graphdoc.PlaceError{File: b.page.File, Text: fmt.Sprintf("no request line %d; %s", n, strings.Join(lines, ", "))}
}

// usable reports whether a path can be sent once its parameters are filled in; the
// docs' generator leaves "** Entity URI for … not found" where it found none.
func usable(path string) bool {
	filled := placeholderExpr().ReplaceAllString(path, "x")
	return strings.HasPrefix(filled, "/") && !strings.ContainsAny(filled, " \t*{}<>")
}

// path reads the template. A choice "{a | b}" is decided for the first, and a
// repeated name gets a number, so that each parameter has a value of its own.
func (b *builder) path(line *graphdoc.RequestLine, template string) Path {
	p := Path{Source: b.at(line.Path.Line)}
	taken, next := map[string]bool{}, map[string]int{}
	p.Template = placeholderExpr().ReplaceAllStringFunc(template, func(braced string) string {
		name, others := choiceOf(braced)
		if taken[name] {
			n := max(2, next[name])
			for taken[fmt.Sprintf("%s%d", name, n)] {
				n++
			}
			next[name] = n + 1
			name = fmt.Sprintf("%s%d", name, n)
		}
		taken[name] = true
		at := line.Path.Line
		if i := len(p.Params); i < len(line.Params) && line.Params[i].Present() {
			at = line.Params[i].Line
		}
		p.Params = append(p.Params, Param{Name: name, Source: b.at(at), Alternatives: others})
		return "{" + name + "}"
	})
	return p
}

// choiceOf reads "{id | name}": the first name, and the others.
func choiceOf(braced string) (name string, others []string) {
	name = strings.TrimSpace(strings.Trim(braced, "{}"))
	if first, rest, choice := strings.Cut(name, "|"); choice {
		name = strings.TrimSpace(first)
		for _, other := range strings.Split(rest, "|") {
			others = append(others, strings.TrimSpace(other))
		}
	}
	if name == "" {
		name = "id"
	}
	return name, others
}

// pathFindings says what was taken for the parameters of the line that is the operation.
func (b *builder) pathFindings(lines []graphdoc.RequestLine, chosen *RequestLine) {
	if chosen.Number > len(lines) {
		return
	}
	line := &lines[chosen.Number-1]
	seen := map[string]bool{}
	for i, braced := range placeholderExpr().FindAllString(withBraces(line.Path.Value).path, -1) {
		name, others := choiceOf(braced)
		if len(others) > 0 {
			b.find(ClassPathAlternatives, line.Path.Line, fmt.Sprintf("The parameter is {%s}.", name),
				"The path offers a choice, %s.", braced)
		}
		if seen[name] {
			b.find(ClassPathParameterRepeated, line.Path.Line, fmt.Sprintf("The later one is called {%s}.", chosen.Path.Params[i].Name),
				"The path names the parameter {%s} twice.", name)
		}
		seen[name] = true
	}
}

// withBraces gives the path of a request line with its parameters in braces; what was not is a
// finding.
func (b *builder) withBraces(line *graphdoc.RequestLine) string {
	m := withBraces(line.Path.Value)
	for _, key := range m.literal {
		b.find(ClassPathLiteralKey, line.Path.Line, fmt.Sprintf("The path is %s.", safetext.Line(m.path)),
			"The path has %s, the key of one entity, in the place of a parameter.", short(key))
	}
	for _, name := range m.unmarked {
		b.find(ClassPathParameterUnmarked, line.Path.Line, fmt.Sprintf("The path is %s.", safetext.Line(m.path)),
			"The path has the parameter %s without braces around it.", short(name))
	}
	return m.path
}

// bracedPath is a path with its parameters in braces.
type bracedPath struct {
	path string
	// literal are the keys that stand in the place of a parameter, and unmarked the
	// parameters that are not in braces, as the page writes them.
	literal, unmarked []string
}

var (
	// angled is a parameter in angle brackets.
	angled = lazyregexp.New(`<([^<>/]+)>`)
	// bracketedName is a whole segment in brackets of another kind, or behind a colon.
	bracketedName = lazyregexp.New(`^(?:\(([A-Za-z][\w -]*)\)|\[([A-Za-z][\w -]*)\]|:([A-Za-z][\w-]*))$`)
	// bareName is a segment that is called as a parameter is.
	bareName = lazyregexp.New(`^(?:[Ii][Dd]|[A-Za-z][A-Za-z0-9]*(?:Id|ID|[-_][Ii]d))$`)
	// keyOfOne is the key of an entity in brackets (OData 4.01 URL Conventions 4.3.1), as ('a') and (name='a').
	keyOfOne = lazyregexp.New(`^(.*\(\s*(?:\w+\s*=\s*)?)('?)([^'(){}=]+)('?)(\s*\))$`)
	digits   = lazyregexp.New(`^\d+$`)
	address  = lazyregexp.New(`^[^@\s]+@[^@\s]+\.[A-Za-z]+$`)
)

// withBraces puts the parameters of a path into braces: <x>, (x), a name without braces or
// with one of the two, the key of one entity.
func withBraces(path string) bracedPath {
	var m bracedPath
	segments := splitPath(path)
	for i, s := range segments {
		before := s
		if !oddSegment(s) {
			continue
		}
		s = angled().ReplaceAllString(s, "{$1}")
		s = strings.ReplaceAll(strings.ReplaceAll(s, "{{", "{"), "}}", "}")
		opened, closed := strings.Count(s, "{"), strings.Count(s, "}")
		switch {
		case opened > closed:
			s = strings.TrimRight(s, ")]> ") + "}"
		case closed > opened:
			s = "{" + strings.TrimLeft(s, "([< ")
		}
		previous := ""
		if i > 0 {
			previous = segments[i-1]
		}
		collection := i > 1 && previous != "" && !strings.ContainsAny(previous, "{}()$:") // may be one
		inBrackets := keyOfOne().FindStringSubmatch(s)
		switch {
		case strings.ContainsAny(s, "{}"):
		case collection && isKey(s):
			m.literal = append(m.literal, s)
			s, before = "{"+keyName(previous)+"}", ""
		case inBrackets != nil && (isKey(inBrackets[3]) || inBrackets[2] != "" && strings.Contains(inBrackets[3], "-")):
			m.literal = append(m.literal, inBrackets[3])
			collection, _, _ := strings.Cut(s, "(")
			s, before = inBrackets[1]+inBrackets[2]+"{"+keyName(collection)+"}"+inBrackets[4]+inBrackets[5], ""
		case bracketedName().MatchString(s) && collection:
			name := bracketedName().FindStringSubmatch(s)
			s = "{" + name[1] + name[2] + name[3] + "}"
		case collection && bareName().MatchString(s):
			s = "{" + s + "}"
		}
		if before != "" && s != before {
			m.unmarked = append(m.unmarked, before)
		}
		segments[i] = s
	}
	m.path = strings.Join(segments, "/")
	return m
}

// oddSegment reports whether a segment may be anything but a name or a parameter in braces.
func oddSegment(s string) bool {
	if strings.HasPrefix(s, "{") && strings.IndexByte(s[1:], '{') < 0 && strings.IndexByte(s, '}') == len(s)-1 {
		return false
	}
	return strings.ContainsAny(s, "<>()[]{}:@0123456789") || len(s) >= 2 && strings.EqualFold(s[len(s)-2:], "id")
}

// isKey reports whether a segment can be nothing but the key of one entity.
func isKey(s string) bool {
	return edm.IsGUID(s) || digits().MatchString(s) || address().MatchString(s)
}

// keyName is the name for the key of an entity of a collection: lampId for lamps.
func keyName(collection string) string {
	_, name, _ := cutLast(collection)
	switch {
	case strings.HasSuffix(name, "ies"):
		name = strings.TrimSuffix(name, "ies") + "y"
	case !strings.HasSuffix(name, "ss"):
		name = strings.TrimSuffix(name, "s")
	}
	return name + "Id"
}

// splitPath cuts a path at the slashes outside of quotes in brackets.
func splitPath(path string) []string {
	var out []string
	start, depth, quoted := 0, 0, false
	for i, c := range path {
		switch {
		case c == '\'':
			quoted = !quoted && depth > 0
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case c == '/' && !quoted:
			out = append(out, path[start:i])
			start, depth = i+1, 0
		}
	}
	return append(out, path[start:])
}

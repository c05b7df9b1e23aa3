package graphdoc

import (
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// codeLine is a line of a code block.
type codeLine struct {
	text string
	line int
}

// codeBlock is a code block, fenced or indented.
type codeBlock struct {
	node  ast.Node
	lines []codeLine
}

// codeBlocks gives the code blocks at and below the nodes.
func (r *reader) codeBlocks(nodes ...ast.Node) []codeBlock {
	var out []codeBlock
	for _, n := range nodes {
		walk(n, func(n ast.Node) bool {
			switch n.Kind() {
			case ast.KindFencedCodeBlock, ast.KindCodeBlock:
			default:
				return true
			}
			out = append(out, codeBlock{node: n, lines: r.codeLines(n.Lines())})
			return false
		})
	}
	return out
}

func (r *reader) codeLines(segments *text.Segments) []codeLine {
	out := make([]codeLine, 0, segments.Len())
	for i := range segments.Len() {
		out = append(out, r.codeLine(segments.At(i)))
	}
	return out
}

func (r *reader) codeLine(s text.Segment) codeLine {
	return codeLine{text: strings.TrimSuffix(r.src.cut(s), "\n"), line: r.src.line(s.Start)}
}

// requestLine is a method and what follows it. In prose it may have marks around it.
var (
	requestLine = lazyregexp.New(`(?i)^\s*(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MERGE):?\s+(\S.*)$`)
	proseLine   = lazyregexp.New("^[\\s*+>`\"-]*((?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MERGE)[ \\t]+(?:/|https?://)[^`\"]*)")
	bareTarget  = lazyregexp.New(`(?i)^\s*((?:https?:/)?/\S.*)$`)
)

// readRequests reads the request lines of the section "HTTP request": those of its code
// blocks, and those that stand in a paragraph.
func (r *reader) readRequests(nodes []ast.Node) {
	for _, n := range nodes {
		walk(n, func(n ast.Node) bool {
			switch n.Kind() {
			case ast.KindFencedCodeBlock, ast.KindCodeBlock:
				method := ""
				for _, block := range r.codeBlocks(n) {
					for _, l := range block.lines {
						method = r.requestLine(l, method)
					}
				}
				return false
			case ast.KindParagraph, ast.KindTextBlock:
				for i := range n.Lines().Len() {
					line := r.src.line(n.Lines().At(i).Start)
					if m := proseLine().FindStringSubmatch(r.src.lineText(line)); m != nil {
						r.requestLine(codeLine{strings.TrimSpace(m[1]), line}, "")
					}
				}
				return false
			}
			return true
		})
	}
}

// requestLine reads a line. One that has no method has that of the line before it; it gives
// the method for the next.
func (r *reader) requestLine(l codeLine, before string) (method string) {
	var m []string
	switch {
	case len(l.text) > maxRequestLine:
		r.oddity(l.line, OddityRequestLine, "The line has %d bytes, more than the limit of %d for a request line.", len(l.text), maxRequestLine)
		return before
	case strings.TrimSpace(l.text) == "":
		return before
	}
	if m = requestLine().FindStringSubmatch(l.text); m == nil {
		target := bareTarget().FindString(l.text)
		if target == "" {
			return before
		}
		if before == "" {
			r.oddity(l.line, OddityRequestMethod, "%q has no method.", strings.TrimSpace(l.text))
			return ""
		}
		r.oddity(l.line, OddityRequestMethod, "%q has no method; that of the line before was taken.", strings.TrimSpace(l.text))
		m = []string{"", before, strings.TrimSpace(target)}
	}
	method = strings.ToUpper(m[1])
	path, ok := PathOf(m[2])
	if !ok {
		r.oddity(l.line, OddityRequestLine, "%q has no readable path.", strings.TrimSpace(l.text))
		return method
	}
	r.page.Requests = append(r.page.Requests, RequestLine{
		Method: Text{Value: m[1], Line: l.line},
		Path:   Text{Value: path, Line: l.line},
		Params: pathParams(path, l.line),
	})
	return method
}

var (
	// origin is scheme and host, as https://graph.microsoft.com.
	origin = lazyregexp.New(`(?i)^https?://[^/?\s]*`)
	// bareHost is a host without scheme in place of the first segment.
	bareHost = lazyregexp.New(`^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+){2,}(?:/|$)`)
	// version is the version segment, as /v1.0 or /beta.
	version = lazyregexp.New(`(?i)^/(?:v\d+(?:\.\d+)?|beta)(/|$)`)
	// pathStart is how a path can start: slash, name, or a parameter.
	pathStart = lazyregexp.New(`^[/A-Za-z0-9{($<]`)
)

// PathOf gives the path of a URL or a request line below the version segment, with a leading slash
// and without query string and whatever follows a space; false where it has none.
func PathOf(target string) (string, bool) {
	if !pathStart().MatchString(target) {
		return "", false
	}
	if strings.Contains(target, "://") {
		target = origin().ReplaceAllString(target, "")
	}
	if target != "" && target[0] != '/' && bareHost().MatchString(target) {
		target = target[strings.IndexByte(target+"/", '/'):]
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	if len(target) > 1 && strings.IndexByte("vVbB", target[1]) >= 0 {
		target = version().ReplaceAllString(target, "$1")
	}
	if end := targetEnd(target); end < len(target) {
		target = target[:end]
	}
	if strings.Trim(target, "/") == "" {
		return "", false
	}
	return target, true
}

// targetEnd is where the path ends: at the first space or question mark outside of
// braces, brackets and quotes, as in {id | userPrincipalName} and (name='a b').
func targetEnd(target string) int {
	depth, quoted := 0, false
	for i, c := range target {
		switch c {
		case '\'':
			quoted = !quoted && depth > 0
		case '{', '(', '<':
			depth++
		case '}', ')', '>':
			depth = max(0, depth-1)
		case ' ', '\t', '?':
			if depth == 0 && !quoted {
				return i
			}
		}
	}
	// A bracket that never closes does not swallow the rest of the line.
	if depth > 0 {
		if i := strings.IndexAny(target, " \t?"); i >= 0 {
			return i
		}
	}
	return len(target)
}

// pathParam is a parameter in braces.
var pathParam = lazyregexp.New(`\{([^{}]+)\}`)

func pathParams(path string, line int) []Text {
	var out []Text
	for _, m := range pathParam().FindAllStringSubmatch(path, -1) {
		out = append(out, Text{Value: m[1], Line: line})
	}
	return out
}

var (
	requiredWord = lazyregexp.New(`(?i)\brequired\b`)
	notRequired  = lazyregexp.New(`(?i)\b(?:not|n't|isn’t)\s+required\b`)
)

// isRequired reports whether the text says so, and does not deny it.
func isRequired(text string) bool {
	return lowerOf(text).any("required") && requiredWord().MatchString(text) && !notRequired().MatchString(text)
}

// readHeaders reads the tables of the header section, whose columns are called Name
// or Header, and Description or Value.
func (r *reader) readHeaders(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		name := t.column("Name", "Header", "Header name", "Request header", "Property")
		description := t.column("Description", "Value", "Values")
		if name < 0 {
			name = 0
		}
		if description < 0 {
			description = len(t.header) - 1
		}
		for _, w := range t.rows {
			if w.text(name) == "" || description == name {
				r.oddity(w.line, OddityRowStray, "The row of the header table names no header and what it is.")
				continue
			}
			text := w.text(description)
			r.page.Headers = append(r.page.Headers, Header{
				Name:        Text{Value: strings.TrimRight(w.text(name), ":"), Line: w.line},
				Description: w.cells[description].asText(),
				Codes:       w.cells[description].codes(),
				Required:    isRequired(text),
			})
		}
	}
}

// permissionName is the name of a permission, as Files.ReadWrite.All.
var permissionName = lazyregexp.New(`\b[A-Z][\w-]*(?:\.[A-Z][\w-]*)+`)

// signIn is a column for a kind of sign-in, in tables that have a row
// for each resource.
var signIn = lazyregexp.New(`(?i)^(?:delegated|application)\b`)

// readPermissions reads the tables of the permission section. Most have a row for
// each kind of sign-in; some have a column for each, and a row for each resource.
func (r *reader) readPermissions(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		if len(t.header) < 2 {
			r.elsewhere(t, "of permissions has one column")
			continue
		}
		if signIn().MatchString(t.header[1].text()) {
			r.permissionMatrix(t)
			continue
		}
		r.permissionRows(t)
	}
}

func (r *reader) permissionMatrix(t table) {
	for _, w := range t.rows {
		for i := 1; i < len(w.cells); i++ {
			r.page.Permissions = append(r.page.Permissions, Permission{
				Kind:  Text{Value: t.header[i].text(), Line: w.line},
				Names: permissionNames(w.text(i)),
			})
		}
	}
}

// permissionRows reads a row for each kind. Intune pages put the areas of a kind
// below it, indented: the kind's own row is then a heading.
func (r *reader) permissionRows(t table) {
	group := ""
	for i, w := range t.rows {
		kind := w.text(0)
		if kind == "" {
			r.oddity(w.line, OddityRowStray, "The row of the permissions table names no kind of sign-in.")
			continue
		}
		var names []string
		for c := 1; c < len(w.cells); c++ {
			names = append(names, permissionNames(w.text(c))...)
		}
		switch {
		case indented(w):
			if group != "" {
				kind = group + ", " + kind
			}
		case w.text(1) == "" && i+1 < len(t.rows) && indented(t.rows[i+1]):
			group = kind
			r.page.PermissionGroups = append(r.page.PermissionGroups, Text{Value: kind, Line: w.line})
			continue
		default:
			group = ""
		}
		r.page.Permissions = append(r.page.Permissions, Permission{
			Kind:  Text{Value: kind, Line: w.line},
			Names: names,
		})
	}
}

// indented reports whether the row is set in with no-break spaces.
func indented(w row) bool { return strings.HasPrefix(w.cells[0].raw, "\u00a0") }

func permissionNames(cell string) []string { return permissionName().FindAllString(cell, -1) }

package graphdoc

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
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
			block := codeBlock{node: n}
			for i := range n.Lines().Len() {
				segment := n.Lines().At(i)
				block.lines = append(block.lines, codeLine{
					text: strings.TrimSuffix(string(segment.Value(r.md)), "\n"),
					line: r.src.line(segment.Start),
				})
			}
			out = append(out, block)
			return false
		})
	}
	return out
}

// requestLine is a method and what follows it.
var requestLine = regexp.MustCompile(`^\s*(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MERGE)\s+(\S.*)$`)

// readRequests reads the request lines of the section "HTTP request".
func (r *reader) readRequests(nodes []ast.Node) {
	for _, block := range r.codeBlocks(nodes...) {
		for _, l := range block.lines {
			m := requestLine.FindStringSubmatch(l.text)
			if m == nil {
				continue
			}
			path, ok := pathTemplate(m[2])
			if !ok {
				r.oddity(l.line, OddityRequestLine, fmt.Sprintf("%q has no readable path.", strings.TrimSpace(l.text)))
				continue
			}
			r.page.Requests = append(r.page.Requests, RequestLine{
				Method: Text{Value: m[1], Line: l.line},
				Path:   Text{Value: path, Line: l.line},
				Params: pathParams(path, l.line),
			})
		}
	}
}

var (
	// origin is scheme and host, as https://graph.microsoft.com.
	origin = regexp.MustCompile(`(?i)^https?://[^/?\s]*`)
	// bareHost is a host without scheme in place of the first segment.
	bareHost = regexp.MustCompile(`^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+){2,}(?:/|$)`)
	// version is the version segment, as /v1.0 or /beta.
	version = regexp.MustCompile(`(?i)^/(?:v\d+(?:\.\d+)?|beta)(/|$)`)
	// pathStart is how a path can start: slash, name, or a parameter.
	pathStart = regexp.MustCompile(`^[/A-Za-z0-9{($<]`)
)

// pathTemplate gives the path below the version segment, with a leading slash and
// without query string and whatever follows a space.
func pathTemplate(target string) (string, bool) {
	if !pathStart.MatchString(target) {
		return "", false
	}
	target = origin.ReplaceAllString(target, "")
	if bareHost.MatchString(target) {
		target = target[strings.IndexByte(target+"/", '/'):]
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	target = version.ReplaceAllString(target, "$1")
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
var pathParam = regexp.MustCompile(`\{([^{}]+)\}`)

func pathParams(path string, line int) []Text {
	var out []Text
	for _, m := range pathParam.FindAllStringSubmatch(path, -1) {
		out = append(out, Text{Value: m[1], Line: line})
	}
	return out
}

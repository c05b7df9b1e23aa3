package graphdoc

import (
	"fmt"
	"strconv"
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
)

// The kinds of Message.
const (
	KindRequest  = "request"  // the Kind of a request
	KindResponse = "response" // the Kind of a response
)

var (
	// exampleRequest is the start line of a request: a method and a URL or path.
	exampleRequest = lazyregexp.New(`^\s*(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MERGE)\s+((?:https?://|/|\{)\S.*|/|[a-z]\S*/\S*.*)$`)
	// exampleStatus is the start line of a response.
	exampleStatus = lazyregexp.New(`(?i)^\s*HTTP/\d(?:\.\d)?\s+(\d{3})\b[ \t]*(.*)$`)
	// protocol ends a request line of RFC 9112.
	protocol = lazyregexp.New(`(?i)\s+HTTP/\d(?:\.\d)?\s*$`)
	// headerField is a header line (RFC 9110 5.1).
	headerField = lazyregexp.New("^\\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \\t]*:[ \\t]*(.*)$")
)

// readExamples reads the messages of the example section, and those elsewhere that
// an annotation calls a request or a response, but for the section "HTTP request".
func (r *reader) readExamples(doc ast.Node, parts map[section][]ast.Node) {
	inExamples, inRequest := nodeSet(parts[sectionExamples]), nodeSet(parts[sectionRequest])
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if inRequest[n] {
			continue
		}
		for _, block := range r.codeBlocks(n) {
			above := r.annotationAbove(block.node)
			annotated := above != nil && (above.BlockType == KindRequest || above.BlockType == KindResponse)
			if !inExamples[n] && !annotated {
				continue
			}
			messages := r.messages(block)
			if len(messages) == 0 && annotated && len(block.lines) > 0 {
				r.oddity(block.lines[0].line, OddityExample,
					"The block is annotated as a %s and starts with no request line or status line.", above.BlockType)
			}
			for i := range messages {
				// The annotation is about the first message of its block.
				if i == 0 && above != nil {
					messages[i].Annotation = above
				}
			}
			r.page.Examples = append(r.page.Examples, messages...)
		}
	}
}

func nodeSet(nodes []ast.Node) map[ast.Node]bool {
	set := make(map[ast.Node]bool, len(nodes))
	for _, n := range nodes {
		set[n] = true
	}
	return set
}

// messages reads the HTTP messages of a code block: none where it does not start
// with one, and more than one where another start line follows a blank line.
func (r *reader) messages(block codeBlock) []Message {
	lines := trimmed(block.lines)
	if len(lines) == 0 || !isStart(lines[0].text) {
		return nil
	}
	var out []Message
	for start := 0; start < len(lines); {
		end := start + 1
		for end < len(lines) && (!isStart(lines[end].text) || strings.TrimSpace(lines[end-1].text) != "") {
			end++
		}
		m := r.message(lines[start:end])
		if strings.HasPrefix(strings.ToLower(m.Header("Content-Type").Value), "multipart/") {
			// The parts are messages of their own and belong to the body.
			end = len(lines)
			m = r.message(lines[start:end])
		}
		out = append(out, m)
		start = end
	}
	return out
}

func isStart(line string) bool {
	switch trimmed := strings.TrimLeft(line, " \t\r\f\v"); {
	case trimmed == "":
		return false
	case strings.IndexByte("GPDHOMh", trimmed[0]) < 0: // the first letters of the methods, and of HTTP
		return false
	}
	return exampleRequest().MatchString(line) || exampleStatus().MatchString(line)
}

// message reads one message; its first line is the start line.
func (r *reader) message(lines []codeLine) Message {
	m := startLine(lines[0])
	lines = lines[1:]
	for len(lines) > 0 && strings.TrimSpace(lines[0].text) != "" {
		h := headerField().FindStringSubmatch(lines[0].text)
		if h == nil {
			r.oddity(lines[0].line, OddityBodyGlued, "No blank line stands between the headers and the body.")
			break
		}
		m.Headers = append(m.Headers, Field{
			Key:   h[1],
			Value: Text{Value: strings.TrimSpace(h[2]), Line: lines[0].line},
		})
		lines = lines[1:]
	}
	m.setBody(trimmed(lines))
	return m
}

func startLine(l codeLine) Message {
	if s := exampleStatus().FindStringSubmatch(l.text); s != nil {
		// The pattern lets three digits pass and nothing else.
		status, _ := strconv.Atoi(s[1])
		return Message{Kind: KindResponse, Line: l.line, Code: status, Reason: strings.TrimSpace(s[2])}
	}
	s := exampleRequest().FindStringSubmatch(l.text)
	url := strings.TrimSpace(s[2])
	if strings.ContainsAny(url, " \t") {
		url = protocol().ReplaceAllString(url, "")
	}
	return Message{Kind: KindRequest, Line: l.line, Method: s[1], URL: url}
}

// trimmed gives lines without the blank ones around them.
func trimmed(lines []codeLine) []codeLine {
	blank := func(l codeLine) bool { return strings.TrimSpace(l.text) == "" }
	for len(lines) > 0 && blank(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// joinLines gives the text of lines.
func joinLines(lines []codeLine) string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}

// setBody takes the lines behind the headers.
func (m *Message) setBody(lines []codeLine) {
	if len(lines) == 0 {
		return
	}
	m.Body, m.BodyLine = joinLines(lines), lines[0].line
	if !m.saysJSON() {
		return
	}
	value, line, err := decodeJSON(m.Body, m.BodyLine)
	if err != nil {
		m.JSONError = Text{Value: err.Error(), Line: min(line, lines[len(lines)-1].line)}
		m.JSON, m.Repairs = repairJSON(m.Body, m.BodyLine)
		return
	}
	m.JSON = value
}

// saysJSON reports whether the body is meant to be JSON: by the media type, or
// where there is none by its first character.
func (m *Message) saysJSON() bool {
	if t := m.Header("Content-Type"); t.Present() {
		return strings.Contains(strings.ToLower(t.Value), "json")
	}
	return strings.HasPrefix(m.Body, "{") || strings.HasPrefix(m.Body, "[")
}

// Header gives the first header of a name; not Present where there is none.
func (m *Message) Header(name string) Text {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Key, name) {
			return h.Value
		}
	}
	return Text{}
}

// readAnnotations reads the HTML comments that hold a JSON object, and remembers
// for each block of HTML the last annotation in it.
func (r *reader) readAnnotations(doc ast.Node) {
	r.annotations = map[ast.Node]int{}
	walk(doc, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.HTMLBlock:
			lines := r.codeLines(n.Lines())
			if n.HasClosure() {
				lines = append(lines, r.codeLine(n.ClosureLine))
			}
			r.comments(n, lines)
		case *ast.RawHTML:
			r.comments(n, r.codeLines(n.Segments))
		}
		return true
	})
}

// comments finds the comments in a piece of HTML.
func (r *reader) comments(n ast.Node, lines []codeLine) {
	if len(lines) == 0 {
		return
	}
	html, line := joinLines(lines), lines[0].line
	for {
		before, rest, found := strings.Cut(html, "<!--")
		if !found {
			return
		}
		line += strings.Count(before, "\n")
		comment, after, closed := strings.Cut(rest, "-->")
		body := strings.TrimLeft(comment, " \t\n")
		if strings.HasPrefix(body, "{") {
			first := line + strings.Count(comment[:len(comment)-len(body)], "\n")
			a := annotation(body, line, first)
			if !closed {
				a.Error = "the comment is not closed"
			}
			r.annotations[n] = len(r.page.Annotations)
			r.page.Annotations = append(r.page.Annotations, a)
		}
		if !closed {
			return
		}
		line += strings.Count(comment, "\n")
		html = after
	}
}

// annotation reads the JSON object of a comment. Of an object that is not valid it
// keeps the fields before the defect.
func annotation(body string, line, first int) Annotation {
	a := Annotation{Line: line}
	object, errLine, err := decodeJSON(strings.TrimRight(body, " \t\n"), first)
	if err != nil {
		a.Error = fmt.Sprintf("line %d: %v", errLine, err)
	}
	if object == nil {
		return a
	}
	for _, m := range object.Members {
		if m.Value.Data == nil {
			continue
		}
		text := Text{Value: fmt.Sprint(m.Value.Data), Line: m.Line}
		a.Fields = append(a.Fields, Field{Key: m.Name, Value: text})
		switch m.Name {
		case "blockType":
			a.BlockType = text.Value
		case "@odata.type":
			a.Type = text
		}
	}
	return a
}

// annotationAbove gives the annotation directly above a block. Comments
// of another kind, as for a linter, may be between.
func (r *reader) annotationAbove(n ast.Node) *Annotation {
	for p := n.PreviousSibling(); p != nil && p.Kind() == ast.KindHTMLBlock; p = p.PreviousSibling() {
		if i, ok := r.annotations[p]; ok {
			return &r.page.Annotations[i]
		}
	}
	return nil
}

package graphdoc

import (
	"bytes"
	"strconv"
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"go.yaml.in/yaml/v3"
)

// splitFrontMatter reads the YAML block on top of the page. It returns the page's
// bytes with that block blanked out, so that the Markdown parser sees the rest at
// its own offsets.
func (r *reader) splitFrontMatter() []byte {
	if strings.TrimRight(r.src.lineText(1), " \t") != "---" {
		return r.src.text
	}
	last := 0
	for line := 2; line <= r.src.lines() && last == 0; line++ {
		switch strings.TrimRight(r.src.lineText(line), " \t") {
		case "---", "...":
			last = line
		}
	}
	if last == 0 {
		r.oddity(1, OddityFrontMatter, "The front matter has no closing line \"---\".")
		return r.src.text
	}
	end := len(r.src.text)
	if last < r.src.lines() {
		end = r.src.starts[last]
	}
	// The closing line is not part of the YAML; the opening one is a document start,
	// which keeps the lines of the nodes equal to those of the page.
	r.readFrontMatter(r.src.text[:r.src.starts[last-1]])

	blanked := bytes.Clone(r.src.text)
	for i, b := range blanked[:end] {
		if b != '\n' {
			blanked[i] = ' '
		}
	}
	return blanked
}

// yamlLine finds the line in an error message of the YAML package.
var yamlLine = lazyregexp.New(`line (\d+): *`)

func (r *reader) readFrontMatter(block []byte) {
	if fields, plain := plainFields(block); plain {
		r.page.FrontMatter = fields
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(block, &doc); err != nil {
		message, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
		if m := yamlLine().FindStringSubmatch(message); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil {
				line = min(max(n, 1), r.src.lines())
			}
			message = strings.Replace(message, m[0], "", 1)
		}
		r.oddity(line, OddityFrontMatter, "The front matter is not valid YAML: %s.", message)
		return
	}
	if len(doc.Content) == 0 {
		return
	}
	root := doc.Content[0]
	if root.Tag == "!!null" {
		return
	}
	if root.Kind != yaml.MappingNode {
		r.oddity(root.Line, OddityFrontMatter, "The front matter is not a list of keys and values.")
		return
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode {
			continue
		}
		r.page.FrontMatter = append(r.page.FrontMatter, Field{
			Key:   key.Value,
			Value: Text{Value: value.Value, Line: value.Line},
		})
	}
}

// plainFields reads front matter of nothing but "key: value" lines, whose values are plain or
// in quotes without an escape: what nearly every page has, at a tenth of the cost of YAML.
// Anything else is not plain.
func plainFields(block []byte) (fields []Field, plain bool) {
	seen := map[string]bool{}
	line := 0
	for text := range strings.Lines(string(block)) {
		line++
		text = strings.TrimRight(text, " \t\n")
		if line == 1 || text == "" {
			continue
		}
		key, value, found := strings.Cut(text, ": ")
		value = strings.TrimLeft(value, " ")
		if !found || value == "" || seen[key] || key == "" || strings.Trim(key, letters) != "" || key[0] < 'A' {
			return nil, false
		}
		seen[key] = true
		quote := value[0]
		switch inner := value[1:]; {
		case quote == '"' || quote == '\'':
			if len(inner) == 0 || inner[len(inner)-1] != quote || strings.ContainsAny(inner[:len(inner)-1], "\"'\\") {
				return nil, false
			}
			value = inner[:len(inner)-1]
		case strings.IndexByte(letters+"/(", quote) < 0 || quote == '-' || quote == '.',
			strings.Contains(value, ": ") || strings.Contains(value, " #") || strings.HasSuffix(value, ":") || strings.Contains(value, "\t"):
			return nil, false
		}
		fields = append(fields, Field{Key: key, Value: Text{Value: value, Line: line}})
	}
	return fields, true
}

// letters are those of a plain key.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// includeMark is text taken over from another file, as
// [!INCLUDE [permissions-table](../includes/permissions.md)].
var includeMark = lazyregexp.New(`^(?i)\[!INCLUDE\s*\[[^\]]*\]\(([^)\s]*)[^)]*\)\s*\]`)

// includeMarks gives the places of the marks, and of their paths. An expression that begins
// anywhere is slow, so it is tried where a mark may begin.
func includeMarks(text string) (out [][]int) {
	for pos := 0; ; {
		i := strings.Index(text[pos:], "[!")
		if i < 0 {
			return out
		}
		pos += i
		m := includeMark().FindStringSubmatchIndex(text[pos:])
		if m == nil {
			pos += len("[!")
			continue
		}
		out = append(out, []int{pos, pos + m[1], pos + m[2], pos + m[3]})
		pos += m[1]
	}
}

// readIncludes records the includes, those in code and comments excepted, and gives
// the lines that hold nothing else.
func (r *reader) readIncludes(doc ast.Node) map[int]bool {
	only := map[int]bool{}
	walk(doc, func(n ast.Node) bool {
		switch n.Kind() {
		case ast.KindParagraph, ast.KindTextBlock, east.KindTableCell:
		default:
			return true
		}
		for i := range n.Lines().Len() {
			segment := n.Lines().At(i)
			content := r.src.cut(segment)
			if !strings.Contains(content, "[!") {
				continue
			}
			line := r.src.line(segment.Start)
			rest, end := "", 0
			for _, m := range includeMarks(content) {
				r.page.Includes = append(r.page.Includes, Text{Value: content[m[2]:m[3]], Line: line})
				rest, end = rest+content[end:m[0]], m[1]
			}
			if end > 0 {
				only[line] = n.Kind() != east.KindTableCell && strings.TrimSpace(rest+content[end:]) == ""
			}
		}
		return false
	})
	return only
}

// walk visits n and what is below it in the page's order, and does not go below a
// node for which visit returns false.
func walk(n ast.Node, visit func(ast.Node) bool) {
	if !visit(n) {
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		walk(c, visit)
	}
}

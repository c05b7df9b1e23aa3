package graphdoc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Parse reads a reference page. file names the page in sources and errors and is
// not opened. The error says, with file and line, why the input is no reference
// page at all: more than 4 MiB, not UTF-8, empty, or without a level-1 heading.
// Whatever else is wrong with a page is told in Page.Oddities, in
// Annotation.Error and in Message.JSONError.
//
// Byte order marks and all three kinds of line end are tolerated. Lines count from
// 1 as an editor shows them.
func Parse(file string, data []byte) (*Page, error) {
	src, err := newSource(file, data)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	r := &reader{
		src:  src,
		page: &Page{File: file, Digest: "sha256:" + hex.EncodeToString(sum[:])},
	}
	r.md = r.splitFrontMatter()
	doc := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(r.md))
	r.includes = r.readIncludes(doc)
	parts := r.split(doc)
	if !r.page.Title.Present() {
		return nil, fmt.Errorf("%s: the page has no level-1 heading (\"# Update …\"), so it is no reference page", file)
	}

	r.readAnnotations(doc)
	r.readTop(parts[sectionTop])
	r.readPermissions(parts[sectionPermissions])
	r.readRequests(parts[sectionRequest])
	r.readHeaders(parts[sectionHeaders])
	r.readBody(parts[sectionBody])
	r.readProperties(parts[sectionBody])
	r.readResponse(parts[sectionResponse])
	r.readExamples(doc, parts)
	r.readTodos()
	r.sortOddities()
	return r.page, nil
}

// reader is the state of one Parse.
type reader struct {
	src  *source
	page *Page
	// md is the page as the Markdown parser sees it: same offsets, front matter blanked.
	md []byte
	// includes marks the lines that hold nothing but an include.
	includes map[int]bool
	// annotations finds the annotation that a comment holds, by the comment's block.
	annotations map[ast.Node]int
}

// namespaceLine is the line "Namespace: microsoft.graph", with whatever emphasis.
var namespaceLine = regexp.MustCompile("(?i)^[\\s*_]*namespace[*_]*\\s*:[\\s*_`\\[]*([\\w.]*\\w)")

// readTop reads what stands between the title and the first section.
func (r *reader) readTop(nodes []ast.Node) {
	for _, n := range nodes {
		p, ok := n.(*ast.Paragraph)
		if !ok {
			continue
		}
		skip := map[int]bool{}
		for i := range p.Lines().Len() {
			line := r.src.line(p.Lines().At(i).Start)
			if m := namespaceLine.FindStringSubmatch(r.src.lineText(line)); m != nil && !r.page.Namespace.Present() {
				r.page.Namespace = Text{Value: m[1], Line: line}
				skip[line] = true
			}
		}
		if r.page.Intro.Present() {
			continue
		}
		if prose := r.prose(p, skip); prose.text() != "" {
			r.page.Intro = prose.paragraph()
		}
	}
}

func (r *reader) readBody(nodes []ast.Node) {
	for _, p := range r.proses(nodes) {
		r.page.RequestBody = append(r.page.RequestBody, p.paragraph())
	}
}

// todoMarker is the word that the page templates leave behind. Lower case is a name
// ("/me/todo/lists"), not a marker.
var todoMarker = regexp.MustCompile(`\bTODO\b`)

func (r *reader) readTodos() {
	for line := 1; line <= r.src.lines(); line++ {
		if t := r.src.lineText(line); todoMarker.MatchString(t) {
			r.page.Todos = append(r.page.Todos, Text{Value: strings.TrimSpace(t), Line: line})
		}
	}
}

package graphdoc

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
)

// section is a part of a page that means something to graphpact.
type section int

const (
	// sectionNone is everything else, as "See also".
	sectionNone section = iota
	// sectionTop is what stands between the title and the next heading.
	sectionTop
	sectionPermissions
	sectionRequest
	sectionHeaders
	sectionBody
	sectionResponse
	sectionExamples
)

// heading ties a section to the headings that open it.
type heading struct {
	section section
	text    *regexp.Regexp
}

// headings are the names that the pages use, tried in order.
var headings = []heading{
	{sectionPermissions, regexp.MustCompile(`(?i)^(?:permissions?|prerequisites?)\b`)},
	{sectionRequest, regexp.MustCompile(`(?i)^http\s+requests?\b`)},
	{sectionHeaders, regexp.MustCompile(`(?i)^(?:(?:optional|required|http)\s+)*(?:request\s+)?headers?$`)},
	{sectionBody, regexp.MustCompile(`(?i)^request\s+body\b`)},
	{sectionResponse, regexp.MustCompile(`(?i)^(?:http\s+)?responses?$`)},
	{sectionExamples, regexp.MustCompile(`(?i)^examples?\b`)},
}

// exampleHeading is a heading that belongs to an example wherever it stands below one.
var exampleHeading = regexp.MustCompile(`(?i)^(?:examples?|requests?|responses?)\b`)

// split sorts the blocks of the page into sections and finds the title.
//
// Headings count by their text, whatever their level: a name opens its section, any
// other heading of the same or a higher level closes the one it stands in. Within
// the examples "Request" and "Response" are parts of an example, until the page
// that has not had its Response section yet opens it on the level of the examples.
func (r *reader) split(doc ast.Node) map[section][]ast.Node {
	parts := map[section][]ast.Node{}
	current, level, seenResponse := sectionNone, 0, false
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || isTab(h) {
			parts[current] = append(parts[current], n)
			continue
		}
		prose := r.prose(h, nil)
		name := prose.text()
		if h.Level == 1 && !r.page.Title.Present() {
			if name != "" {
				r.page.Title = Text{Value: name, Line: prose.line()}
				current, level = sectionTop, 1
			}
			continue
		}
		found := sectionOf(name)
		switch {
		case current == sectionExamples && exampleHeading.MatchString(name) &&
			(found != sectionResponse || seenResponse || h.Level > level):
			continue
		case found != sectionNone:
			current, level = found, h.Level
			seenResponse = seenResponse || found == sectionResponse
		case r.isSetext(h):
			// Text above a line of dashes, as a tab group's closing "---", is a heading
			// by accident.
			continue
		case current == sectionTop || h.Level <= level:
			current, level = sectionNone, h.Level
		}
	}
	return parts
}

// sectionOf gives the section that a heading opens.
func sectionOf(name string) section {
	for _, h := range headings {
		if h.text.MatchString(name) {
			return h.section
		}
	}
	return sectionNone
}

// isTab reports whether the heading is a tab, as "# [HTTP](#tab/http)": no heading
// of the page's outline.
func isTab(h *ast.Heading) bool {
	link, ok := h.FirstChild().(*ast.Link)
	return ok && bytes.HasPrefix(link.Destination, []byte("#tab/"))
}

// isSetext reports whether the heading is marked by a line below its text, and not
// by number signs.
func (r *reader) isSetext(h *ast.Heading) bool {
	if h.Lines().Len() == 0 {
		return false
	}
	line := r.src.lineText(r.src.line(h.Lines().At(0).Start))
	return !bytes.HasPrefix(bytes.TrimLeft([]byte(line), " \t>"), []byte("#"))
}

package survey

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/contract"
)

// Accounted counts the pieces of one kind that the pages have, by what has become of them.
type Accounted struct {
	Kind string `json:"kind"`
	// Contract are part of the contract, and Finding those whose line a finding names.
	Contract int `json:"contract"`
	Finding  int `json:"finding"`
	// Other are members of examples that belong to another request, or to an error.
	Other int `json:"other"`
	// Lost are neither.
	Lost int `json:"lost"`
}

// The kinds of pieces, in the order of a report.
const (
	kindRow     = "table row"
	kindHeader  = "header"
	kindRequest = "request line"
	kindStatus  = "status"
	kindExample = "example"
	kindMember  = "example member"
)

func kinds() []string {
	return []string{kindRow, kindHeader, kindRequest, kindStatus, kindExample, kindMember}
}

// What has become of a piece, and "" where it is lost.
const (
	inContract = "contract"
	inFinding  = "finding"
	inOther    = "other operation"
)

// thing is a piece of a page that must be accounted for.
type thing struct {
	kind, text string
	line       int
	// section is the heading above it in lower case, and item set for an item of a list.
	section string
	item    bool
}

var (
	anyHeading = regexp.MustCompile(`^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$`)
	anyRule    = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-*:?\s*)+$`)
	anyRequest = regexp.MustCompile(`^\s*(GET|POST|PUT|PATCH|DELETE|HEAD|MERGE)\s+\S`)
	anyStatus  = regexp.MustCompile(`^\s*HTTP/[0-9.]+\s+[0-9]{3}\b`)
	anyMember  = regexp.MustCompile(`^\s*["“']([^"“”']+)["”']\s*:`)
	anyCode    = regexp.MustCompile(`\b[1-5]\d\d\b`)
	anyItem    = regexp.MustCompile("^ ?[-*+]\\s+(?:\\*\\*|__|`)@?[a-z][\\w.]*:?(?:\\*\\*|__|`)")
	anyTag     = regexp.MustCompile(`(?i)<(table|tr|td|/table)\b`)
	codeWords  = regexp.MustCompile(`(?i)\b(?:response|status|code|returns?|http)\b`)
)

// search finds the pieces of a page line by line. It knows no Markdown, so that it finds what
// the reader of pages misses.
type search struct {
	found []thing
	line  int
	// section is the heading in lower case; table is set within a table, comment within a
	// comment, and fence within a code block.
	section, table string
	comment, fence bool
	// example is "headers" or "body" within an example, and depth how many brackets of its body
	// are open.
	example string
	depth   int
	// tableRow is the line of the row of a table of HTML that is open, and tableRows how many
	// rows the table has so far.
	tableRow, tableRows int
}

func thingsOf(page string) []thing {
	var s search
	lines := strings.Split(strings.ReplaceAll(page, "\r\n", "\n"), "\n")
	for i, line := range lines {
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		s.line = i + 1
		s.read(line, next)
	}
	// A list beside a table of properties holds remarks.
	if slices.ContainsFunc(s.found, func(x thing) bool { return x.kind == kindRow && x.section == bodySection && !x.item }) {
		s.found = slices.DeleteFunc(s.found, func(x thing) bool { return x.item })
	}
	return s.found
}

const bodySection = "request body"

func (s *search) add(kind, text string) {
	s.found = append(s.found, thing{kind: kind, text: strings.TrimSpace(text), line: s.line, section: s.section})
}

func (s *search) read(line, next string) {
	trimmed := strings.TrimLeft(strings.TrimSpace(line), "> ")
	if strings.Contains(line, "<!--") {
		s.comment = true
	}
	if s.comment {
		s.comment = !strings.Contains(line, "-->")
		return
	}
	if mark := strings.TrimLeft(trimmed, "`"); len(trimmed)-len(mark) >= 3 {
		if !s.fence {
			s.fence, s.example, s.depth = true, "", 0
		} else if mark == "" {
			s.fence = false
		}
		return
	}
	if s.fence {
		s.code(line, trimmed)
		return
	}
	if m := anyHeading.FindStringSubmatch(line); m != nil {
		if !strings.Contains(m[1], "#tab/") {
			s.section = strings.ToLower(m[1])
		}
		s.table = ""
		return
	}
	s.prose(line, trimmed, strings.TrimLeft(next, "> "))
}

func (s *search) code(line, trimmed string) {
	switch {
	case strings.HasPrefix(s.section, "http request") && anyRequest.MatchString(line):
		s.add(kindRequest, line)
	case anyRequest.MatchString(line) && strings.Contains(line, "/") && s.example == "", anyStatus.MatchString(line):
		s.add(kindExample, line)
		s.example, s.depth = "headers", 0
		return
	case s.example != "" && s.example != "body" && strings.HasPrefix(trimmed, "{"):
		s.example = "body"
	case s.example == "body" && s.depth == 1:
		if m := anyMember.FindStringSubmatch(line); m != nil && len(line)-len(strings.TrimLeft(line, " \t")) <= 4 {
			s.add(kindMember, m[1])
		}
	}
	if s.example == "body" {
		s.depth += strings.Count(line, "{") + strings.Count(line, "[") - strings.Count(line, "}") - strings.Count(line, "]")
	}
}

func (s *search) prose(line, trimmed, next string) {
	s.html(line)
	if anyItem.MatchString(line) && s.section == bodySection {
		s.add(kindRow, line)
		s.found[len(s.found)-1].item = true
	}
	switch {
	case trimmed == "":
		s.table = ""
		return
	case anyRule.MatchString(trimmed):
		s.table = s.section + " "
		return
	case anyRule.MatchString(next): // a header row
		return
	case s.table != "" || strings.HasPrefix(trimmed, "|") && strings.HasSuffix(trimmed, "|") && len(trimmed) > 1:
		kind := kindRow
		if strings.Contains(s.section, "header") {
			kind = kindHeader
		}
		s.add(kind, line)
	}
	if !strings.HasPrefix(s.section, "response") && !strings.Contains(s.section, "error") {
		return
	}
	for _, code := range anyCode.FindAllString(line, -1) {
		if n, _ := strconv.Atoi(code); http.StatusText(n) != "" && (codeWords.MatchString(line) || strings.Contains(strings.ToLower(line), strings.ToLower(http.StatusText(n)))) {
			s.add(kindStatus, code)
		}
	}
}

// html reads the tags of a table in a line. Its first row is the header.
func (s *search) html(line string) {
	if !strings.Contains(line, "<") {
		return
	}
	for _, m := range anyTag.FindAllStringSubmatch(line, -1) {
		switch strings.ToLower(m[1]) {
		case "table":
			s.tableRow, s.tableRows = 0, 0
		case "/table":
			s.tableRow = 0
		case "tr":
			s.tableRow, s.tableRows = s.line, s.tableRows+1
		case "td":
			if s.tableRow > 0 && s.tableRows > 1 {
				s.add(kindRow, line)
				last := &s.found[len(s.found)-1]
				last.line = s.tableRow
				if strings.Contains(s.section, "header") {
					last.kind = kindHeader
				}
			}
			s.tableRow = 0
		}
	}
}

// ledger says where the contract has each line of its page.
type ledger struct {
	op    *contract.Operation
	lines map[string]map[int]bool
	names map[string]bool
}

func ledgerOf(o *contract.Operation) ledger {
	l := ledger{op: o, lines: map[string]map[int]bool{}, names: map[string]bool{}}
	put := func(s contract.Source, kinds ...string) {
		if s.File != o.Page {
			return
		}
		for _, kind := range kinds {
			if l.lines[kind] == nil {
				l.lines[kind] = map[int]bool{}
			}
			l.lines[kind][s.Line] = true
		}
	}
	// What kind of row a line has is known by its heading alone, which has many forms.
	for _, x := range o.RequestLines {
		put(x.Path.Source, kindRequest, kindRow, kindExample)
	}
	for _, x := range o.Permissions {
		put(x.Source, kindRow)
	}
	for _, x := range o.PermissionGroups {
		put(x.Source, kindRow)
	}
	for _, x := range o.Headers {
		put(x.Source, kindHeader, kindRow)
	}
	for _, x := range o.Annotations {
		put(x.Source, kindRow, kindHeader)
		l.names[x.Name] = true
	}
	for _, x := range o.Properties {
		put(x.Source, kindRow, kindHeader)
		l.names[x.Name] = true
	}
	for _, x := range o.Answers {
		put(x.Source, kindStatus, kindRow)
	}
	put(o.Success.Source, kindStatus)
	for _, x := range o.Examples {
		put(x.Source, kindExample)
	}
	return l
}

// lineSpan is what a finding says of more lines than one.
var lineSpan = regexp.MustCompile(`lines (\d+) to (\d+)`)

// find gives where a thing is accounted for, "" for nowhere.
func (l ledger) find(x thing) string {
	if l.lines[x.kind][x.line] {
		return inContract
	}
	for _, f := range l.op.Findings {
		if f.Source.File != l.op.Page {
			continue
		}
		if f.Source.Line == x.line {
			return inFinding
		}
		if m := lineSpan.FindStringSubmatch(f.Text); m != nil {
			first, _ := strconv.Atoi(m[1])
			last, _ := strconv.Atoi(m[2])
			if first <= x.line && x.line <= last {
				return inFinding
			}
		}
	}
	if x.kind != kindMember {
		return ""
	}
	if l.names[x.text] {
		return inContract
	}
	return l.member(x)
}

// member accounts for a member of an example that is none of the update, or not JSON, with the
// example.
func (l ledger) member(x thing) string {
	at := slices.IndexFunc(l.op.Examples, func(e contract.Example) bool { return e.Source.Line > x.line })
	if at < 0 {
		at = len(l.op.Examples)
	}
	if at == 0 {
		return ""
	}
	e := l.op.Examples[at-1]
	if e.Use == contract.ExampleOther || e.Use == contract.ExampleError {
		return inOther
	}
	for _, f := range l.op.Findings {
		if f.Class == contract.ClassExampleNotJSON && f.Source.Line >= e.Source.Line && (at == len(l.op.Examples) || f.Source.Line < l.op.Examples[at].Source.Line) {
			return inFinding
		}
	}
	return ""
}

// account counts the pieces of the page of an operation, and names those that are lost.
func (r *Report) account(p Page) {
	l := ledgerOf(p.Operation)
	for _, x := range thingsOf(p.Operation.Text) {
		i := slices.IndexFunc(r.Accounted, func(a Accounted) bool { return a.Kind == x.kind })
		a := &r.Accounted[i]
		switch l.find(x) {
		case inContract:
			a.Contract++
		case inFinding:
			a.Finding++
		case inOther:
			a.Other++
		default:
			a.Lost++
			r.miss(p, MissingPiece, fmt.Sprintf("line %d: the %s %q is neither in the contract nor in a finding", x.line, x.kind, x.text))
		}
	}
}

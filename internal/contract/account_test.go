package contract

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"

	"graphpact/internal/graphdoc"
)

// corpusRoots hold the pages of Microsoft that the account is taken over.
const corpusRoots = "../../../shared/docs/*/api-reference/*/api/*.md"

// updatePages gives the update pages of the corpora; the test is skipped where they are absent.
func updatePages(t testing.TB) []string {
	t.Helper()
	all, err := filepath.Glob(corpusRoots)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range all {
		if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), "\n# Update") {
			out = append(out, file)
		}
	}
	if len(out) == 0 {
		t.Skip("the corpora of Microsoft's pages are absent: they are not part of the project")
	}
	return out
}

// TestAccount: nothing of a page is dropped in silence. Each table row, request line, status
// and example that a search finds which knows no Markdown is in the contract, or a finding
// names its line. With -v it prints the figures.
func TestAccount(t *testing.T) {
	t.Parallel()
	total := account{}
	pages, refused := updatePages(t), 0
	for _, file := range pages {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := graphdoc.Parse(file, data)
		if err != nil {
			t.Error(err)
			continue
		}
		o, err := FromRequestLine(p, conventions(t), 0)
		if err != nil {
			refused++
			if !strings.Contains(err.Error(), "line ") {
				t.Errorf("the refusal names no line: %v", err)
			}
			continue
		}
		for _, x := range thingsOf(string(data)) {
			where := ledgerOf(o).find(x)
			total.add(x.kind, where)
			if where == "" {
				t.Errorf("%s:%d: a %s is neither in the contract nor in a finding: %s", file, x.line, x.kind, x.text)
			}
		}
	}
	t.Logf("%d pages, %d refused with the line\n%s", len(pages), refused, total)
}

// TestAccountOfOwnPages holds our own pages to the same.
func TestAccountOfOwnPages(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../graphdoc/testdata/dialect/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(pages, fixturePage, widgetPage, lanternPage) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o := parsed(t, file)
		for _, x := range thingsOf(string(data)) {
			if ledgerOf(o).find(x) == "" {
				t.Errorf("%s:%d: a %s is neither in the contract nor in a finding: %s", file, x.line, x.kind, x.text)
			}
		}
	}
}

// TestAccountSees: what is taken out of the contract is missed.
func TestAccountSees(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(fixturePage)
	if err != nil {
		t.Fatal(err)
	}
	missing := func(change func(*Operation)) []string {
		o := parsed(t, fixturePage)
		change(o)
		o.Findings = nil
		var out []string
		for _, x := range thingsOf(string(data)) {
			if ledgerOf(o).find(x) == "" {
				out = append(out, x.kind)
			}
		}
		return slices.Compact(out)
	}
	for want, change := range map[string]func(*Operation){
		"":             func(*Operation) {},
		"request line": func(o *Operation) { o.RequestLines = nil },
		"table row":    func(o *Operation) { o.Headers = nil },
		"status":       func(o *Operation) { o.Answers, o.Success = nil, Success{} },
		"example":      func(o *Operation) { o.Examples = nil },
		"example member": func(o *Operation) {
			o.Properties = slices.DeleteFunc(o.Properties, func(p Property) bool { return !p.Listed })
		},
	} {
		if got := strings.Join(missing(change), ", "); got != want {
			t.Errorf("missed: %q, want %q", got, want)
		}
	}
}

// thing is a piece of a page that must be accounted for.
type thing struct {
	kind, text string
	line       int
}

var (
	anyHeading = regexp.MustCompile(`^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$`)
	anyRule    = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-*:?\s*)+$`)
	anyRequest = regexp.MustCompile(`^\s*(GET|POST|PUT|PATCH|DELETE|HEAD|MERGE)\s+\S`)
	anyStatus  = regexp.MustCompile(`^\s*HTTP/[0-9.]+\s+[0-9]{3}\b`)
	anyMember  = regexp.MustCompile(`^\s*["“']([^"“”']+)["”']\s*:`)
	anyCode    = regexp.MustCompile(`\b[1-5]\d\d\b`)
	codeWords  = regexp.MustCompile(`(?i)\b(?:response|status|code|returns?|http)\b`)
)

// thingsOf searches a page line by line.
func thingsOf(page string) []thing {
	var out []thing
	section, fence, table, comment := "", "", "", false
	lines := strings.Split(strings.ReplaceAll(page, "\r\n", "\n"), "\n")
	example := ""
	for i, line := range lines {
		add := func(kind, text string) { out = append(out, thing{kind, strings.TrimSpace(text), i + 1}) }
		trimmed := strings.TrimLeft(strings.TrimSpace(line), "> ")
		if strings.Contains(line, "<!--") {
			comment = true
		}
		if comment {
			comment = !strings.Contains(line, "-->")
			continue
		}
		if mark := strings.TrimLeft(trimmed, "`"); len(trimmed)-len(mark) >= 3 {
			if fence == "" {
				fence, example = "```", ""
			} else if mark == "" {
				fence = ""
			}
			continue
		}
		if fence != "" {
			switch {
			case strings.HasPrefix(section, "http request") && anyRequest.MatchString(line):
				add("request line", line)
			case anyRequest.MatchString(line) && strings.Contains(line, "/") && example == "", anyStatus.MatchString(line):
				add("example", line)
				example = "headers"
			case example != "" && strings.HasPrefix(trimmed, "{"):
				example = "body"
			case example == "body":
				if m := anyMember.FindStringSubmatch(line); m != nil && indent(line) <= 4 && outermost(lines, i) {
					add("example member", m[1])
				}
			}
			continue
		}
		if m := anyHeading.FindStringSubmatch(line); m != nil {
			if !strings.Contains(m[1], "#tab/") {
				section = strings.ToLower(m[1])
			}
			table = ""
			continue
		}
		switch {
		case trimmed == "":
			table = ""
		case anyRule.MatchString(trimmed):
			table = section
			if table == "" {
				table = "top"
			}
		case i+1 < len(lines) && anyRule.MatchString(strings.TrimLeft(lines[i+1], "> ")): // a header row
		case table != "" || strings.HasPrefix(trimmed, "|") && strings.HasSuffix(trimmed, "|") && len(trimmed) > 1:
			add("table row", line)
			fallthrough
		default:
			if !strings.HasPrefix(section, "response") && !strings.Contains(section, "error") {
				continue
			}
			for _, code := range anyCode.FindAllString(line, -1) {
				if n, _ := strconv.Atoi(code); http.StatusText(n) != "" && (codeWords.MatchString(line) || strings.Contains(strings.ToLower(line), strings.ToLower(http.StatusText(n)))) {
					add("status", code)
				}
			}
		}
	}
	return out
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// outermost reports whether the member on a line is one of the whole body, by the brackets
// between the start of the body and the line.
func outermost(lines []string, at int) bool {
	depth := 0
	for i := at - 1; i >= 0 && !strings.Contains(lines[i], "```"); i-- {
		if anyRequest.MatchString(lines[i]) || anyStatus.MatchString(lines[i]) {
			break
		}
		depth += strings.Count(lines[i], "{") + strings.Count(lines[i], "[") - strings.Count(lines[i], "}") - strings.Count(lines[i], "]")
	}
	return depth == 1
}

// ledger says where the contract has each line of its page.
type ledger struct {
	op    *Operation
	lines map[string]map[int]string
	names map[string]bool
}

func ledgerOf(o *Operation) ledger {
	l := ledger{op: o, lines: map[string]map[int]string{}, names: map[string]bool{}}
	put := func(kind string, s Source) {
		if l.lines[kind] == nil {
			l.lines[kind] = map[int]string{}
		}
		l.lines[kind][s.Line] = "contract"
	}
	for _, x := range o.RequestLines {
		put("request line", x.Path.Source)
	}
	for _, x := range o.Permissions {
		put("table row", x.Source)
	}
	for _, x := range o.PermissionGroups {
		put("table row", x.Source)
	}
	for _, x := range o.Headers {
		put("table row", x.Source)
	}
	for _, x := range o.Annotations {
		put("table row", x.Source)
		l.names[x.Name] = true
	}
	for _, x := range o.Properties {
		put("table row", x.Source)
		l.names[x.Name] = true
	}
	for _, x := range o.Answers {
		put("status", x.Source)
		put("table row", x.Source)
	}
	put("status", o.Success.Source)
	for _, x := range o.Examples {
		put("example", x.Source)
	}
	return l
}

// lineSpan is what a finding says of more lines than one.
var lineSpan = regexp.MustCompile(`lines (\d+) to (\d+)`)

// find gives where a thing is accounted for: "contract", "finding", or "" for nowhere.
func (l ledger) find(x thing) string {
	if where := l.lines[x.kind][x.line]; where != "" {
		return where
	}
	for _, f := range l.op.Findings {
		if f.Source.Line == x.line {
			return "finding"
		}
		if m := lineSpan.FindStringSubmatch(f.Text); m != nil {
			first, _ := strconv.Atoi(m[1])
			last, _ := strconv.Atoi(m[2])
			if first <= x.line && x.line <= last {
				return "finding"
			}
		}
	}
	if x.kind != "example member" {
		return ""
	}
	if l.names[x.text] {
		return "contract"
	}
	// The body of an example that is none of the update, or not JSON, is accounted for with it.
	at := slices.IndexFunc(l.op.Examples, func(e Example) bool { return e.Source.Line > x.line })
	if at < 0 {
		at = len(l.op.Examples)
	}
	if at == 0 {
		return ""
	}
	e := l.op.Examples[at-1]
	if e.Use == ExampleOther || e.Use == ExampleError {
		return "other operation"
	}
	for _, f := range l.op.Findings {
		if f.Class == ClassExampleNotJSON && f.Source.Line >= e.Source.Line && (at == len(l.op.Examples) || f.Source.Line < l.op.Examples[at].Source.Line) {
			return "finding"
		}
	}
	return ""
}

// account counts things by where they are accounted for.
type account map[[2]string]int

func (a account) add(kind, where string) {
	if where == "" {
		where = "nowhere"
	}
	a[[2]string{kind, where}]++
}

func (a account) String() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	places := []string{"contract", "finding", "other operation", "nowhere"}
	fmt.Fprintf(w, "\t%s\t\n", strings.Join(places, "\t"))
	for _, kind := range []string{"table row", "request line", "status", "example", "example member"} {
		fmt.Fprintf(w, "%s\t", kind)
		for _, place := range places {
			fmt.Fprintf(w, "%d\t", a[[2]string{kind, place}])
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return out.String()
}

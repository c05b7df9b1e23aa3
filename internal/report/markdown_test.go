package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"graphpact/internal/result"
	"graphpact/internal/safetext"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// ours is every tag that a summary may hold. Each "<" must begin one of them.
var (
	ours   = regexp.MustCompile(`^</?(details|summary|pre|span|wbr)>`)
	opened = regexp.MustCompile(`<(details|summary|pre|span)>`)
	closed = regexp.MustCompile(`</(details|summary|pre|span)>`)
)

// assertMarkdown parses a summary as GitHub does and fails on anything that is not
// ours: links, images, emphasis, code, tags, a table that broke.
func assertMarkdown(t testing.TB, run *result.Run, src []byte) {
	t.Helper()
	for i, c := range src {
		if c == '<' && !ours.Match(src[i:]) {
			t.Fatalf("a tag that is not ours: %.40q", src[i:])
		}
	}
	if o, c := len(opened.FindAll(src, -1)), len(closed.FindAll(src, -1)); o != c {
		t.Errorf("%d tags opened, %d closed", o, c)
	}
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(src))
	rows := map[string]int{}
	heading := ""
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			heading = string(n.Lines().Value(src))
		case *extast.Table, *extast.TableHeader, *extast.TableCell, *ast.Document, *ast.Paragraph, *ast.TextBlock,
			*ast.Text, *ast.String, *ast.RawHTML, *ast.HTMLBlock:
		case *extast.TableRow:
			rows[heading]++
			if got, want := n.ChildCount(), len(n.Parent().(*extast.Table).Alignments); got != want {
				t.Errorf("%s: a row of %d cells in a table of %d", heading, got, want)
			}
		default:
			t.Errorf("%s under %q", n.Kind(), heading)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for heading, want := range map[string]int{
		"Requirements":          len(run.Requirements),
		"Findings on the pages": len(run.Findings),
		"Problems with the run": len(run.AllProblems()),
	} {
		if rows[heading] != want {
			t.Errorf("%s: %d rows, want %d", heading, rows[heading], want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { assertMarkdown(t, s.run, render(t, Markdown, s.run)) })
	}
}

// TestMarkdownText renders what a server may send and reads it back as text.
func TestMarkdownText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"plain", "a | b", `a \| b`, `\\|`, "`code`", "``", "**bold** _it_ ~~no~~", "[x](y)", "![i](j)", "<b>", "&lt;", "&#124;",
		"https://evil.example", "www.evil.example", "WWW.evil.example", "a@evil.example", "@octocat", "#1", "$x$", "<!-- -->", "]]>", "- item", "1. item", "# h",
		"| a |\n|---|", "x\n\n# h", "mailto:a@b.example", "ftp://x.example", "xmpp:a@b.example/c",
	} {
		src := []byte("| x |\n|---|\n| " + safetext.Markdown(s) + " |\n")
		var html bytes.Buffer
		md := goldmark.New(goldmark.WithExtensions(extension.GFM))
		if err := md.Convert(src, &html); err != nil {
			t.Fatal(err)
		}
		got := html.String()
		_, got, _ = strings.Cut(got, "<td>")
		got, _, _ = strings.Cut(got, "</td>")
		got = strings.ReplaceAll(got, "<!-- raw HTML omitted -->", "")
		got = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&").Replace(got)
		if want := safetext.Line(s); got != want {
			t.Errorf("%q became %q\n%s", want, got, src)
		}
	}
}

// TestMarkdownBounded: GitHub drops a summary above 1 MiB.
func TestMarkdownBounded(t *testing.T) {
	t.Parallel()
	run := largeRun(3000)
	for i := range run.Requirements {
		run.Requirements[i].Verdict = result.Fail
		run.Requirements[i].Exchanges[0].Response.Body = strings.Repeat("x", 4000)
		run.Requirements[i].Checks = nil
		run.Requirements[i].Reason = fmt.Sprint("cause ", i)
	}
	run.Totals = result.Count(run.Requirements)
	out := render(t, Markdown, run)
	if len(out) > 1<<20 {
		t.Errorf("%d bytes", len(out))
	}
	if !bytes.Contains(out, []byte("more scenarios is in report.json")) {
		t.Error("what was left out is not named")
	}
}

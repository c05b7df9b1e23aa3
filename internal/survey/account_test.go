package survey

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
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

// The pages of our own, which package contract is tested with too.
const (
	fixturePage = "../../fixtures/docs/provisioningflow-update.md"
	widgetPage  = "../contract/testdata/widget-update.md"
	lanternPage = "../contract/testdata/lantern-update.md"
)

func conventions(t testing.TB) *convention.Set {
	t.Helper()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	return conv
}

func parsed(t testing.TB, file string) *contract.Operation {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := graphdoc.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	o, err := contract.FromRequestLine(p, conventions(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	return o
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
		o, err := contract.FromRequestLine(p, conventions(t), 0)
		if err != nil {
			refused++
			if !strings.Contains(err.Error(), "line ") {
				t.Errorf("the refusal names no line: %v", err)
			}
			continue
		}
		l := ledgerOf(o)
		for _, x := range thingsOf(string(data)) {
			where := l.find(x)
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
		l := ledgerOf(o)
		for _, x := range thingsOf(string(data)) {
			if l.find(x) == "" {
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
	missing := func(change func(*contract.Operation)) []string {
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
	for want, change := range map[string]func(*contract.Operation){
		"":                          func(*contract.Operation) {},
		"request line":              func(o *contract.Operation) { o.RequestLines = nil },
		"header":                    func(o *contract.Operation) { o.Headers = nil },
		"table row, example member": func(o *contract.Operation) { o.Properties = nil },
		"status":                    func(o *contract.Operation) { o.Answers, o.Success = nil, contract.Success{} },
		"example":                   func(o *contract.Operation) { o.Examples = nil },
		"example member": func(o *contract.Operation) {
			o.Properties = slices.DeleteFunc(o.Properties, func(p contract.Property) bool { return !p.Listed })
		},
	} {
		if got := strings.Join(missing(change), ", "); got != want {
			t.Errorf("missed: %q, want %q", got, want)
		}
	}
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
	places := []string{inContract, inFinding, inOther, "nowhere"}
	fmt.Fprintf(w, "\t%s\t\n", strings.Join(places, "\t"))
	for _, kind := range kinds() {
		fmt.Fprintf(w, "%s\t", kind)
		for _, place := range places {
			fmt.Fprintf(w, "%d\t", a[[2]string{kind, place}])
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return out.String()
}

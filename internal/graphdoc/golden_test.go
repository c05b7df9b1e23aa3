package graphdoc

import (
	"os"
	"strings"
	"testing"

	"graphpact/internal/golden"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	ownPage    = "../../fixtures/docs/provisioningflow-update.md"
	sharedDocs = "../../../shared/docs"
	sharedPage = sharedDocs + "/industrydata-provisioningflow-update.md"
)

// read gives a file, and skips the test where one of the shared pages is absent.
func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) && strings.HasPrefix(path, sharedDocs) {
		t.Skipf("the page %s is not on this machine", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t testing.TB, data string) *Page {
	t.Helper()
	p, err := Parse("page.md", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOwnPageGolden(t *testing.T) {
	t.Parallel()
	p, err := Parse("provisioningflow-update.md", read(t, ownPage))
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "provisioningflow-update.txt", []byte(dump(p)))
}

// facts are what both pages must agree in, wording and places aside.
type facts struct {
	Title, Namespace string
	Requests         []RequestLine
	Headers          []string
	Properties       []Property
	Statuses         []Status
	Examples         []Message
	Todos, Oddities  int
	Annotations      int
}

func factsOf(p *Page) facts {
	f := facts{
		Title: p.Title.Value, Namespace: p.Namespace.Value, Requests: p.Requests, Properties: p.Properties,
		Statuses: p.Statuses, Examples: p.Examples,
		Todos: len(p.Todos), Oddities: len(p.Oddities), Annotations: len(p.Annotations),
	}
	for _, h := range p.Headers {
		f.Headers = append(f.Headers, h.Name.Value)
	}
	return f
}

func TestOwnPageHasTheFactsOfTheStartingPage(t *testing.T) {
	t.Parallel()
	starting, err := Parse("starting.md", read(t, sharedPage))
	if err != nil {
		t.Fatal(err)
	}
	own, err := Parse("own.md", read(t, ownPage))
	if err != nil {
		t.Fatal(err)
	}
	wording := cmp.Options{
		cmpopts.IgnoreFields(Property{}, "Description"),
		cmpopts.IgnoreFields(Status{}, "Sentence"),
		cmpopts.IgnoreFields(Message{}, "Body"),
		// The id of the example is an invented one.
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Members" }, cmp.Comparer(func(a, b []Member) bool {
			if len(a) != len(b) {
				return false
			}
			for i := range a {
				if a[i].Name != b[i].Name || a[i].Name != "id" && a[i].Value.Data != b[i].Value.Data {
					return false
				}
			}
			return true
		})),
	}
	if diff := cmp.Diff(factsOf(starting), factsOf(own), wording); diff != "" {
		t.Errorf("starting page and own page differ (-starting +own):\n%s", diff)
	}
}

package graphdoc

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corpus gives the paths of the shared "Update X" pages.
func corpus(t testing.TB) []string {
	t.Helper()
	pages, err := filepath.Glob(sharedDocs + "/corpus/api-reference/*/api/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) == 0 {
		t.Skipf("the pages of %s/corpus are not on this machine", sharedDocs)
	}
	return pages
}

// The figures were counted on the pages themselves. The one page without a request
// line has "PATCH ** Entity URI …" in its place; the 13 without properties have no
// table under "Request body".
func TestCorpusTotals(t *testing.T) {
	t.Parallel()
	type totals struct {
		Pages, WithRequest, WithProperties, WithStatus, WithRequestExample, WithResponseExample int
		RequestLines, Requests, Responses                                                       int
	}
	var got totals
	for _, path := range corpus(t) {
		p, err := Parse(path, read(t, path))
		if err != nil {
			t.Error(err)
			continue
		}
		requests, responses := 0, 0
		for _, m := range p.Examples {
			if m.Kind == KindRequest {
				requests++
			} else {
				responses++
			}
		}
		got.Pages++
		got.WithRequest += min(1, len(p.Requests))
		got.WithProperties += min(1, len(p.Properties))
		got.WithStatus += min(1, len(p.Statuses))
		got.WithRequestExample += min(1, requests)
		got.WithResponseExample += min(1, responses)
		got.RequestLines += len(p.Requests)
		got.Requests += requests
		got.Responses += responses
		checkLines(t, p, read(t, path))
	}
	want := totals{
		Pages: 84, WithRequest: 83, WithProperties: 71, WithStatus: 84, WithRequestExample: 84, WithResponseExample: 84,
		RequestLines: 169, Requests: 103, Responses: 100,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var (
	anyRequestLine = regexp.MustCompile(`(?m)^ *(?:GET|POST|PUT|PATCH|DELETE) +[^*\s]`)
	anyStatusLine  = regexp.MustCompile(`(?m)^ *HTTP/[0-9.]+ [0-9]{3}`)
	anyTodo        = regexp.MustCompile(`(?m)^.*\bTODO\b`)
)

// A search that knows no Markdown finds the same request lines, status lines and
// TODO markers, page by page: nothing is missed and nothing made up.
func TestCorpusAgainstPlainSearch(t *testing.T) {
	t.Parallel()
	for _, path := range append(corpus(t), sharedPage, ownPage) {
		data := read(t, path)
		p, err := Parse(path, data)
		if err != nil {
			t.Error(err)
			continue
		}
		type counts struct{ RequestLines, StatusLines, Todos int }
		got := counts{RequestLines: len(p.Requests), Todos: len(p.Todos)}
		for _, m := range p.Examples {
			if m.Kind == KindRequest {
				got.RequestLines++
			} else {
				got.StatusLines++
			}
		}
		want := counts{
			len(anyRequestLine.FindAll(data, -1)), len(anyStatusLine.FindAll(data, -1)), len(anyTodo.FindAll(data, -1)),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-plain search +parsed):\n%s", path, diff)
		}
	}
}

// Each value stands on the line that is given for it.
func TestCorpusLinesHoldTheirValues(t *testing.T) {
	t.Parallel()
	for _, path := range append(corpus(t), sharedPage, ownPage) {
		data := read(t, path)
		p, err := Parse(path, data)
		if err != nil {
			t.Error(err)
			continue
		}
		lines := strings.Split(string(data), "\n")
		check := func(what string, x Text) {
			if !x.Present() || x.Line > len(lines) || !strings.Contains(lines[x.Line-1], x.Value) {
				t.Errorf("%s:%d: %s %q is not on this line", path, x.Line, what, x.Value)
			}
		}
		check("title", p.Title)
		for _, r := range p.Requests {
			check("method", r.Method)
			check("path", Text{strings.TrimPrefix(r.Path.Value, "/"), r.Path.Line})
			for _, param := range r.Params {
				check("parameter", Text{"{" + param.Value + "}", param.Line})
			}
		}
		for _, x := range p.Headers {
			check("header", x.Name)
		}
		for _, x := range p.Properties {
			check("property", x.Name)
			for _, m := range x.Enum {
				check("member of "+x.Name.Value, m)
			}
		}
		for _, m := range p.Examples {
			check("start of an example", Text{m.Method + m.Reason, m.Line})
			for _, h := range m.Headers {
				check("header of an example", Text{h.Key, h.Value.Line})
				check("header of an example", h.Value)
			}
			quotes := `"`
			if len(m.Repairs) > 0 {
				quotes = "" // they may be others
			}
			checkJSON(check, quotes, m.JSON)
		}
	}
}

func checkJSON(check func(string, Text), quotes string, v *Value) {
	if v == nil {
		return
	}
	for _, m := range v.Members {
		check("key of an example", Text{quotes + m.Name + quotes, m.Line})
		checkJSON(check, quotes, m.Value)
	}
	for _, i := range v.Items {
		checkJSON(check, quotes, i)
	}
}

// What the hard pages are known for.
func TestCorpusHardPages(t *testing.T) {
	t.Parallel()
	corpus(t)
	tests := []struct {
		page  string
		check func(p *Page) string
	}{
		{"beta/api/calendar-update.md", func(p *Page) string { return p.Requests[6].Path.Value }},
		{"beta/api/calendar-update.md", func(p *Page) string { return enumOf(p, "color") }},
		{"beta/api/onlinemeeting-update.md", func(p *Page) string { return enumOf(p, "allowedPresenters") }},
		{"beta/api/application-update.md", func(p *Page) string { return enumOf(p, "signInAudience") }},
		{"v1.0/api/grouplifecyclepolicy-update.md", func(p *Page) string { return enumOf(p, "managedGroupTypes") }},
		{"v1.0/api/table-update.md", func(p *Page) string { return enumOf(p, "style") + p.Oddities[0].Class }},
		{"beta/api/program-update.md", func(p *Page) string { return p.Statuses[0].Reason + " " + p.Statuses[0].Returns.Value }},
		{"beta/api/columndefinition-update.md", func(p *Page) string { return p.Statuses[0].ReturnsLink }},
		{"beta/api/permission-update.md", func(p *Page) string { return strings.Join(rows(p), "; ")[:19] }},
		{"beta/api/plannertaskdetails-update.md", func(p *Page) string { return p.Examples[0].JSONError.Value }},
		{"beta/api/messagerule-update.md", func(p *Page) string { return map[bool]string{true: "read-only"}[find(p, "isReadOnly").ReadOnly] }},
	}
	want := []string{
		"/users/{id | userPrincipalName}/calendarGroups/{id}/calendars/{id}",
		"LightBlue LightGreen LightOrange LightGray LightYellow LightTeal LightPink LightBrown LightRed MaxColor Auto",
		"everyone organization roleIsPresenter organizer unknownFutureValue",
		"AzureADMyOrg AzureADMultipleOrgs AzureADandPersonalMicrosoftAccount",
		"All Selected None",
		OddityEnumRange,
		"Accepted program",
		"../resources/columnDefinition.md",
		"59 roles: String: A",
		"invalid character '}' looking for beginning of object key string",
		"",
	}
	for i, tt := range tests {
		path := sharedDocs + "/corpus/api-reference/" + tt.page
		p, err := Parse(path, read(t, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := tt.check(p); got != want[i] {
			t.Errorf("%s: got %q, want %q", tt.page, got, want[i])
		}
	}
}

func find(p *Page, name string) Property {
	for _, x := range p.Properties {
		if x.Name.Value == name {
			return x
		}
	}
	return Property{}
}

func enumOf(p *Page, name string) string {
	var out []string
	for _, m := range find(p, name).Enum {
		out = append(out, m.Value)
	}
	return strings.Join(out, " ")
}

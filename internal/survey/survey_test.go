package survey

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/golden"
	"graphpact/internal/graphdoc"
)

// operation reads a page with the rows of a body table.
func operation(t *testing.T, rows ...string) *contract.Operation {
	t.Helper()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	text := "# Update lamp\n\n## HTTP request\n\n```http\nPATCH /lamps/{lampId}\n```\n\n## Request body\n\n|Property|Type|Description|\n|:---|:---|:---|\n" +
		strings.Join(rows, "\n") + "\n\n## Response\n\nIf successful, this method returns a `200 OK` response code and an updated lamp object in the response body.\n"
	p, err := graphdoc.Parse("lamp-update.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	op, err := contract.FromRequestLine(p, conv, 0)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

const (
	labelRow = "|label|String|The label.|"
	modeRow  = "|mode|String|The mode. The possible values are: `on`, `off`.|"
	partRow  = "|part|partOfNoPage|A part.|"
	stampRow = "|createdDateTime|DateTimeOffset|When it was made.|"
)

func TestProperties(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rows []string
		want Properties
	}{
		"a text without a value of the page": {[]string{labelRow}, Properties{Listed: 1, Settable: 1, WithValue: 1, Primitive: 1}},
		"an enum, whose members are vouched": {[]string{modeRow}, Properties{Listed: 1, Settable: 1, WithValue: 1, Vouched: 1, Enums: 1}},
		"a type that is only a name":         {[]string{partRow}, Properties{Listed: 1, Settable: 1, Unresolved: 1}},
		"what the server sets":               {[]string{stampRow}, Properties{Listed: 1, ServerSet: 1, Primitive: 1}},
		"all of them": {
			[]string{labelRow, modeRow, partRow, stampRow},
			Properties{Listed: 4, Settable: 3, ServerSet: 1, WithValue: 2, Vouched: 1, Primitive: 2, Enums: 1, Unresolved: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := New(false, false)
			r.Add(Page{File: "lamp-update.md", Operation: operation(t, tc.rows...)})
			if diff := cmp.Diff(tc.want, r.Properties); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	labelled, onlyServer, onlyPart := operation(t, labelRow), operation(t, stampRow), operation(t, partRow)
	for name, tc := range map[string]struct {
		page Page
		want []Missing
	}{
		"green":       {Page{Operation: labelled, Played: true, Passed: 3, Scenarios: 3, Updates: true}, []Missing{}},
		"not played":  {Page{Operation: labelled}, []Missing{}},
		"refused":     {Page{Refused: errors.New("no path")}, []Missing{{"a/b.md", MissingContract, "no path"}}},
		"another way": {Page{Operation: labelled, Untestable: errors.New("the page documents POST")}, []Missing{{"a/b.md", MissingTest, "the page documents POST"}}},
		"failed": {
			Page{Operation: labelled, Played: true, Updates: true, Failed: []string{"UPD-01", "UPD-02"}},
			[]Missing{{"a/b.md", MissingGreen, "UPD-01, UPD-02"}},
		},
		"nothing to set":  {Page{Operation: onlyServer, Played: true}, []Missing{{"a/b.md", MissingUpdate, "the page has no property that a client may set"}}},
		"nothing to send": {Page{Operation: onlyPart, Played: true}, []Missing{{"a/b.md", MissingUpdate, "no value is known for part"}}},
		"not tested":      {Page{Operation: labelled, Played: true}, []Missing{{"a/b.md", MissingUpdate, "no requirement that proves an update could be tested"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := New(true, false)
			tc.page.File = filepath.Join("a", "b.md")
			r.Add(tc.page)
			if diff := cmp.Diff(tc.want, r.Missing); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// whole is a report with something of all.
func whole(t *testing.T) *Report {
	t.Helper()
	r := New(true, false)
	for _, p := range []Page{
		{File: "green-update.md", Operation: operation(t, labelRow, modeRow), Played: true, Passed: 40, Skipped: 10, Scenarios: 50, Updates: true},
		{File: "part-update.md", Operation: operation(t, partRow), Played: true, Passed: 5, Skipped: 45, Scenarios: 50},
		{File: "red|update.md", Operation: operation(t, modeRow), Played: true, Passed: 49, Scenarios: 50, Updates: true, Failed: []string{"UPD-01"}},
		{File: "post-create.md", Operation: operation(t, labelRow), Untestable: errors.New("the page documents POST")},
		{File: "broken.md", Refused: errors.New("broken.md: no request line\x1b[31m | with a path")},
	} {
		r.Add(p)
	}
	r.PassedOver = 7
	r.Took(1250 * time.Millisecond)
	return r
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := whole(t)
	if r.Pages != 5 || r.Contracts != 4 || r.Refused != 1 || r.Clean+r.WithDefects != r.Contracts || r.Untestable != 1 || r.Seconds != 1.25 {
		t.Errorf("counts: %+v", r)
	}
	if want := (Mock{Played: 3, Green: 2, GreenWithUpdate: 1, Scenarios: 150, Passed: 94, Skipped: 55}); *r.Mock != want {
		t.Errorf("mock: %+v, want %+v", *r.Mock, want)
	}
	for name, write := range map[string]func(*strings.Builder) error{
		"report.txt":       func(b *strings.Builder) error { return r.Text(b, true) },
		"report-short.txt": func(b *strings.Builder) error { return r.Text(b, false) },
		"report.md":        func(b *strings.Builder) error { return r.Markdown(b, true) },
		"empty.txt":        func(b *strings.Builder) error { return New(false, false).Text(b, true) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Errorf("%s holds a terminal escape", name)
		}
		golden.Check(t, name, []byte(b.String()))
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]*Report{`"missing":[]`: New(false, false), `"mock":{"played":0`: New(true, false), `"version":"1"`: New(false, false)} {
		data, err := json.Marshal(r)
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%v, %s lacks %s", err, data, want)
		}
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	closed, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if New(false, false).Text(closed, false) == nil || New(false, false).Markdown(closed, false) == nil {
		t.Error("a file that is closed: no error")
	}
}

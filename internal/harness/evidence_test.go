package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/report"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// numberedLamp is a page with a long text to send, so that its evidence is large.
func numberedLamp(n int) string {
	return fmt.Sprintf("# Update lamp\n\nUpdate a lamp.\n\n## HTTP request\n\n```http\nPATCH /rooms/{roomId}/lamps%d/{lampId}\n```\n\n"+
		"## Request body\n\n|Property|Type|Description|\n|:---|:---|:---|\n|label|String|The label, for example `%s`.|\n"+
		"|mode|String|The possible values are: `on`, `off`.|\n|count|Int32|A number.|\n\n"+
		"## Response\n\nIf successful, this method returns a `200 OK` response code and an updated lamp object in the response body.\n", n, strings.Repeat("words ", 300))
}

// runPages runs the suites of so many pages against the embedded mock. live is the heap in use
// when the last requirement is there, and evidence the size of report.json.
func runPages(t *testing.T, n int) (run *result.Run, live, evidence int64) {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("lamp%d-update.md", i)), []byte(numberedLamp(i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := LoadPages(PageConfig{Docs: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	c := &RunConfig{
		Config: Config{ID: "8f14e45f-ceea-467f-a8d1-1234567890ab", Out: filepath.Join(dir, "out"), Formats: []report.Format{"json"}},
		Pages:  pages, Selection: scenario.Selection{}, Parallel: 1, Repetitions: 1,
	}
	c.Target.Client = client.Config{Timeout: time.Minute, RunID: c.ID}
	if err := c.Select(); err != nil {
		t.Fatal(err)
	}
	total, seen := 0, 0
	for _, sel := range c.Selected {
		total += len(sel.Cases)
	}
	c.Observer.Requirement = func(result.Requirement) {
		if seen++; seen == total {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			live = int64(m.HeapAlloc)
		}
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(c.Out, report.JSONFile))
	if err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(c.Out, ".evidence-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return r.Run, live, info.Size()
}

// A run of many pages holds the evidence of one at a time. It is no parallel test: what it
// measures is the heap of the process.
func TestEvidenceIsKeptOutOfMemory(t *testing.T) {
	few, n := 3, 12
	_, before, smaller := runPages(t, few)
	run, after, larger := runPages(t, n)
	perPage, written := (after-before)/int64(n-few), (larger-smaller)/int64(n-few)
	t.Logf("%d bytes of the heap a page, and %d of report.json", perPage, written)
	if perPage > written*4/5 { // what is left are verdicts and checks; with the evidence it is more than is written
		t.Errorf("a page leaves %d bytes in memory, and has %d in report.json", perPage, written)
	}
	if len(run.Pages) != n || run.Totals.Pass == 0 || run.Totals.Fail+run.Totals.Error > 0 {
		t.Errorf("%d pages, %+v", len(run.Pages), run.Totals)
	}
}

// Evidence comes back as it was, and a file that is gone is told in its place.
func TestEvidence(t *testing.T) {
	t.Parallel()
	e, err := newEvidence(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	want := []result.Exchange{
		{Purpose: "read", Request: result.HTTPPart{Line: "GET https://x", Headers: []string{"A: ü"}}, Attempts: 1, Curl: "curl"},
		{Purpose: "update", Response: &result.HTTPPart{Line: "200 OK", Body: "{\"a\":\"\u2028<&>\"}", BodyBytes: 9, Truncated: true}, Attempts: 2, Retries: []result.Retry{{Status: 429, WaitMS: 1.25}}, DurationMS: 0.125},
	}
	reqs := []result.Requirement{{ID: "UPD-01", Exchanges: want}, {ID: "UPD-02", Exchanges: want[:1]}, {ID: "UPD-03"}}
	told := reqs[0]
	e.keep(&told) // as the one that was told before the end of the page
	size := e.end
	e.keepPage(reqs)
	if e.end >= 2*size || told.Exchanges != nil || reqs[0].Exchanges != nil || reqs[2].Kept != nil {
		t.Errorf("kept twice, or in memory: %d bytes after %d", e.end, size)
	}
	for _, got := range [][]result.Exchange{told.Sent(), reqs[0].Sent(), append(slices.Clone(reqs[1].Sent()), want[1])} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	e.close()
	if got := reqs[0].Sent(); len(got) != 1 || !strings.Contains(got[0].Error, "could not be read back") {
		t.Errorf("a file that is gone: %+v", got)
	}
	whole := result.Requirement{ID: "UPD-04", Exchanges: want}
	if e.keep(&whole); whole.Kept != nil || len(whole.Exchanges) != 2 {
		t.Error("a file that takes no more, and the exchanges are gone")
	}
	if _, err := newEvidence(filepath.Join(t.TempDir(), "absent")); err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("no folder: %v", err)
	}
}

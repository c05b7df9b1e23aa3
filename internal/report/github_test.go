package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/result"
)

// assertAnnotations finds lines that are no workflow command of ours, and more than ten a kind.
func assertAnnotations(t testing.TB, data []byte) {
	t.Helper()
	n := map[string]int{}
	for line := range strings.Lines(string(data)) {
		kind, rest, ok := strings.Cut(strings.TrimPrefix(line, "::"), " ")
		if !ok || !strings.HasPrefix(line, "::") || !slices.Contains([]string{"error", "warning", "notice"}, kind) || !strings.Contains(rest, "::") {
			t.Errorf("%q is no annotation", line)
		}
		if n[kind]++; n[kind] > 10 {
			t.Fatalf("more than ten of the kind %s", kind)
		}
	}
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	run := pageRun()
	run.Problems = nil
	run.Suite = &result.Suite{Folder: "my/features"}
	run.Requirements[5].Source.Summary = "never shown: it was skipped"
	got := string(render(t, Annotations, run))
	assertAnnotations(t, []byte(got))
	for _, want := range []string{
		"::error file=provisioningflow-update.md,line=41,title=fail%3A status-drift%3A status is the documented one::PF-UPD-02 the status is the documented one: status is the documented one (status-drift): expected 200, got 204 [MUST, OData 4.01 Protocol 11.4.3 (patch-status)] (in 2 scenarios)\n",
		"::error file=my/features/update.feature,line=20,title=fail%3A status-drift",
		"::error file=provisioningflow-update.md,line=58,title=fail%3A value is a documented member::PF-UPD-03",
		"::warning file=provisioningflow-update.md,line=30,title=warning%3A client-request-id is echoed::PF-UPD-19",
		"::notice file=provisioningflow-update.md,line=66,title=placeholder::the example gives \"String\"",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no annotation %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "never shown") {
		t.Errorf("what was skipped is annotated:\n%s", got)
	}
	if n := strings.Count(string(render(t, Annotations, passRun())), "::error"); n != 0 {
		t.Errorf("%d errors of a conformant run", n)
	}
}

func TestAnnotationsAreFew(t *testing.T) {
	t.Parallel()
	run := pageRun()
	for i := range 30 {
		r := drift(fmt.Sprintf("PF-UPD-%d", 100+i), "", "a scenario, with: %0A", 20)
		r.Checks[1].Class, r.Checks[1].Name = "", fmt.Sprintf("check %d, with: %%0A\n::error::", i)
		run.Requirements = append(run.Requirements, r)
		run.Findings = append(run.Findings, run.Findings[0])
	}
	run.Totals = result.Count(run.Requirements)
	data := render(t, Annotations, run)
	assertAnnotations(t, data)
	if n := strings.Count(string(data), "\n"); n > 30 {
		t.Errorf("%d annotations", n)
	}
	if !strings.Contains(string(data), "check 0%2C with%3A %250A\\n%3A%3Aerror%3A%3A") {
		t.Errorf("a title is not escaped:\n%s", data)
	}
}

// TestTerminalIsNoCommand: what a target says never begins a line of the terminal, where GitHub
// would take it for a workflow command.
func TestTerminalIsNoCommand(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{"::error::x", "x\n::stop-commands::y\n##[error]z", "  ::add-mask::a"} {
		for line := range strings.Lines(string(play(hostileRun(evil, evil, evil, "x"), TerminalOptions{Verbose: true}))) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "::") || strings.HasPrefix(line, "##[") {
				t.Errorf("a line of the terminal is the command %q", line)
			}
		}
	}
}

// sarifResults reads what the tests look at.
type sarifResults struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID string `json:"id"`
				} `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		Results []struct {
			RuleID  string `json:"ruleId"`
			Level   string `json:"level"`
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct {
						URI string `json:"uri"`
					} `json:"artifactLocation"`
					Region struct {
						StartLine int `json:"startLine"`
					} `json:"region"`
				} `json:"physicalLocation"`
			} `json:"locations"`
			Suppressions []struct {
				Justification string `json:"justification"`
			} `json:"suppressions"`
		} `json:"results"`
	} `json:"runs"`
}

func assertSARIF(t testing.TB, data []byte) sarifResults {
	t.Helper()
	var d sarifResults
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Runs) != 1 {
		t.Fatalf("%d runs", len(d.Runs))
	}
	return d
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	run := pageRun()
	run.Requirements = append(run.Requirements, waivedRun().Requirements[2])
	run.Requirements[8].ID = "PF-UPD-30"
	run.Findings = append(run.Findings, run.Findings[0], result.Finding{Kind: result.KindDefect, Class: "nowhere"}) // found through two pages, and without a file
	var got []string
	for _, r := range assertSARIF(t, render(t, SARIF, run)).Runs[0].Results {
		place := r.Locations[0].PhysicalLocation
		line := fmt.Sprintf("%s %s %s:%d", r.RuleID, r.Level, place.ArtifactLocation.URI, place.Region.StartLine)
		for _, s := range r.Suppressions {
			line += " " + s.Justification[:len("waived until 2026-12-31")]
		}
		got = append(got, line)
	}
	want := strings.Split(`status-drift error provisioningflow-update.md:41
status-drift error provisioningflow-update.md:41
PF-UPD-03 error provisioningflow-update.md:58
PF-UPD-19 warning provisioningflow-update.md:30
PF-UPD-20 error provisioningflow-update.md:30
status-drift error provisioningflow-update.md:41 waived until 2026-12-31
todo note provisioningflow-update.md:48
placeholder note provisioningflow-update.md:66`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(assertSARIF(t, render(t, SARIF, passRun())).Runs[0].Results); n != 0 {
		t.Errorf("%d results of a conformant run", n)
	}
}

// TestSummaryOfManyScenarios: GitHub takes no job summary above 1 MiB, and who reads it wants
// what failed first.
func TestSummaryOfManyScenarios(t *testing.T) {
	t.Parallel()
	run := largeRun(10_000)
	for range 5000 {
		run.Findings = append(run.Findings, result.Finding{Kind: result.KindDefect, Class: "todo-marker", Source: docSource(1, ""), Text: strings.Repeat("a finding ", 20), Assumed: "nothing"})
	}
	for i := range 2000 {
		run.Pages = append(run.Pages, result.Page{File: fmt.Sprintf("page-%d.md", i), Title: "Update lamp", Digest: "sha256:" + strings.Repeat("0", 64), Operation: fmt.Sprintf("PATCH /rooms/{roomId}/lamps/{lampId}/%d", i)})
	}
	summary := string(render(t, Markdown, run))
	if len(summary) >= 1<<20 {
		t.Errorf("%d bytes", len(summary))
	}
	if failed, all := strings.Index(summary, "## What did not pass"), strings.Index(summary, "## Requirements"); failed < 0 || all < failed {
		t.Errorf("what did not pass begins at %d, the requirements at %d", failed, all)
	}
	for _, want := range []string{"more requirements: see", "more findings: see", "more pages: see"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary does not say %q", want)
		}
	}
}

package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graphpact/internal/atomicfile"
	"graphpact/internal/result"

	"github.com/google/go-cmp/cmp"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "here")
	got, err := Write(dir, sampleRun())
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range []string{"report.json", "junit.xml", "cucumber.json", "ctrf.json", "report.sarif", "summary.md", "report.html"} {
		want = append(want, filepath.Join(dir, f))
		data, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil || len(data) == 0 {
			t.Errorf("%s: %d bytes, %v", f, len(data), err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWriteGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// Folders in the way of two files.
	for _, f := range []string{JUnitFile, MarkdownFile} {
		if err := os.MkdirAll(filepath.Join(dir, f, "inside"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Write(dir, sampleRun())
	if err == nil || !strings.Contains(err.Error(), JUnitFile) || !strings.Contains(err.Error(), MarkdownFile) {
		t.Errorf("error %v does not name both files", err)
	}
	want := []string{filepath.Join(dir, JSONFile), filepath.Join(dir, CucumberFile), filepath.Join(dir, CTRFFile), filepath.Join(dir, SARIFFile), filepath.Join(dir, HTMLFile)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, path := range got {
		if data, err := os.ReadFile(path); err != nil || len(data) == 0 {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
	}
}

func TestFormatsGiveTheWritersError(t *testing.T) {
	t.Parallel()
	for i, write := range []func(io.Writer, *result.Run) error{JSON, JUnit, CucumberJSON, CTRF, SARIF, Markdown, HTML} {
		if err := write(&brokenWriter{}, sampleRun()); err == nil {
			t.Errorf("format %d hides the error", i)
		}
	}
}

// FuzzFormats puts hostile text wherever a target can put any.
func FuzzFormats(f *testing.F) {
	f.Add(hostile, hostile, hostile, hostile)
	f.Add("</pre></details><script>", "\x1b[31m", "|", "`")
	f.Add("]]></system-out>", "a\\", "\\|", "\r\n\t")
	f.Add(strings.Repeat("é", 500), strings.Repeat("\n", 70), strings.Repeat("a ", 200), "\u2066")
	schema := reportSchema(f)
	f.Fuzz(func(t *testing.T, body, header, message, other string) {
		run := hostileRun(body, header, message, other)
		assertMatchesSchema(t, schema, render(t, JSON, run))
		assertJUnit(t, run, render(t, JUnit, run))
		assertCucumber(t, run, render(t, CucumberJSON, run))
		assertMarkdown(t, run, render(t, Markdown, run))
		assertCTRF(t, run, render(t, CTRF, run))
		assertSARIF(t, render(t, SARIF, run))
		assertAnnotations(t, render(t, Annotations, run))
		assertHTML(t, run, render(t, HTML, run))
		for _, opts := range []TerminalOptions{{}, {Color: true, Width: 60}, {ASCII: true, Verbose: true, Width: 1}} {
			assertSafeTerminal(t, play(run, opts), opts)
		}
	})
}

// hostileRun is a run whose every text from outside is given: a verdict each, so
// that each way through the formats is taken.
func hostileRun(body, header, message, other string) *result.Run {
	run := &result.Run{Version: result.Version, Problems: []string{message}}
	run.Tool.Name = "graphpact"
	run.Target = result.Target{Kind: other, BaseURL: other, Params: map[string]string{other: other}}
	run.Settings = map[string]string{"tags": other}
	run.ID = other
	run.Pages = []result.Page{{
		Title: other, File: other, Digest: other, Operation: other,
		Texts:    []result.PageText{{File: other, Text: body}},
		Promises: []result.Promise{{File: other, Line: 1, Text: message, Property: header}},
	}}
	run.Findings = []result.Finding{{Kind: result.KindAssumption, Class: other, Text: message, Assumed: other, Source: result.Source{Ref: other}}}
	run.Pact = &result.Pact{Consumer: other, Provider: other, File: other}
	for i, v := range []result.Verdict{result.Pass, result.Fail, result.Warn, result.Skip, result.Error, result.Flaky, result.Waived} {
		part := result.HTTPPart{Line: header, Headers: []string{header, "X: " + header}, Body: body, BodyBytes: len(body)}
		run.Requirements = append(run.Requirements, result.Requirement{
			ID: fmt.Sprintf("R-%d", i), Level: result.Must, Verdict: v, Reason: message, Scenario: other, Case: other, Operation: other,
			Feature: result.Location{URI: "f.feature", Feature: other},
			Source:  result.Source{Kind: "doc", Ref: other, Summary: message, Clause: other},
			Steps:   []result.Step{{Keyword: "Then", Text: other, Verdict: v, Message: message}},
			Checks: []result.Check{{
				Name: message, Verdict: v, Class: other, Pointer: body, Expected: other, Actual: body, Message: message, Exchange: 1,
				Source: &result.Source{Ref: message, Summary: body},
			}},
			Exchanges:   []result.Exchange{{Purpose: other, Request: part, Response: &part, Error: message, Curl: "curl " + other, Attempts: 2, Retries: []result.Retry{{Status: 429}}}},
			Repeat:      "graphpact " + other,
			Repetitions: []result.Repetition{{Verdict: v, Message: body}, {Verdict: result.Pass}},
			Waiver:      &result.Waiver{Of: v, Reason: message, Owner: other, Expires: header, Source: other},
		})
	}
	run.Totals = result.Count(run.Requirements)
	return run
}

func BenchmarkFormats(b *testing.B) {
	run := largeRun(50)
	for _, f := range []struct {
		name  string
		write func(io.Writer, *result.Run) error
	}{
		{"json", JSON},
		{"junit", JUnit},
		{"cucumber", CucumberJSON},
		{"ctrf", CTRF},
		{"sarif", SARIF},
		{"markdown", Markdown},
		{"html", HTML},
		{"terminal", func(w io.Writer, run *result.Run) error {
			term := NewTerminal(w, TerminalOptions{Color: true, Width: 100})
			term.Start(run)
			for _, r := range run.Requirements {
				term.Requirement(r)
			}
			term.Finish(run, nil)
			return term.Err()
		}},
	} {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(render(b, f.write, run))))
			for b.Loop() {
				if err := f.write(io.Discard, run); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWrite writes the files of 50 requirements.
func BenchmarkWrite(b *testing.B) {
	run, dir := largeRun(50), b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Write(dir, run); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDisk writes files of the same sizes and nothing else: what
// BenchmarkWrite takes beyond it is ours.
func BenchmarkDisk(b *testing.B) {
	run, dir := largeRun(50), b.TempDir()
	files := map[string][]byte{}
	for _, f := range formats() {
		var data bytes.Buffer
		if err := f.render(&data, run); err != nil {
			b.Fatal(err)
		}
		files[f.file] = data.Bytes()
	}
	for b.Loop() {
		for name, data := range files {
			if err := atomicfile.Write(filepath.Join(dir, name), data); err != nil {
				b.Fatal(err)
			}
		}
	}
}

package report

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"graphpact/internal/golden"
	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// play shows a whole run.
func play(run *result.Run, opts TerminalOptions) []byte {
	var buf bytes.Buffer
	term := NewTerminal(&buf, opts)
	term.Start(run)
	for _, r := range run.Requirements {
		term.Requirement(r)
	}
	term.Finish(run, []string{"reports/report.json", "reports/junit.xml"})
	return buf.Bytes()
}

func TestTerminalGolden(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		golden.Check(t, s.name+".terminal.txt", play(s.run, TerminalOptions{Width: 100}))
	}
	golden.Check(t, "mixed.terminal-color.txt", play(sampleRun(), TerminalOptions{Width: 100, Color: true}))
	golden.Check(t, "mixed.terminal-ascii.txt", play(sampleRun(), TerminalOptions{Width: 72, ASCII: true}))
	golden.Check(t, "mixed.terminal-verbose.txt", play(sampleRun(), TerminalOptions{Verbose: true}))
}

// TestTerminalFailure asserts that a failure can be acted on without opening a file.
func TestTerminalFailure(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	r := drift("PF-UPD-02", "", "the status is the documented one", 20)
	NewTerminal(&buf, TerminalOptions{}).Requirement(r)
	out := buf.String()
	golden.Check(t, "failure.terminal.txt", buf.Bytes())
	for what, want := range map[string]string{
		"requirement":      "✗ PF-UPD-02",
		"level":            "MUST",
		"line and summary": sampleFile + ":41: 200 OK with the updated object",
		"clause":           "OData 4.01 Protocol 11.4.3 (patch-status): A successful update",
		"class":            "(status-drift)",
		"expected":         "expected  200\n",
		"actual":           "actual    204\n",
		"request":          "> PATCH " + sampleURL,
		"request body":     `> {"readinessStatus":"ready"}`,
		"response":         "< 204 No Content",
		"header":           "< request-id: 9a41",
		"curl":             r.Exchanges[1].Curl + "\n",
		"repeat":           r.Repeat + "\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s: %q is missing", what, want)
		}
	}
	if strings.Contains(out, "GET "+sampleURL) {
		t.Error("the exchange that no failed check points at is shown")
	}
}

func TestTerminalOnlyPointedExchanges(t *testing.T) {
	t.Parallel()
	r := result.Requirement{Verdict: result.Fail, Exchanges: []result.Exchange{
		{Purpose: "one"}, {Purpose: "two"}, {Purpose: "three"}, {Purpose: "four"},
	}}
	for _, tc := range []struct {
		name   string
		checks []result.Check
		want   string
	}{
		{"a check points at one", []result.Check{{Verdict: result.Pass, Exchange: 1}, {Verdict: result.Fail, Exchange: 2}}, "two"},
		{"two checks, each exchange once", []result.Check{{Verdict: result.Fail, Exchange: 3}, {Verdict: result.Fail, Exchange: 1}, {Verdict: result.Fail, Exchange: 3}}, "one three"},
		{"no check: where it stopped", nil, "four"},
		{"a number beyond the list", []result.Check{{Verdict: result.Fail, Exchange: 9}}, "four"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := r
			r.Checks = tc.checks
			text := exchangesText(&r)
			var got []string
			for _, x := range r.Exchanges {
				if strings.Contains(text, ": "+x.Purpose+",") {
					got = append(got, x.Purpose)
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("shown: %v, want %s\n%s", got, tc.want, text)
			}
		})
	}
}

func TestTerminalLetsNoEscapeThrough(t *testing.T) {
	t.Parallel()
	for _, opts := range []TerminalOptions{{}, {Color: true, Width: 80}, {Verbose: true}, {ASCII: true, Width: 50}} {
		assertSafeTerminal(t, play(sampleRun(), opts), opts)
	}
}

// assertSafeTerminal fails on any control or invisible character but newlines and,
// with colour, our own SGR sequences.
func assertSafeTerminal(t *testing.T, out []byte, opts TerminalOptions) {
	t.Helper()
	text := string(out)
	if opts.Color {
		for _, sgr := range []string{sgrReset, sgrBold, sgrDim, sgrRed, sgrGreen, sgrYellow} {
			text = strings.ReplaceAll(text, sgr, "")
		}
	}
	if !utf8.ValidString(text) {
		t.Fatalf("not UTF-8: %q", text)
	}
	for _, r := range text {
		switch {
		case r == '\n':
		case r < ' ', r >= 0x7f && r <= 0x9f, r >= 0x200b && r <= 0x200f,
			r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
			t.Fatalf("character %U got through:\n%q", r, text)
		case opts.ASCII && r > '~':
			t.Fatalf("%q is not ASCII:\n%s", r, text)
		}
	}
}

// TestTerminalGutter: no line of a body can pass for a line of ours.
func TestTerminalGutter(t *testing.T) {
	t.Parallel()
	r := drift("PF-UPD-02", "", "s", 1)
	r.Exchanges[1].Response.Body = "x\n  ✓ PF-UPD-99   forged\nCONFORMANT: all passed"
	var buf bytes.Buffer
	NewTerminal(&buf, TerminalOptions{}).Requirement(r)
	for line := range strings.Lines(buf.String()) {
		if (strings.Contains(line, "forged") || strings.Contains(line, "CONFORMANT")) && !strings.HasPrefix(line, "    < ") {
			t.Errorf("forged line stands alone: %q", line)
		}
	}
}

func TestTerminalShortens(t *testing.T) {
	t.Parallel()
	r := drift("PF-UPD-02", "", "s", 1)
	long := strings.Repeat("0123456789\n", 5000)
	r.Checks[1].Actual = long
	r.Exchanges[1].Response.Body, r.Exchanges[1].Response.BodyBytes = long, len(long)
	for range 100 {
		r.Exchanges[1].Response.Headers = append(r.Exchanges[1].Response.Headers, "X-Many: 1")
	}
	var buf bytes.Buffer
	NewTerminal(&buf, TerminalOptions{Width: 80}).Requirement(r)
	if n := bytes.Count(buf.Bytes(), []byte("\n")); n > 80 {
		t.Errorf("%d lines for one failure", n)
	}
	for _, want := range []string{"[shortened: the body has 55000 bytes]", "more headers]", "more characters]"} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("no %q in\n%s", want, buf.String())
		}
	}
}

func TestTerminalWidth(t *testing.T) {
	t.Parallel()
	r := drift("PF-UPD-02", "", "s", 1)
	r.Exchanges[1].Response.Body = strings.Repeat("é", 500)
	r.Checks[1].Actual = strings.Repeat("ü", 300)
	var buf bytes.Buffer
	NewTerminal(&buf, TerminalOptions{Width: 80}).Requirement(r)
	for line := range strings.Lines(buf.String()) {
		// What is there to be copied is never broken.
		whole := strings.HasPrefix(line, "    curl ") || strings.HasPrefix(line, "    repeat ") || strings.HasPrefix(line, "    > PATCH ")
		if n := utf8.RuneCountInString(line) - 1; n > 80 && !whole {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// The line of a requirement and the header fit each width, also with wide characters, which take
// two columns, and lose nothing.
func TestTerminalFits(t *testing.T) {
	t.Parallel()
	run := sampleRun()
	run.Pages = run.Pages[:1]
	run.Pages[0].Title = strings.Repeat("日本語のページ ", 12)
	for _, width := range []int{40, 41, 60, 80, 99, 100, 200} {
		for _, ascii := range []bool{false, true} {
			var buf bytes.Buffer
			term := NewTerminal(&buf, TerminalOptions{Width: width, ASCII: ascii})
			term.Start(run)
			for _, text := range []string{"short", "a scenario of many words that say what is asked for here", strings.Repeat("値", 90), "値 " + strings.Repeat("値を 変える ", 20)} {
				r := result.Requirement{ID: "UPD-24", Case: "outboundProvisioningFlowSetIdentifierOfTheFlow", Scenario: text, Verdict: result.Pass, DurationMS: 2.6}
				term.Requirement(r)
				r.Case, r.DurationMS = "", 12345
				term.Requirement(r)
			}
			for line := range strings.Lines(buf.String()) {
				if n := safetext.Columns(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%d columns of %d: %s", n, width, line)
				}
			}
			joined := strings.Join(strings.Fields(buf.String()), "")
			for _, want := range []string{"UPD-24[outboundProvisioningFlowSetIdentifierOfTheFlow]", "ascenarioofmanywordsthatsaywhatisaskedforhere12.35s", strings.ReplaceAll(run.Pages[0].Operation, " ", "")} {
				if !strings.Contains(joined, want) {
					t.Errorf("width %d loses %s:\n%s", width, want, buf.String())
				}
			}
		}
	}
}

// The verdict of a run that was narrowed by many names wraps too.
func TestTerminalVerdictFits(t *testing.T) {
	t.Parallel()
	run := sampleRun()
	run.Requirements = run.Requirements[:1]
	run.Totals = result.Totals{Pass: 1}
	run.Probes, run.Findings, run.Partial = nil, nil, []string{"only " + strings.Repeat("UPD-01, ", 30) + "UPD-02"}
	var buf bytes.Buffer
	NewTerminal(&buf, TerminalOptions{Width: 80}).Finish(run, nil)
	for line := range strings.Lines(buf.String()) {
		if n := safetext.Columns(strings.TrimSuffix(line, "\n")); n > 80 && !strings.HasPrefix(line, "problem ") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestTerminalNamesTheOperationOfEach(t *testing.T) {
	t.Parallel()
	run := sampleRun()
	run.Pages = append(run.Pages, result.Page{File: "b.md", Title: "Get", Operation: "GET /b"})
	out := string(play(run, TerminalOptions{}))
	if n := strings.Count(out, "\n"+sampleOperation+"\n"); n != 1 {
		t.Errorf("the operation heads %d lists, want 1\n%s", n, out)
	}
}

func TestTerminalConcurrent(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	opts := TerminalOptions{Verbose: true} // each with its evidence, also of one cause
	term := NewTerminal(&buf, opts)
	r := drift("PF-UPD-02", "", "s", 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { term.Requirement(r) })
	}
	wg.Wait()
	var one bytes.Buffer
	NewTerminal(&one, opts).Requirement(r)
	if want := strings.Repeat(one.String(), 8); buf.String() != want {
		t.Error("the outcomes of several goroutines got mixed")
	}
}

type brokenWriter struct{ calls int }

func (w *brokenWriter) Write([]byte) (int, error) { w.calls++; return 0, errors.New("pipe closed") }

func TestTerminalKeepsTheError(t *testing.T) {
	t.Parallel()
	w := &brokenWriter{}
	term := NewTerminal(w, TerminalOptions{})
	term.Start(emptyRun())
	term.Finish(emptyRun(), nil)
	if err := term.Err(); err == nil || w.calls != 1 {
		t.Errorf("error %v after %d writes, want the first error and no second write", err, w.calls)
	}
}

// TestTerminalGroupsByCause: the evidence of a cause is shown once, whatever its class, and
// all of it with -v.
func TestTerminalGroupsByCause(t *testing.T) {
	t.Parallel()
	run := causesRun()
	out := string(play(run, TerminalOptions{}))
	if n := strings.Count(out, "expected  200"); n != 3 {
		t.Errorf("the evidence is shown %d times, want once for each of 3 causes\n%s", n, out)
	}
	for _, want := range []string{
		"    cause     that of A[x]\n",
		"  ✗ the update succeeds: expected 200, got 400 in 2 scenarios: A[x], B\n",
		"  ✗ C\n", "  ! D\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("not there: %q\n%s", want, out)
		}
	}
	all := string(play(run, TerminalOptions{Verbose: true}))
	if n := strings.Count(all, "expected  200"); n != 4 {
		t.Errorf("-v shows the evidence %d times, want 4\n%s", n, all)
	}
}

// TestSummaryGroupsByCause is the same for summary.md.
func TestSummaryGroupsByCause(t *testing.T) {
	t.Parallel()
	out := string(render(t, Markdown, causesRun()))
	if n := strings.Count(out, "<details>"); n != 3 {
		t.Errorf("%d blocks of evidence, want one for each of 3 causes\n%s", n, out)
	}
	for _, want := range []string{"fail in 2 scenarios: the update succeeds", "A[x]  first\nB  second\n\nThe evidence of A[x];"} {
		if !strings.Contains(out, want) {
			t.Errorf("not there: %q\n%s", want, out)
		}
	}
}

// causesRun has two failures of one cause, one at another place of the body, and a warning.
func causesRun() *result.Run {
	run := emptyRun()
	check := func(pointer string) []result.Check {
		return []result.Check{{Name: "the update succeeds", Verdict: result.Fail, Expected: "200", Actual: "400", Pointer: pointer}}
	}
	run.Requirements = []result.Requirement{
		{ID: "A", Case: "x", Level: result.Must, Scenario: "first", Verdict: result.Fail, Checks: check("")},
		{ID: "B", Level: result.Must, Scenario: "second", Verdict: result.Fail, Checks: check("")},
		{ID: "C", Level: result.Must, Scenario: "third", Verdict: result.Fail, Checks: check("/a")},
		{ID: "D", Level: result.Should, Scenario: "fourth", Verdict: result.Warn, Checks: check("")},
	}
	run.Totals = result.Count(run.Requirements)
	return run
}

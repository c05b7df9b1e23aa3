package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"graphpact/internal/result"
)

// pageRun is sampleRun with the lines of its page, and what hangs on them.
func pageRun() *result.Run {
	run := sampleRun()
	text := []string{}
	for i := range 70 {
		text = append(text, fmt.Sprintf("line %d of the page, with | `marks` and <b>markup</b>", i+1))
	}
	promise := func(line int, text, property, kind string) result.Promise {
		return result.Promise{File: sampleFile, Line: line, Text: text, Property: property, Kind: kind}
	}
	run.Pages[0].Texts = []result.PageText{{File: sampleFile, Text: strings.Join(text, "\n") + "\n"}}
	run.Pages[0].Promises = []result.Promise{
		promise(30, "an update is sent as PATCH", "", result.ProvesUpdate),
		promise(35, "the answer is application/json", "", ""),
		promise(41, "a successful update is answered with 200", "", ""),
		promise(52, "a client may set readinessStatus", "readinessStatus", ""),
		promise(57, "the answer is 200 with the object", "", ""),
		promise(58, "the answer shows readinessStatus", "readinessStatus", result.ProvesSchema),
		promise(60, "the answer shows id", "id", result.ProvesSchema),
	}
	first := &run.Requirements[0]
	first.Proves = result.ProvesUpdate
	first.Checks = append(first.Checks, result.Check{Name: "the response schema", Verdict: result.Pass, Proves: result.ProvesSchema, Exchange: 1})
	run.Requirements[3].Checks[0].Source.Line = 58
	return run
}

func TestHTMLHoldsNothingButItsOwnMarkup(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { assertHTML(t, s.run, render(t, HTML, s.run)) })
	}
	run := pageRun()
	assertHTML(t, run, render(t, HTML, run))
	assertMatchesSchema(t, reportSchema(t), render(t, JSON, run))
}

// assertHTML finds what a report must not hold: an element, an attribute or a reference that
// is not ours, a place that is named twice or not there, and a policy that would allow more.
func assertHTML(t testing.TB, run *result.Run, data []byte) {
	t.Helper()
	assertPrintable(t, data)
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Fields("a article b blockquote body button code col colgroup dd del details div dl dt h1 h2 h3 h4 head header html i input ins kbd label li link main mark meta nav ol p pre rect script section span style summary svg table tbody td text th thead title tr ul")
	attributes := strings.Fields("aria-describedby aria-hidden aria-label aria-labelledby aria-pressed autocomplete charset checked class content for height href http-equiv id lang name open placeholder rel role rx scope spellcheck tabindex title type viewbox width x y data-copy")
	ids, refs, scenarios, policy := map[string]int{}, []string{}, 0, ""
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(own, n.Data) {
			t.Errorf("<%s> is no element of the report", n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(attributes, strings.ToLower(a.Key)) && !strings.HasPrefix(a.Key, "data-") {
				t.Errorf("<%s %s=%q> is no attribute of the report", n.Data, a.Key, a.Val)
			}
			switch a.Key {
			case "id":
				ids[a.Val]++
			case "href":
				refs = append(refs, a.Val)
			case "content":
				if strings.Contains(a.Val, "default-src") {
					policy = a.Val
				}
			case "class":
				if n.Data == "details" && strings.HasPrefix(a.Val, "s ") {
					scenarios++
				}
			}
		}
		if (n.Data == "script" || n.Data == "style") && n.FirstChild != nil && !slices.Contains([]string{htmlStyle, htmlScript}, n.FirstChild.Data) {
			t.Errorf("a <%s> that is not ours: %.100s", n.Data, n.FirstChild.Data)
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements have the id %q", n, id)
		}
	}
	for _, ref := range refs {
		if ref != "data:," && !strings.HasPrefix(ref, "#?") && ids[strings.TrimPrefix(ref, "#")] == 0 {
			t.Errorf("%q leads nowhere", ref)
		}
	}
	if scenarios != len(run.Requirements) {
		t.Errorf("%d scenarios, want %d", scenarios, len(run.Requirements))
	}
	for _, want := range []string{"default-src 'none'", "script-src " + hash(htmlScript), "style-src " + hash(htmlStyle)} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy allows too much: %s", policy)
	}
}

// assertPrintable finds characters that are no text.
func assertPrintable(t testing.TB, data []byte) {
	t.Helper()
	for _, r := range string(data) {
		if r < ' ' && r != '\n' || r == 0x7f || r == 0x202e || r == 0x2066 || r == 0xfffd {
			t.Fatalf("the report holds the character %U", r)
		}
	}
}

func TestHTMLLines(t *testing.T) {
	t.Parallel()
	run := pageRun()
	lines := lineStates(run)
	for line, want := range map[int]struct {
		verdict result.Verdict
		keys    string
	}{
		30: {result.Pass, "PF-UPD-01[ready]"},
		35: {result.Skip, ""},
		41: {result.Fail, "PF-UPD-02 PF-UPD-08"},
		52: {result.Pass, "PF-UPD-01[ready]"},
		57: {result.Skip, ""}, // the requirement of line 57 failed for what line 58 says
		58: {result.Fail, "PF-UPD-01[ready] PF-UPD-03"},
		60: {result.Pass, "PF-UPD-01[ready]"},
	} {
		state := lines[lineKey{0, sampleFile, line}]
		if state == nil {
			t.Errorf("line %d is not known", line)
			continue
		}
		var keys []string
		for _, v := range state.verdicts {
			keys = append(keys, v.req.Key())
		}
		if got := strings.Join(keys, " "); state.verdict() != want.verdict || got != want.keys {
			t.Errorf("line %d is %s by %q, want %s by %q", line, state.verdict(), got, want.verdict, want.keys)
		}
	}
	if n := len(lines); n != 7 {
		t.Errorf("%d lines, want 7", n)
	}
}

// TestHTMLLineOfAForm: a body of the right form alone holds no line that promises more.
func TestHTMLLineOfAForm(t *testing.T) {
	t.Parallel()
	run := pageRun()
	run.Pages[0].Promises = append(run.Pages[0].Promises, result.Promise{File: sampleFile, Line: 60, Text: "id never changes", Property: "id"})
	if got := lineStates(run)[lineKey{0, sampleFile, 60}].verdict(); got != result.Skip {
		t.Errorf("line 60 is %s, want skip", got)
	}
}

func TestHTMLDiff(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, expected, actual, want string }{
		{"a value", "200", "204", `<code>20<del>0</del></code>|<code>20<ins>4</ins></code>`},
		{"nothing alike", "ready", "true", `<code><del>ready</del></code>|<code><ins>true</ins></code>`},
		{"alike at both ends", `"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:06Z"`, `:0<del>5</del>Z&#34;|:0<ins>6</ins>Z&#34;`},
		{"a part of the other", "aaaa", "aa", `<code>aa<del>aa</del></code>|<code>aa</code>`},
		{"nothing came", "x", "", `<ins>nothing</ins>`},
		{"characters of several bytes", "é…", "è…", `<del>é</del>…|<ins>è</ins>…`},
		{"objects", `{"a":1,"b":2}`, `{"a":1,"b":3}`, `<del>-  &#34;b&#34;: 2</del>|<ins>+  &#34;b&#34;: 3</ins>|<span>   &#34;a&#34;: 1,</span>`},
		{"markup", "<b>", "<i>", `&lt;<del>b</del>&gt;`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHTML(emptyRun())
			h.diff(tc.expected, tc.actual)
			for want := range strings.SplitSeq(tc.want, "|") {
				if !strings.Contains(h.String(), want) {
					t.Errorf("no %s in\n%s", want, h.String())
				}
			}
		})
	}
}

func TestPointedLine(t *testing.T) {
	t.Parallel()
	text, ok := indented(`{"a":{"b":1,"c/d":[1,2]},"b":2}`)
	if !ok {
		t.Fatal("no JSON")
	}
	lines := strings.Split(text, "\n")
	for pointer, want := range map[string]string{
		"/a/b": `"b": 1`, "/b": `"b": 2`, "/a/c~1d": `"c/d": [`, "/a/c~1d/1": `"c/d": [`, "/a/x": `"a": {`, "/x": "",
	} {
		got := ""
		if i := pointedLine(lines, pointer); i >= 0 {
			got = strings.TrimRight(strings.TrimSpace(lines[i]), ",")
		}
		if got != want {
			t.Errorf("%s is at %q, want %q", pointer, got, want)
		}
	}
}

// TestHTMLSize: what did not pass keeps its evidence when there is too much of it for a page.
func TestHTMLSize(t *testing.T) {
	t.Parallel()
	one := render(t, HTML, largeRun(60))
	if len(one) > 3<<20 {
		t.Errorf("the report of a page has %d bytes", len(one))
	}
	if strings.Contains(string(one), "there is so much of it") {
		t.Error("the report of a page leaves evidence out")
	}
	run := largeRun(2000)
	many := string(render(t, HTML, run))
	if len(many) > 6<<20 {
		t.Errorf("the report of 2000 scenarios has %d bytes", len(many))
	}
	// Each tenth is broken, from the first on.
	if shown := strings.Count(many, `class="issue"`); shown < 150 {
		t.Errorf("the evidence of %d of 200 broken scenarios is shown", shown)
	}
	assertHTML(t, run, []byte(many))
}

func TestHTMLSaysWhatCounts(t *testing.T) {
	t.Parallel()
	page := string(render(t, HTML, pageRun()))
	for _, want := range []string{
		"NOT CONFORMANT", "3 failed; 2 could not be judged", "status-drift: status is the documented one", "2 scenarios",
		"GET gives no ETag on this target", "could not be restored", `<tr id="L1.1-41" class="l-fail">`, "no scenario tests it",
		`href="#L1.1-41"`, "graphpact run --endpoint https://graph.example/beta --only", "curl -sS -X PATCH", "2 answers 429 or 503 waited out",
		"As text for an issue", "Waivers to paste", "sha256:5f1c",
	} {
		if !strings.Contains(page, html.EscapeString(want)) && !strings.Contains(page, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for _, s := range samples() {
		verdict, _ := s.run.Headline()
		if page := string(render(t, HTML, s.run)); !strings.Contains(page, "<h1 id=\"overview-t\">"+string(verdict)+"</h1>") {
			t.Errorf("%s: the report does not say %s", s.name, verdict)
		}
	}
}

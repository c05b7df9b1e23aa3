package waiver

import (
	"strings"
	"testing"
	"time"

	"graphpact/internal/result"
)

const (
	here  = "https://graph.example/beta"
	lamps = "PATCH /lamps/{lampId}"
	rooms = "PATCH /rooms/{roomId}"
)

var today = time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)

// requirement is "UPD-01[blue]=fail".
func requirement(text string) result.Requirement {
	at := strings.LastIndex(text, "=")
	key, verdict := text[:at], text[at+1:]
	id, row, _ := strings.Cut(key, "[")
	return result.Requirement{ID: id, Case: strings.TrimSuffix(row, "]"), Operation: lamps, Verdict: result.Verdict(verdict)}
}

func requirements(texts ...string) (out []result.Requirement) {
	for _, s := range texts {
		out = append(out, requirement(s))
	}
	return out
}

// suite is that of the tests: UPD-01 has three rows.
var suite = []result.Subject{
	{Operation: lamps, Key: "UPD-01[red]"}, {Operation: lamps, Key: "UPD-01[green]"}, {Operation: lamps, Key: "UPD-01[blue]"},
	{Operation: lamps, Key: "UPD-02"}, {Operation: lamps, Key: "UPD-03"},
}

func register(entries ...Entry) *Register {
	for i := range entries {
		e := &entries[i]
		e.File, e.Line, e.Reason, e.Owner = "w.yaml", i+1, "known", "team"
		if e.Expires == "" {
			e.Expires = "2026-11-24" // the last day is today
		}
	}
	return (&List{Entries: entries}).On(here, today)
}

func TestCover(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		entries []Entry
		of      string
		source  string // "" where it stays as it is
	}{
		{"a failure", []Entry{{Requirement: "UPD-02"}}, "UPD-02=fail", "w.yaml:1"},
		{"a flaky one", []Entry{{Requirement: "UPD-02"}}, "UPD-02=flaky", "w.yaml:1"},
		{"a warning", []Entry{{Requirement: "UPD-02"}}, "UPD-02=warn", "w.yaml:1"},
		{"never an error", []Entry{{Requirement: "UPD-02"}}, "UPD-02=error", ""},
		{"never a skip", []Entry{{Requirement: "UPD-02"}}, "UPD-02=skip", ""},
		{"no need", []Entry{{Requirement: "UPD-02"}}, "UPD-02=pass", ""},
		{"another requirement", []Entry{{Requirement: "UPD-03"}}, "UPD-02=fail", ""},
		{"a longer id", []Entry{{Requirement: "UPD-0"}}, "UPD-02=fail", ""},
		{"another case", []Entry{{Requirement: "upd-02"}}, "UPD-02=fail", ""},
		{"the id covers its rows", []Entry{{Requirement: "UPD-01"}}, "UPD-01[blue]=fail", "w.yaml:1"},
		{"a row", []Entry{{Requirement: "UPD-01[blue]"}}, "UPD-01[blue]=fail", "w.yaml:1"},
		{"another row", []Entry{{Requirement: "UPD-01[red]"}}, "UPD-01[blue]=fail", ""},
		{"the row before the id", []Entry{{Requirement: "UPD-01"}, {Requirement: "UPD-01[blue]"}}, "UPD-01[blue]=fail", "w.yaml:2"},
		{"expired yesterday", []Entry{{Requirement: "UPD-02", Expires: "2026-11-23"}}, "UPD-02=fail", ""},
		{"an expired row, an id that is not", []Entry{{Requirement: "UPD-01[blue]", Expires: "2026-11-23"}, {Requirement: "UPD-01"}}, "UPD-01[blue]=fail", "w.yaml:2"},
		{"this endpoint", []Entry{{Requirement: "UPD-02"}, {Requirement: "UPD-02", Endpoint: here}}, "UPD-02=fail", "w.yaml:2"},
		{"another endpoint", []Entry{{Requirement: "UPD-02", Endpoint: "https://graph.example/v1.0"}}, "UPD-02=fail", ""},
		{"this operation", []Entry{{Requirement: "UPD-02", Operation: lamps}, {Requirement: "UPD-02"}}, "UPD-02=fail", "w.yaml:1"},
		{"another operation", []Entry{{Requirement: "UPD-02", Operation: rooms}}, "UPD-02=fail", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := requirement(tc.of)
			before.Checks = []result.Check{{Name: "kept"}}
			got := register(tc.entries...).Cover(before)
			if tc.source == "" {
				if got.Waiver != nil || got.Verdict != before.Verdict {
					t.Fatalf("%s by %+v", got.Verdict, got.Waiver)
				}
				return
			}
			want := result.Waiver{Of: before.Verdict, Reason: "known", Owner: "team", Expires: "2026-11-24", Source: tc.source}
			if got.Verdict != result.Waived || got.Waiver == nil || *got.Waiver != want {
				t.Fatalf("%s by %+v, want %+v", got.Verdict, got.Waiver, want)
			}
			if len(got.Checks) != 1 {
				t.Error("the evidence is lost")
			}
		})
	}
}

// TestLastDay: the day is UTC's, whatever the clock's zone.
func TestLastDay(t *testing.T) {
	t.Parallel()
	l := &List{Entries: []Entry{{Requirement: "UPD-02", Expires: "2026-11-24"}}}
	east := time.FixedZone("", 9*3600)
	for _, tc := range []struct {
		now  time.Time
		want result.Verdict
	}{
		{time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC), result.Waived},
		{time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), result.Fail},
		{time.Date(2026, 11, 25, 8, 59, 0, 0, east), result.Waived},
		{time.Date(2026, 11, 25, 9, 0, 0, 0, east), result.Fail},
	} {
		if got := l.On(here, tc.now).Cover(requirement("UPD-02=fail")).Verdict; got != tc.want {
			t.Errorf("at %s: %s, want %s", tc.now, got, tc.want)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	rows := func(red, green, blue string) []string {
		return []string{"UPD-01[red]=" + red, "UPD-01[green]=" + green, "UPD-01[blue]=" + blue}
	}
	for _, tc := range []struct {
		name   string
		entry  Entry
		tested []string
		want   string // a part of the problem; "" for none
	}{
		{"used", Entry{Requirement: "UPD-02"}, []string{"UPD-02=fail"}, ""},
		{"used for a warning", Entry{Requirement: "UPD-02"}, []string{"UPD-02=warn"}, ""},
		{"unused", Entry{Requirement: "UPD-02"}, []string{"UPD-02=pass"}, "w.yaml:1: the waiver of UPD-02 is not used: it holds on " + here + "; remove the waiver"},
		{"skipped", Entry{Requirement: "UPD-02"}, []string{"UPD-02=skip"}, ""},
		{"not judged", Entry{Requirement: "UPD-02"}, []string{"UPD-02=error"}, ""},
		{"left out of the run", Entry{Requirement: "UPD-02"}, []string{"UPD-03=pass"}, ""},
		{"one row of three", Entry{Requirement: "UPD-01"}, rows("pass", "fail", "pass"), ""},
		{"no row of three", Entry{Requirement: "UPD-01"}, rows("pass", "pass", "pass"), "the waiver of UPD-01 is not used"},
		{"a row skipped", Entry{Requirement: "UPD-01"}, rows("pass", "skip", "pass"), ""},
		{"a row left out", Entry{Requirement: "UPD-01"}, []string{"UPD-01[red]=pass", "UPD-01[blue]=pass"}, ""},
		{"another row fails", Entry{Requirement: "UPD-01[red]"}, rows("pass", "fail", "fail"), "the waiver of UPD-01[red] is not used"},
		{"expired", Entry{Requirement: "UPD-02", Expires: "2026-11-23"}, []string{"UPD-02=fail"}, "w.yaml:1: the waiver of UPD-02 expired on 2026-11-23; fix what fails and remove it, or renew it"},
		{"expired, not tested", Entry{Requirement: "UPD-02", Expires: "2026-11-23"}, nil, "expired on 2026-11-23"},
		{"misspelt", Entry{Requirement: "UDP-02"}, nil, "w.yaml:1: there is no requirement UDP-02 to waive; did you mean UPD-02?"},
		{"misspelt and expired", Entry{Requirement: "UDP-02", Expires: "2020-01-01"}, nil, "there is no requirement UDP-02"},
		{"no such row", Entry{Requirement: "UPD-01[bleu]"}, nil, "there is no requirement UPD-01[bleu] to waive; there are UPD-01[blue], UPD-01[green], UPD-01[red]"},
		{"no rows", Entry{Requirement: "UPD-02[blue]"}, nil, "there is no requirement UPD-02[blue] to waive; UPD-02 has no rows"},
		{"expired elsewhere", Entry{Requirement: "UPD-02", Expires: "2020-01-01", Endpoint: "https://other.example"}, []string{"UPD-02=fail"}, ""},
		{"unused elsewhere", Entry{Requirement: "UPD-02", Endpoint: "https://other.example"}, []string{"UPD-02=pass"}, ""},
		{"misspelt elsewhere", Entry{Requirement: "UDP-02", Endpoint: "https://other.example"}, nil, ""},
		{"unused here", Entry{Requirement: "UPD-02", Endpoint: here}, []string{"UPD-02=pass"}, "is not used"},
		{"a misspelt page", Entry{Requirement: "UPD-02", Operation: strings.Replace(lamps, "lampId", "lampid", 1)}, nil, "did you mean " + lamps + "?"},
		{"a page with a slash too many", Entry{Requirement: "UPD-02", Operation: lamps + "/"}, nil, "did you mean " + lamps + "?"},
		{"a page that is not in the run", Entry{Requirement: "UPD-02", Operation: rooms}, []string{"UPD-02=pass"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := register(tc.entry)
			tested := requirements(tc.tested...)
			for i := range tested {
				tested[i] = r.Cover(tested[i])
			}
			got := r.Problems(tested, suite)
			if tc.want == "" && len(got) == 0 {
				return
			}
			if tc.want == "" || len(got) != 1 || !strings.Contains(got[0], tc.want) {
				t.Errorf("problems %q, want %q", got, tc.want)
			}
		})
	}
}

// TestWiderEntryIsUsed: an entry for the id is used when a row fails, also where an
// entry for the row is the one that covers it.
func TestWiderEntryIsUsed(t *testing.T) {
	t.Parallel()
	r := register(Entry{Requirement: "UPD-01"}, Entry{Requirement: "UPD-01[red]"})
	tested := requirements("UPD-01[red]=fail", "UPD-01[green]=pass", "UPD-01[blue]=pass")
	for i := range tested {
		tested[i] = r.Cover(tested[i])
	}
	if got := r.Problems(tested, suite); len(got) != 0 {
		t.Errorf("problems %q", got)
	}
}

// TestUnknownRequirement: a near id is looked for among the ids, not among the rows.
func TestUnknownRequirement(t *testing.T) {
	t.Parallel()
	for requirement, want := range map[string]string{
		"UDP-01[red]": "did you mean UPD-01?",
		"QQQ-77[red]": "`graphpact list`",
	} {
		got := register(Entry{Requirement: requirement}).Problems(nil, suite)
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("problems %q, want %q", got, want)
		}
	}
}

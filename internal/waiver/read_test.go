package waiver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const good = `# what we know
waivers:
  - requirement: UPD-02
    reason: the 204 is being rolled out
    owner: team-x@example.org
    expires: 2026-12-31
  - requirement: UPD-01[color=blue]
    reason: |
      two
      lines
    owner: 'team: y'
    expires: "2026-06-30"
    endpoint: HTTPS://Graph.Example:443/Beta/
    operation: PATCH /lamps/{lampId}
`

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := Parse("w.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{Requirement: "UPD-02", Reason: "the 204 is being rolled out", Owner: "team-x@example.org", Expires: "2026-12-31", File: "w.yaml", Line: 3},
		{
			Requirement: "UPD-01[color=blue]", Reason: "two\nlines", Owner: "team: y", Expires: "2026-06-30", File: "w.yaml", Line: 7,
			Endpoint: "https://graph.example/Beta", Operation: "PATCH /lamps/{lampId}",
		},
	}
	if diff := cmp.Diff(want, got.Entries); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseNothing(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "# a comment\n", "waivers:\n", "waivers: []\n", "---\n", "null\n"} {
		got, err := Parse("w.yaml", []byte(data))
		if err != nil || len(got.Entries) != 0 {
			t.Errorf("%q: %+v, %v", data, got, err)
		}
	}
}

// entry is a good entry with one line replaced.
func entry(key, line string) string {
	out := "waivers:\n"
	dash := "  - "
	for _, l := range []string{"requirement: UPD-02", "reason: it is known", "owner: team-x", "expires: 2026-12-31"} {
		if strings.HasPrefix(l, key+":") {
			l = line
		}
		if l != "" {
			out += dash + l + "\n"
			dash = "    "
		}
	}
	return out
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		data string
		want []string
	}{
		"no YAML":            {"waivers: [", []string{"w.yaml: not valid YAML"}},
		"a list":             {"- requirement: UPD-02\n", []string{"w.yaml:1: expected waivers: with a list"}},
		"a misspelt top":     {"waiver: []\n", []string{`w.yaml:1: there is no key "waiver"; did you mean "waivers"?`}},
		"an empty mapping":   {"{}\n", []string{"w.yaml:1: the key waivers is missing"}},
		"twice the top":      {"waivers: []\nwaivers: []\n", []string{"w.yaml:2: duplicate key waivers"}},
		"two documents":      {"waivers: []\n---\nwaivers: []\n", []string{"w.yaml:", "second document"}},
		"no list":            {"waivers: UPD-02\n", []string{"w.yaml:1: waivers: expected a list"}},
		"a word":             {"waivers:\n  - UPD-02\n", []string{"w.yaml:2: expected an entry, with requirement, reason, owner, expires"}},
		"an unknown key":     {entry("", "") + "    owners: x\n", []string{`w.yaml:6: there is no key "owners"; did you mean "owner"?`}},
		"a strange key":      {entry("", "") + "    zzz: x\n", []string{`w.yaml:6: there is no key "zzz"; known: requirement, reason`}},
		"a key twice":        {entry("", "") + "    owner: x\n", []string{"w.yaml:6: duplicate key owner"}},
		"nothing missing":    {entry("reason", ""), []string{"w.yaml:2: reason is missing"}},
		"all missing":        {"waivers:\n  - endpoint: https://a.example\n", []string{"2: requirement is missing", "2: reason is missing", "2: owner is missing", "2: expires is missing"}},
		"empty":              {entry("owner", "owner:"), []string{"w.yaml:4: owner: it is empty"}},
		"blank":              {entry("reason", "reason: '  '"), []string{"w.yaml:3: reason: it is empty"}},
		"a number":           {entry("owner", "owner: 42"), []string{"w.yaml:4: owner: expected text; put 42 in quotes"}},
		"a list of owners":   {entry("owner", "owner: [a, b]"), []string{"w.yaml:4: owner: expected text"}},
		"an anchor":          {entry("owner", "owner: &o x") + "    <<: *o\n", []string{`there is no key "<<"`}},
		"a placeholder":      {entry("reason", "reason: "+placeholderReason), []string{"w.yaml:3: reason: <why this is accepted for now> is a placeholder; say why"}},
		"another":            {entry("owner", "owner: "+placeholderOwner), []string{"w.yaml:4: owner: <who sees to it> is a placeholder; name who"}},
		"a day that is none": {entry("expires", "expires: 2026-02-30"), []string{`w.yaml:5: expires: "2026-02-30" is no date; write it as 2026-12-31`}},
		"a time":             {entry("expires", "expires: 2026-12-31T12:00:00Z"), []string{"w.yaml:5: expires:"}},
		"another form":       {entry("expires", "expires: 31.12.2026"), []string{"w.yaml:5: expires:"}},
		"never":              {entry("expires", "expires: never"), []string{"w.yaml:5: expires:"}},
		"no requirement":     {entry("requirement", "requirement: UPD 02"), []string{`w.yaml:2: requirement: "UPD 02" is none; write it as UPD-02`}},
		"half a row":         {entry("requirement", "requirement: 'UPD-01[a'"), []string{"w.yaml:2: requirement:"}},
		"an empty row":       {entry("requirement", "requirement: 'UPD-01[]'"), []string{"w.yaml:2: requirement:"}},
		"no endpoint":        {entry("", "") + "    endpoint: graph.example/beta\n", []string{`w.yaml:6: endpoint: base URL "graph.example/beta": not an absolute http or https URL; give it with its version segment, as https`}},
		"an ftp endpoint":    {entry("", "") + "    endpoint: ftp://graph.example\n", []string{"w.yaml:6: endpoint:"}},
		"a query":            {entry("", "") + "    endpoint: https://graph.example/?a\n", []string{`w.yaml:6: endpoint: base URL "https://graph.example/": it has a query after it; take the ? and the rest away`}},
		"no operation":       {entry("", "") + "    operation: lamps\n", []string{"w.yaml:6: operation:"}},
		"twice":              {entry("", "") + strings.TrimPrefix(entry("", ""), "waivers:\n"), []string{"w.yaml:6: UPD-02 is waived already in line 2; keep one"}},
		"twice, spelt otherwise": {
			entry("", "") + "    endpoint: https://g.example\n" + strings.TrimPrefix(entry("", ""), "waivers:\n") + "    endpoint: https://G.example:443/\n",
			[]string{"w.yaml:7: UPD-02 is waived already"},
		},
		"each of several": {entry("owner", "owner: <me>") + strings.TrimPrefix(entry("expires", "expires: soon"), "waivers:\n"), []string{"w.yaml:4: owner:", "w.yaml:9: expires:"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse("w.yaml", []byte(tc.data))
			if err == nil {
				t.Fatalf("accepted: %+v\n%s", got, tc.data)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q\n%s", err, want, tc.data)
				}
			}
			if got != nil {
				t.Error("a list beside the error")
			}
		})
	}
}

// FuzzParse: nothing makes it panic, and what it accepts is whole.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(entry("expires", "expires: *a")))
	f.Add([]byte("waivers: &a [*a]"))
	f.Add([]byte("? [a]\n: b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse("w.yaml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "w.yaml:") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		for _, e := range l.Entries {
			if e.Requirement == "" || e.Reason == "" || e.Owner == "" || len(e.Expires) != len("2026-12-31") || e.Line == 0 {
				t.Errorf("%+v", e)
			}
		}
	})
}

package yamlfile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse reads settings, each with its line and values.
func parse(t *testing.T, data string) (lines map[string]int, values map[string][]string, all error) {
	t.Helper()
	top, err := Parse("f.yaml", []byte(data))
	if err != nil || top == nil {
		return nil, nil, err
	}
	entries, errs, ok := top.Mapping("setting", []string{"endpoint", "only", "header", "out"})
	if !ok {
		return nil, nil, top.Errorf("expected settings")
	}
	lines, values = map[string]int{}, map[string][]string{}
	for _, e := range entries {
		lines[e.Key] = e.Line
		if values[e.Key], err = e.Value.Strings(); err != nil {
			errs = append(errs, e.Value.Errorf("%s: %w", e.Key, err))
		}
	}
	return lines, values, errors.Join(errs...)
}

func TestMapping(t *testing.T) {
	t.Parallel()
	lines, values, err := parse(t, "# c\nendpoint: https://a.example\nonly: [A, 2]\nheader:\n  X-A: b\n  X-C: 1\nout:\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"endpoint": 2, "only": 3, "header": 4, "out": 7}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	want := map[string][]string{"endpoint": {"https://a.example"}, "only": {"A", "2"}, "header": {"X-A=b", "X-C=1"}, "out": {""}}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "# a comment\n", "---\n", "null\n"} {
		if v, err := Parse("f.yaml", []byte(data)); v != nil || err != nil {
			t.Errorf("%q: %v, %v", data, v, err)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		data string
		want []string
	}{
		"no YAML":          {"only: [", []string{"f.yaml: not valid YAML: "}},
		"no YAML later":    {"only: a\n---\n[", []string{"f.yaml: not valid YAML: "}},
		"two documents":    {"only: a\n---\nout: b\n", []string{"f.yaml:", ": a second document"}},
		"a list":           {"- only\n", []string{"f.yaml:1: expected settings"}},
		"misspelt":         {"out: a\nendpiont: b\n", []string{`f.yaml:2: there is no setting "endpiont"; did you mean "endpoint"?`}},
		"unknown":          {"zzz: b\n", []string{`f.yaml:1: there is no setting "zzz"; known: endpoint, only, header, out`}},
		"a merge key":      {"out: &o {}\n<<: *o\n", []string{`f.yaml:2: there is no setting "<<"`}},
		"a duplicate":      {"out: a\nonly: b\nout: c\n", []string{"f.yaml:3: duplicate setting out"}},
		"several":          {"a1: b\nout: a\nout: c\n", []string{"f.yaml:1: ", "f.yaml:3: "}},
		"a list in a list": {"only:\n  - a\n  - [b]\n", []string{"f.yaml:2: only: line 3: expected a plain value"}},
		"a nested mapping": {"header:\n  a: {b: c}\n", []string{"f.yaml:2: header: line 2: expected a plain value"}},
		"an alias":         {"out: &o a\nonly: *o\n", []string{"f.yaml:2: only: expected a value, a list, or names with values"}},
	} {
		_, _, err := parse(t, tc.data)
		for _, want := range tc.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %q", name, err, want)
			}
		}
	}
	_, _, err := parse(t, "tokn: x\n")
	var unknown *UnknownKeyError
	if !errors.As(err, &unknown) || unknown.Key != "tokn" || unknown.Line != 1 {
		t.Errorf("%v is no *UnknownKeyError", err)
	}
}

// TestLimits: a file of hundreds of thousands of keys is no work of hands.
func TestLimits(t *testing.T) {
	t.Parallel()
	var long, unknown strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&long, "k%d: 1\n", i)
		if i < 1000 {
			fmt.Fprintf(&unknown, "k%d: 1\n", i)
		}
	}
	if _, _, err := parse(t, long.String()); err == nil || err.Error() != "f.yaml:50000: more than 100000 values" {
		t.Errorf("%.200v", err)
	}
	_, _, err := parse(t, unknown.String())
	if err == nil || strings.Count(err.Error(), "\n") != maxErrors || !strings.HasSuffix(err.Error(), "f.yaml:21: and more; the rest is not looked at") {
		t.Errorf("%v", err)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	top, err := Parse("f.yaml", []byte("- ' a '\n- 42\n- 2026-12-31\n- [a]\n-\n- ''\n"))
	if err != nil {
		t.Fatal(err)
	}
	items, ok := top.List()
	if !ok {
		t.Fatal("no list")
	}
	var got []string
	for _, v := range items {
		text, err := v.Text("!!timestamp")
		if err != nil {
			text = v.Errorf("%w", err).Error()
		}
		got = append(got, text)
	}
	want := []string{"a", "f.yaml:2: expected text; put 42 in quotes", "2026-12-31", "f.yaml:4: expected text", "f.yaml:5: it is empty", "f.yaml:6: it is empty"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := items[0].List(); ok {
		t.Error("a text is a list")
	}
	if _, _, ok := items[0].Mapping("key", nil); ok {
		t.Error("a text is a mapping")
	}
}

func TestJSONPairs(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"a: 1\nb: '1'\nc: x y\n":             `a=1 b="1" c="x y"`,
		"a: [1, x, [true, null]]\n":          `a=[1,"x",[true,null]]`,
		"a: {b: 1.5, c: {}}\n":               `a={"b":1.5,"c":{}}`,
		"a: 0x1F\nb: .5\nc: True\nd: ~\n":    `a="0x1F" b=".5" c=true d=null`,
		"a: 2026-01-02T03:04:05Z\nb: \"\"\n": `a="2026-01-02T03:04:05Z" b=""`,
		"- a\n":                              "expected names with values",
		"a: &x 1\nb: *x\n":                   "line 2: expected a value, a list or a mapping",
	} {
		top, err := Parse("f.yaml", []byte(data))
		if err != nil {
			t.Errorf("%q: %v", data, err)
			continue
		}
		pairs, err := top.JSONPairs()
		got := strings.Join(pairs, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", data, got, want)
		}
	}
}

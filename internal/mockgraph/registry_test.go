package mockgraph

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
)

func registry() []Behaviour { return slices.Concat(Faults(), Variants()) }

func TestRegistry(t *testing.T) {
	t.Parallel()
	faults, variants := Faults(), Variants()
	if len(faults) < 160 || len(variants) < 60 {
		t.Errorf("%d faults and %d variants; some were lost", len(faults), len(variants))
	}
	t.Logf("%d faults, %d variants", len(faults), len(variants))
	name, id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`), regexp.MustCompile(`^UPD-\d\d$`)
	seen, said := map[string]bool{}, map[string]string{}
	for _, b := range registry() {
		if !name.MatchString(b.Name) || seen[b.Name] {
			t.Errorf("the name %q is malformed, or not the only one", b.Name)
		}
		seen[b.Name] = true
		if !strings.HasSuffix(b.Summary, ".") || strings.Contains(b.Summary, "\n") || len(b.Summary) < 20 {
			t.Errorf("%s: the summary is no sentence: %q", b.Name, b.Summary)
		}
		if other := said[b.Summary]; other != "" {
			t.Errorf("%s and %s say the same", b.Name, other)
		}
		said[b.Summary] = b.Name
		if len(b.Touches) == 0 {
			t.Errorf("%s touches nothing", b.Name)
		}
		if (b.Kind == Fault) != (len(b.DetectedBy) > 0) {
			t.Errorf("%s: a %s detected by %v", b.Name, b.Kind, b.DetectedBy)
		}
		for _, n := range b.DetectedBy {
			if !id.MatchString(n) {
				t.Errorf("%s: %q is no id of a requirement", b.Name, n)
			}
		}
		if got, ok := FindBehaviour(b.Name); !ok || got.Summary != b.Summary {
			t.Errorf("FindBehaviour does not find %s", b.Name)
		}
	}
	if _, ok := FindBehaviour("no-such-fault"); ok {
		t.Error("found what is not there")
	}
	names := func() (out []string) {
		for _, b := range registry() {
			out = append(out, b.Name)
		}
		return out
	}
	if diff := cmp.Diff(names(), names()); diff != "" {
		t.Error(diff)
	}
}

func TestBehavioursRefused(t *testing.T) {
	t.Parallel()
	find := func(name string) Behaviour {
		b, ok := FindBehaviour(name)
		if !ok {
			t.Fatalf("no behaviour %s", name)
		}
		return b
	}
	op := widget()
	for name, tt := range map[string]struct {
		behaviours []Behaviour
		want       string
	}{
		"twice":          {[]Behaviour{find("status-201"), find("slow"), find("status-201")}, "status-201 is named twice"},
		"notApplicable":  {[]Behaviour{find("status-200")}, "the page does not promise 204"},
		"not registered": {[]Behaviour{{Name: "mine", Kind: Fault}}, `"mine" is not one of`},
	} {
		_, err := New(Config{Operations: []*contract.Operation{op}, Conventions: conventions(t), Token: token, Behaviours: tt.behaviours})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

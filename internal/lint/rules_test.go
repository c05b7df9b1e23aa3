package lint

import (
	"regexp"
	"strings"
	"testing"

	"graphpact/internal/contract"
	"graphpact/internal/sarif"
)

func TestRules(t *testing.T) {
	t.Parallel()
	rules := Rules()
	id := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for i, r := range rules {
		switch {
		case !id.MatchString(r.ID):
			t.Errorf("rule id %q", r.ID)
		case i > 0 && rules[i-1].ID >= r.ID:
			t.Errorf("%s is out of order, or twice", r.ID)
		case !strings.HasSuffix(r.Summary, ".") || r.Fix != "" && !strings.HasSuffix(r.Fix, "."):
			t.Errorf("%s: no sentence: %q, %q", r.ID, r.Summary, r.Fix)
		case (r.Kind == contract.Assumption) != (r.Level == sarif.Note):
			t.Errorf("%s: an %s at the level %s; assumptions are notes, and defects are more", r.ID, r.Kind, r.Level)
		}
	}
	if data, err := sarif.Document(sarif.Tool{Name: "graphpact"}, Catalogue(rules), nil); err != nil || !strings.Contains(string(data), "What to do: ") {
		t.Errorf("the catalogue as SARIF: %v", err)
	}
}

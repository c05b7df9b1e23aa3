package graphdoc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The parts of a broken cell keep their lines, styles and links.
func TestJoined(t *testing.T) {
	t.Parallel()
	part := func(line int, last string) prose {
		return prose{
			raw:   "a " + last,
			runs:  []run{{start: 0, end: 2, line: line}, {start: 2, end: 3, style: code, line: line}},
			links: []proseLink{{start: 2, end: 3, line: line, target: "t"}},
		}
	}
	p := joined([]prose{part(1, "b"), {}, part(2, "c")})
	want := Paragraph{
		Text:  Text{"a b a c", 1},
		Links: []Link{{Text{"b", 1}, "t"}, {Text{"c", 2}, "t"}},
	}
	if diff := cmp.Diff(want, p.paragraph()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for offset, line := range []int{1, 1, 1, 2, 2, 2, 2} {
		if got := p.lineAt(offset); got != line {
			t.Errorf("offset %d: line %d, want %d", offset, got, line)
		}
	}
	if p.runAt(6).style != code {
		t.Errorf("the last run has lost its style: %+v", p.runAt(6))
	}
}

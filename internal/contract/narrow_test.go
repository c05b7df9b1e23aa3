package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"graphpact/internal/edm"
)

func TestWithValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		property string
		given    []any
		want     []any
		problem  string
	}{
		{"label", []any{"a"}, []any{"a", "now-2"}, ""},
		{"label", []any{[]any{"a", "b"}}, []any{"a", "b"}, ""},
		{"label", []any{json.Number("1")}, nil, "a value for label: 1 is no String (gadget-update.md:21)"},
		{"label", []any{nil}, nil, "is no String"},
		{"mode", []any{"undocumented"}, []any{"undocumented", "on"}, ""},
		{"mode", []any{nil}, []any{nil, "on"}, ""},
		{"mode", []any{true}, nil, "is no gadgetMode"},
		{"tags", []any{[]any{"a", "b"}}, []any{[]any{"a", "b"}, []any{"graphpact"}}, ""},
		{"tags", []any{[]any{[]any{"a"}, []any{"b", "c"}}}, []any{[]any{"a"}, []any{"b", "c"}}, ""},
		{"tags", []any{[]any{json.Number("1")}}, nil, "is no String collection"},
		{"other", []any{"a"}, []any{}, ""},
	}
	for _, tt := range tests {
		o := operation(t, tidyPage())
		err := o.WithValues(map[string][]any{tt.property: tt.given})
		if tt.problem != "" {
			if err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("%s %v: error is %v", tt.property, tt.given, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %v: %v", tt.property, tt.given, err)
			continue
		}
		p, known := o.Property(tt.property)
		got := []any{}
		for _, v := range p.Values("now", 2) {
			got = append(got, v.JSON)
			if v.Origin == FromUser && !v.Vouched() {
				t.Error("nobody vouches for the user's value")
			}
		}
		if diff := cmp.Diff(tt.want, got); known && diff != "" {
			t.Errorf("%s %v: %s", tt.property, tt.given, diff)
		}
	}
	o := operation(t, tidyPage())
	o.Properties[1].ReadOnly = Fact[bool]{Value: true}
	if err := o.WithValues(map[string][]any{"label": {"a"}}); err == nil {
		t.Error("a value for a read-only property is taken")
	}
}

// TestGivenValues: where a value of the user is from, and what of it is the page's.
func TestGivenValues(t *testing.T) {
	t.Parallel()
	o := operation(t, tidyPage())
	before := operation(t, tidyPage())
	if err := o.WithValues(map[string][]any{"mode": {"off", "undocumented"}, "label": {"a"}}); err != nil {
		t.Fatal(err)
	}
	mode, _ := o.Property("mode")
	if first := mode.Named[0]; first.Origin != FromUser || !first.Vouched() {
		t.Errorf("a member of the enum: %+v", first)
	}
	second := mode.Named[1]
	if second.Origin != BeyondPage || second.Vouched() || !strings.Contains(second.From(), "beyond what the page allows (gadget-update.md:") {
		t.Errorf("no member of the enum: %+v, %s", second, second.From())
	}
	if !mode.canSet("undocumented") {
		t.Error("what the user says that the endpoint has cannot be restored")
	}
	if diff := cmp.Diff(before.Properties, o.OfPage().Properties, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("not the page alone: %s", diff)
	}
	if _, summary, _ := o.EnumFact("mode"); strings.Contains(summary, "undocumented") {
		t.Errorf("the page is said to say: %s", summary)
	}
	growing := &Operation{Properties: []Property{{Name: "mode", Listed: true, Type: Type{Enum: []Member{{Value: "on"}, {Value: "unknownFutureValue", Sentinel: true}}}}}}
	if err := growing.WithValues(map[string][]any{"mode": {"unknownFutureValue"}}); err == nil || !strings.Contains(err.Error(), "never one to set") {
		t.Errorf("the sentinel as a value: %v", err)
	}
	level := Property{Name: "level", Type: Type{Edm: edm.Int32}, Bounds: Bounds{Max: Fact[json.Number]{"100", Source{File: "p.md", Line: 3}}}}
	if v := level.given(json.Number("140")); v.Origin != BeyondPage {
		t.Errorf("beyond the bounds: %+v", v)
	}
}

func TestNarrow(t *testing.T) {
	t.Parallel()
	settable := func(o *Operation) (names []string) {
		for _, p := range o.Settable() {
			names = append(names, p.Name)
		}
		return names
	}
	o := operation(t, tidyPage())
	if left := o.Narrow([]string{"label"}, nil); !cmp.Equal(left, []string{"mode", "tags"}) || !cmp.Equal(settable(o), []string{"label"}) {
		t.Errorf("left out %v, settable %v", left, settable(o))
	}
	o = operation(t, tidyPage())
	o.Narrow(nil, []string{"mode"})
	if !cmp.Equal(settable(o), []string{"label", "tags"}) {
		t.Errorf("settable %v", settable(o))
	}
	data, err := ResponseSchema(o, conventions(t))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), "\"required\": [\n    \"label\"\n  ]") {
		t.Errorf("a property that is left out is still required:\n%s", data)
	}
	o.Properties[0].Role = RoleModified
	if _, ok := o.WithRole(RoleModified); ok {
		t.Error("a date that is left out has its role still")
	}
	if o.Narrow(nil, nil) != nil {
		t.Error("nothing is left out, and something is named")
	}
}

// TestRequestLine chooses among the request lines of a page.
func TestRequestLine(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	second := p.Requests[0]
	second.Path = text(11, "/me/gadget")
	p.Requests = append(p.Requests, second)
	for n, want := range map[int]string{0: "/gadgets/{gadgetId}", 1: "/gadgets/{gadgetId}", 2: "/me/gadget"} {
		o, err := FromRequestLine(p, conventions(t), n)
		if err != nil || o.Path.Template != want {
			t.Errorf("line %d: %v, %v", n, o, err)
		}
	}
	_, err := FromRequestLine(p, conventions(t), 3)
	const want = "docs/gadget-update.md: no request line 3; 1 is PATCH /gadgets/{gadgetId}, 2 is PATCH /me/gadget"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/graphdoc"
)

// bounded is a page with one property of the type and the limit.
func bounded(t *testing.T, kind string, collection bool, bounds ...graphdoc.Bound) (Property, *Operation) {
	t.Helper()
	p := tidyPage()
	r := row(p, "level")
	r.Type, r.Collection = text(29, kind), collection
	for i := range bounds {
		bounds[i].Text = text(29, "A limit.")
	}
	r.Bounds = bounds
	o := operation(t, p)
	property, _ := o.Property("level")
	return property, o
}

// TestInsideAndOutside: what is sent lies within the limits of the page, what is to be refused
// just outside, and the schema of the request draws the same line.
func TestInsideAndOutside(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, kind string
		collection bool
		bound      graphdoc.Bound
		outside    []string
	}{
		{"number", "Int32", false, graphdoc.Bound{Kind: graphdoc.BoundValue, Low: "4", High: "14"}, []string{"15", "3"}},
		{"an end of the type", "Int32", false, graphdoc.Bound{Kind: graphdoc.BoundValue, Low: "0", High: "2147483647"}, []string{"-1"}},
		{"list", "Int32", false, graphdoc.Bound{Kind: graphdoc.BoundList, Name: "0,2,5"}, []string{"6"}},
		{"length", "String", false, graphdoc.Bound{Kind: graphdoc.BoundLength, Low: "2", High: "4"}, []string{`"xxxxx"`, `"x"`}},
		{"code", "String", false, graphdoc.Bound{Kind: graphdoc.BoundCode, Low: "2", High: "2", Name: graphdoc.CodeCountry}, []string{`"XXX"`}},
		{"items", "String", true, graphdoc.Bound{Kind: graphdoc.BoundItems, High: "1"}, []string{`["graphpact","graphpactx"]`}},
		{"length of items", "String", true, graphdoc.Bound{Kind: graphdoc.BoundLength, High: "2"}, []string{`["xxx"]`}},
		{"form", "String", false, graphdoc.Bound{Kind: graphdoc.BoundFormat, Name: graphdoc.FormatURL}, nil},
		{"none", "String", false, graphdoc.Bound{Kind: graphdoc.BoundUnread}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, o := bounded(t, tt.kind, tt.collection, tt.bound)
			request := compiled(t, o, requestPart)
			refused := func(v any) bool {
				body, err := json.Marshal(map[string]any{"level": v})
				if err != nil {
					t.Fatal(err)
				}
				violations, err := request.Validate(body)
				if err != nil {
					t.Fatal(err)
				}
				return len(violations) > 0
			}
			var got []string
			for _, v := range p.Outside() {
				data, _ := json.Marshal(v.JSON)
				got = append(got, string(data))
				if !refused(v.JSON) {
					t.Errorf("the schema takes %s", data)
				}
				if v.Source.Line != 29 {
					t.Errorf("%s has the source %v", data, v.Source)
				}
			}
			if diff := cmp.Diff(tt.outside, got); diff != "" {
				t.Error(diff)
			}
			inside := p.Values(nil, 3)
			if len(inside) == 0 {
				t.Error("no value within the limits")
			}
			if tt.name == "form" && inside[0].JSON != "https://example.com/graphpact" {
				t.Errorf("a URL is %v", inside[0].JSON)
			}
			for _, v := range inside {
				if refused(v.JSON) {
					t.Errorf("the schema refuses %v", v.JSON)
				}
			}
		})
	}
}

// TestOutsideInTime: a moment that must lie ahead is refused in the past, and the other way.
func TestOutsideInTime(t *testing.T) {
	t.Parallel()
	for kind, want := range map[graphdoc.BoundKind]string{graphdoc.BoundFuture: "2001-02-03", graphdoc.BoundPast: "2099-02-03"} {
		p, _ := bounded(t, "Date", false, graphdoc.Bound{Kind: kind})
		if got := p.Outside(); len(got) != 1 || fmt.Sprint(got[0].JSON) != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}

// TestLongLists: a list of one item too many has it in whatever time the limit takes, and its
// items differ as far as that is cheap.
func TestLongLists(t *testing.T) {
	t.Parallel()
	p, _ := bounded(t, "String", true, graphdoc.Bound{Kind: graphdoc.BoundItems, Low: "1", High: "5000"})
	v, ok := p.OutsideOf("maxItems")
	items, _ := v.JSON.([]any)
	if !ok || len(items) != 5001 || v.States != "at most 5000 items" {
		t.Errorf("%d items, %q, %v", len(items), v.States, ok)
	}
	if items[0] == items[1] || items[0] != items[distinctItems] {
		t.Errorf("the items are %v and %v", items[0], items[distinctItems])
	}
	if none, ok := p.OutsideOf("minItems"); !ok || len(none.JSON.([]any)) != 0 {
		t.Errorf("%+v", none)
	}
	if _, ok := p.OutsideOf("maximum"); ok {
		t.Error("a limit that the page does not state")
	}
}

// TestOwnValueOutside: what the entity has outside of the limits of the page may be refused when it
// is restored, so it is not overwritten.
func TestOwnValueOutside(t *testing.T) {
	t.Parallel()
	_, o := bounded(t, "Int32", false, graphdoc.Bound{Kind: graphdoc.BoundValue, Low: "4", High: "14"})
	for value, fixed := range map[string]bool{"4": false, "14": false, "15": true, "3": true} {
		state := map[string]any{}
		for _, p := range o.Settable() {
			v, _ := p.Other(nil)
			state[p.Name] = v
		}
		state["level"] = json.Number(value)
		if got := slices.Contains(o.CannotRestore(state), "level"); got != fixed {
			t.Errorf("%s: %v, want %v", value, got, fixed)
		}
	}
}

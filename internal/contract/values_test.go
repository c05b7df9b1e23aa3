package contract

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// judge compiles the request schema of an Operation and tells whether a value is
// legal for a property.
func judge(t testing.TB, o *Operation) func(name string, value any) []schema.Violation {
	t.Helper()
	data, err := RequestSchema(o, conventions(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Compile("request", data)
	if err != nil {
		t.Fatal(err)
	}
	return func(name string, value any) []schema.Violation {
		doc, err := json.Marshal(map[string]any{name: value})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v, err := s.Validate(doc)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		return v
	}
}

// TestValuesOfEachType sets each property of the widget page to one value after the
// other: each is legal by the schema and differs from the one before; the wrong
// ones are not legal.
func TestValuesOfEachType(t *testing.T) {
	t.Parallel()
	o := parsed(t, widgetPage)
	violations := judge(t, o)
	without := map[string]bool{"photo": true, "size": true, "maker": true}
	for _, p := range o.Properties {
		if !p.Listed {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			var current any
			for range 4 {
				next, ok := p.Other(current)
				if ok == without[p.Name] {
					t.Fatalf("Other(%v) is %v, %v", current, next, ok)
				}
				if !ok {
					return
				}
				if schema.Equal(current, next) {
					t.Fatalf("Other(%v) is the same", current)
				}
				if v := violations(p.Name, next); v != nil {
					t.Fatalf("Other(%v) is not legal: %v", current, v)
				}
				current = decoded(t, next)
			}
		})
		if wrong, ok := p.WrongType(); ok {
			if v := violations(p.Name, wrong); len(v) == 0 {
				t.Errorf("%s: the wrong type %v is legal", p.Name, wrong)
			}
		} else if p.Name != "photo" && p.Name != "maker" {
			t.Errorf("%s: no value of a wrong type", p.Name)
		}
		for name, value := range map[string]func() (string, bool){"undocumented": p.Undocumented, "wrong case": func() (string, bool) { return p.WrongCase(nil) }} {
			s, ok := value()
			if ok != p.Type.IsEnum() {
				t.Errorf("%s: %s is %q, %v", p.Name, name, s, ok)
			}
			wrapped := any(s)
			if p.Type.Collection {
				wrapped = []any{s}
			}
			if ok && len(violations(p.Name, wrapped)) == 0 {
				t.Errorf("%s: the %s value %q is legal", p.Name, name, s)
			}
		}
	}
}

// decoded gives a value as it comes back from a server, so that a test does not
// live on Go types.
func decoded(t testing.TB, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := schema.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func typed(edmType string) Property {
	return Property{Name: "x", Listed: true, Type: Type{Edm: edmType}}
}

func TestOther(t *testing.T) {
	t.Parallel()
	mode := Property{Name: "mode", Type: Type{Enum: []Member{{Value: "on"}, {Value: "off"}, {Value: "unknownFutureValue", Sentinel: true}, {Value: "late", Beyond: true}}}}
	modes := mode
	modes.Type.Collection = true
	single := Property{Type: Type{Enum: []Member{{Value: "on"}, {Value: "unknownFutureValue", Sentinel: true}}}}
	tags := typed(edm.String)
	tags.Type.Collection = true
	tests := []struct {
		p       Property
		current any
		want    any
	}{
		{mode, nil, "on"}, {mode, "on", "off"}, {mode, "off", "on"}, {mode, "unknownFutureValue", "on"}, {mode, 1.0, "on"},
		{single, "unknownFutureValue", "on"}, {single, "on", nil},
		{modes, []any{"on"}, []any{"off"}}, {modes, []any{"on", "off"}, []any{"off"}}, {modes, nil, []any{"on"}}, {modes, []any{}, []any{"on"}},
		{tags, []any{"a"}, []any{"a-2"}},
		{typed(edm.String), nil, "graphpact"}, {typed(edm.String), "a", "a-2"}, {typed(edm.String), "a-2", "a"}, {typed(edm.String), "-2", "-2-2"},
		{typed(edm.String), strings.Repeat("a", 61), "graphpact"}, {typed(edm.String), "graphpact", "graphpact-2"},
		{typed(edm.Boolean), true, false}, {typed(edm.Boolean), false, true}, {typed(edm.Boolean), nil, true},
		{typed(edm.Byte), json.Number("255"), json.Number("254")}, {typed(edm.Byte), json.Number("7"), json.Number("6")}, {typed(edm.Byte), json.Number("6"), json.Number("7")},
		{typed(edm.Byte), json.Number("-9"), json.Number("0")},
		{typed(edm.Int32), 2147483647.0, json.Number("2147483646")}, {typed(edm.Int32), nil, json.Number("1")},
		{typed(edm.Int64), json.Number("9223372036854775807"), json.Number("9223372036854775806")},
		{typed(edm.Int64), json.Number("9007199254740992"), json.Number("9007199254740993")},
		{typed(edm.Double), json.Number("1.5"), json.Number("0.5")}, {typed(edm.Double), json.Number("0.5"), json.Number("1.5")}, {typed(edm.Double), json.Number("1e300"), json.Number("1")},
		{typed(edm.Double), "INF", json.Number("1")}, {typed(edm.Double), json.Number("0.0000001"), json.Number("1.0000001")},
		{typed(edm.DateTimeOffset), nil, "2024-02-03T04:05:06Z"}, {typed(edm.DateTimeOffset), "2024-02-03T05:05:06.000+01:00", "2024-02-04T04:05:06Z"},
		{typed(edm.DateTimeOffset), "2024-02-04T04:05:06Z", "2024-02-03T04:05:06Z"},
		{typed(edm.GUID), "6F9619FF-8B86-4011-B42D-00C04FC964FF", "7c4a8d09-ca37-4d21-9a5e-1f0c2b3d4e5f"},
		{typed(edm.Stream), nil, nil}, {typed(""), "a", nil},
		{Property{Type: Type{Shape: "object"}}, map[string]any{}, nil},
	}
	for _, tt := range tests {
		got, ok := tt.p.Other(tt.current)
		if diff := cmp.Diff(tt.want, got); diff != "" || ok != (tt.want != nil) {
			t.Errorf("%s %v: Other(%#v) = %#v, %v; want %#v", tt.p.Type.Edm, tt.p.Type.Enum, tt.current, got, ok, tt.want)
		}
	}
}

func TestOtherNeverRepeatsANumber(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, edmType := range []string{edm.Double, edm.Decimal, edm.Single, edm.Int64} {
		for range 500 {
			f := (random.Float64() - 0.5) * float64(uint64(1)<<random.IntN(60))
			if edmType == edm.Int64 {
				f = float64(int64(f))
			}
			for _, current := range []any{f, json.Number(fmt.Sprint(f))} {
				next, ok := typed(edmType).Other(current)
				if n, isNumber := next.(json.Number); !ok || !isNumber || schema.Equal(current, next) || !json.Valid([]byte(n)) {
					t.Fatalf("%s: Other(%v) = %v", edmType, current, next)
				}
			}
		}
	}
}

func TestUndocumentedAndWrongCase(t *testing.T) {
	t.Parallel()
	p := Property{Type: Type{Enum: []Member{{Value: "GRAPHPACTundocumented"}, {Value: "graphpactUndocumentedX"}}}}
	if got, _ := p.Undocumented(); got != "graphpactUndocumentedXX" {
		t.Errorf("undocumented is %q", got)
	}
	p = Property{Type: Type{Enum: []Member{{Value: "7"}, {Value: "ON"}, {Value: "on"}, {Value: "On"}}}}
	if got, ok := p.WrongCase(nil); !ok || got != "oN" {
		t.Errorf("wrong case is %q, %v", got, ok)
	}
	p = Property{Type: Type{Enum: []Member{{Value: "7"}, {Value: "late", Beyond: true}}}}
	if got, ok := p.WrongCase(nil); ok {
		t.Errorf("wrong case is %q, of a member that cannot be set", got)
	}
	p = Property{Type: Type{Enum: []Member{{Value: "off"}, {Value: "on"}}}}
	if got, _ := p.WrongCase("off"); got != "ON" || p.MemberFor(got) != "on" {
		t.Errorf("beside the current off: %q, which means %q", got, p.MemberFor(got))
	}
	if got, _ := p.WrongCase("on"); got != "OFF" || p.MemberFor("neither") != "neither" {
		t.Errorf("beside the current on: %q", got)
	}
}

func TestSentinel(t *testing.T) {
	t.Parallel()
	p, _ := parsed(t, widgetPage).Property("colour")
	if got, ok := p.Sentinel(); !ok || got != "unknownFutureValue" {
		t.Errorf("sentinel is %q, %v", got, ok)
	}
	if got, ok := typed(edm.String).Sentinel(); ok {
		t.Errorf("a String has the sentinel %q", got)
	}
}

func TestForged(t *testing.T) {
	t.Parallel()
	key := Property{Role: RoleKey, Type: Type{Edm: edm.String}}
	created := Property{Role: RoleCreated, Type: Type{Edm: edm.DateTimeOffset}}
	readOnly := Property{Listed: true, Type: Type{Edm: edm.Int32}, ReadOnly: Fact[bool]{Value: true}}
	tests := []struct {
		p             Property
		current, want any
	}{
		{key, "8494143d-f4b6-4a28-c7e8-cecb4603ff89", "9505254e-a5c7-5b39-d8f9-dfdc5714aa90"},
		{key, "AF-Zz9", "BG-Aa0"}, {key, "-", "-x"}, {key, "", "x"}, {key, nil, "x"},
		{created, "2024-01-01T00:00:00Z", "2001-02-03T04:05:06Z"}, {created, nil, "2001-02-03T04:05:06Z"},
		{created, "2001-02-03T04:05:06.000Z", "2002-03-04T05:06:07Z"},
		{readOnly, json.Number("4"), json.Number("5")},
		{typed(edm.String), "a", nil},
	}
	for _, tt := range tests {
		got, ok := tt.p.Forged(tt.current)
		if !schema.Equal(got, tt.want) || ok != (tt.want != nil) || ok && schema.Equal(got, tt.current) {
			t.Errorf("Forged(%v) = %v, %v; want %v", tt.current, got, ok, tt.want)
		}
	}
}

func TestRestoreBody(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	row(p, "mode").Enum = []graphdoc.Text{text(20, "on"), text(20, "off"), text(20, "unknownFutureValue"), text(20, "late")}
	row(p, "modes").Collection, row(p, "modes").Enum = true, []graphdoc.Text{text(29, "a"), text(29, "b")}
	row(p, "createdDateTime").Type = text(29, "DateTimeOffset")
	row(p, "count").Type = text(29, "Int32")
	o := operation(t, p)
	type doc = map[string]any
	tests := []struct {
		name              string
		original, current doc
		body              doc
		unsettable        []string
	}{
		{"nothing changed", doc{"mode": "on", "tags": []any{"a"}}, doc{"mode": "on", "tags": []any{"a"}}, doc{}, nil},
		{"changed", doc{"mode": "on", "label": "a", "tags": []any{"a"}}, doc{"mode": "off", "label": "b", "tags": []any{}},
			doc{"mode": "on", "label": "a", "tags": []any{"a"}}, nil},
		{"null", doc{"mode": nil}, doc{"mode": "on"}, doc{"mode": nil}, nil},
		{"null where Required", doc{"label": nil}, doc{"label": "a"}, doc{}, []string{"label"}},
		{"lost", doc{"label": "a"}, doc{}, doc{"label": "a"}, nil},
		{"not there before", doc{}, doc{"label": "a"}, doc{}, []string{"label"}},
		{"sentinel", doc{"mode": "unknownFutureValue"}, doc{"mode": "on"}, doc{}, []string{"mode"}},
		{"beyond the sentinel", doc{"mode": "late"}, doc{"mode": "on"}, doc{}, []string{"mode"}},
		{"undocumented", doc{"mode": "other", "label": "a"}, doc{"mode": "on", "label": "b"}, doc{"label": "a"}, []string{"mode"}},
		{"collection of an enum", doc{"modes": []any{"a", "b"}}, doc{"modes": []any{}}, doc{"modes": []any{"a", "b"}}, nil},
		{"collection with an undocumented member", doc{"modes": []any{"a", "c"}}, doc{"modes": []any{}}, doc{}, []string{"modes"}},
		{"numbers by value", doc{"count": json.Number("1")}, doc{"count": 1.0}, doc{}, nil},
		{"what the page does not name is left alone", doc{"other": 1.0}, doc{"other": 2.0}, doc{}, nil},
		{"a date of creation is never set", doc{"createdDateTime": "2024-01-01T00:00:00Z"}, doc{"createdDateTime": "2001-01-01T00:00:00Z"}, doc{}, []string{"createdDateTime"}},
		{"the same moment in another form", doc{"createdDateTime": "2024-01-01T00:00:00Z"}, doc{"createdDateTime": "2024-01-01T01:00:00.0+01:00"}, doc{}, nil},
	}
	for _, tt := range tests {
		body, unsettable := o.RestoreBody(tt.original, tt.current)
		if diff := cmp.Diff(tt.body, body); diff != "" {
			t.Errorf("%s: body: %s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.unsettable, unsettable); diff != "" {
			t.Errorf("%s: unsettable: %s", tt.name, diff)
		}
	}
}

func TestCannotRestore(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	row(p, "mode").Enum = []graphdoc.Text{text(20, "on"), text(20, "off"), text(20, "unknownFutureValue")}
	o := operation(t, p)
	state := map[string]any{}
	for _, p := range o.Settable() {
		state[p.Name], _ = p.Other(nil)
	}
	if got := o.CannotRestore(state); got != nil {
		t.Errorf("a state of settable values cannot be restored: %v", got)
	}
	state["mode"] = "unknownFutureValue"
	delete(state, "label")
	got := o.CannotRestore(state)
	slices.Sort(got)
	number := &Operation{Properties: []Property{{Name: "size", Listed: true, Type: Type{Name: "Int64", Edm: "Edm.Int64"}}}}
	if text := number.CannotRestore(map[string]any{"size": "7"}); len(text) != 1 {
		t.Error("a text in the place of a number may be refused when it is sent back")
	}
	if same := number.CannotRestore(map[string]any{"size": json.Number("7")}); same != nil {
		t.Errorf("a number cannot be restored: %v", same)
	}
	if diff := cmp.Diff([]string{"label", "mode"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	enum := Property{Type: Type{Enum: []Member{{Value: "a"}, {Value: "b"}, {Value: "c"}, {Value: "z", Sentinel: true}}}}
	for name, tt := range map[string]struct {
		p       Property
		current any
		want    []any
	}{
		"enum":             {enum, "b", []any{"a", "c"}},
		"string":           {Property{Type: Type{Edm: edm.String}}, "abc", []any{"abc-2", "abc-2x"}},
		"empty string":     {Property{Type: Type{Edm: edm.String}}, nil, []any{"graphpact", "graphpactx"}},
		"boolean":          {Property{Type: Type{Edm: edm.Boolean}}, true, []any{false}},
		"number":           {Property{Type: Type{Edm: "Edm.Int32"}}, json.Number("4"), []any{json.Number("5"), json.Number("6")}},
		"structured":       {Property{Type: Type{Name: "microsoft.graph.shade"}}, nil, nil},
		"moment":           {Property{Type: Type{Edm: edm.DateTimeOffset}}, nil, []any{"2024-02-03T04:05:06Z", "2024-02-04T05:06:07Z"}},
		"another moment":   {Property{Type: Type{Edm: edm.DateTimeOffset}}, "2024-02-03T04:05:06+00:00", []any{"2024-02-04T04:05:06Z", "2024-02-05T04:05:06Z"}},
		"enum, one member": {Property{Type: Type{Enum: []Member{{Value: "a"}}}}, "a", nil},
	} {
		if diff := cmp.Diff(tt.want, others(tt.p, tt.current, 2)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	moment, id := Property{Type: Type{Edm: edm.DateTimeOffset}}, Property{Type: Type{Edm: edm.GUID}}
	if !moment.Same("2024-01-01T00:00:00Z", "2024-01-01T01:00:00.000+01:00") || moment.Same("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.1Z") {
		t.Error("moments are not compared as moments")
	}
	if moment.Same("yesterday", "Yesterday") || moment.Same(nil, "2024-01-01T00:00:00Z") || !moment.Same(nil, nil) {
		t.Error("what is no moment is compared as one")
	}
	if !id.Same("6F9619FF-8B86-4011-B42D-00C04FC964FF", "6f9619ff-8b86-4011-b42d-00c04fc964ff") {
		t.Error("a Guid has a letter case")
	}
	long := strings.Repeat("long ", 100)
	list := func(items ...any) []any { return items }
	words := Property{Type: Type{Edm: edm.String, Collection: true}}
	for _, tc := range []struct {
		p    Property
		a, b any
		want bool
	}{
		{words, list("a", "b", "a"), list("b", "a", "a"), true},
		{words, list("a", "b", "a"), list("b", "a", "b"), false},
		{words, list("a"), list("a", "a"), false},
		{words, list("a"), "a", false},
		{words, list(), nil, false},
		{Property{Type: Type{Edm: edm.String}}, list("a", "b"), list("b", "a"), false}, // no collection on the page
		{Property{Type: Type{Edm: edm.GUID, Collection: true}}, list("AB", "cd"), list("CD", "ab"), true},
		{Property{Type: Type{Edm: edm.DateTimeOffset, Collection: true}}, list("2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z"),
			list("2024-01-01T01:00:01+01:00", "2024-01-01T00:00:00.000Z"), true},
		{Property{Type: Type{Shape: "object", Collection: true}}, list(map[string]any{"x": long + "1"}, map[string]any{"x": long + "2"}),
			list(map[string]any{"x": long + "2"}, map[string]any{"x": long + "1"}), true},
	} {
		if got := tc.p.Same(tc.a, tc.b); got != tc.want {
			t.Errorf("%v and %v: the same is %v", tc.a, tc.b, got)
		}
	}
	if (Property{Type: Type{Edm: edm.String}}).Same("a", "A") {
		t.Error("a text has none")
	}
}

// others gives Values as decoded JSON.
func others(p Property, current any, n int) []any {
	var out []any
	for _, v := range p.Values(current, n) {
		out = append(out, v.JSON)
	}
	return out
}

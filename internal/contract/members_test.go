package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plain is an object of two texts and a count, of which the server sets one.
func plainObject(description string) Property {
	text := func(name string) Property {
		return Property{Name: name, Listed: true, Type: Type{Name: "String", Edm: "Edm.String"}}
	}
	serial := text("serial")
	serial.ReadOnly = Fact[bool]{Value: true}
	count := Property{Name: "count", Listed: true, Type: Type{Name: "Int32", Edm: "Edm.Int32"}}
	kind := &Structure{Name: "example.box", Properties: []Property{text("lid"), count, serial, text("passcode")}}
	derived := &Structure{Name: "example.crate", Properties: append([]Property{text("handle")}, kind.Properties...)}
	kind.Derived = []*Structure{derived}
	return Property{Name: "box", Listed: true, Description: description, Type: Type{Name: "example.box", Structure: kind}}
}

func secret(name string) (string, bool) { return "it is a secret", name == "passcode" }

func TestOneMember(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	for name, tt := range map[string]struct {
		now    any
		object m
		rest   m
	}{
		"first that has a value":  {m{"lid": nil, "count": json.Number("4"), "passcode": "p"}, m{"count": json.Number("5")}, m{"passcode": "p"}},
		"the type goes along":     {m{"@odata.type": "#example.crate", "handle": "h", "lid": "l"}, m{"@odata.type": "#example.crate", "handle": "h-2"}, m{"lid": "l"}},
		"none beside":             {m{"lid": "l", "count": nil}, nil, nil},
		"the server's beside":     {m{"lid": "l", "serial": "s"}, nil, nil},
		"a secret alone":          {m{"passcode": "p", "serial": "s"}, nil, nil},
		"an unknown one beside":   {m{"lid": "l", "extra": "e"}, nil, nil},
		"no object":               {nil, nil, nil},
		"an unknown type as well": {m{"@odata.type": "#example.other", "lid": "l", "count": json.Number("3")}, m{"@odata.type": "#example.other", "lid": "l-2"}, m{"count": json.Number("3")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plainObject("A box.")
			object, member, ok := p.OneMember(tt.now, secret)
			if diff := cmp.Diff(tt.object, object); diff != "" || ok != (tt.object != nil) {
				t.Errorf("%v (-want +got)\n%s", ok, diff)
			}
			if !ok {
				return
			}
			if diff := cmp.Diff(tt.rest, p.RestOf(tt.now.(m), member)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestHasMembers: a page that says that an update replaces the object is taken at its word.
func TestHasMembers(t *testing.T) {
	t.Parallel()
	for description, want := range map[string]bool{
		"A box.": true, "The box of the replacement part is here.": false, // wary is right
		"The value replaces the present box.": false, "Include all members of the box.": false,
		"All members must be specified.": false, "This overwrites what is there.": false,
		"Every box has a lid.": true,
	} {
		if got := plainObject(description).HasMembers(); got != want {
			t.Errorf("%q: %v", description, got)
		}
	}
	list := plainObject("")
	list.Type.Collection = true
	entity := plainObject("")
	entity.Type.Structure.Entity = true
	for name, p := range map[string]Property{"list": list, "entity": entity, "unknown": {Type: Type{Name: "box"}}} {
		if p.HasMembers() {
			t.Errorf("%s has members that an update can name", name)
		}
	}
}

// TestKept: what an update has set is there afterwards, but for what the server sets and what hides
// itself.
func TestKept(t *testing.T) {
	t.Parallel()
	box, list := plainObject(""), plainObject("")
	list.Name, list.Type.Collection = "boxes", true
	op := &Operation{Properties: []Property{box, list, {Name: "passcode", Listed: true, Type: Type{Shape: "object"}}, {Name: "name", Listed: true}}}
	sent := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(`{"box":{"@odata.type":"#example.crate","handle":"h","lid":null,"serial":"s","passcode":"p","more":{"a":[1]}},
		"boxes":[{"lid":"l","serial":"s"},{"count":1}],"passcode":{"a":1},"name":"n","other":{"a":1}}`))
	if err := dec.Decode(&sent); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(op.Kept(sent, secret))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"box":{"handle":"h","more":{"a":[1]}},"boxes":[{"lid":"l"},{"count":1}]}`; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

package harness

import (
	"bytes"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/edm"
	"graphpact/internal/schema"
	"graphpact/schemas/schematest"
)

// TestSchemasMeanTheContract generates values for each property of each page, right ones and
// mutated ones. Two validators, that of the product and one that knows nothing of it and has
// formats of its own, must take what the contract allows and refuse what it does not.
func TestSchemasMeanTheContract(t *testing.T) {
	t.Parallel()
	for name, pages := range map[string][]string{
		"own":    {"../../fixtures/docs", "../contract/testdata", "../graphdoc/testdata/dialect"},
		"corpus": {"../../../shared/docs/corpus", "../../../shared/docs/corpus-2026", "../../../shared/docs/industrydata"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat(pages[0]); err != nil {
				t.Skip("../shared/docs is absent: the pages of Microsoft are not part of the project")
			}
			conv, err := convention.Load()
			if err != nil {
				t.Fatal(err)
			}
			var all meant
			err = ReadPages(t.Context(), pages, Reading{}, func(p *PageRead) error {
				if p.Operation == nil {
					return nil
				}
				files, err := contract.Schemas(p.Operation, conv)
				if err != nil {
					return err
				}
				sent := all.opinions(t, filepath.Base(p.Path)+" request", files[0].Data)
				answered := all.opinions(t, filepath.Base(p.Path)+" response", files[1].Data)
				for _, q := range p.Operation.Properties {
					if q.Type.Edm == edm.Stream {
						continue // no part of a JSON body
					}
					if q.Listed {
						sent.property(q, true)
					}
					answered.property(q, false)
				}
				sent.mixed()
				answered.mixed()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d schemas, %d documents taken, %d refused", all.schemas, all.taken, all.refused)
			if all.schemas < 10 || all.taken < 400 || all.refused < 400 {
				t.Errorf("the generator is too tame: %d schemas, %d documents taken, %d refused", all.schemas, all.taken, all.refused)
			}
		})
	}
}

// meant counts what was judged.
type meant struct{ schemas, taken, refused int }

// opinions are those of two validators on one schema.
type opinions struct {
	t      *testing.T
	name   string
	ours   *schema.Schema
	theirs *jsonschema.Schema
	count  *meant
	// members are the values that were tried, as members of an object, by property.
	members map[string][]string
}

// opinions compiles a schema twice, without the demand for properties: each is judged alone.
func (m *meant) opinions(t *testing.T, name string, data []byte) *opinions {
	t.Helper()
	var root map[string]any
	exact := json.NewDecoder(bytes.NewReader(data))
	exact.UseNumber() // the ends of Edm.Int64 are no float64
	if err := exact.Decode(&root); err != nil {
		t.Fatal(err)
	}
	delete(root, "required")
	if sources, ok := root[schema.SourceKeyword].(map[string]any); ok {
		delete(sources, "required")
	}
	data, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := schema.Compile(name, data)
	if err != nil {
		t.Fatal(err)
	}
	theirs := schematest.CompileData(t, "derived.schema.json", data)
	m.schemas++
	return &opinions{t: t, name: name, ours: ours, theirs: theirs, count: m, members: map[string][]string{}}
}

// judge gives the verdict of both on a document; it fails the test where they differ.
func (o *opinions) judge(doc string) bool {
	o.t.Helper()
	found, err := o.ours.Validate([]byte(doc))
	if err != nil {
		o.t.Fatalf("%s: %s: %v", o.name, doc, err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err != nil {
		o.t.Fatalf("%s: %s: %v", o.name, doc, err)
	}
	second := o.theirs.Validate(value)
	if (len(found) == 0) != (second == nil) {
		o.t.Errorf("%s: %s: ours %+v, the other %v", o.name, doc, found, second)
	}
	if len(found) == 0 {
		o.count.taken++
	} else {
		o.count.refused++
	}
	return len(found) == 0
}

// want judges a value of a property.
func (o *opinions) want(legal bool, p *contract.Property, what string, value any) {
	o.t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		o.t.Fatal(err)
	}
	name, err := json.Marshal(p.Name)
	if err != nil {
		o.t.Fatal(err)
	}
	member := string(name) + ":" + string(text)
	o.members[p.Name] = append(o.members[p.Name], member)
	if got := o.judge("{" + member + "}"); got != legal {
		o.t.Errorf("%s: %s, %s: {%s} is taken: %v (%s)", o.name, p.Name, what, member, got, p.Source.Short())
	}
}

// property judges the values of a property, sent or answered.
func (o *opinions) property(p contract.Property, sent bool) {
	o.t.Helper()
	one := func(v any) any { return v }
	if p.Type.Collection {
		n := max(p.Bounds.MinItems.Value, 1)
		one = func(v any) any { return slices.Repeat([]any{v}, n) }
	}
	for _, v := range p.Values(nil, 3) {
		o.want(true, &p, "a value to send", v.JSON)
	}
	o.want(p.Role != contract.RoleKey && p.Nullable.Value != contract.NullableNo, &p, "null", nil)
	if v, known := p.WrongType(); known {
		o.want(false, &p, "the wrong type", one(v))
		o.want(false, &p, "the wrong type, as a list or alone", unlisted(&p, v))
	}
	known := p.Type.Edm != "" || p.Type.IsEnum()
	if p.Type.Collection && known {
		o.want(!sent || p.Bounds.MinItems.Value == 0, &p, "an empty list", []any{})
		if most := p.Bounds.MaxItems; sent && most.Value > 0 && most.Value < 1000 {
			for _, v := range p.Values(nil, 1) {
				if list, isList := v.JSON.([]any); isList && len(list) > 0 {
					o.want(false, &p, "too many items", slices.Repeat(list[:1], most.Value+1))
				}
			}
		}
	}
	switch {
	case p.Type.IsEnum():
		o.enum(&p, sent, one)
	case p.Type.Edm == edm.DateTimeOffset:
		for _, bad := range []string{"2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-02-03", "12:00:00", "yesterday", ""} {
			o.want(false, &p, "no moment", one(bad))
		}
		o.want(true, &p, "a moment with an offset and fractions", one("2024-02-29T23:59:59.1234567+05:30"))
	case p.Type.Edm == edm.Date:
		for _, bad := range []string{"2023-02-29", "2024-2-3", "2024-02-03T00:00:00Z", ""} {
			o.want(false, &p, "no date", one(bad))
		}
	case p.Type.Edm == edm.Duration, p.Type.Edm == edm.TimeOfDay:
		for _, bad := range []string{"1 day", "25:00", "P", ""} {
			o.want(false, &p, "no time", one(bad))
		}
	case p.Type.Structure != nil:
		for _, q := range p.Type.Structure.Properties {
			if sent && q.ServerSet() {
				continue // what is sent of it is ignored
			}
			if v, known := q.WrongType(); known {
				o.want(false, &p, "a part of the wrong type", one(map[string]any{q.Name: v}))
			}
			for _, v := range q.Values(nil, 1) {
				o.want(true, &p, "a part", one(map[string]any{q.Name: v.JSON}))
			}
		}
	case p.Type.Edm == edm.GUID:
		o.want(false, &p, "no GUID", one("8f14e45f-ceea-467f-a8d1"))
	case p.Type.Edm == edm.String:
		o.text(&p, sent, one)
	default:
		o.number(&p, sent, one)
	}
}

// unlisted is a list for a property that has one value, and a value for one that has a list.
func unlisted(p *contract.Property, wrong any) any {
	if p.Type.Collection {
		return "graphpact"
	}
	return []any{wrong}
}

// enum judges the members, and what is none.
func (o *opinions) enum(p *contract.Property, sent bool, one func(any) any) {
	o.t.Helper()
	none, _ := p.Undocumented()
	o.want(false, p, "no member", one(none))
	settable := p.Type.SettableMembers()
	for _, m := range p.Type.Enum {
		legal := !sent || slices.Contains(settable, m)
		if len(settable) == 0 && sent {
			continue // every member is a sentinel or beyond one
		}
		o.want(legal, p, "a member", one(m.Value))
		if p.Flags.Value {
			o.want(false, p, "a member and none", one(m.Value+","+none))
		}
	}
	if p.Flags.Value && len(settable) > 1 {
		o.want(true, p, "two members", one(settable[0].Value+", "+settable[1].Value))
	}
}

// text judges the length of a text. What is answered need not keep the bounds of the page.
func (o *opinions) text(p *contract.Property, sent bool, one func(any) any) {
	o.t.Helper()
	b := p.Bounds
	if b.Letters > 0 {
		o.want(!sent, p, "too many letters", one(strings.Repeat("A", b.Letters+1)))
		o.want(!sent, p, "a digit in a code", one(strings.Repeat("1", b.Letters)))
		return
	}
	if most := b.MaxLength; most.Value > 0 && most.Value < 10_000 {
		o.want(true, p, "the longest text", one(strings.Repeat("ü", most.Value)))
		o.want(!sent, p, "a text that is too long", one(strings.Repeat("ü", most.Value+1)))
	}
	if least := b.MinLength; least.Value > 0 && p.Role != contract.RoleKey {
		o.want(!sent, p, "a text that is too short", one(strings.Repeat("x", least.Value-1)))
	}
	if p.Role == contract.RoleKey {
		o.want(false, p, "an empty key", one(""))
	}
}

// number judges the ends of the type, and those of the page.
func (o *opinions) number(p *contract.Property, sent bool, one func(any) any) {
	o.t.Helper()
	b := p.Bounds
	ends := map[string][2]string{
		edm.Byte: {"-1", "256"}, edm.SByte: {"-129", "128"}, edm.Int16: {"-32769", "32768"},
		edm.Int32: {"-2147483649", "2147483648"}, edm.Int64: {"-9223372036854775809", "9223372036854775808"},
	}
	if end, whole := ends[p.Type.Edm]; whole {
		for _, v := range end {
			if sent || b.Listed.Value == "" {
				o.want(false, p, "beyond the type", one(json.Number(v)))
			}
		}
		o.want(false, p, "a fraction", one(json.Number("1.5")))
	}
	if _, isNumber := ends[p.Type.Edm]; !isNumber && p.Type.Edm != edm.Double && p.Type.Edm != edm.Single && p.Type.Edm != edm.Decimal {
		return
	}
	if p.Type.Edm == edm.Double || p.Type.Edm == edm.Single {
		o.want(true, p, "no finite number", one("-INF"))
		o.want(false, p, "a text that is no number", one("1.5"))
	}
	for end, step := range map[json.Number]int64{b.Min.Value: -1, b.Max.Value: 1} {
		n, ok := new(big.Int).SetString(string(end), 10)
		if !ok || b.Listed.Value != "" {
			continue
		}
		o.want(true, p, "the end itself", one(end))
		past := new(big.Int).Add(n, big.NewInt(step)).String()
		if limits, whole := ends[p.Type.Edm]; !whole || !slices.Contains(limits[:], past) {
			o.want(!sent, p, "past the end", one(json.Number(past)))
		}
	}
	if sent && b.Listed.Value != "" {
		o.want(false, p, "a number that is not listed", one(json.Number("424242")))
	}
}

// mixed puts values of several properties together, right and wrong ones: the validators must
// say the same.
func (o *opinions) mixed() {
	o.t.Helper()
	random := rand.New(rand.NewPCG(3, uint64(len(o.members))))
	names := make([]string, 0, len(o.members))
	for name := range o.members {
		names = append(names, name)
	}
	slices.Sort(names)
	for range 20 {
		var members []string
		for _, name := range names {
			if random.IntN(3) == 0 {
				members = append(members, o.members[name][random.IntN(len(o.members[name]))])
			}
		}
		o.judge("{" + strings.Join(members, ",") + "}")
	}
	for _, doc := range []string{`null`, `[]`, `"a"`, `1`} {
		if o.judge(doc) {
			o.t.Errorf("%s: %s is taken", o.name, doc)
		}
	}
}

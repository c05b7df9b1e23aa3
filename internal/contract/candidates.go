package contract

import (
	"cmp"
	"encoding/json"
	"iter"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// Origin says where a value that may be sent comes from.
type Origin string

// The origins, the one that is preferred first. A value that the user or the page vouches
// for can fail a server; a refusal of any other is not judged.
const (
	FromUser Origin = "user" // a value of the settings that the page allows
	// BeyondPage is a value of the settings that the page does not allow: no member of its
	// enum, or out of its bounds. The user alone vouches for it, so no refusal of it breaks a
	// promise.
	BeyondPage  Origin = "user, beyond the page"
	FromExample Origin = "example" // stands in the page's request example
	FromList    Origin = "listed"  // named in the row of the property: a member of its enum, or an example
	FromBounds  Origin = "bounds"  // lies within the bounds that the row states
	Altered     Origin = "altered" // the entity's own value, changed within the bounds
	MadeUp      Origin = "made up" // has its type alone
)

// Value is a value that may be sent, as decoded JSON, with where it comes from.
type Value struct {
	JSON   any
	Origin Origin
	// Source is the line of the page that vouches for it; zero where none does.
	Source Source
}

// Vouched reports whether the page vouches for the value, or a user for one that the page
// allows.
func (v Value) Vouched() bool {
	return v.Origin != Altered && v.Origin != MadeUp && v.Origin != BeyondPage
}

// Given reports whether the user gave the value.
func (v Value) Given() bool { return v.Origin == FromUser || v.Origin == BeyondPage }

// From says in words where the value is from, with the line of the page that names it.
func (v Value) From() string {
	text := map[Origin]string{
		FromUser: "given by --value or the settings", BeyondPage: "given by --value or the settings, beyond what the page allows",
		FromExample: "of the request example", FromList: "named by the page", FromBounds: "within the bounds of the page",
		Altered: "the entity's own, altered", MadeUp: "made up",
	}[v.Origin]
	if !v.Source.IsZero() {
		text += " (" + v.Source.Short() + ")"
	}
	return text
}

// Values gives up to n legal values that differ from the current one and from each other,
// those that are vouched for first. One that the documented update could not undo again, as it
// adds a member that is never null, is left out where there is another. The first two
// alternate: what Values prefers beside the one leads back to the other, so that no number
// climbs from update to update.
func (p Property) Values(current any, n int) []Value {
	var out, lasting []Value
	for v := range p.candidates(current, n) {
		to := &out
		if !p.canUndo(current, v.JSON) {
			to = &lasting
		}
		legal := v.Given() || p.Within(v.JSON)
		if legal && len(*to) < n && !p.Shows(current, v.JSON) && !slices.ContainsFunc(*to, func(o Value) bool { return p.Same(o.JSON, v.JSON) }) {
			*to = append(*to, v)
		}
		if len(out) == n {
			break
		}
	}
	if len(out) == 0 {
		return lasting
	}
	return out
}

// Other gives the first of Values as decoded JSON. It is false where the page does not say
// enough to make a value: structured and unknown types, streams, an enum with a single
// member.
func (p Property) Other(current any) (any, bool) {
	values := p.Values(current, 1)
	if len(values) == 0 {
		return nil, false
	}
	return values[0].JSON, true
}

// candidates gives the values that may be sent, those preferred first; the current one may
// be among them. What nobody names is made only where it is asked for.
func (p Property) candidates(current any, n int) iter.Seq[Value] {
	if !p.Type.Collection {
		return lazily(p.Named, func() []Value { return p.items(current, n) })
	}
	var first any
	if items, _ := current.([]any); len(items) > 0 {
		first = items[0]
	}
	var lists, single []Value
	for _, v := range p.Named {
		if _, isList := v.JSON.([]any); isList {
			lists = append(lists, v)
		} else {
			single = append(single, v)
		}
	}
	// One item that differs from the first makes a list that differs, of any length.
	return lazily(lists, func() []Value {
		var out []Value
		for v := range lazily(single, func() []Value { return p.items(first, n) }) {
			if !schema.Equal(v.JSON, first) {
				v.JSON = []any{v.JSON}
				out = append(out, v)
			}
		}
		return out
	})
}

// lazily gives what is there, and then what is made.
func lazily(there []Value, made func() []Value) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for _, v := range there {
			if !yield(v) {
				return
			}
		}
		for _, v := range made() {
			if !yield(v) {
				return
			}
		}
	}
}

// items gives the values of one item that nobody names.
func (p Property) items(current any, n int) []Value {
	t := p.Type
	switch t.Edm {
	case edm.Boolean:
		now, _ := current.(bool)
		return []Value{{!now, FromBounds, t.Source}, {now, FromBounds, t.Source}}
	case edm.DateTimeOffset, edm.Date:
		return append(p.moments(current), p.madeUp()...)
	}
	if t.IsEnum() {
		var out []Value
		for _, m := range t.SettableMembers() {
			out = append(out, Value{m.Value, FromList, m.Source})
		}
		return out
	}
	limits, known := constraintOf(t.Edm)
	switch {
	case t.Structure != nil:
		return append(p.objects(current, n), p.varied(current)...)
	case t.Shape == "object":
		return p.varied(current)
	case t.Edm == edm.String:
		return p.texts(current, n)
	case known && (slices.Contains(limits.types, "integer") || slices.Contains(limits.types, "number")):
		return p.numbers(current, n)
	}
	return p.madeUp()
}

func (p Property) madeUp() []Value {
	var out []Value
	for _, sample := range samples[p.Type.Edm] {
		out = append(out, Value{JSON: sample, Origin: MadeUp})
	}
	return out
}

// texts gives codes where the page asks for one, the marked text, or a made-up one.
func (p Property) texts(current any, n int) []Value {
	var out []Value
	for _, code := range knownCodes[p.Bounds.Code.Value] {
		out = append(out, Value{code, FromBounds, p.Bounds.Code.Source})
	}
	if forms := formed[p.Bounds.Format.Value]; forms != nil {
		for _, v := range forms {
			out = append(out, Value{v, FromBounds, p.Bounds.Format.Source})
		}
		return out
	}
	s, _ := current.(string)
	base, origin := otherText(s), Altered
	if base == fresh {
		origin = MadeUp
	}
	for i := range n + 2 {
		out = append(out, Value{JSON: p.Bounds.fit(base+strings.Repeat("x", i), i), Origin: origin})
	}
	return out
}

// knownCodes are two codes of letters that everybody knows, by the name of the code.
var knownCodes = map[string][]string{
	graphdoc.CodeCountry:  {"GB", "US"},
	graphdoc.CodeLanguage: {"en", "de"},
	graphdoc.CodeCurrency: {"EUR", "USD"},
}

// formed are two texts of each form; the names and addresses are those that documents may use
// (RFC 2606, RFC 5737, RFC 3849).
var formed = map[string][]string{
	graphdoc.FormatURL:   {"https://example.com/graphpact", "https://example.com/graphpact-2"},
	graphdoc.FormatEmail: {"graphpact@example.com", "graphpact-2@example.com"},
	graphdoc.FormatGUID:  samples[edm.GUID],
	graphdoc.FormatIPv4:  {"192.0.2.1", "192.0.2.2"},
	graphdoc.FormatIPv6:  {"2001:db8::1", "2001:db8::2"},
}

// fit cuts or stretches a text to the length that the page allows; texts that differ only
// in i stay different.
func (b Bounds) fit(s string, i int) string {
	letter := string(rune('a' + i%26))
	if b.Letters > 0 {
		return strings.ToUpper(strings.Repeat(letter, b.Letters))
	}
	if most := b.MaxLength; !most.Source.IsZero() && utf8.RuneCountInString(s) > most.Value {
		if most.Value < 1 {
			return ""
		}
		return string([]rune(s)[:most.Value-1]) + letter
	}
	if short := b.MinLength.Value - utf8.RuneCountInString(s); short > 0 {
		s += strings.Repeat("x", short)
	}
	return s
}

// numbers gives two in the middle of the bounds of the page, or those beside the current one.
func (p Property) numbers(current any, n int) []Value {
	var out []Value
	low, high := rat(string(p.Bounds.Min.Value)), rat(string(p.Bounds.Max.Value))
	limits, _ := constraintOf(p.Type.Edm)
	least, most := rat(limits.min), rat(limits.max)
	holds := func(v *big.Rat) bool { return least == nil || v.Cmp(least) >= 0 && v.Cmp(most) <= 0 }
	add := func(origin Origin, source Source, v *big.Rat) {
		if holds(v) {
			out = append(out, Value{number(v), origin, source})
		}
	}
	whole := func(v int64) *big.Rat { return big.NewRat(v, 1) }
	source := cmp.Or(p.Bounds.Min.Source, p.Bounds.Max.Source)
	listed := p.Bounds.numbers()
	for _, v := range listed {
		if holds(rat(schema.Show(v))) {
			out = append(out, Value{v, FromBounds, p.Bounds.Listed.Source})
		}
	}
	switch {
	case len(listed) > 0:
	case low != nil && high != nil:
		middle := new(big.Rat).Add(low, high)
		middle.Quo(middle, whole(2))
		floor := new(big.Rat).SetInt(new(big.Int).Div(middle.Num(), middle.Denom()))
		for _, v := range []*big.Rat{floor, new(big.Rat).Add(floor, whole(1)), high, low} {
			add(FromBounds, source, v)
		}
	case low != nil || high != nil:
		end, inwards := low, int64(1)
		if low == nil {
			end, inwards = high, -1
		}
		for i := range int64(n + 2) {
			add(FromBounds, source, new(big.Rat).Add(end, whole(inwards*(i+1))))
		}
	}
	origin, value := Altered, rat(schema.Show(current))
	// Beyond 24 bits one more would be lost in an Edm.Single.
	if value == nil || least == nil && new(big.Rat).Abs(value).Cmp(whole(1<<23)) > 0 {
		origin, value = MadeUp, whole(0)
	}
	// An even number goes up and an odd one down, so that the two alternate.
	step := int64(1)
	if new(big.Int).Div(value.Num(), value.Denom()).Bit(0) == 1 {
		step = -1
	}
	for _, way := range []int64{step, -step} {
		for i := range int64(n + 2) {
			add(origin, Source{}, new(big.Rat).Add(value, whole(way*(i+1))))
		}
	}
	if least != nil {
		add(MadeUp, Source{}, least)
	}
	return out
}

// number writes a rational number as JSON.
func number(v *big.Rat) json.Number {
	if v.IsInt() {
		return json.Number(v.Num().String())
	}
	near, _ := v.Float64()
	text, err := json.Marshal(near)
	if err != nil {
		return "1" // cannot be: the number came from JSON
	}
	return json.Number(text)
}

const day = 24 * time.Hour

// moments gives dates that the bounds of the page allow, or those beside the current one.
func (p Property) moments(current any) []Value {
	var out []Value
	layout := time.RFC3339
	if p.Type.Edm == edm.Date {
		layout = time.DateOnly
	}
	add := func(origin Origin, source Source, t time.Time) {
		out = append(out, Value{t.UTC().Format(layout), origin, source})
	}
	b := p.Bounds
	switch {
	case b.Future.Value && p.Now.IsZero():
		add(FromBounds, b.Future.Source, time.Date(2099, 2, 3, 4, 5, 6, 0, time.UTC))
		add(FromBounds, b.Future.Source, time.Date(2099, 2, 4, 5, 6, 7, 0, time.UTC))
		return out
	case b.Future.Value:
		within := cmp.Or(b.Ahead, 30*day)
		start := p.Now.UTC().Truncate(time.Minute)
		if within > 6*day {
			start = p.Now.UTC().Truncate(day)
		}
		add(FromBounds, b.Future.Source, start.Add(within/3))
		add(FromBounds, b.Future.Source, start.Add(2*within/3))
		return out
	case b.Past.Value:
		for _, v := range p.madeUp() {
			out = append(out, Value{v.JSON, FromBounds, b.Past.Source})
		}
		return out
	}
	s, _ := current.(string)
	t, err := p.parseMoment(s)
	if err != nil || t.Year() < 2 || t.Year() > 9990 {
		return nil
	}
	step := day
	if t.Unix()/int64(day/time.Second)%2 != 0 {
		step = -day
	}
	add(Altered, Source{}, t.Add(step))
	add(Altered, Source{}, t.Add(2*step))
	return out
}

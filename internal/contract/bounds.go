package contract

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
	"graphpact/internal/lazyregexp"
)

// Bounds are the limits that a page states for the values of a property, each with its
// line. One without a source is not stated.
type Bounds struct {
	// Min and Max are the ends of a number, and legal themselves.
	Min, Max Fact[json.Number]
	// MinLength and MaxLength count the characters of a text.
	MinLength, MaxLength Fact[int]
	// MinItems and MaxItems count the elements of a collection.
	MinItems, MaxItems Fact[int]
	// Code asks for a code of Letters letters; its value names the code, as "country".
	Code    Fact[string]
	Letters int
	// Format names the form of a text, as "url" (the Format constants of package graphdoc).
	Format Fact[string]
	// Listed are the numbers that the page lists as the only ones, with commas between.
	Listed Fact[string]
	// Future and Past say where a moment must lie; Ahead is how far ahead it may, 0 for
	// any time.
	Future, Past Fact[bool]
	Ahead        time.Duration
}

// bounds reads the limits of a row. What could not be read is a finding.
func (b *builder) bounds(p *Property, row *graphdoc.Property) {
	unread := false
	for _, bound := range row.Bounds {
		if b.bound(&p.Bounds, p.Type, bound) {
			continue
		}
		if !unread && p.Settable() {
			unread = true
			b.find(ClassBoundUnread, bound.Text.Line, "Values are chosen without it.",
				"The description of %q seems to limit its values in words that are not understood: %s.", p.Name, short(bound.Text.Value))
		}
	}
}

// bound adds one limit; the first one of a kind counts.
func (b *builder) bound(to *Bounds, t Type, from graphdoc.Bound) bool {
	at := b.at(from.Text.Line)
	switch from.Kind {
	case graphdoc.BoundValue:
		return setBound(&to.Min, from.Low, from.LowOut, 1, t, at) && setBound(&to.Max, from.High, from.HighOut, -1, t, at)
	case graphdoc.BoundLength:
		return setCount(&to.MinLength, from.Low, from.LowOut, 1, at) && setCount(&to.MaxLength, from.High, from.HighOut, -1, at)
	case graphdoc.BoundItems:
		return setCount(&to.MinItems, from.Low, from.LowOut, 1, at) && setCount(&to.MaxItems, from.High, from.HighOut, -1, at)
	case graphdoc.BoundFuture:
		to.Future = Fact[bool]{true, at}
		to.Ahead = span(from.High)
		return true
	case graphdoc.BoundPast:
		to.Past = Fact[bool]{true, at}
		return true
	case graphdoc.BoundCode:
		letters, err := strconv.Atoi(from.Low)
		to.Code, to.Letters = Fact[string]{from.Name, at}, letters
		return err == nil
	case graphdoc.BoundFormat:
		to.Format = Fact[string]{from.Name, at}
		return true
	case graphdoc.BoundList:
		to.Listed = Fact[string]{from.Name, at}
		return true
	case graphdoc.BoundUnread:
	}
	return false
}

// setBound sets the end of a range. An end that is out by itself moves by one where the
// type has whole numbers alone; else it is left out, since the next number is not known.
func setBound(to *Fact[json.Number], text string, out bool, inwards int64, t Type, at Source) bool {
	value := rat(text)
	if text == "" || !to.Source.IsZero() {
		return true
	}
	if value == nil {
		return false
	}
	limits, _ := constraintOf(t.Edm)
	if out {
		if !slices.Contains(limits.types, "integer") {
			return false
		}
		value.Add(value, big.NewRat(inwards, 1))
	}
	*to = Fact[json.Number]{number(value), at}
	return true
}

func setCount(to *Fact[int], text string, out bool, inwards int, at Source) bool {
	if text == "" || !to.Source.IsZero() {
		return true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return false
	}
	if out {
		n += inwards
	}
	*to = Fact[int]{n, at}
	return true
}

// span reads "30 days".
func span(text string) time.Duration {
	count, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(count)
	if err != nil || n > 10000 {
		return 0
	}
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": day, "week": 7 * day, "month": 30 * day}
	return time.Duration(n) * units[strings.TrimSuffix(unit, "s")]
}

// codePattern is the pattern of a code of letters.
func (b Bounds) codePattern() string { return fmt.Sprintf("^[A-Za-z]{%d}$", b.Letters) }

// numbers gives the numbers that the page lists.
func (b Bounds) numbers() []json.Number {
	var out []json.Number
	for _, n := range strings.Split(b.Listed.Value, ",") {
		if n != "" {
			out = append(out, json.Number(n))
		}
	}
	return out
}

// Within reports whether a value, as decoded JSON, keeps the limits that the page states.
// It says nothing of its type.
func (p Property) Within(v any) bool {
	list, isList := v.([]any)
	if !p.Type.Collection || !isList {
		return p.itemWithin(v)
	}
	b := p.Bounds
	if !b.MinItems.Source.IsZero() && len(list) < b.MinItems.Value || !b.MaxItems.Source.IsZero() && len(list) > b.MaxItems.Value {
		return false
	}
	return !slices.ContainsFunc(list, func(item any) bool { return !p.itemWithin(item) })
}

func (p Property) itemWithin(v any) bool {
	b := p.Bounds
	switch v := v.(type) {
	case string:
		length := utf8.RuneCountInString(v)
		switch {
		case !b.MinLength.Source.IsZero() && length < b.MinLength.Value, !b.MaxLength.Source.IsZero() && length > b.MaxLength.Value:
			return false
		case b.Letters > 0:
			return regexp.MustCompile(b.codePattern()).MatchString(v)
		case b.Future.Value || b.Past.Value:
			return p.momentWithin(v)
		}
	case json.Number, float64:
		value := rat(fmt.Sprint(v))
		if listed := b.numbers(); len(listed) > 0 && value != nil {
			return slices.ContainsFunc(listed, func(n json.Number) bool { return rat(string(n)).Cmp(value) == 0 })
		}
		low, high := rat(string(b.Min.Value)), rat(string(b.Max.Value))
		return value == nil || (low == nil || value.Cmp(low) >= 0) && (high == nil || value.Cmp(high) <= 0)
	}
	return true
}

// parseMoment reads a value of a property that is a moment or a day.
func (p Property) parseMoment(s string) (time.Time, error) {
	if p.Type.Edm == edm.Date {
		return time.Parse(time.DateOnly, s)
	}
	return edm.ParseDateTimeOffset(s)
}

// momentWithin judges by Now. Without it only what was chosen to be far off is in the future.
func (p Property) momentWithin(s string) bool {
	t, err := p.parseMoment(s)
	switch {
	case err != nil:
		return true
	case p.Bounds.Past.Value:
		return t.Year() < 2026 || t.Before(p.Now)
	case p.Now.IsZero():
		return t.Year() >= 2099
	}
	soon := time.Hour // a run takes its time
	if ahead := p.Bounds.Ahead; ahead > 0 {
		soon = min(soon, ahead/4)
	}
	return t.After(p.Now.Add(soon)) && (p.Bounds.Ahead == 0 || t.Before(p.Now.Add(p.Bounds.Ahead)))
}

// named collects the values that the page vouches for: those of its request examples, then
// those that the row names.
func (b *builder) named(p *Property, row *graphdoc.Property) {
	limits, known := constraintOf(p.Type.Edm)
	if p.Type.IsEnum() || !known {
		limits = constraint{types: []string{"string"}}
	}
	for i := range b.page.Examples {
		m := &b.page.Examples[i]
		if m.Kind != graphdoc.KindRequest || !strings.EqualFold(m.Method, b.op.Method.Value) {
			continue
		}
		v := member(m.JSON, p.Name)
		if v != nil && (known || p.Type.IsEnum()) && p.isExample(v, limits) {
			p.Named = append(p.Named, Value{plain(v), FromExample, b.at(v.Line)})
		}
	}
	if p.Type.IsEnum() || !known {
		return
	}
	for _, text := range row.Examples {
		if v := p.fromText(text, limits); v != nil {
			p.Named = append(p.Named, Value{plain(v), FromList, b.at(text.Line)})
		}
	}
	if p.Bounds.Letters > 0 && slices.ContainsFunc(p.Named, func(v Value) bool { return v.Origin == FromList && !p.Within(v.JSON) }) {
		// Examples of another form show that the code is only the first part of a value.
		p.Bounds.Code, p.Bounds.Letters = Fact[string]{}, 0
	}
}

// isExample reports whether a value of an example is one to send: of the type, and no word
// in the place of a value.
func (p Property) isExample(v *graphdoc.Value, limits constraint) bool {
	if p.Type.Collection {
		return v.Kind == "array" && !slices.ContainsFunc(v.Items, func(item *graphdoc.Value) bool { return !p.isExampleItem(item, limits) })
	}
	return p.isExampleItem(v, limits)
}

// standIn is a text in the place of a value: a name in braces or angle brackets, an
// ellipsis, or "displayName-value".
var standIn = lazyregexp.New(`^[{<].*[}>]$|\.\.\.|…|(?i:[ _-]value)$`)

func (p Property) isExampleItem(v *graphdoc.Value, limits constraint) bool {
	if v == nil || v.Kind == "null" || !limits.allow(v) {
		return false
	}
	s, isText := v.Data.(string)
	switch {
	case p.Type.IsEnum() && p.Flags.Value:
		return isText && p.Type.flagsSettable(s)
	case p.Type.IsEnum():
		return isText && p.Type.mayBeSet(s)
	case isText && (isPlaceholder(p.Type.Edm, s) || standIn().MatchString(s) || strings.EqualFold(s, p.Name)):
		return false
	}
	return p.Type.Edm != edm.Binary
}

// fromText reads a value that a row names; nil where it is none of the type.
func (p Property) fromText(text graphdoc.Text, limits constraint) *graphdoc.Value {
	s := strings.Trim(text.Value, `'"`)
	v := &graphdoc.Value{Line: text.Line, Kind: "string", Data: s}
	switch {
	case p.Type.Collection && strings.HasPrefix(s, "["):
		var items []string
		if json.Unmarshal([]byte(s), &items) != nil || len(items) == 0 {
			return nil
		}
		v = &graphdoc.Value{Line: text.Line, Kind: "array"}
		for _, item := range items {
			v.Items = append(v.Items, &graphdoc.Value{Line: text.Line, Kind: "string", Data: item})
		}
		if !p.isExample(v, limits) {
			return nil
		}
		return v
	case rat(s) != nil && !slices.Contains(limits.types, "string") && json.Valid([]byte(s)):
		v.Kind, v.Data = "number", json.Number(s)
	}
	if strings.ContainsAny(s, "[]{}") || !p.isExampleItem(v, limits) {
		return nil
	}
	return v
}

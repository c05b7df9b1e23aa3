package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Promise is a line of a page that a target can be held to.
type Promise struct {
	Source Source
	// Text says in a few words what is promised.
	Text string
	// Property names the property that the line is about; empty for none.
	Property string
	// Update is set for a line that says how an update is sent, and Schema for one that
	// the response schema has a keyword from: an answer that satisfies it keeps the promise.
	Update, Schema bool
}

// Promises gives what the page promises, by file and line. What a convention alone asks for
// has no line and is left out, and so is a property that the user leaves out.
func (o *Operation) Promises() []Promise {
	var out []Promise
	add := func(at Source, property, format string, args ...any) *Promise {
		if at.Line == 0 {
			return &Promise{}
		}
		out = append(out, Promise{Source: at, Property: property, Text: fmt.Sprintf(format, args...)})
		return &out[len(out)-1]
	}
	add(o.Path.Source, "", "an update is sent as %s %s", o.Method.Value, o.Path.Template).Update = true
	add(o.Success.Source, "", "a successful update is answered with %d", o.Success.Status)
	if at := o.Success.Body.Source; at != o.Success.Source || o.Success.Body.Value {
		_, text, _ := o.Fact("response-body")
		add(at, "", "the answer is %s", text)
	}
	for _, a := range o.Success.Alternatives {
		add(a.Source, "", "an update may be answered with %d", a.Status)
	}
	add(o.RequestMediaType.Source, "", "the request is %s", o.RequestMediaType.Value).Update = true
	add(o.ResponseMediaType.Source, "", "the answer is %s", o.ResponseMediaType.Value)
	add(o.IfMatch.Source, "", "an update needs If-Match")
	for _, h := range o.Headers {
		if h.Value != "" {
			add(h.Source, "", "an update carries the header %s: %s", h.Name, h.Value).Update = true
		}
	}
	add(o.OpenType.Source, "", "the type is open: other names may be kept")
	if o.TypeAnnotation.Value != "" {
		add(o.TypeAnnotation.Source, "", "an update carries the @odata.type %s", o.TypeAnnotation.Value).Update = true
	}
	for i := range o.Properties {
		if p := &o.Properties[i]; !p.Excluded {
			p.promises(add)
		}
	}
	slices.SortStableFunc(out, func(a, b Promise) int {
		return cmp.Or(cmp.Compare(a.Source.File, b.Source.File), cmp.Compare(a.Source.Line, b.Source.Line))
	})
	return slices.Compact(out)
}

func (p *Property) promises(add func(at Source, property, format string, args ...any) *Promise) {
	switch {
	case !p.Listed:
	case p.Settable():
		add(p.Source, p.Name, "a client may set %s", p.Name)
	default:
		add(p.Source, p.Name, "%s is for the server to set", p.Name)
	}
	if p.ReadOnly.Value {
		add(p.ReadOnly.Source, p.Name, "%s is read-only", p.Name)
	}
	switch p.Nullable.Value {
	case NullableYes:
		add(p.Nullable.Source, p.Name, "%s may be null", p.Name).Schema = true
	case NullableNo:
		add(p.Nullable.Source, p.Name, "%s is never null", p.Name).Schema = true
	case NullableUnknown:
	}
	var members []string
	for i, m := range p.Type.Enum {
		members = append(members, m.Value)
		if i+1 == len(p.Type.Enum) || p.Type.Enum[i+1].Source != m.Source {
			add(m.Source, p.Name, "%s may be %s", p.Name, strings.Join(members, ", "))
			members = nil
		}
	}
	for _, at := range p.Bounds.sources() {
		add(at, p.Name, "the values of %s have a limit", p.Name)
	}
	if p.Shown.Value {
		add(p.Shown.Source, p.Name, "the answer shows %s", p.Name).Schema = true
	}
}

// sources are the lines of the limits that are stated.
func (b Bounds) sources() []Source {
	var out []Source
	for _, at := range []Source{
		b.Min.Source, b.Max.Source, b.MinLength.Source, b.MaxLength.Source, b.MinItems.Source,
		b.MaxItems.Source, b.Code.Source, b.Future.Source, b.Past.Source,
	} {
		if at.Line > 0 && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

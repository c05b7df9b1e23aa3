package contractdiff

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// shape is a path without the names of its parameters.
func shape(path string) string { return strings.ToLower(placeholder.ReplaceAllString(path, "{}")) }

func (c *comparison) request() {
	o, n := c.old, c.new
	if o.Method.Value != n.Method.Value {
		c.add("method-changed", o.Method.Source, n.Method.Source, "%s was %s.", n.Method.Value, o.Method.Value)
	}
	switch {
	case o.Path.Template == n.Path.Template:
	case shape(o.Path.Template) == shape(n.Path.Template):
		c.add("path-parameter-renamed", o.Path.Source, n.Path.Source, "%s was %s.", n.Path.Template, o.Path.Template)
	case slices.ContainsFunc(n.RequestLines, func(l contract.RequestLine) bool {
		return l.Method.Value == o.Method.Value && shape(l.Path.Template) == shape(o.Path.Template)
	}): // another line comes first now; the old one is still there
	default:
		c.add("path-changed", o.Path.Source, n.Path.Source, "%s was %s.", n.Path.Template, o.Path.Template)
	}
	if o.RequestMediaType.Value != n.RequestMediaType.Value {
		c.add("request-media-type-changed", o.RequestMediaType.Source, n.RequestMediaType.Source, "%s was %s.", n.RequestMediaType.Value, o.RequestMediaType.Value)
	}
}

// requestLines compares the lines beside those that are the operation.
func (c *comparison) requestLines() {
	key := func(l contract.RequestLine) string { return l.Method.Value + " " + shape(l.Path.Template) }
	has := func(o *contract.Operation, k string) bool {
		return slices.ContainsFunc(o.RequestLines, func(l contract.RequestLine) bool { return key(l) == k })
	}
	for _, l := range c.old.RequestLines {
		if !l.Chosen && !has(c.new, key(l)) {
			c.add("request-line-removed", l.Path.Source, c.new.Path.Source, "%s is gone.", l)
		}
	}
	for _, l := range c.new.RequestLines {
		if !l.Chosen && !has(c.old, key(l)) {
			c.add("request-line-added", c.old.Path.Source, l.Path.Source, "%s is new.", l)
		}
	}
}

func (c *comparison) answer() {
	o, n := c.old.Success, c.new.Success
	if o.Status != n.Status {
		c.add("status-changed", o.Source, n.Source, "Success is %d; it was %d.", n.Status, o.Status)
	}
	allows := func(s contract.Success, status int) bool {
		_, ok := s.Allows(status, true)
		return ok || s.Status == status
	}
	for _, a := range n.Alternatives {
		if !allows(o, a.Status) {
			c.add("status-alternative-added", o.Source, a.Source, "Success may be %d too.", a.Status)
		}
	}
	for _, a := range o.Alternatives {
		if !allows(n, a.Status) {
			c.add("status-alternative-removed", a.Source, n.Source, "Success is not %d any more.", a.Status)
		}
	}
	c.toggle("", o.Body.Value, n.Body.Value, o.Body.Source, n.Body.Source,
		wording{"response-body-removed", "The answer holds the entity no longer."}, wording{"response-body-added", "The answer holds the entity now."})
	if o.Body.Value && n.Body.Value && c.old.ResponseMediaType.Value != c.new.ResponseMediaType.Value {
		c.add("response-media-type-changed", c.old.ResponseMediaType.Source, c.new.ResponseMediaType.Source, "%s was %s.", c.new.ResponseMediaType.Value, c.old.ResponseMediaType.Value)
	}
}

func (c *comparison) types() {
	o, n := c.old, c.new
	if a, b := o.QualifiedType(), n.QualifiedType(); a != "" && b != "" && !strings.EqualFold(a, b) {
		c.add("resource-type-changed", o.Resource.Source, n.Resource.Source, "%s was %s.", b, a)
	}
	c.toggle("", o.TypeAnnotation.Required, n.TypeAnnotation.Required, o.TypeAnnotation.Source, n.TypeAnnotation.Source,
		wording{"type-annotation-relaxed", "The page demands @odata.type no longer."},
		wording{"type-annotation-demanded", "The page demands @odata.type now."})
	c.toggle("", o.OpenType.Value, n.OpenType.Value, o.OpenType.Source, n.OpenType.Source,
		wording{"open-type-closed", "The type is open no longer."}, wording{"open-type-opened", "The type is open now."})
}

func (c *comparison) headers() {
	required := func(o *contract.Operation) map[string]contract.Source {
		out := map[string]contract.Source{}
		for _, h := range o.Headers {
			// A token and a JSON body are what every update needs.
			if name := strings.ToLower(h.Name); h.Required && name != "authorization" && name != "content-type" {
				out[name] = h.Source
			}
		}
		if o.IfMatch.Value {
			out["if-match"] = o.IfMatch.Source
		}
		return out
	}
	before, after := required(c.old), required(c.new)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, had := before[name]; !had {
			c.add("header-demanded", contract.Source{}, after[name], "The update needs the header %s now.", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, has := after[name]; !has {
			c.add("header-relaxed", before[name], contract.Source{}, "The update does not need the header %s any more.", name)
		}
	}
}

// permissions compares the permissions of each kind of sign-in. A page that includes them from
// a file that is not there says nothing of them.
func (c *comparison) permissions() {
	if len(c.old.Permissions) == 0 || len(c.new.Permissions) == 0 {
		return
	}
	key := func(kind, name string) string { return strings.ToLower(kind + "\x00" + name) }
	collect := func(o *contract.Operation) map[string]contract.Source {
		out := map[string]contract.Source{}
		for _, p := range o.Permissions {
			for _, name := range p.Names {
				out[key(p.Kind, name)] = p.Source
			}
		}
		return out
	}
	before, after := collect(c.old), collect(c.new)
	for _, p := range c.old.Permissions {
		for _, name := range p.Names {
			if _, has := after[key(p.Kind, name)]; !has {
				c.add("permission-removed", p.Source, contract.Source{}, "%s, %s is gone.", p.Kind, name)
			}
		}
	}
	for _, p := range c.new.Permissions {
		for _, name := range p.Names {
			if _, had := before[key(p.Kind, name)]; !had {
				c.add("permission-added", contract.Source{}, p.Source, "%s, %s is new.", p.Kind, name)
			}
		}
	}
}

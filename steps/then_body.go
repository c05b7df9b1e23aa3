package steps

import (
	"context"
	"fmt"
	"mime"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/jsonpointer"
	"graphpact/internal/result"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
)

func (w *world) bodyThens(b bindings) {
	b[thenSchema] = func() error {
		return w.matches(w.response, w.live.Response, "the response schema", result.ProvesSchema)
	}
	b[thenErrorBody] = w.errorBody
	b[thenMediaType] = func() error {
		var source *result.Source
		documented := w.live.Operation.ResponseMediaType
		if documented.Source.Line > 0 {
			source = fact(documented.Source, "the answer is "+documented.Value)
		}
		return w.mediaType(documented.Value, source)
	}
	b[thenCharset] = w.charset
	b[thenBodyShows] = func(name, value string) error { return w.bodyShows(name, value) }
	b[thenKeyInBody] = w.keyInBody
	b[thenBodyEqualsGet] = w.bodyEqualsGet
}

// bodyShows expects a property of the response to have the value, where there is a
// body: whether there should be one is the documented status's to say.
func (w *world) bodyShows(name string, want any) error {
	if w.bodiless(w.response) {
		w.note("the response body shows "+name, transport.Status(w.response.Status)+" has no body")
		return nil
	}
	return w.shows(w.response, "the response body", name, want)
}

func (w *world) shows(r *entity.Response, where, name string, want any) error {
	if r.Limited {
		return r.BodyErr
	}
	got, present := r.Object[name]
	return w.expect(present && w.live.Operation.Shows(name, got, want), check{
		name: where + " shows " + name, on: r, pointer: jsonpointer.Of(name),
		expected: entity.Show(want, true), actual: show(r, got, present),
	})
}

// show tells apart a missing property and a body that is no object.
func show(r *entity.Response, v any, present bool) string {
	if r.Object == nil {
		return "no JSON object (" + bodyState(r) + ")"
	}
	return entity.Show(v, present)
}

// matches expects a body to satisfy a schema; each violation is a check of its own,
// with the line of the page that asks for it. proves is what a body that satisfies it shows.
func (w *world) matches(r *entity.Response, s *schema.Schema, name, proves string) error {
	if r.Limited {
		return r.BodyErr // our own limit is not the endpoint's mistake
	}
	violations, err := s.Validate(r.Body)
	if err != nil {
		return w.expect(false, check{name: "the body is JSON", on: r, expected: "one JSON value", actual: err.Error(), source: w.rule("json-format")})
	}
	if len(violations) == 0 {
		return w.expect(true, check{name: name, on: r, expected: "no violation", actual: "no violation", proves: proves})
	}
	for i, v := range violations {
		if i == maxShown {
			w.record(false, check{name: name, on: r, expected: "no violation", actual: fmt.Sprintf("%d more violations", len(violations)-i)})
			break
		}
		c := check{
			name: name + ": " + v.Keyword, on: r, pointer: v.Pointer, expected: v.Expected, actual: v.Actual,
			source: w.schemaSource(v.Source),
		}
		if v.Keyword == "required" && proves == result.ProvesSchema && w.mayBeNull(v.Pointer) {
			c.source, c.message = w.rule("null-written"), "nothing that the endpoint has shown gives the property a value: it may be null, and left out for that"
			w.warn(c)
			continue
		}
		w.record(false, c)
	}
	return w.failure()
}

// mayBeNull reports whether a property that a body lacks may be null: the page allows that, and no
// answer has shown another value of it. Only after a probe are there enough answers to tell.
func (w *world) mayBeNull(pointer string) bool {
	for _, p := range w.live.Operation.Properties {
		if jsonpointer.Of(p.Name) == pointer {
			return w.live.Probe != nil && p.Role == "" && p.Nullable.Value != contract.NullableNo && !w.live.settling.valued(w.subject.Path, p.Name)
		}
	}
	return false
}

// schemaSource reads "page.md:52" or the id of a convention; nil where the schema
// does not say.
func (w *world) schemaSource(ref string) *result.Source {
	if ref == "" {
		return nil
	}
	if file, line, ok := strings.Cut(ref, ":"); ok {
		if n, err := strconv.Atoi(line); err == nil {
			return w.line(file, n)
		}
	}
	return w.rule(ref)
}

// line gives a line of the page; schemas name the page by its base name.
func (w *world) line(base string, n int) *result.Source {
	page := w.live.Operation.Page
	if filepath.Base(page) == base {
		base = page
	}
	return fact(contract.Source{File: base, Line: n}, "")
}

func (w *world) errorBody() error {
	if err := w.mediaType("application/json", w.rule("error-body")); err != nil {
		return err
	}
	return w.matches(w.response, w.live.Error, "the Graph error body", "")
}

// mediaType compares the media type of the response; its parameters may be any.
func (w *world) mediaType(want string, src *result.Source) error {
	header := w.response.Header.Get("Content-Type")
	got, _, err := mime.ParseMediaType(header)
	return w.expect(err == nil && strings.EqualFold(got, want), check{
		name: "the media type", on: w.response, expected: want, actual: orAbsent(header), source: src,
	})
}

// charset expects UTF-8 where the media type has a charset at all: the parameter has no
// meaning for JSON (RFC 8259 11), but a client may read the text by it.
func (w *world) charset() error {
	header := w.response.Header.Get("Content-Type")
	_, params, err := mime.ParseMediaType(header)
	named, given := params["charset"]
	return w.expect(err != nil || !given || strings.EqualFold(named, "utf-8"), check{
		name: "the charset of JSON", on: w.response, expected: "utf-8, or none", actual: orAbsent(header),
	})
}

func (w *world) keyInBody() error {
	key, err := w.role(contract.RoleKey)
	if err != nil {
		return err
	}
	if w.live.NoGet {
		return w.keyOfPath()
	}
	if err := w.shown(key); err != nil {
		return err
	}
	return w.bodyShows(key.Name, w.before[key.Name])
}

func (w *world) bodyEqualsGet(ctx context.Context) error {
	alike := func(answer *entity.Response, state map[string]any) bool {
		return w.showsUpdate(state) && w.equals(answer.Object, w.hidden(answer.Object)...)(state)
	}
	after, err := w.shownBy(ctx, func(state map[string]any) bool { return alike(w.response, state) })
	if err != nil {
		return err
	}
	own := w.aged(w.response.Object, after.Object)
	if after, err = w.bySomebody(ctx, w.response.Object, after, slices.Concat(w.hidden(w.response.Object), w.modifiedName(), own), alike); err != nil {
		return err
	}
	if w.response.Limited {
		return w.response.BodyErr
	}
	if w.response.Object == nil {
		return w.expect(false, check{
			name: "the response body is an object", on: w.response, expected: "a JSON object", actual: bodyState(w.response),
		})
	}
	except := w.unnamed("a property that changes by itself: ", w.response.Object, after.Object)
	except = slices.Concat(except, own, w.hidden(w.response.Object))
	return w.same("the response body equals a following GET", after, w.response.Object, after.Object, nil, except...)
}

// hidden are the properties that a body lacks and that are shown only where $select names them.
func (w *world) hidden(body map[string]any) (names []string) {
	if w.live.Probe == nil {
		return nil
	}
	for _, name := range w.live.Probe.Hidden {
		if _, shown := body[name]; !shown {
			names = append(names, name)
		}
	}
	return names
}

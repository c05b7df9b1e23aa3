package recording

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/entity"
	"graphpact/internal/har"
	"graphpact/internal/result"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
)

// maxFailures is how many failures of one requirement a report shows with their evidence.
const maxFailures = 20

// Judge holds recorded traffic to one page.
type Judge struct {
	Operation   *contract.Operation
	Conventions *convention.Set
	// Response and Error are the schemas of an answer, and of an error.
	Response, Error *schema.Schema
	// Report makes an exchange fit for a report, with secrets masked, and Excerpt a text.
	Report  func(*client.Exchange) result.Exchange
	Excerpt func(string) string
	// Repeat is the command that judges again.
	Repeat string
}

// message is an exchange of the entity with what was read of it.
type message struct {
	*har.Exchange
	ex *client.Exchange
	// sent is the update, nil of a GET; shown is the entity in the answer, nil where none is.
	sent, shown map[string]any
	unread      string // why a body was not read
	selected    bool   // a query narrows what is shown
}

func (m *message) succeeded() bool { return m.Status >= 200 && m.Status < 300 }

// Matching counts the exchanges with an entity of the operation.
func (j *Judge) Matching(all []har.Exchange) (n int) {
	for i := range all {
		if _, ok := j.path(&all[i]); ok {
			n++
		}
	}
	return n
}

// path gives the path of the entity below the base, where the exchange is one with it: where
// the last segments of its URL are those of the page.
func (j *Judge) path(x *har.Exchange) (string, bool) {
	if x.Method != http.MethodGet && x.Method != j.Operation.Method.Value {
		return "", false
	}
	u, err := url.Parse(x.URL)
	if err != nil {
		return "", false
	}
	have := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	n := len(strings.Split(strings.Trim(j.Operation.Path.Template, "/"), "/"))
	if len(have) < n {
		return "", false
	}
	path := "/" + strings.Join(have[len(have)-n:], "/")
	return path, client.Matches("/"+strings.Trim(j.Operation.Path.Template, "/"), path)
}

// Requirements judges the exchanges, in their order.
func (j *Judge) Requirements(all []har.Exchange) []result.Requirement {
	entities := map[string][]*message{}
	var order []string
	for i := range all {
		path, ok := j.path(&all[i])
		if !ok {
			continue
		}
		key := strings.ToLower(path) // keys come back in another case
		if _, known := entities[key]; !known {
			order = append(order, key)
		}
		entities[key] = append(entities[key], j.read(&all[i]))
	}
	v := newVerdicts(j)
	for _, key := range order {
		j.entity(v, entities[key])
	}
	return v.requirements()
}

// read decodes the bodies of an exchange.
func (j *Judge) read(x *har.Exchange) *message {
	m := &message{Exchange: x, unread: x.Incomplete, ex: &client.Exchange{
		Purpose: x.Place, Method: x.Method, URL: x.URL, RequestHeader: x.RequestHeader, RequestBody: x.RequestBody,
		Status: x.Status, Header: x.ResponseHeader, Body: x.ResponseBody, Attempts: 1, Started: x.Started,
	}}
	if u, err := url.Parse(x.URL); err == nil {
		m.selected = strings.Contains(strings.ToLower(u.RawQuery), "select=")
	}
	if x.Method != http.MethodGet {
		m.sent = entity.Decode(&client.Exchange{Body: x.RequestBody}).Object
	}
	if m.succeeded() && len(x.ResponseBody) > 0 {
		m.shown = entity.Decode(m.ex).Object
	}
	return m
}

// entity judges what was said about one entity.
func (j *Judge) entity(v *verdicts, all []*message) {
	// before is the last state that was seen, and pending the update since it, nil where more
	// than one, or one that is not known, lies between.
	var before, pending *message
	between := 0
	for _, m := range all {
		switch {
		case m.Status == 0:
			v.untold(statusDocumented, "no answer was recorded: "+m.Place)
			continue
		case m.Method == http.MethodGet:
			if m.succeeded() && m.Status != http.StatusNonAuthoritativeInfo {
				j.get(v, m)
				if m.shown != nil && !m.selected {
					j.dates(v, before, m, false)
					j.merge(v, before, pending, between, m)
					before, pending, between = m, nil, 0
				}
			}
			continue
		}
		j.update(v, m)
		if !m.succeeded() {
			continue
		}
		between++
		pending = m
		if m.shown != nil && before != nil {
			j.dates(v, before, m, true)
		}
	}
	if pending != nil {
		v.untold(mergeKept, "no GET follows the update: "+pending.Place)
	}
}

// update judges the answer to an update by itself.
func (j *Judge) update(v *verdicts, m *message) {
	if !m.succeeded() {
		// What a gateway may have answered for the server says nothing of it.
		if slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}, m.Status) && m.unread == "" {
			j.matches(v, errorBody, m, j.Error, false)
		}
		return
	}
	s := j.Operation.Success
	_, other := s.Allows(m.Status, m.RequestHeader.Get("Prefer") != "")
	// Who prefers a representation, or none, may get that (RFC 7240 4.2), whatever the page says.
	other = other || strings.Contains(m.RequestHeader.Get("Prefer"), "return=") && (m.Status == http.StatusOK || m.Status == http.StatusNoContent)
	v.check(statusDocumented, m, m.Status == s.Status || other, result.Check{
		Name: "the documented status", Expected: transport.Status(s.Status), Actual: transport.Status(m.Status), Class: "status-drift",
	})
	switch {
	case m.unread != "":
		v.untold(bodyDocumented, m.unread+": "+m.Place)
		return
	case m.Status == http.StatusNoContent:
		v.check(bodyDocumented, m, len(m.ResponseBody) == 0, result.Check{
			Name: "204 has no body", Expected: "no body", Actual: fmt.Sprintf("%d bytes", len(m.ResponseBody)),
		})
		return
	case len(m.ResponseBody) == 0 && !s.Body.Value:
		return
	}
	j.matches(v, bodyDocumented, m, j.Response, m.selected)
	if m.shown == nil || m.sent == nil {
		return
	}
	for _, p := range j.Operation.Settable() {
		want, sent := m.sent[p.Name]
		got, present := m.shown[p.Name]
		if sent && documented(p, want) && (present || !m.selected) {
			v.check(answerShows, m, p.Same(got, want), result.Check{
				Name: "the answer shows " + p.Name, Pointer: "/" + p.Name, Expected: entity.Show(want, true), Actual: entity.Show(got, present),
			})
		}
	}
}

func (j *Judge) get(v *verdicts, m *message) {
	if m.unread != "" {
		v.untold(getDocumented, m.unread+": "+m.Place)
		return
	}
	if m.Status == http.StatusOK {
		j.matches(v, getDocumented, m, j.Response, m.selected)
	}
}

// matches holds a body to a schema. Where a query narrows what is shown nothing is missing.
func (j *Judge) matches(v *verdicts, id string, m *message, s *schema.Schema, selected bool) {
	violations, err := s.Validate(m.ResponseBody)
	if err != nil {
		v.check(id, m, false, result.Check{Name: "the body is JSON", Expected: "one JSON value", Actual: err.Error()})
		return
	}
	held := true
	for _, bad := range violations {
		if selected && bad.Keyword == "required" {
			continue
		}
		held = false
		v.check(id, m, false, result.Check{Name: "the body: " + bad.Keyword, Pointer: bad.Pointer, Expected: bad.Expected, Actual: bad.Actual, Source: j.source(bad.Source)})
	}
	if held {
		v.check(id, m, true, result.Check{Name: "the body"})
	}
}

// source reads "page.md:52", or the id of a convention.
func (j *Judge) source(ref string) *result.Source {
	if file, line, ok := strings.Cut(ref, ":"); ok {
		if n, err := strconv.Atoi(line); err == nil {
			if filepath.Base(j.Operation.Page) == file {
				file = j.Operation.Page
			}
			return &result.Source{Kind: "doc", Ref: ref, File: file, Line: n}
		}
	}
	if ref == "" {
		return nil
	}
	s := ruleSource(j.Conventions, ref)
	return &s
}

// merge holds the state after an update to the state before it. Only where ETags prove that
// nobody else wrote in between is a difference a failure.
func (j *Judge) merge(v *verdicts, before, update *message, updates int, after *message) {
	switch {
	case updates == 0:
		return
	case before == nil:
		v.untold(mergeKept, "no GET shows the state before the update: "+update.Place)
		return
	case updates > 1:
		v.untold(mergeKept, fmt.Sprintf("%d updates lie between two GETs: %s", updates, after.Place))
		return
	case update.sent == nil:
		v.untold(mergeKept, "the update was not read: "+update.Place)
		return
	}
	alone := etag(before) != "" && update.RequestHeader.Get("If-Match") == etag(before)
	seen := etag(update) != "" && etag(update) == etag(after)
	for _, p := range j.Operation.Settable() {
		want, sent := update.sent[p.Name]
		if !sent || !documented(p, want) {
			continue
		}
		got, present := after.shown[p.Name]
		v.maybe(mergeShown, after, p.Same(got, want), seen, result.Check{
			Name: "the GET after it shows " + p.Name, Pointer: "/" + p.Name, Expected: entity.Show(want, true), Actual: entity.Show(got, present),
		})
	}
	var except []string
	for name := range update.sent {
		except = append(except, name)
	}
	for _, p := range j.Operation.Properties {
		if p.ServerSet() {
			except = append(except, p.Name)
		}
	}
	differences := entity.Differences(j.Operation, before.shown, after.shown, except...)
	if len(differences) == 0 {
		v.check(mergeKept, after, true, result.Check{Name: "what was not sent is as it was"})
	}
	for _, d := range differences {
		if _, named := j.Operation.Property(d.Name); !named {
			v.untold(mergeKept, d.Name+" changed, which the page does not name and the server may set: "+after.Place)
			continue
		}
		v.maybe(mergeKept, after, false, alone && seen, result.Check{
			Name: "what was not sent is as it was", Pointer: d.Pointer, Expected: d.Before, Actual: d.After,
		})
	}
}

// documented reports whether the page lets a client set the value: what a server makes of any
// other one is its own affair, and the sentinel of an evolvable enum counts as absent.
func documented(p contract.Property, v any) bool {
	if v == nil {
		return p.Nullable.Value != contract.NullableNo
	}
	if !p.Type.IsEnum() {
		return p.Within(v)
	}
	return slices.ContainsFunc(p.Type.SettableMembers(), func(m contract.Member) bool { return any(m.Value) == v })
}

// dates holds the dates that only the server sets to those seen before.
func (j *Judge) dates(v *verdicts, before, m *message, answer bool) {
	if before == nil {
		return
	}
	if p, ok := j.Operation.WithRole(contract.RoleCreated); ok {
		was, had := before.shown[p.Name]
		is, has := m.shown[p.Name]
		if had && has {
			v.check(createdStays, m, p.Same(was, is), result.Check{
				Name: p.Name + " does not move", Pointer: "/" + p.Name, Expected: entity.Show(was, true), Actual: entity.Show(is, true),
			})
		}
	}
	if p, ok := j.Operation.WithRole(contract.RoleModified); ok {
		was, ok1 := date(before.shown[p.Name])
		is, ok2 := date(m.shown[p.Name])
		if ok1 && ok2 {
			// A GET may be late; the answer to an update is of the state that it made.
			v.maybe(modifiedMoves, m, !is.Before(was), answer, result.Check{
				Name: p.Name + " does not move back", Pointer: "/" + p.Name,
				Expected: "not before " + entity.Show(before.shown[p.Name], true), Actual: entity.Show(m.shown[p.Name], true),
			})
		}
	}
}

func etag(m *message) string {
	return (&entity.Response{Exchange: m.ex, Object: m.shown}).ETag()
}

package mockgraph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
)

// statusFaults break what the page says of the status of a success.
func statusFaults() []Behaviour {
	status, statusAndBody := []string{"status"}, []string{"status", "body"}
	says := []string{"UPD-02"}
	success := func(status int) hook {
		return onSuccess(func(_ *call, a *answer) { a.status = status })
	}
	failure := func(status int, code string) hook {
		return onSuccess(func(c *call, a *answer) { a.replace(c.refuse(status, code, "The server failed after the update.")) })
	}
	return alike(Behaviour{DetectedBy: says, Touches: statusAndBody}, []Behaviour{
		{Name: "status-204", Summary: "A successful update answers 204 without a body, where the page promises 200.",
			NotApplicable: all(needs200, otherwiseThan(http.StatusNoContent)),
			hook:          onSuccess(func(_ *call, a *answer) { a.empty(http.StatusNoContent) })},
		{Name: "status-200", Summary: "A successful update answers 200 with the entity, where the page promises 204.",
			NotApplicable: all(needs204, otherwiseThan(http.StatusOK)),
			hook: inStage(stageNegotiate, func(c *call, run stage) *answer {
				a := run(c)
				c.prefer.ret = "representation"
				return a
			})},
		{Name: "status-201", Summary: "A successful update answers 201, as if it had created the entity.",
			Touches: status, NotApplicable: otherwiseThan(http.StatusCreated), hook: success(http.StatusCreated)},
		{Name: "status-202", Summary: "A successful update answers 202, as if it were still to be done.",
			Touches: status, NotApplicable: otherwiseThan(http.StatusAccepted), hook: success(http.StatusAccepted)},
		{Name: "status-206", Summary: "A successful update answers 206, as if it showed a part.",
			Touches: status, NotApplicable: otherwiseThan(http.StatusPartialContent), hook: success(http.StatusPartialContent)},
		{Name: "status-500", Summary: "A legal update is applied and answered with 500.",
			hook: failure(http.StatusInternalServerError, "InternalServerError")},
		{Name: "status-404", Summary: "A legal update is applied and answered with 404.",
			hook: failure(http.StatusNotFound, "ResourceNotFound")},
		{Name: "status-409", Summary: "Every update is applied and answered with 409.",
			DetectedBy: append([]string{"UPD-14"}, says...), hook: failure(http.StatusConflict, "Conflict")},
		{Name: "status-307", Summary: "An update is redirected to another path.",
			hook: onSuccess(func(c *call, a *answer) {
				a.empty(http.StatusTemporaryRedirect)
				a.header.Set("Location", c.r.URL.Path+"/elsewhere")
			})},
	})
}

// bodyFaults break what an update answers with: the JSON, and the object in it.
func bodyFaults() []Behaviour {
	body := []string{"body"}
	// instead puts another body in the place of the entity.
	instead := func(other func(c *call, entity []byte) string) hook {
		return onShown(func(c *call, a *answer) { a.body = []byte(other(c, a.body)) })
	}
	// spoilt changes the text of the finished body.
	spoilt := func(change func(body []byte) []byte) hook {
		return onShown(func(_ *call, a *answer) { a.wire.text = append(a.wire.text, change) })
	}
	fixed := func(s string) func(*call, []byte) string { return func(*call, []byte) string { return s } }
	// A cut answer is asked for again, also that of one of two updates at once.
	cut := []string{"body", "framing", "concurrency"}
	return alike(Behaviour{DetectedBy: []string{"UPD-03"}, Touches: body, NotApplicable: needsBody}, []Behaviour{
		{Name: "empty-body", Summary: "An update answers the promised status with an empty body.",
			NotApplicable: needsPromisedBody, hook: instead(fixed(""))},
		{Name: "body-empty-object", Summary: "An update answers {} in place of the entity.",
			NotApplicable: all(needsBody, needsShown), hook: instead(fixed("{}"))},
		{Name: "body-null", Summary: "An update answers null in place of the entity.", hook: instead(fixed("null"))},
		{Name: "body-not-json", Summary: "An update answers a word that is no JSON, labelled as JSON.", hook: instead(fixed("OK"))},
		{Name: "body-html", Summary: "An update answers a web page, labelled as JSON.",
			hook: instead(fixed("<!DOCTYPE html><title>Updated</title>"))},
		{Name: "body-array", Summary: "An update answers a list with the entity in it.",
			hook: instead(func(_ *call, entity []byte) string { return "[" + string(entity) + "]" })},
		{Name: "body-wrapped", Summary: "An update answers the entity inside of a value member.",
			NotApplicable: all(needsBody, needsShown),
			hook:          instead(func(_ *call, entity []byte) string { return `{"value":` + string(entity) + "}" })},
		{Name: "body-error", Summary: "An update answers the promised status with an error in the body.",
			NotApplicable: all(needsBody, needsShown), hook: instead(func(c *call, _ []byte) string {
				return string(c.refuse(500, "InternalServerError", "The update failed.").body)
			})},
		{Name: "body-echo", Summary: "An update answers the body of the request in place of the entity.",
			DetectedBy: []string{"UPD-11"}, NotApplicable: all(needsBody, needsOther),
			hook: instead(func(c *call, _ []byte) string { return string(c.body.json()) })},
		{Name: "json-truncated", Summary: "The JSON of an answer ends in the middle, as a whole HTTP message.",
			hook: spoilt(func(b []byte) []byte { return b[:len(b)-len(b)/3] })},
		{Name: "json-trailing-garbage", Summary: "More text comes behind the JSON of an answer.",
			hook: spoilt(func(b []byte) []byte { return append(slices.Clone(b), "\n{}"...) })},
		{Name: "json-trailing-comma", Summary: "A comma stands behind the last member of the JSON.",
			hook: spoilt(func(b []byte) []byte {
				return append(slices.Clone(bytes.TrimRight(b, "} \r\n")), ",}"...)
			})},
		{Name: "json-duplicate-keys", Summary: "The first member of the JSON stands there twice.", hook: spoilt(twice)},
		{Name: "json-not-utf8", Summary: "A text in the JSON is in ISO 8859-1, not in UTF-8.",
			hook: spoilt(func(b []byte) []byte {
				return append([]byte("{\"graphpact.note\":\"caf\xe9\","), bytes.TrimLeft(b, " \r\n{")...)
			})},
		{Name: "json-byte-order-mark", Summary: "A byte order mark stands before the JSON (RFC 8259 8.1).",
			hook: spoilt(func(b []byte) []byte { return append([]byte("\ufeff"), b...) })},
		{Name: "answer-cut", Summary: "The connection ends before the body that Content-Length promises.",
			DetectedBy: []string{"UPD-02", "UPD-03"}, Touches: cut, hook: onSuccess(func(_ *call, a *answer) { a.wire.cut = true })},
		{Name: "answer-cut-in-chunk", Summary: "The connection ends before the last chunk of the body.",
			DetectedBy: []string{"UPD-02", "UPD-03"}, Touches: cut,
			hook: onSuccess(func(_ *call, a *answer) { a.wire.cut, a.wire.chunked = true, true })},
		{Name: "gzip-mislabelled", Summary: "An answer is labelled as gzip and is not compressed.",
			DetectedBy: []string{"UPD-02", "UPD-03"}, Touches: []string{"body", "coding"},
			hook: onShown(func(_ *call, a *answer) { a.header.Set("Content-Encoding", "gzip") })},
	})
}

func twice(b []byte) []byte {
	o, err := parseObject(b)
	if err != nil || len(o) == 0 {
		return b
	}
	return append(slices.Clone(o[:1]), o...).json()
}

// propertyFaults break the properties in the answer to an update.
func propertyFaults() []Behaviour {
	enum := func(change func(p contract.Property, value string) any) hook {
		return onUpdated(func(c *call, o Object) Object {
			p, _ := enumProperty(c.route.op)
			s, _ := text(o.value(p.Name))
			return o.set(p.Name, encode(change(p, s)))
		})
	}
	return alike(Behaviour{DetectedBy: []string{"UPD-03"}, Touches: []string{"body", "properties"}, NotApplicable: all(needsBody, needsShown)}, []Behaviour{
		{Name: "property-missing", Summary: "The answer leaves out a property that the example of the page shows.",
			hook: onUpdated(withoutShown)},
		{Name: "property-wrong-type", Summary: "A property in the answer has another JSON type than the page documents.",
			NotApplicable: all(needsBody, needsTyped), hook: onUpdated(withWrongType)},
		{Name: "property-null", Summary: "The answer shows the property just set as null.",
			DetectedBy: []string{"UPD-11"}, NotApplicable: all(needsBody, needsSettable),
			hook: onUpdated(func(c *call, o Object) Object {
				for _, m := range c.patch {
					o = o.set(m.Name, null)
				}
				return o
			})},
		{Name: "property-names-in-pascal-case", Summary: "The names of the properties in the answer begin with a capital.",
			hook: onUpdated(func(_ *call, o Object) Object {
				o = slices.Clone(o)
				for i, m := range o {
					if !strings.Contains(m.Name, "@") {
						o[i].Name = strings.ToUpper(m.Name[:1]) + m.Name[1:]
					}
				}
				return o
			})},
		{Name: "enum-outside-page", Summary: "The answer shows a value that is no member of the enum.",
			NotApplicable: all(needsBody, needsEnum),
			hook:          enum(func(p contract.Property, _ string) any { v, _ := p.Undocumented(); return v })},
		{Name: "enum-in-other-case", Summary: "The answer shows a member of the enum in another case.",
			NotApplicable: all(needsBody, needsCase),
			hook:          enum(func(p contract.Property, value string) any { return otherCase(p, value) })},
		{Name: "enum-as-number", Summary: "The answer shows a member of the enum as its number.",
			NotApplicable: all(needsBody, needsEnum), hook: enum(func(p contract.Property, value string) any {
				return slices.IndexFunc(p.Type.Enum, func(m contract.Member) bool { return m.Value == value })
			})},
		{Name: "key-null", Summary: "The key in the answer is null.",
			DetectedBy: []string{"UPD-05"}, Touches: []string{"body", "key"}, NotApplicable: all(needsBody, needsKey),
			hook: onUpdated(func(c *call, o Object) Object { return o.set(c.route.model.key, null) })},
		{Name: "key-changed-in-answer", Summary: "The answer shows another key than the entity's.",
			DetectedBy: []string{"UPD-05"}, Touches: []string{"body", "key"}, NotApplicable: all(needsBody, needsKey),
			hook: onUpdated(withForgedKey)},
		{Name: "key-changed", Summary: "An update gives the entity another key.",
			DetectedBy: []string{"UPD-05"}, Touches: []string{"state", "key"}, NotApplicable: needsKey,
			hook: stores(always, withForgedKey)},
		{Name: "odata-type-of-another-namespace", Summary: "@odata.type names a type of another namespace.",
			Touches: []string{"body", "annotations"}, NotApplicable: all(needsBody, needsNamespace),
			hook: onUpdated(func(_ *call, o Object) Object {
				return o.with("@odata.type", quote("#graphpact.another.thing"))
			})},
		{Name: "odata-type-without-hash", Summary: "@odata.type names the type without the number sign (OData 4.01 JSON Format 4.5.3).",
			Touches: []string{"body", "annotations"}, NotApplicable: all(needsBody, needsTypeName),
			hook: onUpdated(func(c *call, o Object) Object {
				return o.with("@odata.type", quote(c.route.op.QualifiedType()))
			})},
	})
}

// typedProperty gives the first property for which a value of a wrong type is known:
// one that a client may set before others, and never the key.
func typedProperty(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(slices.Concat(op.Settable(), op.Properties), func(p contract.Property) bool {
		return hasWrongType(p) && p.Role != contract.RoleKey
	})
}

func hasWrongType(p contract.Property) bool {
	_, ok := p.WrongType()
	return ok
}

// foldedEnum gives the enum if it has a member that can be spelt in another case.
func foldedEnum(op *contract.Operation) (contract.Property, bool) {
	p, ok := enumProperty(op)
	_, folds := p.WrongCase(nil)
	return p, ok && folds
}

// otherCase spells a member in another case that is no member.
func otherCase(p contract.Property, value string) string {
	if upper := strings.ToUpper(value); upper != value {
		return upper
	}
	v, _ := p.WrongCase(nil)
	return v
}

// withoutShown gives the object without a property that the page shows, withWrongType with a property
// of another type, and withForgedKey with another key.
func withoutShown(c *call, o Object) Object {
	p, _ := shownProperty(c.route.op)
	return o.without(p.Name)
}

func withWrongType(c *call, o Object) Object {
	p, _ := typedProperty(c.route.op)
	v, _ := p.WrongType()
	return o.with(p.Name, encode(v))
}

func withForgedKey(c *call, o Object) Object { return o.set(c.route.model.key, c.route.forgedKey(o)) }

// forgedKey is another key of the same shape as the entity's.
func (r *route) forgedKey(o Object) json.RawMessage {
	value, _ := o.Get(r.model.key)
	p, ok := r.op.WithRole(contract.RoleKey)
	if !ok {
		return value
	}
	v, _ := p.Forged(decodedJSON(value))
	return encode(v)
}

// headerFaults break what the header of an answer says.
func headerFaults() []Behaviour {
	label := func(value string) hook {
		return onShown(func(_ *call, a *answer) { a.header.Set("Content-Type", value) })
	}
	return alike(Behaviour{DetectedBy: []string{"UPD-04"}, Touches: []string{"media-type"}}, []Behaviour{
		{Name: "content-type-html", Summary: "The entity is labelled as text/html.",
			NotApplicable: needsBody, hook: label("text/html; charset=utf-8")},
		{Name: "content-type-text", Summary: "The entity is labelled as text/plain.", NotApplicable: needsBody, hook: label("text/plain")},
		{Name: "content-type-malformed", Summary: "The media type of the entity is no media type.",
			NotApplicable: needsBody, hook: label("json")},
		{Name: "content-type-missing", Summary: "The entity has no Content-Type.",
			NotApplicable: needsBody, hook: onSuccess(func(_ *call, a *answer) { a.without("Content-Type") })},
		{Name: "content-type-other-charset", Summary: "JSON in UTF-8 is labelled as ISO 8859-1.",
			DetectedBy: []string{"UPD-41"}, NotApplicable: needsBody, hook: label("application/json; charset=iso-8859-1")},
		{Name: "request-id-missing", Summary: "No answer carries a request-id.",
			DetectedBy: []string{"UPD-30"}, Touches: []string{"request-id"},
			hook: onAny(func(_ *call, a *answer) { a.without("request-id") })},
		{Name: "client-request-id-missing", Summary: "The client-request-id of a request does not come back.",
			DetectedBy: []string{"UPD-31"}, Touches: []string{"client-request-id"},
			hook: onAny(func(_ *call, a *answer) { a.without("client-request-id") })},
		{Name: "client-request-id-other", Summary: "Another client-request-id comes back than was sent.",
			DetectedBy: []string{"UPD-31"}, Touches: []string{"client-request-id"},
			hook: onAny(func(c *call, a *answer) { a.header.Set("client-request-id", c.id) })},
		{Name: "date-header-off", Summary: "The Date header is a day behind the server's own timestamps.",
			DetectedBy: []string{"UPD-07"}, Touches: []string{"date-header"}, NotApplicable: needsModified,
			hook: onAny(func(c *call, a *answer) { a.wire.date = c.now.Add(-24 * time.Hour) })},
	})
}

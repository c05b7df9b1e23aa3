package mockgraph

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"graphpact/internal/contract"
)

func TestUpdateAccepted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, property, want string
		fields                     []string
	}{
		{"enum", `{"stage":"closed"}`, "stage", `"closed"`, nil},
		{"enum null", `{"stage":null}`, "stage", `null`, nil},
		{"enum list", `{"stages":["closed","open"]}`, "stages", `["closed","open"]`, nil},
		{"string", `{"title":"<é> & \u00e9"}`, "title", `"<é> & \u00e9"`, nil},
		{"new property", `{"due":"2026-02-28T01:02Z"}`, "due", `"2026-02-28T01:02Z"`, nil},
		{"what only the example sends", `{"note":"n"}`, "note", `"n"`, nil},
		{"null list item", `{"tags":["a",null]}`, "tags", `["a",null]`, nil},
		{"empty list", `{"tags":[]}`, "tags", `[]`, nil},
		{"objects merge", `{"details":{"b":{"d":3},"e":[1, 2]}}`, "details", `{"a":1,"b":{"c":2,"d":3},"e":[1,2]}`, nil},
		{"object null", `{"details":null}`, "details", `null`, nil},
		{"largest Int32", `{"count":2147483647}`, "count", `2147483647`, nil},
		{"large Int64", `{"size":9007199254740993}`, "size", `9007199254740993`, nil},
		{"Int64 as text", `{"size":"5"}`, "size", `"5"`, []string{"Content-Type: application/json;IEEE754Compatible=true"}},
		{"type of the namespace", `{"@odata.type":"#microsoft.graph.workshop.squareWidget","title":"t"}`, "@odata.type", `"#microsoft.graph.workshop.roundWidget"`, nil},
		{"annotations", `{"@x.y":{"z":1},"title@x.y":[],"@odata.etag":"no","title":"t"}`, "title", `"t"`, nil},
		{"sentinel is absent", `{"stage":"unknownFutureValue","title":"t"}`, "stage", `"open"`, nil},
		{"sentinel in a list", `{"stages":["closed","unknownFutureValue"],"title":"t"}`, "stages", `["open","unknownFutureValue"]`, nil},
		{"beyond the sentinel", `{"stage":"paused"}`, "stage", `"unknownFutureValue"`, []string{"Prefer: include-unknown-enum-members"}},
		{"charset", `{"title":"t"}`, "title", `"t"`, []string{"Content-Type: application/json; charset=UTF-8; odata.metadata=minimal"}},
		{"upper-case type", `{"title":"t"}`, "title", `"t"`, []string{"Content-Type: Application/JSON"}},
		{"white space", " \r\n{ \"title\" :\t\"t\" } \n", "title", `"t"`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := serve(t)
			before := b.want(b.send("GET", first, ""), 200)
			updated := b.want(b.send("PATCH", first, tt.body, tt.fields...), 200)
			after := b.want(b.send("GET", first, ""), 200)
			if got := b.get(first, tt.property); got != tt.want {
				t.Errorf("%s is %s, want %s", tt.property, got, tt.want)
			}
			if !strings.Contains(tt.name, "beyond") && updated.body != after.body {
				t.Errorf("the answer is not the entity:\n%s\n%s", updated.body, after.body)
			}
			if before.header.Get("ETag") == after.header.Get("ETag") || updated.header.Get("ETag") != after.header.Get("ETag") {
				t.Error("the ETag did not change with the entity")
			}
			if got, want := b.get(first, "lastModifiedDateTime"), `"2026-11-23T10:20:30.1234567Z"`; got != want {
				t.Errorf("modified %s, want %s", got, want)
			}
			// What was not named stays.
			for _, name := range []string{"id", "createdDateTime", "serial", "count", "ready", "title", "stage"} {
				was, _ := object(t, before.body).Get(name)
				if name != tt.property && !strings.Contains(tt.body, `"`+name+`":`) && b.get(first, name) != string(was) {
					t.Errorf("%s changed from %s to %s", name, was, b.get(first, name))
				}
			}
		})
	}
}

func TestUpdateWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body string }{
		{"empty", `{}`},
		{"key", `{"id":"other"}`},
		{"key of a wrong type", `{"id":42}`},
		{"dates", `{"createdDateTime":"2000-01-01T00:00:00Z","lastModifiedDateTime":"2000-01-01T00:00:00Z"}`},
		{"read-only", `{"serial":"S-2"}`},
		{"known, but not offered for an update", `{"shelfName":"x"}`},
		{"sentinel", `{"stage":"unknownFutureValue"}`},
		{"annotations", `{"@odata.type":"#microsoft.graph.workshop.widget","@a.b":1,"title@a.b":2}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := serve(t)
			unchanged := b.expectUnchanged()
			before := b.send("GET", first, "")
			if r := b.want(b.send("PATCH", first, tt.body), 200); r.body != before.body {
				t.Errorf("the answer is not the entity: %s", r.body)
			}
			unchanged()
		})
	}
}

func TestUpdateRefused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"details":`, 101) + `1` + strings.Repeat(`}`, 101)
	for _, tt := range []struct{ name, body, message string }{
		{"unknown property", `{"title":"t","colour":"red"}`, `\"colour\"`},
		{"wrong case of a property", `{"Title":"t"}`, `\"Title\"`},
		{"no member", `{"stage":"ajar"}`, `ajar`},
		{"wrong case of a member", `{"stage":"Open"}`, `Open`},
		{"member as a number", `{"stage":0}`, `stage`},
		{"member as a list", `{"stage":["open"]}`, `stage`},
		{"empty member", `{"stage":""}`, `stage`},
		{"beyond the sentinel", `{"stage":"paused"}`, `include-unknown-enum-members`},
		{"beyond in a list", `{"stages":["open","paused"]}`, `include-unknown-enum-members`},
		{"no member beside the sentinel", `{"stages":["ajar","unknownFutureValue"]}`, `ajar`},
		{"text for an object", `{"details":"x"}`, `details`},
		{"Boolean for an object", `{"details":true}`, `details`},
		{"no list", `{"stages":"open"}`, `array`},
		{"null list", `{"tags":null}`, `array`},
		{"wrong item", `{"tags":["a",1]}`, `tags`},
		{"null", `{"title":null}`, `null`},
		{"number for text", `{"title":1}`, `title`},
		{"object for text", `{"title":{}}`, `title`},
		{"text for a number", `{"count":"1"}`, `count`},
		{"fraction", `{"count":1.5}`, `count`},
		{"beyond Int32", `{"count":2147483648}`, `count`},
		{"text for a Boolean", `{"ready":"true"}`, `ready`},
		{"no date", `{"due":"yesterday"}`, `due`},
		{"no such day", `{"due":"2026-02-30T00:00:00Z"}`, `due`},
		{"date without offset", `{"due":"2026-02-28T00:00:00"}`, `due`},
		{"no GUID", `{"owner":"w1"}`, `owner`},
		{"last of many", `{"title":"t","count":1,"ready":"no"}`, `ready`},
		{"type of another namespace", `{"@odata.type":"#microsoft.graph.user"}`, `@odata.type`},
		{"type of a deeper namespace", `{"@odata.type":"#microsoft.graph.workshop.x.widget"}`, `@odata.type`},
		{"namespace alone", `{"@odata.type":"#microsoft.graph.workshop."}`, `@odata.type`},
		{"type is no text", `{"@odata.type":1}`, `@odata.type`},
		{"empty type", `{"@odata.type":""}`, `@odata.type`},
		{"twice", `{"title":"a","title":"b"}`, `duplicate`},
		{"twice, escaped", `{"title":"a","\u0074itle":"b"}`, `duplicate`},
		{"twice inside", `{"details":{"x":[{"a":1,"a":2}]}}`, `duplicate`},
		{"trailing data", `{"title":"t"}{}`, `malformed`},
		{"cut", `{"title":"t"`, `malformed`},
		{"trailing comma", `{"title":"t",}`, `malformed`},
		{"single quotes", `{'title':'t'}`, `malformed`},
		{"byte order mark", "\ufeff" + `{"title":"t"}`, `malformed`},
		{"not UTF-8", "{\"title\":\"\xff\"}", `UTF-8`},
		{"array", `[{"title":"t"}]`, `object`},
		{"text", `"title"`, `object`},
		{"null body", `null`, `object`},
		{"spaces", ` `, `malformed`},
		{"deep", deep, `nested`},
		{"deeper", strings.Repeat("[", 200000), `malformed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := serve(t)
			unchanged := b.expectUnchanged()
			r := b.send("PATCH", first, tt.body)
			b.refused(r, 400, "BadRequest")
			if !strings.Contains(r.body, tt.message) {
				t.Errorf("the message does not say %s: %s", tt.message, r.body)
			}
			unchanged()
		})
	}
}

func TestMediaType(t *testing.T) {
	t.Parallel()
	b := serve(t)
	unchanged := b.expectUnchanged()
	for _, tt := range []struct {
		name   string
		fields []string
	}{
		{"none", []string{"Content-Type:"}},
		{"text", []string{"Content-Type: text/plain"}},
		{"form", []string{"Content-Type: application/x-www-form-urlencoded"}},
		{"merge patch", []string{"Content-Type: application/merge-patch+json"}},
		{"prefix", []string{"Content-Type: application/jsonx"}},
		{"malformed", []string{"Content-Type: application/json; charset"}},
		{"charset", []string{"Content-Type: application/json; charset=iso-8859-1"}},
		{"coding", []string{"Content-Encoding: gzip"}},
		{"unknown coding", []string{"Content-Encoding: snail"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			b.refused(b.send("PATCH", first, `{"title":"t"}`, tt.fields...), 415, "UnsupportedMediaType")
		})
	}
	// An update without any body still has a media type to get wrong, then a body.
	b.refused(b.send("PATCH", first, ""), 415, "UnsupportedMediaType")
	b.refused(b.send("PATCH", first, "", "Content-Type: application/json"), 400, "BadRequest")
	unchanged()
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	b := serve(t)
	fill := func(size int) string {
		return `{"title":"` + strings.Repeat("x", size-len(`{"title":""}`)) + `"}`
	}
	unchanged := b.expectUnchanged()
	b.refused(b.send("PATCH", first, fill(maxBody+1)), 413, "RequestEntityTooLarge")
	unchanged()
	b.want(b.send("PATCH", first, fill(maxBody)), 200)
}

func TestConditions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method, field string
		status              int
	}{
		{"any", "PATCH", `If-Match: *`, 200},
		{"current", "PATCH", `If-Match: W/"CURRENT"`, 200},
		{"current, as a strong tag", "PATCH", `If-Match: "CURRENT"`, 200},
		{"in a list", "PATCH", `If-Match: "a,b" , W/"x",W/"CURRENT"`, 200},
		{"stale", "PATCH", `If-Match: W/"STALE"`, 412},
		{"not in a list", "PATCH", `If-Match: "a", "CURRENT,"`, 412},
		{"unquoted", "PATCH", `If-Match: CURRENT`, 400},
		{"open", "PATCH", `If-Match: "CURRENT`, 400},
		{"no comma", "PATCH", `If-Match: "a" "CURRENT"`, 400},
		{"any in a list", "PATCH", `If-Match: "a", *`, 400},
		{"commas alone", "PATCH", `If-Match: ,`, 400},
		{"none match", "PATCH", `If-None-Match: "a"`, 200},
		{"none match any", "PATCH", `If-None-Match: *`, 412},
		{"none match current", "PATCH", `If-None-Match: W/"CURRENT"`, 412},
		{"read stale", "GET", `If-Match: "STALE"`, 412},
		{"read current", "GET", `If-Match: "CURRENT"`, 200},
		{"not modified", "GET", `If-None-Match: W/"CURRENT"`, 304},
		{"modified", "GET", `If-None-Match: W/"STALE"`, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := serve(t)
			opaque := func(r reply) string { return strings.Trim(strings.TrimPrefix(r.header.Get("ETag"), "W/"), `"`) }
			stale := opaque(b.send("GET", first, ""))
			b.want(b.send("PATCH", first, `{"count":1}`), 200)
			b.want(b.send("PATCH", first, `{"count":7}`), 200)
			current := opaque(b.send("GET", first, ""))
			unchanged := b.expectUnchanged()
			body := ""
			if tt.method == "PATCH" {
				body = `{"title":"conditional"}`
			}
			field := strings.NewReplacer("CURRENT", current, "STALE", stale).Replace(tt.field)
			r := b.send(tt.method, first, body, field)
			switch tt.status {
			case 412:
				b.refused(r, 412, "PreconditionFailed")
			case 400:
				b.refused(r, 400, "BadRequest")
			default:
				b.want(r, tt.status)
			}
			if tt.status == 200 && tt.method == "PATCH" {
				if got := b.get(first, "title"); got != `"conditional"` {
					t.Errorf("not applied: %s", got)
				}
				return
			}
			unchanged()
		})
	}
}

func TestETagDiffersAfterUndo(t *testing.T) {
	t.Parallel()
	b := serve(t)
	// A clock that stands still and dates that the entity does not have: the second
	// entity is the same after the undo.
	before := b.send("GET", second, "")
	b.want(b.send("PATCH", second, `{"title":"x"}`), 200)
	b.want(b.send("PATCH", second, `{"title":"second"}`), 200)
	after := b.send("GET", second, "")
	if before.header.Get("ETag") == after.header.Get("ETag") {
		t.Error("the ETag came back")
	}
}

func TestPrefer(t *testing.T) {
	t.Parallel()
	noContent := contract.Success{Status: 204}
	object := contract.Success{Status: 200, Body: contract.Fact[bool]{Value: true}}
	for _, tt := range []struct {
		name    string
		success contract.Success
		prefer  string
		status  int
		applied string
	}{
		{"documented 200", object, "", 200, ""},
		{"documented 204", noContent, "", 204, ""},
		{"200 without a body", contract.Success{Status: 200}, "", 200, ""},
		{"representation on 200 without a body", contract.Success{Status: 200}, "return=representation", 200, "return=representation"},
		{"202", contract.Success{Status: 202}, "", 202, ""},
		{"silent page", contract.Success{}, "", 204, ""},
		{"silent on the status", contract.Success{Body: contract.Fact[bool]{Value: true}}, "", 200, ""},
		{"minimal", object, "return=minimal", 204, "return=minimal"},
		{"minimal among others", object, `x="a,return=representation"; y=z, Return = "minimal";q=1, return=representation`, 204, "return=minimal"},
		{"minimal on 204", noContent, "return=minimal", 204, "return=minimal"},
		{"representation", object, "return=representation", 200, "return=representation"},
		{"representation on 204", noContent, "return=representation", 200, "return=representation"},
		{"unknown", object, "return=all, respond-async", 200, ""},
		{"enum members", object, "include-unknown-enum-members", 200, "include-unknown-enum-members"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			op := widget()
			op.Success = tt.success
			b := serve(t, func(c *Config) { c.Operations = []*contract.Operation{op} })
			fields := []string{"Prefer:" + tt.prefer}
			r := b.want(b.send("PATCH", second, `{"count":3}`, fields...), tt.status)
			if got := r.header.Get("Preference-Applied"); got != tt.applied {
				t.Errorf("Preference-Applied %q, want %q", got, tt.applied)
			}
			if got := b.get(second, "count"); got != "3" {
				t.Errorf("not applied: %s", got)
			}
			get := b.send("GET", second, "", fields...)
			switch {
			case tt.status == 204:
				if r.body != "" || r.header.Get("Content-Type") != "" || r.header.Get("OData-EntityId") != b.url+second {
					t.Errorf("204 with body %q, header %v", r.body, r.header)
				}
			case tt.status == 200 && tt.prefer == "" && !tt.success.Body.Value:
				if r.body != "" || r.header.Get("Content-Type") != "" || r.header.Get("Content-Length") != "0" {
					t.Errorf("200 with body %q, header %v", r.body, r.header)
				}
			case r.body != get.body:
				t.Errorf("the answer is not the entity:\n%s\n%s", r.body, get.body)
			}
			wantStage := `"unknownFutureValue"`
			if tt.name == "enum members" {
				wantStage = `"paused"`
			}
			if !strings.Contains(get.body, `"stage":`+wantStage) {
				t.Errorf("the stage is not %s: %s", wantStage, get.body)
			}
		})
	}
}

func TestBeyondIsStored(t *testing.T) {
	t.Parallel()
	b := serve(t)
	prefer := "Prefer: include-unknown-enum-members"
	b.want(b.send("PATCH", first, `{"stage":"paused"}`, prefer), 200)
	if r := b.send("GET", first, "", prefer); !strings.Contains(r.body, `"stage":"paused"`) {
		t.Errorf("not there: %s", r.body)
	}
}

func TestModifiedMovesForward(t *testing.T) {
	t.Parallel()
	b := serve(t)
	step := func(now time.Time, want string) {
		t.Helper()
		b.clock.set(now)
		// The same value again is an update too.
		b.want(b.send("PATCH", first, `{"title":"same"}`), 200)
		if got := b.get(first, "lastModifiedDateTime"); got != `"`+want+`"` {
			t.Errorf("at %s: %s, want %s", now, got, want)
		}
	}
	step(start, "2026-11-23T10:20:30.1234567Z")
	step(start, "2026-11-23T10:20:30.1234568Z")                                                             // the clock stands still
	step(start.Add(-time.Hour), "2026-11-23T10:20:30.1234569Z")                                             // and runs backwards
	step(time.Date(2026, 11, 23, 13, 0, 0, 0, time.FixedZone("", 2*60*60)), "2026-11-23T11:00:00.0000000Z") // another zone, no fraction
	step(time.Date(2026, 11, 23, 11, 0, 0, 99, time.UTC), "2026-11-23T11:00:00.0000001Z")                   // less than a tick later
	step(time.Date(2026, 11, 23, 23, 59, 59, int(time.Second)-1, time.UTC), "2026-11-23T23:59:59.9999999Z") // never rounded up
	step(time.Date(2026, 11, 23, 23, 59, 59, int(time.Second)-1, time.UTC), "2026-11-24T00:00:00.0000000Z") // carried
	if got := b.get(first, "createdDateTime"); got != `"2026-01-02T03:04:05.1234567Z"` {
		t.Errorf("created moved: %s", got)
	}
}

// A page may leave out the dates that Graph sets everywhere; an entity that has them
// keeps its modification date true, and a client does not set them.
func TestDatesThatThePageLeavesOut(t *testing.T) {
	t.Parallel()
	op := widget()
	op.Properties = op.Properties[3:]
	b := serve(t, func(c *Config) { c.Operations = []*contract.Operation{op} })
	b.want(b.send("PATCH", first, `{"id":"x","createdDateTime":"x","lastModifiedDateTime":"x","title":"t"}`), 200)
	if got := b.get(first, "lastModifiedDateTime"); got != `"2026-11-23T10:20:30.1234567Z"` {
		t.Errorf("modified: %s", got)
	}
	if got := b.get(first, "id"); got != `"w1"` {
		t.Errorf("id: %s", got)
	}
	unchanged := b.expectUnchanged()
	b.refused(b.send("PATCH", first, `{"dueDateTime":"x"}`), http.StatusBadRequest, "BadRequest")
	unchanged()
}

package mockgraph

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
)

const token = "test-token"

// start is where the clock of a test server stands.
var start = time.Date(2026, 11, 23, 10, 20, 30, 123456789, time.UTC)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func conventions(tb testing.TB) *convention.Set {
	tb.Helper()
	set, err := convention.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

func enum(members ...contract.Member) contract.Type {
	return contract.Type{Name: "microsoft.graph.workshop.stage", Enum: members}
}

// widget is an Operation with a property of each kind.
func widget() *contract.Operation {
	stages := enum(
		contract.Member{Value: "open"}, contract.Member{Value: "closed"},
		contract.Member{Value: "unknownFutureValue", Sentinel: true}, contract.Member{Value: "paused", Beyond: true},
	)
	stageList := stages
	stageList.Collection = true
	edm := func(name, edm string) contract.Property {
		return contract.Property{Name: name, Listed: true, Type: contract.Type{Name: strings.TrimPrefix(edm, "Edm."), Edm: edm}}
	}
	required := edm("title", "Edm.String")
	required.Nullable.Value = contract.NullableNo
	readOnly := edm("serial", "Edm.String")
	readOnly.ReadOnly.Value = true
	created := edm("createdDateTime", "Edm.DateTimeOffset")
	created.Role = contract.RoleCreated
	modified := edm("lastModifiedDateTime", "Edm.DateTimeOffset")
	modified.Role = contract.RoleModified
	key := contract.Property{Name: "id", Role: contract.RoleKey, Type: contract.Type{Name: "String", Edm: "Edm.String"}}
	tags := edm("tags", "Edm.String")
	tags.Type.Collection = true
	shownOnly := contract.Property{Name: "shelfName", Type: contract.Type{Name: "String", Edm: "Edm.String"}}
	sentOnly := contract.Property{Name: "note", Type: contract.Type{Name: "String", Edm: "Edm.String"}}
	sentOnly.Sent.Value = true
	return &contract.Operation{
		Page:      "widget-update.md",
		Method:    contract.Fact[string]{Value: "PATCH"},
		Path:      contract.Path{Template: "/shelves/{shelfId}/widgets/{widgetId}", Params: []contract.Param{{Name: "shelfId"}, {Name: "widgetId"}}},
		Namespace: contract.Fact[string]{Value: "microsoft.graph.workshop"},
		Resource:  contract.Fact[string]{Value: "widget"},
		Success:   contract.Success{Status: 200, Body: contract.Fact[bool]{Value: true}},
		Properties: []contract.Property{
			key, created, modified, required, readOnly, shownOnly, sentOnly, tags,
			{Name: "stage", Listed: true, Type: stages},
			{Name: "stages", Listed: true, Type: stageList},
			{Name: "details", Listed: true, Type: contract.Type{Name: "microsoft.graph.workshop.details", Shape: "object"}},
			edm("count", "Edm.Int32"), edm("size", "Edm.Int64"), edm("ready", "Edm.Boolean"),
			edm("due", "Edm.DateTimeOffset"), edm("owner", "Edm.Guid"),
		},
	}
}

const widgetSeed = `{
  "operation": "PATCH /shelves/{shelfId}/widgets/{widgetId}",
  "entities": [
    {"params": {"shelfId": "top", "widgetId": "w1"},
     "body": {"@odata.type": "#microsoft.graph.workshop.roundWidget", "id": "w1",
       "createdDateTime": "2026-01-02T03:04:05.1234567Z", "lastModifiedDateTime": "2026-01-02T03:04:05.1234567Z",
       "title": "first", "serial": "S-1", "stage": "open", "stages": ["open", "paused"], "tags": ["x"],
       "details": {"a": 1, "b": {"c": 2}}, "count": 7, "ready": false}},
    {"params": {"shelfId": "top", "widgetId": "a/b 'c'"},
     "body": {"id": "a/b 'c'", "title": "second", "stage": "paused"}}
  ]
}`

const (
	first  = "/beta/shelves/top/widgets/w1"
	second = "/beta/shelves/top/widgets/a%2Fb%20%27c%27"
)

// bench is a server under test, reached over loopback HTTP.
type bench struct {
	tb     testing.TB
	server *Server
	url    string
	clock  *clock
}

func serve(tb testing.TB, change ...func(*Config)) *bench {
	tb.Helper()
	seeds, err := ReadSeeds([]byte(widgetSeed), "widget.json")
	if err != nil {
		tb.Fatal(err)
	}
	c := &clock{now: start}
	cfg := Config{Operations: []*contract.Operation{widget()}, Conventions: conventions(tb), Seeds: seeds, Token: token, Now: c.Now}
	for _, f := range change {
		f(&cfg)
	}
	server, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	l, err := Start(tb.Context(), "", server)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &bench{tb, server, l.URL(), c}
}

// in gives the same server to a subtest.
func (b *bench) in(tb testing.TB) *bench {
	inner := *b
	inner.tb = tb
	return &inner
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// send makes a request; fields are "Name: value", and "Name:" takes a default away.
func (b *bench) send(method, path, body string, fields ...string) reply {
	b.tb.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(b.tb.Context(), method, b.url+path, reader)
	if err != nil {
		b.tb.Errorf("%s %s: %v", method, path, err)
		return reply{}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ":")
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, strings.TrimSpace(value))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.tb.Errorf("%s %s: %v", method, path, err) // not Fatal: writers run in goroutines
		return reply{}
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.tb.Errorf("%s %s: %v", method, path, err)
	}
	return reply{res.StatusCode, res.Header, string(data)}
}

// want fails the test unless the answer has the status.
func (b *bench) want(r reply, status int) reply {
	b.tb.Helper()
	if r.status != status {
		b.tb.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// refused checks the status, and that the error has Graph's form.
func (b *bench) refused(r reply, status int, code string) {
	b.tb.Helper()
	b.want(r, status)
	var failure struct {
		Error struct {
			Code, Message string
			InnerError    map[string]string
		}
	}
	if err := json.Unmarshal([]byte(r.body), &failure); err != nil {
		b.tb.Fatalf("%v: %s", err, r.body)
	}
	e := failure.Error
	if e.Code != code || e.Message == "" || e.InnerError["request-id"] != r.header.Get("request-id") ||
		e.InnerError["date"] == "" || e.InnerError["client-request-id"] == "" {
		b.tb.Errorf("not a Graph error with code %s: %s", code, r.body)
	}
}

// get reads a property of an entity as its JSON text.
func (b *bench) get(path, property string) string {
	b.tb.Helper()
	o := object(b.tb, b.want(b.send("GET", path, ""), 200).body)
	value, _ := o.Get(property)
	return string(value)
}

// state is all entities with their ETags.
func (b *bench) state() string {
	b.tb.Helper()
	return b.want(b.send("GET", "/_graphpact/state", ""), 200).body
}

func object(tb testing.TB, data string) Object {
	tb.Helper()
	var o Object
	if err := json.Unmarshal([]byte(data), &o); err != nil {
		tb.Fatalf("%v: %s", err, data)
	}
	return o
}

// expectUnchanged gives a function that fails when the state is not what it is now.
func (b *bench) expectUnchanged() func() {
	before := b.state()
	return func() {
		b.tb.Helper()
		if after := b.state(); !bytes.Equal([]byte(before), []byte(after)) {
			b.tb.Errorf("the state changed:\n%s\n%s", before, after)
		}
	}
}

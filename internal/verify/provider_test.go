package verify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// lawful is a provider that is legal, and differs from the mock Graph in every way
// that the page leaves open. Its state endpoint follows Pact's convention.
type lawful struct {
	mu sync.Mutex
	// state is the one value of the entity that exists, by path.
	state map[string]string
	// changes are what the state endpoint was asked, auths the Authorization headers of
	// the API.
	changes []map[string]any
	auths   []string
	// answer, if not nil, may answer an update in another way; false goes on.
	answer func(w http.ResponseWriter, r *http.Request) bool
	// body may change the body of an update's answer.
	body func(string) string
	// timeout is that of the client; 0 means one that is never reached.
	timeout time.Duration
}

func (p *lawful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.URL.Path == "/_pact/states" {
		p.change(w, r, data)
		return
	}
	p.auths = append(p.auths, r.Header.Get("Authorization"))
	if r.Header.Get("Authorization") != "Bearer "+plantedToken {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	value, ok := p.state[strings.TrimPrefix(r.URL.Path, "/beta")]
	if !ok {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error":{"innerError":{"x":1},"message":"Not here.","code":"itemNotFound","target":null}}`)
		return
	}
	if p.answer != nil && p.answer(w, r) {
		return
	}
	var patch map[string]string
	if json.Unmarshal(data, &patch) == nil && patch["readinessStatus"] != "" {
		value = patch["readinessStatus"]
		p.state[strings.TrimPrefix(r.URL.Path, "/beta")] = value
	}
	body := `{"readinessStatus":"` + value + `","lastModifiedDateTime":"2031-12-31T23:59:59Z","displayName":"more than the page says",` +
		`"@odata.context":"https://elsewhere.example/$metadata#x","createdDateTime":"2001-01-01T00:00:00.1234567Z",` +
		`"nested":{"list":[1,2,{"a":null}]},"id":"4b","@odata.type":"#microsoft.graph.industryData.userProvisioningFlow"}`
	if p.body != nil {
		body = p.body(body)
	}
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal; charset=utf-8")
	w.Header().Set("X-More", "yes")
	_, _ = io.WriteString(w, body[:len(body)/2])
	_ = http.NewResponseController(w).Flush() // chunked
	_, _ = io.WriteString(w, body[len(body)/2:])
}

func (p *lawful) change(w http.ResponseWriter, r *http.Request, data []byte) {
	var c map[string]any
	if err := json.Unmarshal(data, &c); err != nil || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c["authorization"] = r.Header.Get("Authorization")
	p.changes = append(p.changes, c)
	params, _ := c["params"].(map[string]any)
	set, _ := params["outboundProvisioningFlowSetId"].(string)
	flow, _ := params["provisioningFlowId"].(string)
	path := "/external/industryData/outboundProvisioningFlowSets/" + set + "/provisioningFlows/" + flow
	p.state = map[string]string{}
	if c["action"] == "setup" && c["state"] == "a provisioningFlow exists" {
		p.state[path], _ = params["readinessStatus"].(string)
		if p.state[path] == "" {
			p.state[path] = "failed"
		}
	}
}

// play verifies interactions against the provider through its state endpoint.
func play(t *testing.T, p *lawful, interactions []pact.Interaction, output *strings.Builder) []result.Requirement {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	states, err := providerstate.New(srv.URL+"/_pact/states", "test", time.Minute, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(states.Close)
	r := &Runner{Library: library(t), Client: newClient(t, srv.URL+"/beta", func(c *client.Config) {
		if p.timeout > 0 {
			c.Timeout = p.timeout
		}
	}), States: states, Catalog: newCatalog(t)}
	if output != nil {
		r.Output = func(s string) { output.WriteString(s) }
	}
	reqs, err := r.Run(t.Context(), interactions, nil)
	if err != nil {
		t.Fatal(err)
	}
	return reqs
}

func TestLawfulProvider(t *testing.T) {
	t.Parallel()
	p := &lawful{}
	var output strings.Builder
	reqs := play(t, p, load(t, "v4.json").Interactions, &output)
	for _, r := range reqs {
		if r.Verdict != result.Pass || len(r.Checks) != 3 {
			t.Errorf("%s: %s, %s, %+v", r.Key(), r.Verdict, r.Reason, r.Checks)
		}
		// Setting up, the request, and taking down.
		if len(r.Exchanges) != 3 || r.Checks[0].Exchange != 2 || !strings.Contains(r.Exchanges[1].Curl, "$GRAPH_TOKEN") {
			t.Errorf("%s: exchanges %+v", r.Key(), r.Exchanges)
		}
	}
	if len(reqs) != 10 || len(p.changes) != 20 || len(p.auths) != 10 {
		t.Errorf("%d requirements, %d state changes, %d requests", len(reqs), len(p.changes), len(p.auths))
	}
	want := map[string]any{
		"consumer": "graphpact", "state": "a provisioningFlow exists", "states": []any{"a provisioningFlow exists"}, "action": "setup",
		"params": map[string]any{
			"outboundProvisioningFlowSetId": "4219b1b4-e9b2-8e3d-b6c8-09201c63da7c",
			"provisioningFlowId":            "beb163a6-d435-82a9-a7b9-9156f43c9679", "readinessStatus": "notReady",
		},
		"authorization": "", // the state endpoint gets no token
	}
	if diff := cmp.Diff(want, p.changes[0]); diff != "" {
		t.Errorf("state change (-want +got):\n%s", diff)
	}
	if !strings.Contains(output.String(), "has a matching body (OK)") || strings.Contains(output.String(), "\x1b") {
		t.Errorf("the library's output: %s", output.String())
	}
	again := play(t, &lawful{}, load(t, "v4.json").Interactions, nil)
	keys := func(rs []result.Requirement) (out []string) {
		for _, r := range rs {
			out = append(out, r.Key())
		}
		return out
	}
	if diff := cmp.Diff(keys(reqs), keys(again)); diff != "" {
		t.Errorf("another order:\n%s", diff)
	}
}

func TestUnlawfulProviders(t *testing.T) {
	t.Parallel()
	first := load(t, "v4.json").Interactions[:1]
	replace := func(old, with string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, with, 1) }
	}
	answer := func(status int, header, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	tests := []struct {
		name     string
		provider *lawful
		verdict  result.Verdict
		// want are parts of the first check that failed, or of the reason.
		want []string
	}{
		{"missing property", &lawful{body: replace(`"lastModifiedDateTime":"2031-12-31T23:59:59Z",`, "")}, result.Fail,
			[]string{"/lastModifiedDateTime", "nothing", "the page shows lastModifiedDateTime in the response (provisioningflow-update.md:", "Pact: Actual map is missing"}},
		{"outside the enum", &lawful{body: replace(`"disabled"`, `"asleep"`)}, result.Fail,
			[]string{"/readinessStatus", `"asleep"`, "undocumented-value", "the page does not have this value: readinessStatus is one of notReady"}},
		{"another member", &lawful{body: replace(`"disabled"`, `"ready"`)}, result.Fail,
			[]string{"/readinessStatus", `"ready"`, "not the one that the update set"}},
		{"malformed timestamp", &lawful{body: replace("2031-12-31T23:59:59Z", "31.12.2031")}, result.Fail,
			[]string{"/lastModifiedDateTime", "31.12.2031", "malformed-date", "a DateTimeOffset, as 2024", "provisioningflow-update.md:"}},
		{"empty id", &lawful{body: replace(`"4b"`, `""`)}, result.Fail, []string{"/id", "something that is not empty"}},
		{"not JSON", &lawful{body: replace(`{`, ``)}, result.Fail, []string{"Failed to parse the actual body"}},
		{"204", &lawful{answer: answer(204, "X: y", "")}, result.Fail,
			[]string{"status-drift", "200 OK", "204 No Content", "the page promises 200 (provisioningflow-update.md:62)"}},
		{"500", &lawful{answer: answer(500, "Content-Type: application/json", `{"error":{"code":"x","message":"y"}}`)}, result.Fail,
			[]string{"500 Internal Server Error", "the provider failed"}},
		{"302", &lawful{answer: answer(302, "Location: http://127.0.0.1:1/login", "")}, result.Fail, []string{"302 Found", "is not followed"}},
		{"login page", &lawful{answer: answer(200, "Content-Type: text/html", "<html>")}, result.Fail, []string{"text/html"}},
		{"403", &lawful{answer: answer(403, "X: y", "")}, result.Fail, []string{"403 Forbidden", "check the token in GRAPH_TOKEN"}},
		{"hangs", &lawful{timeout: 2 * time.Second, answer: func(_ http.ResponseWriter, r *http.Request) bool {
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
			return true
		}}, result.Error, []string{"timeout: no complete answer within 2s"}},
		{"closes", &lawful{answer: func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }}, result.Error,
			[]string{"connection closed by the server before it answered"}},
		{"closes in the body", &lawful{answer: func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}}, result.Error, []string{"connection closed by the server after"}},
		{"throttles for ever", &lawful{answer: answer(429, "Retry-After: 1", "")}, result.Error, []string{"throttled: 429"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := play(t, tt.provider, first, nil)[0]
			if r.Verdict != tt.verdict {
				t.Errorf("verdict %s, want %s; %s %+v", r.Verdict, tt.verdict, r.Reason, r.Checks)
			}
			text := r.Reason
			if i := slices.IndexFunc(r.Checks, func(c result.Check) bool { return c.Verdict == result.Fail }); i >= 0 {
				c := r.Checks[i]
				text = strings.Join([]string{c.Name, c.Class, c.Pointer, c.Expected, c.Actual, c.Message}, "\n")
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if text == "" {
				t.Error("no word on what is wrong")
			}
		})
	}
}

// A state that the provider cannot set up is an error, told once, and at once: the
// library would try for two minutes and lose the reason.
func TestStateEndpointFails(t *testing.T) {
	t.Parallel()
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "no database\ntoday")
	}))
	defer srv.Close()
	states, err := providerstate.New(srv.URL+"/states?key=hidden", "test", time.Minute, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	r := &Runner{Library: library(t), Client: newClient(t, srv.URL, nil), States: states, Catalog: newCatalog(t)}
	reqs, err := r.Run(t.Context(), load(t, "v2.json").Interactions[:1], nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `the setup of the provider state "a lamp is there": the state endpoint answers 500 Internal Server Error: no database today`
	if reqs[0].Verdict != result.Error || reqs[0].Reason != want {
		t.Errorf("%s: %s", reqs[0].Verdict, reqs[0].Reason)
	}
	// Set up and taken down once; the API was not asked.
	if diff := cmp.Diff([]string{"/states", "/states"}, asked); diff != "" {
		t.Error(diff)
	}
	// It had been taken down: a warning beside the error.
	if n := len(reqs[0].Checks); n != 1 || reqs[0].Checks[0].Verdict != result.Warn {
		t.Errorf("checks %+v", reqs[0].Checks)
	}
}

// V2 and V3 pacts too, and values that the state endpoint gives.
func TestEarlierVersions(t *testing.T) {
	t.Parallel()
	var paths []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/states" {
			_, _ = io.WriteString(w, `{"id":"made-here"}`)
			return
		}
		paths = append(paths, r.Method+" "+r.URL.String())
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"name":"other"}`)
	}))
	defer srv.Close()
	states, err := providerstate.New(srv.URL+"/states", "test", time.Minute, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	r := &Runner{Library: library(t), Client: newClient(t, srv.URL+"/v1", nil), States: states, Catalog: newCatalog(t)}
	all := slices.Concat(load(t, "v2.json").Interactions, load(t, "v3.json").Interactions)
	reqs, err := r.Run(t.Context(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range reqs {
		if q.Verdict != result.Pass {
			t.Errorf("%s: %s %s %+v", q.Scenario, q.Verdict, q.Reason, q.Checks)
		}
	}
	want := []string{"GET /v1/lamps/7", "DELETE /v1/lamps/7", "GET /v1/lamps/made-here?fields=name"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A provider that sends the token back gets it into nothing.
func TestTokenStaysOut(t *testing.T) {
	t.Parallel()
	p := &lawful{answer: func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, `{"id":"`+plantedToken+`","readinessStatus":"`+plantedToken+`","createdDateTime":"`+r.Header.Get("Authorization")+`"}`)
		return true
	}}
	var output strings.Builder
	reqs := play(t, p, load(t, "v4.json").Interactions[:1], &output)
	shown, err := json.Marshal(reqs)
	if err != nil {
		t.Fatal(err)
	}
	if reqs[0].Verdict != result.Fail || output.Len() == 0 {
		t.Errorf("%s, %d bytes of output", reqs[0].Verdict, output.Len())
	}
	for name, text := range map[string]string{"the report": string(shown), "the library's output": output.String()} {
		if strings.Contains(text, plantedToken) {
			t.Errorf("%s shows the token: %s", name, text)
		}
	}
	if p.auths[0] != "Bearer "+plantedToken {
		t.Errorf("the provider got %q", p.auths[0])
	}
}

// TestLongTextsAreCut: a report holds no more of a value than it does after a run.
func TestLongTextsAreCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 100<<10)
	p := &lawful{answer: func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"`+long+`","readinessStatus":"`+long+`","createdDateTime":"`+long+`"}`)
		return true
	}}
	req := play(t, p, load(t, "v4.json").Interactions[:1], nil)[0]
	if req.Verdict != result.Fail {
		t.Fatalf("%s: %s", req.Verdict, req.Reason)
	}
	cut := false
	for _, c := range req.Checks {
		for _, value := range []string{c.Name, c.Pointer, c.Expected, c.Actual} {
			if len(value) > client.TextShown+len("…") || !utf8.ValidString(value) {
				t.Errorf("%s at %s: a value of %d bytes", c.Name, c.Pointer, len(value))
			}
			cut = cut || strings.HasSuffix(value, "ü…")
		}
		if len(c.Message) > client.MessageShown+len("…") {
			t.Errorf("%s at %s: a message of %d bytes", c.Name, c.Pointer, len(c.Message))
		}
	}
	if !cut {
		t.Errorf("no value was cut: %+v", req.Checks)
	}
}

// stateless is a provider that needs no states.
type stateless struct{}

func (stateless) SetUp(context.Context, string, []pact.State) (*providerstate.Setup, error) {
	return &providerstate.Setup{}, nil
}

func (stateless) SetUpEntity(context.Context, *contract.Operation) (map[string]string, func() error, error) {
	return nil, nil, errors.ErrUnsupported
}

// Ctrl-C while the provider lets us wait.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Second):
			t.Error("the request goes on after the interrupt")
		}
	}))
	defer srv.Close()
	r := &Runner{
		Library: library(t), Client: newClient(t, srv.URL, func(c *client.Config) { c.Timeout = time.Minute }), States: stateless{}, Catalog: newCatalog(t),
	}
	all := load(t, "v2.json").Interactions[1:]
	reqs, err := r.Run(ctx, append(all, all...), nil)
	if err != nil || len(reqs) != 2 {
		t.Fatalf("%d requirements, %v", len(reqs), err)
	}
	for _, q := range reqs {
		if q.Verdict != result.Skip || !q.NotPlayed || q.Reason == "" {
			t.Errorf("%s: %s, want one that was not played", q.Verdict, q.Reason)
		}
	}
}

// A provider that is gone ends the verification: what is left is not verified, and no failure.
func TestProviderThatIsGone(t *testing.T) {
	t.Parallel()
	answers := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && answers == 0 {
			answers++
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer srv.Close()
	r := &Runner{
		Library: library(t), States: stateless{}, Catalog: newCatalog(t),
		Client: newClient(t, srv.URL+"/v1", func(c *client.Config) { c.Sleep = func(context.Context, time.Duration) error { return nil } }),
	}
	one := load(t, "v2.json").Interactions
	i := slices.IndexFunc(one, func(i pact.Interaction) bool { return i.Request.Method == http.MethodDelete })
	all := []pact.Interaction{one[i], one[i], one[i], one[i]}
	reqs, err := r.Run(t.Context(), all, nil)
	var gone *client.GoneError
	if !errors.As(err, &gone) || gone.Cause != client.GoneGateway {
		t.Errorf("%v", err)
	}
	for n, q := range reqs {
		want := result.Skip
		if n == 0 {
			want = result.Pass
		}
		if q.Verdict != want || q.NotPlayed != (n > 0) || len(q.Steps) == 0 {
			t.Errorf("%d: %s %s %+v", n, q.Verdict, q.Reason, q.Checks)
		}
	}
}

// A pending interaction that fails is a warning.
func TestPending(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "v4.json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse("pending.json", []byte(strings.ReplaceAll(string(data), `"pending": false`, `"pending": true`)))
	if err != nil {
		t.Fatal(err)
	}
	bad := &lawful{body: func(s string) string { return strings.Replace(s, `"4b"`, "7", 1) }}
	if r := play(t, bad, p.Interactions[:1], nil)[0]; r.Verdict != result.Warn {
		t.Errorf("%s %s %+v", r.Verdict, r.Reason, r.Checks)
	}
}

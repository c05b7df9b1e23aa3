package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"graphpact/features"
	"graphpact/fixtures"
	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/mockgraph"
	"graphpact/internal/probe"
	"graphpact/internal/providerstate"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
)

const (
	testPage  = "docs/provisioningflow-update.md"
	testSeeds = "entities/provisioningflow.json"
	testToken = "test-token"
)

// bench is the whole suite for the project's own page, ready to be run.
type bench struct {
	op    *contract.Operation
	conv  *convention.Set
	suite *scenario.Suite
	mock  *mockgraph.Server
	// plays, states and ctx are for the tests that want others.
	plays  int
	states States
	ctx    context.Context
	// noGet says that the endpoint has no GET of the entity.
	noGet bool
	// settle is how long reads may be late, and clock the time, nil for the real one.
	settle time.Duration
	clock  *testClock
	probe  *probe.Result
}

// testClock is a time in which a wait takes none.
type testClock struct{ ahead atomic.Int64 }

func (c *testClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *testClock) Sleep(ctx context.Context, d time.Duration) error {
	c.ahead.Add(int64(d))
	return ctx.Err()
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := newBenchFor(t, fixture(t, testPage), fixture(t, testSeeds))
	// The page states no limit of a value and has no object: see limits_test.go and TestNested of
	// package harness.
	b.suite.Cases = slices.DeleteFunc(b.suite.Cases, func(c scenario.Case) bool { return slices.Contains(ofLimits, c.ID) || c.ID == "UPD-48" })
	return b
}

// ofLimits are the requirements about limits that a page states.
var ofLimits = []string{"UPD-46", "UPD-47"}

func newBenchFor(t testing.TB, page, seedFile []byte) *bench {
	t.Helper()
	b := &bench{ctx: t.Context()}
	var err error
	b.conv, err = convention.Load()
	check1(t, err)
	doc, err := graphdoc.Parse("page.md", page)
	check1(t, err)
	b.op, err = contract.FromRequestLine(doc, b.conv, 0)
	check1(t, err)
	b.suite, err = scenario.Load(features.FS, b.op, b.conv)
	check1(t, err)
	var seeds []mockgraph.Seed
	if seedFile != nil {
		seeds, err = mockgraph.ReadSeeds(seedFile, "seeds.json")
		check1(t, err)
	}
	b.mock, err = mockgraph.New(mockgraph.Config{
		Operations: []*contract.Operation{b.op}, Conventions: b.conv, Token: testToken, Seeds: seeds,
	})
	check1(t, err)
	return b
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := fixtures.FS.ReadFile(name)
	check1(t, err)
	return data
}

func check1(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run plays the suite against the mock behind the wrapper and gives the
// requirements by key.
func (b *bench) run(t testing.TB, wrap func(http.Handler) http.Handler, only ...string) map[string]result.Requirement {
	t.Helper()
	h := http.Handler(b.mock)
	if wrap != nil {
		h = wrap(h)
	}
	return b.runAt(t, h, testToken, only...)
}

func (b *bench) runAt(t testing.TB, h http.Handler, token string, only ...string) map[string]result.Requirement {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	client, err := client.New(client.Config{BaseURL: srv.URL + "/beta", Token: token, RetryBudget: -1})
	check1(t, err)
	return b.play(t, client, token, only...)
}

// play plays the suite through the client.
func (b *bench) play(t testing.TB, client *client.Client, token string, only ...string) map[string]result.Requirement {
	t.Helper()
	cases, _, err := b.suite.Select(scenario.Selection{Only: only})
	check1(t, err)
	live := &Live{
		Operation: b.op, Conventions: b.conv, Client: client, States: b.states, Repetitions: b.plays,
		Response: b.schema(t, contract.ResponseSchema), Error: b.errorSchema(t),
		Authenticated: token != "", Parallel: 1, NoGet: b.noGet, Settle: b.settle, Probe: b.probe,
	}
	if b.clock != nil {
		live.Sleep = b.clock.Sleep
	}
	if live.States == nil {
		live.States = providerstate.NewMock(b.mock, b.op)
	}
	reqs, err := live.Run(b.ctx, cases, nil)
	check1(t, err)
	if len(reqs) != len(cases) {
		t.Fatalf("%d requirements for %d cases", len(reqs), len(cases))
	}
	out := map[string]result.Requirement{}
	for _, r := range reqs {
		out[r.Key()] = r
	}
	return out
}

func (b *bench) schema(t testing.TB, derive func(*contract.Operation, *convention.Set) ([]byte, error)) *schema.Schema {
	t.Helper()
	data, err := derive(b.op, b.conv)
	check1(t, err)
	s, err := schema.Compile("test", data)
	check1(t, err)
	return s
}

func (b *bench) errorSchema(t testing.TB) *schema.Schema {
	t.Helper()
	data, err := contract.ErrorSchema(b.conv)
	check1(t, err)
	s, err := schema.Compile("error", data)
	check1(t, err)
	return s
}

// withVerdict lists the keys that have the verdict, sorted.
func withVerdict(reqs map[string]result.Requirement, v result.Verdict) []string {
	var keys []string
	for k, r := range reqs {
		if r.Verdict == v {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// answer is a response on its way out of the mock, for a fault to change.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// json changes the body as an object.
func (a *answer) json(change func(obj map[string]any)) {
	obj := map[string]any{}
	if json.Unmarshal(a.body, &obj) != nil {
		return
	}
	change(obj)
	a.body, _ = json.Marshal(obj)
}

// onAnswer is a fault in what the mock answers.
func onAnswer(change func(r *http.Request, a *answer)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			a := &answer{rec.Code, rec.Header().Clone(), rec.Body.Bytes()}
			change(r, a)
			a.header.Del("Content-Length")
			for k, v := range a.header {
				w.Header()[k] = v
			}
			if a.header.Get("Date") == "" && len(a.header["Date"]) > 0 {
				w.Header()["Date"] = nil
			}
			w.WriteHeader(a.status)
			if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
				_, _ = w.Write(a.body)
			}
		})
	}
}

// onRequest is a fault in what the mock understands.
func onRequest(change func(r *http.Request, body []byte) []byte) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			body = change(r, body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			r.ContentLength = int64(len(body))
			next.ServeHTTP(w, r)
		})
	}
}

func patches(r *http.Request) bool { return r.Method == http.MethodPatch }

// object decodes a body, nil where it is no JSON object.
func object(body []byte) map[string]any {
	obj := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(string(body)))
	if dec.Decode(&obj) != nil {
		return nil
	}
	return obj
}

package steps

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"graphpact/features"
	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/providerstate"
	"graphpact/internal/report"
	"graphpact/internal/restore"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
)

// How an endpoint of the fuzz test behaves beside its answers.
const (
	honestStart = 1 << iota // until the first update of an entity, the mock answers
	cutUpdate               // the connection ends behind the body of an answer to an update
	cutRead                 // the same, to a GET
	noAnswer                // the connection is reset in place of an answer to an update
	fuzzHows
)

// reply is what the fuzz test's endpoint answers.
type reply struct {
	status int
	header string // lines of "Name: value"
	body   []byte
	cut    bool
}

func (a reply) response(r *http.Request) *http.Response {
	h := http.Header{}
	for line := range strings.Lines(a.header) {
		if name, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), ":"); found {
			h.Add(name, strings.TrimPrefix(value, " "))
		}
	}
	var body io.Reader = bytes.NewReader(a.body)
	if a.cut {
		body = io.MultiReader(body, broken{})
	}
	return &http.Response{StatusCode: a.status, Proto: "HTTP/1.1", Header: h, Body: io.NopCloser(body), Request: r}
}

// object gives the body as a JSON object, nil where it is none.
func (a reply) object() map[string]any {
	v, err := schema.Decode(a.body)
	object, _ := v.(map[string]any)
	if err != nil || a.cut {
		return nil
	}
	return object
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// fuzzed is an endpoint without a network.
type fuzzed struct {
	how          int
	update, read reply
	honest       http.RoundTripper

	mu      sync.Mutex
	updated map[string]bool
}

func (f *fuzzed) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.Method == http.MethodPatch && f.how&noAnswer != 0:
		return nil, syscall.ECONNRESET
	case r.Method == http.MethodPatch:
		f.updated[r.URL.Path] = true
		return f.update.response(r), nil
	case f.how&honestStart != 0 && !f.updated[r.URL.Path]:
		return f.honest.RoundTrip(r)
	}
	return f.read.response(r), nil
}

// FuzzAnswers plays random answers through the whole check path: sending, reading JSON,
// checking against the schemas, comparing states, restoring, and the reports. Nothing
// may panic or hang, each case gets a verdict, and what needs an object in the answer, or
// in the GET behind it, does not pass without one.
func FuzzAnswers(f *testing.F) {
	b := newBench(f)
	// godog walks through every scenario of the features that it is given.
	some := fstest.MapFS{}
	for _, name := range []string{"01-update.feature", "02-server-properties.feature", "05-authentication.feature"} {
		data, err := features.FS.ReadFile(name)
		check1(f, err)
		some[name] = &fstest.MapFile{Data: data}
	}
	var err error
	b.suite, err = scenario.Load(some, b.op, b.conv)
	check1(f, err)
	cases, _, err := b.suite.Select(scenario.Selection{Only: []string{"UPD-01[readinessStatus=ready]", "UPD-03", "UPD-05", "UPD-06", "UPD-22"}})
	check1(f, err)
	response, errorBody := b.schema(f, contract.ResponseSchema), b.errorSchema(f)
	// What needs an object in the answer to the update, and what in the GET behind it.
	ofUpdate, ofRead := []string{"UPD-03"}, []string{"UPD-01[readinessStatus=ready]", "UPD-05", "UPD-06"}

	for _, s := range fuzzShapes() {
		f.Add(honestStart, s.status, s.header, s.body, 200, fuzzJSON, []byte(fuzzEntity))
		f.Add(honestStart, 200, fuzzJSON, []byte(fuzzEntity), s.status, s.header, s.body)
		f.Add(0, s.status, s.header, s.body, s.status, s.header, s.body)
	}
	for how := range fuzzHows {
		f.Add(how, 200, fuzzJSON, []byte(fuzzEntity), 200, fuzzJSON, []byte(fuzzEntity))
	}
	f.Fuzz(func(t *testing.T, how, status int, header string, body []byte, readStatus int, readHeader string, readBody []byte) {
		endpoint := &fuzzed{
			how: how, honest: transport.InMemory(b.mock), updated: map[string]bool{},
			update: reply{status % 1000, header, body, how&cutUpdate != 0},
			read:   reply{readStatus % 1000, readHeader, readBody, how&cutRead != 0},
		}
		atOnce := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
		client, err := client.New(client.Config{
			BaseURL: "http://127.0.0.1/beta", Token: testToken, Transport: endpoint, Sleep: atOnce, RetryBudget: time.Minute,
		})
		check1(t, err)
		keeper := restore.NewKeeper(client, b.op)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		live := &Live{
			Operation: b.op, Conventions: b.conv, Client: client, States: providerstate.NewMock(b.mock, b.op), Keeper: keeper,
			Response: response, Error: errorBody, Authenticated: true, Parallel: 2, Sleep: atOnce,
		}
		reqs, err := live.Run(ctx, cases, nil)
		check1(t, err)
		keeper.Restore(ctx)
		b.mock.Reset()
		if ctx.Err() != nil {
			t.Fatal("it did not end in time")
		}
		run := &result.Run{Requirements: reqs, Totals: result.Count(reqs)}
		_, err = report.Write(t.TempDir(), run, "json", "junit")
		check1(t, err)

		if len(reqs) != len(cases) {
			t.Fatalf("%d verdicts for %d cases", len(reqs), len(cases))
		}
		for _, r := range reqs {
			switch r.Verdict {
			case result.Pass, result.Skip, result.Warn, result.Fail, result.Error:
			default:
				t.Errorf("%s has the verdict %q", r.Key(), r.Verdict)
			}
			// godog turns a panic of a step into an error of the scenario.
			if strings.Contains(r.Reason, "runtime error") || strings.Contains(r.Reason, "interface conversion") {
				t.Errorf("%s: %s", r.Key(), r.Reason)
			}
			if r.Verdict != result.Pass {
				continue
			}
			if slices.Contains(ofUpdate, r.Key()) && (endpoint.update.object() == nil || how&noAnswer != 0) {
				t.Errorf("%s passes on an answer that is no object: %q", r.Key(), body)
			}
			if slices.Contains(ofRead, r.Key()) && endpoint.read.object() == nil {
				t.Errorf("%s passes on a GET that gives no object: %q", r.Key(), readBody)
			}
		}
	})
}

const (
	fuzzJSON   = "Content-Type: application/json\nDate: Tue, 24 Nov 2026 12:00:01 GMT\nrequest-id: 8f14e45f-ceea-467f-a8d1-1234567890ab"
	fuzzEntity = `{"id":"b7de8b3c-ec68-451a-bcb4-8ced21fb4fd6","readinessStatus":"ready","createdDateTime":"2024-03-22T21:28:02Z","lastModifiedDateTime":"2026-11-24T12:00:00Z"}`
)

// fuzzShapes are the seeds, one for each shape of a hostile answer.
func fuzzShapes() []reply {
	shapes := []reply{{status: 200, header: fuzzJSON, body: []byte(fuzzEntity)}}
	for _, value := range []string{
		"1e999999999", "1e-999999999", strings.Repeat("9", 2000), strings.Repeat("[", 600) + strings.Repeat("]", 600),
		strings.Repeat("[", 11_000) + strings.Repeat("]", 11_000), "\"\xff\xfe\"", `"\u001b]0;owned\u0007\u202e\u0000"`,
		`"` + strings.Repeat(`\"`, 500) + `"`, "null", "true", "{}", `"` + strings.Repeat("x", 5000) + `"`, `"\ud800"`,
	} {
		shapes = append(shapes, reply{status: 200, header: fuzzJSON, body: []byte(strings.NewReplacer(`"ready"`, value, `"2026-11-24T12:00:00Z"`, value).Replace(fuzzEntity))})
	}
	for _, body := range []string{
		"", "null", "[]", `"text"`, "7", "{", fuzzEntity + fuzzEntity, `{"id":1,"id":2}`, "\ufeff" + fuzzEntity, "<html>sign in</html>",
		`{"error":{"code":"a","message":"b"}}`, `{"error":{}}`, `{"` + strings.Repeat("n", 5000) + `":1}`, "\x00\x01\x02", `{"a":1,}`,
	} {
		shapes = append(shapes, reply{status: 200, header: fuzzJSON, body: []byte(body)})
	}
	for _, status := range []int{0, 99, 101, 103, 204, 206, 302, 400, 401, 404, 412, 415, 429, 500, 503, 999} {
		shapes = append(shapes, reply{status: status, header: fuzzJSON, body: []byte(fuzzEntity)})
	}
	for _, header := range []string{
		"Retry-After: 315360000", "Retry-After: -5", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", "Location: http://127.0.0.1:1/", "ETag: \x01\"",
		"ETag: " + strings.Repeat("e", 5000), "Content-Type: \xff", "Content-Type: text/html", "Date: soon", "Preference-Applied: return=minimal", "WWW-Authenticate: ",
		strings.Repeat("Set-Cookie: a=b\n", 200),
	} {
		shapes = append(shapes, reply{status: 200, header: header, body: []byte(fuzzEntity)}, reply{status: 503, header: header})
	}
	return shapes
}

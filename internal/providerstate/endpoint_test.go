package providerstate

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/transport"
)

func newEndpoint(t *testing.T, url string) *Endpoint {
	t.Helper()
	e, err := New(url, "test", time.Second, transport.TLSFiles{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestDo(t *testing.T) {
	var got, auth string
	status, answer := 200, ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, auth = r.Method+" "+r.URL.String()+" "+string(body), r.Header.Get("Authorization")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	e := newEndpoint(t, srv.URL+"/states?key=hidden")
	for name, tt := range map[string]struct {
		status int
		answer string
		want   map[string]any
		err    string
	}{
		"values":     {200, `{"id":"made-here"}`, map[string]any{"id": "made-here"}, ""},
		"nothing":    {204, ``, nil, ""},
		"no object":  {200, `["a"]`, nil, ""},
		"no JSON":    {200, `done`, nil, ""},
		"a refusal":  {404, `no such state`, nil, `the setup of the provider state "a lamp exists": the state endpoint answers 404 Not Found: no such state`},
		"a redirect": {302, ``, nil, `the state endpoint answers 302 Found`},
		"a long one": {500, strings.Repeat("word ", 200), nil, "…"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer = tt.status, tt.answer
			values, ex, err := e.Do(t.Context(), Change{Consumer: "c", State: "a lamp exists", Action: SetUp})
			if diff := cmp.Diff(tt.want, values); diff != "" || ex == nil {
				t.Error(diff)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v, want %q", err, tt.err)
			}
			if err != nil && len(err.Error()) > 400 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
	want := `POST /states?key=hidden {"consumer":"c","state":"a lamp exists","states":["a lamp exists"],"action":"setup","params":{}}`
	if got != want || auth != "" {
		t.Errorf("sent %s with %q, want %s", got, auth, want)
	}
}

// TestKeepsItsKey: a key in the query stands in no error and no report, also where the
// endpoint says it again; and what it says is one line of plain characters.
func TestKeepsItsKey(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "wrong key "+r.URL.Query().Get("code")+" in "+r.URL.String()+" \x1b[31m{\"password\":\"hunter2\"}")
	}))
	for name, tt := range map[string]struct{ query, key string }{
		"a long key": {"?code=state+secret%2F9", "state secret/9"}, "a short key": {"?k=s3cr", "k=s3cr"},
	} {
		e := newEndpoint(t, srv.URL+"/states"+tt.query)
		_, ex, err := e.Do(t.Context(), Change{State: "s", Action: SetUp})
		report, _ := json.Marshal(e.Client().Report(ex))
		down := newEndpoint(t, "http://127.0.0.1:1/states"+tt.query)
		_, _, refused := down.Do(t.Context(), Change{State: "s", Action: SetUp})
		for what, text := range map[string]string{"error": err.Error(), "report": string(report), "not there": refused.Error(), "check": down.Check(t.Context()).Error()} {
			if strings.Contains(text, tt.key) || strings.Contains(text, strings.TrimPrefix(tt.query, "?")) || strings.Contains(text, "hunter2") || strings.Contains(text, "\x1b") {
				t.Errorf("%s, %s: %s", name, what, text)
			}
		}
		if !strings.Contains(err.Error(), "wrong key") {
			t.Errorf("%v", err)
		}
	}
	srv.Close()
}

func TestNobodyThere(t *testing.T) {
	e := newEndpoint(t, "http://127.0.0.1:1/states")
	var down *client.UnreachableError
	if err := e.Check(t.Context()); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
	if _, _, err := e.Do(t.Context(), Change{State: "s", Action: TearDown}); err == nil || !strings.Contains(err.Error(), `the teardown of the provider state "s"`) {
		t.Errorf("%v", err)
	}
}

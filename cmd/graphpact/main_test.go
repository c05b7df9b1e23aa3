package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"graphpact/internal/harness"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the expected output of the scripts anew")

func TestMain(m *testing.M) {
	debug.SetGCPercent(400)   // main has its own setting, which is that of the children
	log.SetOutput(io.Discard) // as main does: net/http tells it what hostile servers send
	testscript.Main(cleaned{m}, map[string]func(){"graphpact-leaks": mainWithoutLeaks})
}

// cleaned removes what the tests built together.
type cleaned struct{ *testing.M }

func (c cleaned) Run() int {
	defer func() { _ = os.RemoveAll(binariesBuilt) }()
	return c.M.Run()
}

// TestScripts runs each command as a user does; a script is its own documentation.
// Beside testscript's own there are these commands; for broker see scriptBroker:
//
//	code N graphpact ARGS...   run graphpact and expect exit code N
//	endpoint [FAULT]           start an endpoint that is not the embedded mock of a run:
//	                           $URL, $SET, $FLOW and $GRAPH_TOKEN say where it is, and
//	                           endpoint.log holds method, path and client-request-id of
//	                           what it got
//	vendor HABIT...            start one with other habits than Graph's, see habits
func TestScripts(t *testing.T) {
	t.Parallel()
	root := projectRoot(t)
	bin := buildBinaries(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// The real program: it starts in half the time of this test's own binary.
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("ROOT", root)
			env.Setenv("PAGE", filepath.Join(root, "fixtures/docs/provisioningflow-update.md"))
			env.Setenv("GRAPHPACT_PACT_HELPER", filepath.Join(bin, "graphpact-pact"))
			env.Setenv("GRAPHPACT_PACT_LIB", filepath.Join(root, ".pact/lib"))
			env.Values[brokerKey{}] = &runningBroker{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":     code,
			"endpoint": startEndpoint,
			"broker":   scriptBroker,
			"vendor":   startVendor,
		},
	})
}

func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// startEndpoint serves the mock behind a fault, in the test's own process.
func startEndpoint(ts *testscript.TestScript, _ bool, args []string) {
	token := "endpoint-secret-token"
	if len(args) > 1 {
		token = args[1]
	}
	pages, err := ownPages()
	ts.Check(err)
	mock, err := harness.NewMock(pages, token)
	ts.Check(err)
	fault := "none"
	if len(args) > 0 {
		fault = args[0]
	}
	wrap, ok := faults[fault]
	if !ok {
		ts.Fatalf("no fault %q", fault)
	}
	log, err := os.OpenFile(ts.MkAbs("endpoint.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	ts.Check(err)
	srv := httptest.NewServer(logged(log, wrap(mock)))
	ts.Defer(func() {
		srv.Close()
		_ = log.Close()
	})
	params := mock.Params(pages.Operations[0].Operation)
	ts.Setenv("URL", srv.URL+mock.BasePath())
	ts.Setenv("HOST", srv.URL)
	ts.Setenv("SET", params["outboundProvisioningFlowSetId"])
	ts.Setenv("FLOW", params["provisioningFlowId"])
	ts.Setenv("GRAPH_TOKEN", token)
}

// logged writes a line for each request, before it is answered.
func logged(log io.Writer, h http.Handler) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		_, _ = fmt.Fprintf(log, "%s %s %s\n", r.Method, r.URL, r.Header.Get("client-request-id"))
		mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

var faults = map[string]func(http.Handler) http.Handler{
	"none": func(h http.Handler) http.Handler { return h },
	// What many endpoints do: 204 where the page says 200.
	"drift": func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			if r.Method == http.MethodPatch && rec.Code == http.StatusOK {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		})
	},
	// The same, but for every other update only.
	"drift-now-and-then": func(h http.Handler) http.Handler {
		var n atomic.Int64
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			if r.Method == http.MethodPatch && rec.Code == http.StatusOK && n.Add(1)%2 == 0 {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		})
	},
	// No request-id: a SHOULD.
	"no-request-id": func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			rec.Header().Del("request-id")
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		})
	},
	// Slow enough for an interrupt to meet a run under way.
	"slow": func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(30 * time.Millisecond)
			h.ServeHTTP(w, r)
		})
	},
	// Busy now and then: what a client waits out, and no verdict.
	"throttled": func(h http.Handler) http.Handler {
		var n atomic.Int64
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1)%20 == 7 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			h.ServeHTTP(w, r)
		})
	},
	// Nobody may write here.
	"no-write": func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			h.ServeHTTP(w, r)
		})
	},
	// Anybody may do anything here: for http to another machine, where no token goes.
	"open": func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Authorization", "Bearer endpoint-secret-token")
			h.ServeHTTP(w, r)
		})
	},
	// Anybody may read here.
	"no-auth-read": func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				r.Header.Set("Authorization", "Bearer endpoint-secret-token")
			}
			h.ServeHTTP(w, r)
		})
	},
	"login-page": func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>sign in</html>"))
		})
	},
}

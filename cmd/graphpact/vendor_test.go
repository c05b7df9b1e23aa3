package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"graphpact/internal/harness"
	"graphpact/internal/mockgraph"
	"graphpact/internal/transport/tlstest"
)

const vendorToken = "vendor-secret-token"

// vendor is the mock behind the habits of another server.
type vendor struct {
	mock *mockgraph.Server
	op   harness.Operation
	// states is how its state endpoint behaves.
	states string
	// prefix is the path in front of the mock's.
	prefix string
	// mutual is the authority of a server that asks for client certificates.
	mutual *tlstest.Authority
	http.Handler
}

// habits are what vendors' servers do in other ways than Graph, or do wrong.
var habits = map[string]func(*vendor){
	// A key in a header of its own, and other names for the ids of a request.
	"names": func(v *vendor) {
		next := v.Handler
		v.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if key := r.Header.Get("X-Vendor-Auth"); key != "" {
				r.Header.Set("Authorization", "Bearer "+strings.TrimPrefix(key, "Key "))
			} else {
				r.Header.Del("Authorization")
			}
			r.Header.Set("client-request-id", r.Header.Get("X-Correlation-Id"))
			rename(w, r, next, map[string]string{"Request-Id": "X-Request-Id", "Client-Request-Id": "X-Correlation-Id"})
		})
	},
	"no-ids": func(v *vendor) {
		next := v.Handler
		v.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rename(w, r, next, map[string]string{"X-Request-Id": "X-Other", "X-Correlation-Id": "X-Another"})
		})
	},
	"prefix": func(v *vendor) {
		next := v.Handler
		v.prefix = "/tenant/a%20b/graph"
		v.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			below, ok := strings.CutPrefix(r.RequestURI, v.prefix+"/")
			if !ok {
				http.NotFound(w, r)
				return
			}
			r.URL.Path, r.URL.RawPath = "/"+below, ""
			next.ServeHTTP(w, r)
		})
	},
	"no-get": func(v *vendor) {
		next := v.Handler
		v.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Authorization") == "Bearer "+vendorToken {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			next.ServeHTTP(w, r)
		})
	},
	"api-version": func(v *vendor) {
		next := v.Handler
		v.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("api-version") != "2" {
				http.Error(w, "name an api-version", http.StatusBadRequest)
				return
			}
			next.ServeHTTP(w, r)
		})
	},
	"drift": func(v *vendor) { v.Handler = faults["drift"](v.Handler) },
}

// rename answers with other names for some headers.
func rename(w http.ResponseWriter, r *http.Request, next http.Handler, names map[string]string) {
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, r)
	for name, values := range rec.Header() {
		if other, ok := names[name]; ok {
			name = other
		}
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// startVendor serves the mock with the habits, the first one nearest to it, and a state
// endpoint at $STATES; "states=MODE" says how that one behaves. "mutual-tls" puts both
// behind mutual TLS: house-CA.pem, client.pem, client.key and old.pem, old.key, which has
// expired, are in the folder of the script.
func startVendor(ts *testscript.TestScript, _ bool, args []string) {
	pages, err := ownPages()
	ts.Check(err)
	mock, err := harness.NewMock(pages, vendorToken)
	ts.Check(err)
	v := &vendor{mock: mock, op: pages.Operations[0], Handler: mock}
	for _, name := range args {
		if mode, ok := strings.CutPrefix(name, "states="); ok {
			v.states = mode
			continue
		}
		if name == "mutual-tls" {
			v.mutual = newMutualTLS(ts)
			continue
		}
		habit, ok := habits[name]
		if !ok {
			ts.Fatalf("no habit %q", name)
		}
		habit(v)
	}
	base := v.serve(ts, v)
	params := mock.Params(v.op.Operation)
	ts.Setenv("URL", base+v.prefix+mock.BasePath())
	states := &stateEndpoint{v: v, mode: v.states}
	ts.Setenv("STATES", v.serve(ts, states)+"/_pact/states")
	ts.Setenv("SET", params["outboundProvisioningFlowSetId"])
	ts.Setenv("FLOW", params["provisioningFlowId"])
	ts.Setenv("GRAPH_TOKEN", vendorToken)
}

// newMutualTLS issues the certificates for a server and its clients.
func newMutualTLS(ts *testscript.TestScript) *tlstest.Authority {
	a, err := tlstest.NewAuthority(ts.MkAbs("."))
	ts.Check(err)
	for name, change := range map[string]func(*x509.Certificate){
		"server": nil,
		"client": func(c *x509.Certificate) { c.NotAfter = time.Now().Add(30*24*time.Hour + time.Hour) },
		"old":    func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) },
	} {
		_, _, err := a.Issue(name, net.IPv4(127, 0, 0, 1), change)
		ts.Check(err)
	}
	return a
}

// serve starts a server with the handler, until the script ends, and gives its base URL.
func (v *vendor) serve(ts *testscript.TestScript, h http.Handler) string {
	srv := httptest.NewUnstartedServer(h)
	ts.Defer(srv.Close)
	if v.mutual == nil {
		srv.Start()
		return srv.URL
	}
	pair, err := tls.LoadX509KeyPair(ts.MkAbs("server.pem"), ts.MkAbs("server.key"))
	ts.Check(err)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	v.mutual.Demand(srv.TLS)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	return srv.URL
}

// stateEndpoint hands out a copy of the mock's entity at each set-up, and takes it away
// at the teardown; its answers are those that the mode asks for.
type stateEndpoint struct {
	v    *vendor
	mode string

	mu      sync.Mutex
	changes []string
}

func (s *stateEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Action, State string
		Params        map[string]string
	}
	if r.Method != http.MethodPost {
		return // somebody looks whether there is anything
	}
	if err := json.NewDecoder(r.Body).Decode(&change); err != nil || r.Header.Get("Authorization")+r.Header.Get("X-Vendor-Auth") != "" {
		http.Error(w, "no state change, or a credential that is none of ours", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.changes = append(s.changes, change.Action)
	n := len(s.changes)
	s.mu.Unlock()
	// The second of each is a scenario's: the first belongs to the check before the run.
	if s.mode == change.Action+"-fails" && n > 2 {
		http.Error(w, "no database today", http.StatusInternalServerError)
		return
	}
	if change.State == s.v.op.StateAbsent() {
		return // nobody made what a pact makes up
	}
	if change.State != s.v.op.StateExists() {
		http.Error(w, "no such state: "+change.State, http.StatusNotFound)
		return
	}
	if change.Action != "setup" {
		return
	}
	params := s.v.mock.Params(s.v.op.Operation)
	if s.mode != "fixed" {
		var err error
		if params, err = s.v.mock.Clone(s.v.op.Operation); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	values := map[string]any{}
	for name, v := range change.Params {
		if _, isID := params[name]; !isID {
			values[name] = v
		}
	}
	if len(values) > 0 {
		if err := s.v.mock.Put(s.v.op.Operation, params, values); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json") // the Rust verifier reads nothing else
	_ = json.NewEncoder(w).Encode(params)
}

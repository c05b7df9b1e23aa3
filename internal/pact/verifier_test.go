package pact

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const lampPact = `{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[
  {"description":"reading a lamp","request":{"method":"GET","path":"/lamps/7"},"response":{"status":200,"body":{"name":"l"}}}],
  "metadata":{"pactSpecification":{"version":"3.0.0"}}}`

func openVerifier(t *testing.T) *Verifier {
	t.Helper()
	v, err := OpenVerifier(t.Context(), VerifierOptions{Installation: Installation{Helper: helperProgram(t)}, RequestTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// lamps is a provider that answers with the body.
func lamps(t *testing.T, body string) Verification {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/states" {
			return // the library asks here, states or none
		}
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/base/lamps/7" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return Verification{Pact: []byte(lampPact), Provider: "p", ProviderURL: srv.URL + "/base", StateURL: srv.URL + "/states"}
}

func TestVerifier(t *testing.T) {
	t.Parallel()
	v := openVerifier(t)
	good, err := v.Verify(t.Context(), lamps(t, `{"name":"l"}`))
	if err != nil || !good.OK || len(good.Mismatches) > 0 || !strings.Contains(good.Output, "has status code 200 (OK)") {
		t.Errorf("%v, %+v", err, good)
	}
	bad, err := v.Verify(t.Context(), lamps(t, `{"name":7}`))
	if err != nil || bad.OK || len(bad.Mismatches) != 1 || bad.Error != "" {
		t.Fatalf("%v, %+v", err, bad)
	}
	want := Difference{Type: "BodyMismatch", Path: "$.name", Expected: `"l"`, Actual: "7", Text: bad.Mismatches[0].Text}
	if diff := cmp.Diff(want, bad.Mismatches[0]); diff != "" || want.Text == "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	nothing := lamps(t, "")
	nothing.ProviderURL = "http://127.0.0.1:1"
	if down, err := v.Verify(t.Context(), nothing); err != nil || down.OK || down.Error == "" {
		t.Errorf("%v, %+v", err, down)
	}
	nothing.Pact = []byte("{")
	if _, err := v.Verify(t.Context(), nothing); err == nil {
		t.Error("no pact was verified")
	}
}

// TestVerifierFindsNoPlugin: a pact that names one cannot make the library fetch or run it.
func TestVerifierFindsNoPlugin(t *testing.T) {
	t.Parallel()
	env := strings.Join(Installation{Library: "/lib"}.environment(), "\n")
	for _, want := range []string{"PACT_PLUGIN_DIR=/lib/no-plugins", "HTTPS_PROXY=" + noProxy, "NO_PROXY=localhost,127.0.0.1"} {
		if !strings.Contains(env, want) {
			t.Errorf("%s is not in the environment", want)
		}
	}
	v := openVerifier(t)
	what := lamps(t, `{"name":"l"}`)
	what.Pact = []byte(strings.Replace(lampPact, `"metadata":{`, `"metadata":{"plugins":[{"name":"csv","version":"0.0.3"}],`, 1))
	what.Pact = []byte(strings.Replace(string(what.Pact), `{"description"`, `{"type":"Synchronous/HTTP","description"`, 1))
	what.Pact = []byte(strings.Replace(string(what.Pact), "3.0.0", "4.0", 1))
	if got, err := v.Verify(t.Context(), what); err == nil && got.OK {
		t.Errorf("a plugin was found: %+v", got)
	} else {
		t.Log(err, got.Error)
	}
	if _, err := os.Stat(filepath.Join(v.opts.Library, "no-plugins")); err == nil {
		t.Error("the library made a folder for plugins")
	}
}

// TestVerifierMemory: a pact that makes the library want gigabytes costs one verification.
func TestVerifierMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the memory of the helper is limited on Linux alone")
	}
	v := openVerifier(t)
	what := lamps(t, `{"name":"l"}`)
	greedy := what
	greedy.Pact = []byte(strings.Replace(lampPact, `"path":"/lamps/7"`,
		`"path":"/lamps/7","headers":{"X-A":"a"},"generators":{"header":{"X-A":{"type":"Regex","regex":"[a-z]{900000000}"}}}`, 1))
	if _, err := v.Verify(t.Context(), greedy); err == nil || !strings.Contains(err.Error(), "ended unexpectedly") || !strings.Contains(err.Error(), "memory allocation of") {
		t.Errorf("%v", err)
	}
	if got, err := v.Verify(t.Context(), what); err != nil || !got.OK {
		t.Errorf("after it: %v, %+v", err, got)
	}
}

func TestVerifierRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	v := openVerifier(t)
	for _, bad := range []string{"http://localhost:80", "http://127.0.0.1", "https://127.0.0.1:443", "http://192.0.2.1:80", "::"} {
		if _, err := v.Verify(t.Context(), Verification{ProviderURL: bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A helper that dies takes one verification with it.
func TestVerifierHelperDies(t *testing.T) {
	t.Parallel()
	v := openVerifier(t)
	asked := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	defer srv.Close()
	go func() {
		<-asked
		_ = v.helper.cmd.Process.Kill()
	}()
	what := lamps(t, `{"name":"l"}`)
	hung := what
	hung.ProviderURL = srv.URL
	if _, err := v.Verify(t.Context(), hung); err == nil || !strings.Contains(err.Error(), "ended unexpectedly") {
		t.Errorf("%v", err)
	}
	if got, err := v.Verify(t.Context(), what); err != nil || !got.OK {
		t.Errorf("after it: %v, %+v", err, got)
	}
}

func TestVerifierStops(t *testing.T) {
	t.Parallel()
	if _, err := OpenVerifier(t.Context(), VerifierOptions{Installation: Installation{Helper: filepath.Join(t.TempDir(), "none")}}); !errors.Is(err, ErrMissing) {
		t.Errorf("without a helper: %v", err)
	}
	v := openVerifier(t)
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer srv.Close()
	what := lamps(t, "")
	what.ProviderURL = srv.URL
	if _, err := v.Verify(ctx, what); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	v.Close()
	if _, err := v.Verify(t.Context(), what); err == nil {
		t.Error("a closed verifier verified")
	}
}

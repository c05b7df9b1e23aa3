package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"graphpact/internal/cli"
	"graphpact/internal/harness"
)

// TestProviderUsesItsOwnIDs: a provider whose state endpoint answers with ids of its own is
// asked for those, by our verify and by the verifier of the Rust Pact CLI.
func TestProviderUsesItsOwnIDs(t *testing.T) {
	t.Parallel()
	pages, err := ownPages()
	if err != nil {
		t.Fatal(err)
	}
	mock, err := harness.NewMock(pages, "endpoint-secret-token")
	if err != nil {
		t.Fatal(err)
	}
	states := httptest.NewServer(&stateEndpoint{v: &vendor{mock: mock, op: pages.Operations[0], Handler: mock}, mode: "fresh"})
	defer states.Close()
	var mu sync.Mutex
	var paths []string
	open := faults["open"](mock)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if r.Method == http.MethodPatch {
			paths = append(paths, r.URL.Path)
		}
		mu.Unlock()
		open.ServeHTTP(w, r)
	}))
	defer srv.Close()
	p := newProgram(t)
	if out, err := p.command(t.Context(), "run").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	check := func(who string) {
		t.Helper()
		fresh := map[string]bool{}
		for _, path := range paths {
			fresh[path] = true
		}
		// Eight interactions have an entity of their own, and two ask for none.
		if len(paths) != 10 || len(fresh) != 10 {
			t.Errorf("%s asked for %q", who, paths)
		}
		paths = nil
	}
	out, err := p.command(t.Context(), "verify", "--provider-url", srv.URL+mock.BasePath(), "--state-url", states.URL).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "10 scenarios: 10 passed") {
		t.Errorf("%v\n%s", err, out)
	}
	check("verify")

	fetch := exec.CommandContext(t.Context(), filepath.Join(projectRoot(t), "internal/broker/fetch-cli.sh"))
	out, err = fetch.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skip(strings.TrimSpace(string(out)))
	}
	if err != nil {
		t.Fatalf("fetch-cli.sh: %v\n%s", err, out)
	}
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	peer := exec.CommandContext(t.Context(), filepath.Join(projectRoot(t), ".tools/pact-cli/pact"), "verifier", "-n", "microsoft-graph",
		"-f", filepath.Join(p.dir, "reports/pacts/graphpact-microsoft-graph.json"), "-h", u.Hostname(), "-p", u.Port(),
		"--base-path", mock.BasePath(), "-s", states.URL, "--state-change-teardown")
	peer.Env = []string{"PACT_DO_NOT_TRACK=true", "HOME=" + t.TempDir(), "NO_PROXY=127.0.0.1"}
	if out, err := peer.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	check("the Rust Pact CLI")
}

// TestVerifyPlantedToken: a provider that sends the token back everywhere it can does
// not get it into anything that verify writes, the Pact library's words included.
func TestVerifyPlantedToken(t *testing.T) {
	t.Parallel()
	const token = "planted/in+verify~tests.9876543210"
	states := 0
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := r.Header.Get("Authorization")
		if r.URL.Path == "/states" {
			if states++; got != "" {
				t.Errorf("the state endpoint got %q", got)
			}
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", got)
		w.Header().Set("Location", "/there?token="+token)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": token, "readinessStatus": token, "lastModifiedDateTime": got, token: token,
			"error": map[string]string{"code": token, "message": "you sent " + got},
		})
	}))
	defer echo.Close()
	p := newProgram(t, "GRAPH_TOKEN="+token, "PACT_DESCRIPTION=nothing", "PACT_PROVIDER_STATE=nothing", "HTTP_PROXY=http://127.0.0.1:1")
	if out, err := p.command(t.Context(), "run").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := p.command(t.Context(), "verify", "--verbose", "--provider-url", echo.URL+"/beta", "--state-url", echo.URL+"/states")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitNotConformant {
		t.Errorf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
	// No filter of the environment reached the library, and no proxy.
	if states == 0 || !strings.Contains(stdout.String(), "10 scenarios: 10 failed") || !strings.Contains(stderr.String(), "has a matching body (FAILED)") {
		t.Errorf("%d state changes\n%s", states, stdout.String())
	}
	assertNoToken(t, "standard output", stdout.Bytes(), token)
	assertNoToken(t, "standard error", stderr.Bytes(), token)
	if files := assertNoTokenBelow(t, p.dir, token); files < 9 {
		t.Errorf("%d files", files)
	}
	checkReport(t, filepath.Join(p.dir, "reports/verify/report.json"))
}

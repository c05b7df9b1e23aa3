package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"graphpact/internal/cli"
)

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

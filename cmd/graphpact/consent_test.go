package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// TestConsent: on a terminal a run asks before its first write to another machine, and
// takes nothing but yes for one.
func TestConsent(t *testing.T) {
	const token = "journal-test-token"
	mock, op := testMock(t, token)
	writes := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			writes++
		}
		r.Header.Set("Authorization", "Bearer "+token)
		mock.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	p := newProgram(t, "HTTP_PROXY="+proxy.URL)
	args := append([]string{"run", "--no-pact", "--only", "UPD-06", "--allow-host", "graph.test", "--endpoint", "http://graph.test" + mock.BasePath()},
		paramArgs(mock.Params(op))...)
	for _, tc := range []struct {
		answer string
		code   int
	}{
		{"y\n", exitConformant}, {"YES\n", exitConformant},
		{"n\n", exitNothingRan}, {"\n", exitNothingRan}, {"yolo\n", exitNothingRan}, {"\x04", exitNothingRan},
		{"\x03", exitInterrupted},
	} {
		writes = 0
		cmd := p.command(t.Context(), args...)
		terminal, err := pty.Start(cmd)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		buf := make([]byte, 1024)
		for asked := false; ; {
			n, err := terminal.Read(buf)
			said.Write(buf[:n])
			if err != nil { // the program has ended
				break
			}
			if !asked && strings.Contains(said.String(), "Go on? [y/N]") {
				asked = true
				if writes > 0 {
					t.Errorf("%q: written before the question was answered", tc.answer)
				}
				if _, err := io.WriteString(terminal, tc.answer); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		_ = terminal.Close()
		if code := cmd.ProcessState.ExitCode(); code != tc.code || (writes > 0) != (tc.code == exitConformant) {
			t.Errorf("%q: exit code %d, want %d; %d writes\n%s", tc.answer, code, tc.code, writes, said.String())
		}
	}
}

// TestAgree: an interrupt ends the wait for an answer.
func TestAgree(t *testing.T) {
	r, _ := io.Pipe() // nobody answers
	a := &app{env: lookup(nil), stdin: r, stderr: io.Discard}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := a.agree(ctx, &writeFlags{}, "https://graph.test/beta", "?"); ok || err == nil {
		t.Errorf("%v, %v", ok, err)
	}
	for env, want := range map[string]bool{"CI=true": true, "CI=1": true, "CI=False": false, "CI=0": false, "CI=": false, "TF_BUILD=True": true, "JENKINS_URL=http://j": true, "X=y": false} {
		name, value, _ := strings.Cut(env, "=")
		if a.env = lookup(map[string]string{name: value}); a.ci() != want {
			t.Errorf("%s: %v", env, !want)
		}
	}
}

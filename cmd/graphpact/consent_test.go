package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"graphpact/internal/cli"

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
		{"y\n", cli.ExitConformant}, {"YES\n", cli.ExitConformant},
		{"n\n", cli.ExitNothingRan}, {"\n", cli.ExitNothingRan}, {"yolo\n", cli.ExitNothingRan}, {"\x04", cli.ExitNothingRan},
		{"\x03", cli.ExitInterrupted},
	} {
		writes = 0
		code, said := answered(t, p, args, tc.answer, func() {
			if writes > 0 {
				t.Errorf("%q: written before the question was answered", tc.answer)
			}
		})
		if code != tc.code || (writes > 0) != (tc.code == cli.ExitConformant) {
			t.Errorf("%q: exit code %d, want %d; %d writes\n%s", tc.answer, code, tc.code, writes, said)
		}
	}
}

// TestConsentStates: a state endpoint is not asked to set anything up before the answer.
func TestConsentStates(t *testing.T) {
	const token = "journal-test-token"
	mock, op := testMock(t, token)
	var changes atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "states.test" {
			changes.Add(1) // the entity is there, and no scenario of the run changes it
			return
		}
		r.Header.Set("Authorization", "Bearer "+token)
		mock.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	p := newProgram(t, "HTTP_PROXY="+proxy.URL)
	args := append([]string{"run", "--no-pact", "--only", "UPD-06", "--allow-host", "graph.test", "--allow-host", "states.test",
		"--endpoint", "http://graph.test" + mock.BasePath(), "--state-url", "http://states.test/set"}, paramArgs(mock.Params(op))...)
	for answer, want := range map[string]int{"y\n": cli.ExitConformant, "n\n": cli.ExitNothingRan} {
		changes.Store(0)
		code, said := answered(t, p, args, answer, func() {
			if changes.Load() > 0 {
				t.Errorf("%q: a state was set up before the question was answered", answer)
			}
		})
		if code != want || (changes.Load() > 0) != (want == cli.ExitConformant) {
			t.Errorf("%q: exit code %d, want %d; %d changes\n%s", answer, code, want, changes.Load(), said)
		}
	}
}

// answered runs the program on a terminal, gives the answer to its question, and tells
// how it ended and what it said. asked is called before the answer.
func answered(t *testing.T, p *program, args []string, answer string, asked func()) (code int, said string) {
	t.Helper()
	cmd := p.command(t.Context(), args...)
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	buf := make([]byte, 1024)
	for once := false; ; {
		n, err := terminal.Read(buf)
		out.Write(buf[:n])
		if err != nil { // the program has ended
			break
		}
		if !once && (strings.Contains(out.String(), "Go on? [y/N]") || strings.Contains(out.String(), "a journal of yours? [y/N]")) {
			once = true
			asked()
			if _, err := io.WriteString(terminal, answer); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	_ = terminal.Close()
	return cmd.ProcessState.ExitCode(), out.String()
}

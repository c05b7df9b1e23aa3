package main

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"graphpact/internal/cli"
	"graphpact/internal/result"
)

// TestEndpointThatDiesIsToldOnce: what ends the run in its middle is one paragraph, in each report
// too, and no verdict about the promises of the page.
func TestEndpointThatDiesIsToldOnce(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "GRAPH_TOKEN="+hostileToken)
	status := func(code int, body string) func(*httptest.Server, http.ResponseWriter) {
		return func(_ *httptest.Server, w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(code)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, tc := range map[string]struct {
		cause, text string
		end         func(srv *httptest.Server, w http.ResponseWriter)
	}{
		"nothing listens any more": {"no answer", "The endpoint stopped answering", func(srv *httptest.Server, _ http.ResponseWriter) {
			_ = srv.Listener.Close()
			srv.CloseClientConnections()
		}},
		"each connection is cut":  {"no answer", "The endpoint stopped answering", func(*httptest.Server, http.ResponseWriter) { panic(http.ErrAbortHandler) }},
		"the token has expired":   {"locked out", "The endpoint lets the caller in no more", status(http.StatusUnauthorized, "")},
		"a gateway with a page":   {"gateway", "502 Bad Gateway", status(http.StatusBadGateway, "<html>no</html>")},
		"a gateway with nothing":  {"gateway", "504 Gateway Timeout", status(http.StatusGatewayTimeout, "")},
		"put off without an end":  {"gateway", "503 Service Unavailable", status(http.StatusServiceUnavailable, "{}")},
		"no token in a page, 401": {"locked out", "401 Unauthorized", status(http.StatusUnauthorized, "<html>log in</html>")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVictim(t)
			before := v.state(t)
			var requests atomic.Int64
			var srv *httptest.Server
			srv = quietServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) > 60 {
					tc.end(srv, w)
					return
				}
				v.mock.ServeHTTP(w, r)
			}))
			defer srv.Close()
			res := v.run(t, p, srv.URL+v.mock.BasePath(), "--rate", "10000")
			if res.code != cli.ExitNotConformant {
				t.Errorf("exit code %d", res.code)
			}
			v.checkState(t, before, &res.report)
			verdict, _ := res.report.Headline()
			e := res.report.Ended
			if verdict != result.Incomplete || e == nil || e.Cause != tc.cause || e.Answered < 20 || e.Requirement == "" {
				t.Fatalf("%s, ended %+v", verdict, e)
			}
			text := res.report.EndedText()
			for _, want := range []string{tc.text, "good answers before", "not played", "Restore it with: graphpact restore"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q lacks %q", text, want)
				}
			}
			if n := res.report.Totals; n.Fail+n.Error > 0 || n.Pass < 5 || res.report.NotPlayed() < 20 {
				t.Errorf("%+v, %d not played", n, res.report.NotPlayed())
			}
			countLines(t, res.out)
			checkToldOnce(t, res)
		})
	}
}

// countLines counts the lines of the terminal below the header, those of scenarios that passed
// aside.
func countLines(t *testing.T, out string) {
	t.Helper()
	_, below, _ := strings.Cut(out, "\n\n")
	lines := slices.DeleteFunc(strings.Split(below, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "  ✓ ") || strings.HasPrefix(line, "  - ") || strings.HasPrefix(strings.TrimSpace(line), "reason")
	})
	if len(lines) > 25 {
		t.Errorf("%d lines below the header:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	if n := strings.Count(out, "ended     "); n != 1 {
		t.Errorf("%d paragraphs say what ended the run", n)
	}
}

// checkToldOnce looks into the files for what is told of each scenario that was not played.
func checkToldOnce(t *testing.T, res *hostileResult) {
	t.Helper()
	last := res.report.Requirements[len(res.report.Requirements)-1]
	if !last.NotPlayed || last.Verdict != result.Skip || last.Reason == "" {
		t.Errorf("the last scenario is %s, %q", last.Verdict, last.Reason)
	}
	for file, most := range map[string]int{"summary.md": 1, "junit.xml": 1, "ctrf.json": 1, "report.html": 2, "report.sarif": 0} {
		data, err := os.ReadFile(filepath.Join(res.dir, file))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if n := strings.Count(text, last.Scenario); n > 0 {
			t.Errorf("%s tells of %s, which was not played, %d times", file, last.Key(), n)
		}
		if n := strings.Count(text, "scenarios not played: "); n > most || n == 0 && most > 0 {
			t.Errorf("%s counts what was not played %d times", file, n)
		}
	}
	var suites struct {
		Errors   int `xml:"errors,attr"`
		Failures int `xml:"failures,attr"`
	}
	data, err := os.ReadFile(filepath.Join(res.dir, "junit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &suites); err != nil || suites.Errors != 1 || suites.Failures != 0 {
		t.Errorf("junit.xml has %+v, %v", suites, err)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/cli"
	"graphpact/internal/harness"
	"graphpact/internal/result"
)

// quiet runs graphpact in this process and expects the exit code.
func quiet(t *testing.T, code int, env []string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if got := cli.Run(t.Context(), args, env, nil, &out, &out); got != code {
		t.Fatalf("graphpact %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, out.String())
	}
	return out.String()
}

// timeless are what differs between any two runs: times, ids, ETags, ports.
var timeless = []struct {
	is *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`), "TIME"},
	{regexp.MustCompile(`off by \d+m?s`), "OFF"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "ID"}, // of requests, and of the entities of a mock
	{regexp.MustCompile(`/[0-9a-f]{3}…`), "/ID"},
	{regexp.MustCompile(`W/\\*"[^"\\]*\\*"`), "TAG"},
}

// timelessReport gives the report of a folder without what differs between any two runs; without
// the evidence where what is sent depends on what the scenario before has left.
func timelessReport(t *testing.T, dir string, evidence bool) string {
	t.Helper()
	r, _, err := result.ReadFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.ID, r.DurationMS, r.Parts, r.Settings["out"] = "", 0, nil, ""
	for i := range r.Probes {
		r.Probes[i].Requests, r.Probes[i].LagMS = 0, 0
	}
	if r.Target.Throttling != nil {
		r.Target.Throttling.HeldMS, r.Target.Throttling.BudgetMS = 0, 0
	}
	for i := range r.Requirements {
		q := &r.Requirements[i]
		q.DurationMS = 0
		if !evidence {
			q.Exchanges = nil
			for j := range q.Checks {
				q.Checks[j].Expected, q.Checks[j].Actual, q.Checks[j].Exchange = "", "", 0
			}
		}
		for j := range q.Steps {
			q.Steps[j].DurationMS = 0
		}
		for j := range q.Exchanges {
			q.Exchanges[j].DurationMS = 0
			for k, h := range q.Exchanges[j].Request.Headers { // found out by the one that asks first
				if strings.HasPrefix(h, "If-Match") {
					q.Exchanges[j].Request.Headers[k] = "If-Match"
				}
			}
		}
	}
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, n := range timeless {
		text = n.is.ReplaceAllString(text, n.as)
	}
	return text
}

// TestMergeEqualsUnsharded: what shards are merged to is what one run says, but for times.
func TestMergeEqualsUnsharded(t *testing.T) {
	t.Parallel()
	root := projectRoot(t)
	widgets := filepath.Join(root, "internal/contract/testdata/widget-update.md")
	pages := []string{
		"--tags", "not @req:UPD-14", // two updates at once: either may win
		"--doc", filepath.Join(root, "fixtures/docs/provisioningflow-update.md"), "--doc", widgets,
	}
	serve := func(fault string, docs ...string) []string {
		t.Helper()
		loaded, err := harness.LoadPages(harness.PageConfig{Docs: docs})
		if err != nil {
			t.Fatal(err)
		}
		mock, err := harness.NewMock(loaded, "endpoint-token")
		if err != nil {
			t.Fatal(err)
		}
		endpoint := httptest.NewServer(faults[fault](mock))
		t.Cleanup(endpoint.Close)
		at := []string{"--endpoint", endpoint.URL + mock.BasePath(), "--tags", "not @req:UPD-14"}
		for name, value := range mock.Params(loaded.Operations[0].Operation) {
			at = append(at, "--param", name+"="+value)
		}
		for _, d := range docs {
			at = append(at, "--doc", d)
		}
		return at
	}
	for _, tc := range []struct {
		name     string
		args     []string
		shards   int
		code     int
		evidence bool
	}{
		{"two pages on the mock", pages, 5, 0, true},
		{"one entity of an endpoint that drifts", serve("drift"), 3, 1, false},
		{"one entity with many properties", append(serve("none", widgets), "--exclude", "size"), 4, 0, false},
		{"more shards than scenarios", []string{"--only", "UPD-02,UPD-22,UPD-45"}, 6, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			env := []string{"GRAPH_TOKEN=endpoint-token"}
			run := func(code int, out string, more ...string) {
				args := append([]string{"run", "--no-pact", "--waivers", "none", "--parallel", "1", "--out", filepath.Join(dir, out)}, tc.args...)
				var b bytes.Buffer
				if got := cli.Run(t.Context(), append(args, more...), env, nil, &b, &b); got != code && (code != -1 || got > 1) {
					t.Fatalf("%v: exit code %d, want %d\n%s", more, got, code, b.String())
				}
			}
			run(tc.code, "whole")
			for i := 1; i <= tc.shards; i++ {
				run(-1, fmt.Sprintf("shards/%d", i), "--shard", fmt.Sprintf("%d/%d", i, tc.shards))
			}
			merged := filepath.Join(dir, "merged")
			quiet(t, tc.code, nil, "merge", filepath.Join(dir, "shards"), "--out", merged)
			if diff := cmp.Diff(timelessReport(t, filepath.Join(dir, "whole"), tc.evidence), timelessReport(t, merged, tc.evidence)); diff != "" {
				t.Errorf("(-unsharded +merged)\n%s", diff)
			}

			// Without a shard it is another verdict, and says which one is missing.
			if err := os.RemoveAll(filepath.Join(dir, "shards/2")); err != nil {
				t.Fatal(err)
			}
			out := quiet(t, 1, nil, "merge", filepath.Join(dir, "shards"), "--out", merged)
			if want := fmt.Sprintf("shard 2 of %d is missing", tc.shards); !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		})
	}
}

package harness

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/restore"
	"graphpact/internal/result"
	"graphpact/internal/waiver"
)

// never is a disk, a lock or a transport that does not answer.
func never(t *testing.T) (wait func()) {
	t.Helper()
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	return func() { <-block }
}

// silentDisk is a journal on a disk that does not answer.
type silentDisk struct{ wait func() }

func (s silentDisk) Touch(string, restore.Change) error { return nil }
func (s silentDisk) Restored(string) error              { s.wait(); return nil }

// TestWatchdog: whatever does not end, in the scenarios, in restoring, or behind it, the run
// ends, restores what it can, says what it could not, and writes its reports.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	pages := testPages(t)
	op := pages.Operations[0].Operation
	for name, tc := range map[string]struct {
		play, restoring, concluding bool
		want                        string
	}{
		"nothing hangs":    {want: ""},
		"a scenario":       {play: true, want: "what was played did not end within"},
		"restoring":        {restoring: true, want: "what was changed is kept in"},
		"all of them":      {play: true, restoring: true, concluding: true, want: "the end of the run did not come"},
		"what comes after": {concluding: true, want: "the Pact, or what was to be published, may be missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock, err := NewMock(pages, "tok-en-42")
			if err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(mock)
			defer srv.Close()
			c := &Config{
				Out: t.TempDir(), ID: "6f0c1a2b-3c4d-4e5f-8000-000000000042", RestoreCommand: func(f string) string { return "restore " + f },
				Target: Target{URL: srv.URL + mock.BasePath(), Params: mock.Params(op), Token: "tok-en-42", Client: client.Config{RetryBudget: -1}},
			}
			c.Target.Credential.Method = "token"
			s, err := connect(t.Context(), &c.Target, pages.Contracts(), pages.Conventions)
			if err != nil {
				t.Fatal(err)
			}
			defer closeQuietly(s)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			wait := never(t)
			first := result.Requirement{ID: "A-1", Verdict: result.Pass}
			j := &job{
				report: c.newReport(s), waivers: (&waiver.List{}).On(s.base, time.Now()),
				check: s.check,
				play: func(_ context.Context, onDone func(result.Requirement)) ([]result.Requirement, error) {
					onDone(first)
					change(t, s)
					if tc.restoring {
						s.keepers[0].UseJournal(silentDisk{wait})
					}
					interrupt()
					if tc.play {
						wait()
					}
					return []result.Requirement{first}, nil
				},
				conclude: func(context.Context, *result.Run) []string {
					if tc.concluding {
						wait()
					}
					return nil
				},
				grace: grace{play: 50 * time.Millisecond, restoring: 3 * time.Second, restore: 50 * time.Millisecond, conclude: 50 * time.Millisecond, write: time.Minute},
			}
			r, err := c.execute(ctx, s, j)
			if err != nil || r == nil {
				t.Fatalf("%v, %v", r, err)
			}
			if len(r.Requirements) != 1 || !r.Interrupted {
				t.Errorf("%d requirements, interrupted: %t", len(r.Requirements), r.Interrupted)
			}
			if said := strings.Join(r.Problems, "\n"); !strings.Contains(said, tc.want) || tc.want == "" && said != "" {
				t.Errorf("problems %q, want %q", said, tc.want)
			}
			if _, err := os.Stat(filepath.Join(c.Out, "report.json")); err != nil {
				t.Error(err)
			}
			var left bool
			for _, e := range s.seen {
				left = left || e["readinessStatus"] != state(t, s)["readinessStatus"]
			}
			if left {
				t.Error("the entity is not restored")
			}
		})
	}
}

// change updates the entity of the session as a scenario does.
func change(t *testing.T, s *session) {
	t.Helper()
	k, path := s.keepers[0], s.paths[0]
	k.Remember(path, s.seen[path])
	body := map[string]any{"readinessStatus": "notReady"}
	if s.seen[path]["readinessStatus"] == "notReady" {
		body["readinessStatus"] = "ready"
	}
	if err := k.Touched(path, body); err != nil {
		t.Error(err)
	}
	data := []byte(`{"readinessStatus":"` + body["readinessStatus"].(string) + `"}`)
	ex := s.client.Do(context.Background(), client.Request{Method: "PATCH", Path: path, Header: map[string][]string{"Content-Type": {"application/json"}}, Body: data})
	if ex.Status/100 != 2 {
		t.Errorf("PATCH answers %d, %v", ex.Status, ex.Err)
	}
	k.Answered(ex)
}

func state(t *testing.T, s *session) map[string]any {
	t.Helper()
	ex := s.client.Do(context.Background(), client.Request{Method: "GET", Path: s.paths[0]})
	body, err := client.DecodeObject(ex.Body)
	if err != nil {
		t.Error(err)
	}
	return body
}

// TestDuring: a limit that has passed is no result.
func TestDuring(t *testing.T) {
	t.Parallel()
	wait := never(t)
	if v, ended := during(time.Minute, func() int { return 7 }); v != 7 || !ended {
		t.Errorf("%d, %t", v, ended)
	}
	if v, ended := during(time.Millisecond, func() int { wait(); return 7 }); v != 0 || ended {
		t.Errorf("%d, %t", v, ended)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if v, ended := attend(ctx, 0, func() int { time.Sleep(20 * time.Millisecond); return 7 }); v != 7 || !ended {
		t.Errorf("a context that has not ended: %d, %t", v, ended)
	}
}

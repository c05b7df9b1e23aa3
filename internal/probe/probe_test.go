package probe

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
)

// server holds one entity. Its time stands still, but for waits.
type server struct {
	mu      sync.Mutex
	now     time.Time
	history []version
	lag     time.Duration
	// refuse says whether an update is refused, and keep changes what it leaves.
	refuse func(body map[string]any) bool
	keep   func(state, body map[string]any)
	noETag bool
	// arrive sees each request first; hides are properties that a GET shows only with $select;
	// prefers is set where Prefer: return=representation is honoured, and noGet where a GET is
	// not found.
	arrive         func(method string, body map[string]any)
	hides          []string
	prefers, noGet bool
	sent           []string
}

type version struct {
	since time.Time
	state map[string]any
}

func newServer(state map[string]any) *server {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &server{now: now, history: []version{{now.Add(-time.Hour), state}}}
}

func (s *server) at(t time.Time) (int, map[string]any) {
	for i, v := range slices.Backward(s.history) {
		if !v.since.After(t) {
			return i, v.state
		}
	}
	return 0, s.history[0].state
}

func (s *server) change(body map[string]any, at time.Time) {
	state := maps.Clone(s.history[len(s.history)-1].state)
	maps.Copy(state, body)
	if s.keep != nil {
		s.keep(state, body)
	}
	s.history = append(s.history, version{at, state})
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(time.Millisecond)
	status, state := http.StatusOK, map[string]any(nil)
	tag := ""
	if r.Method == http.MethodGet {
		if s.arrive != nil {
			s.arrive(r.Method, nil)
		}
		n, e := s.at(s.now.Add(-s.lag))
		state, tag = maps.Clone(e), strconv.Itoa(n)
		for _, name := range s.hides {
			if !slices.Contains(strings.Split(r.URL.Query().Get("$select"), ","), name) {
				delete(state, name)
			}
		}
		s.sent = append(s.sent, "GET")
		if s.noGet {
			status = http.StatusMethodNotAllowed
		}
	} else {
		var body map[string]any
		data, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(data, &body)
		if s.arrive != nil {
			s.arrive(r.Method, body)
		}
		s.sent = append(s.sent, "PATCH "+string(data))
		current := strconv.Itoa(len(s.history) - 1)
		switch match := r.Header.Get("If-Match"); {
		case match != "" && match != `"`+current+`"`:
			status = http.StatusPreconditionFailed
		case s.refuse != nil && s.refuse(body):
			status = http.StatusBadRequest
		default:
			s.change(body, s.now)
			status = http.StatusNoContent
			if s.prefers && r.Header.Get("Prefer") == "return=representation" {
				_, e := s.at(s.now)
				status, state = http.StatusOK, e
			}
		}
	}
	h := http.Header{"Content-Type": {"application/json"}}
	if tag != "" && !s.noETag {
		h.Set("ETag", `"`+tag+`"`)
	}
	text := ""
	if state != nil {
		data, _ := json.Marshal(state)
		text = string(data)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func (s *server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *server) Sleep(ctx context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
	return ctx.Err()
}

// kept is a Keeper in memory.
type kept struct {
	first   map[string]any
	touched []string
	moves   []string
	selects []string
}

func (k *kept) Remember(_ string, body map[string]any) { k.first = maps.Clone(body) }
func (k *kept) Touched(_ string, body map[string]any) error {
	k.touched = slices.AppendSeq(k.touched, maps.Keys(body))
	return nil
}
func (k *kept) Answered(*client.Exchange)                 {}
func (k *kept) Learned(_ string, moves, selects []string) { k.moves, k.selects = moves, selects }
func (k *kept) Correct(_, name string, v any) error {
	k.first[name] = v
	return nil
}

func text(name string) contract.Property {
	return contract.Property{Name: name, Listed: true, Type: contract.Type{Name: "String", Edm: "Edm.String"}}
}

func lamp() *contract.Operation {
	return &contract.Operation{
		Method:           contract.Fact[string]{Value: http.MethodPatch},
		RequestMediaType: contract.Fact[string]{Value: "application/json"},
		Path:             contract.Path{Template: "/lamp"},
		Success:          contract.Success{Status: http.StatusNoContent},
		Properties:       []contract.Property{text("name"), text("place"), text("note")},
	}
}

func state() map[string]any { return map[string]any{"name": "Hall", "place": "Attic", "note": "new"} }

func (s *server) probe(t *testing.T, change func(*Config)) (*Result, *kept) {
	t.Helper()
	c, err := client.New(client.Config{
		BaseURL: "https://lamp.test", Token: "t", Transport: s, Now: s.Now, Sleep: s.Sleep, RetryBudget: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	k := &kept{}
	cfg := Config{
		Subject: &entity.Subject{Client: c, Op: lamp(), Path: "/lamp"}, Keeper: k, Settle: 10 * time.Second, Sleep: s.Sleep,
	}
	if change != nil {
		change(&cfg)
	}
	r, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r, k
}

func outcomes(r *Result) string {
	var out []string
	for _, p := range r.Properties {
		out = append(out, p.Name+" "+string(p.Outcome))
	}
	return strings.Join(out, ", ")
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	names := func(name string) func(map[string]any) bool {
		return func(body map[string]any) bool { _, is := body[name]; return is }
	}
	for name, tt := range map[string]struct {
		server func(s *server)
		config func(c *Config)
		want   string
		never  string
	}{
		"a right server": {want: "name taken, place taken, note taken"},
		"refuses one":    {server: func(s *server) { s.refuse = names("place") }, want: "name taken, place refused, note taken"},
		"ignores one": {
			server: func(s *server) { s.keep = func(state, _ map[string]any) { state["place"] = "Attic" } },
			want:   "name taken, place ignored, note taken",
		},
		"another form": {
			server: func(s *server) {
				s.keep = func(state, _ map[string]any) { state["place"] = strings.ToUpper(state["place"].(string)) }
			},
			want: "name taken, place taken, not shown, note taken",
		},
		"not shown": {server: func(s *server) { delete(s.history[0].state, "note") }, want: "name taken, place taken, note absent from GET", never: `"note"`},
		"null, and stays": {
			server: func(s *server) {
				s.history[0].state["name"] = nil
				s.refuse = func(body map[string]any) bool { v, is := body["name"]; return is && v == nil }
			},
			want: "name cannot be cleared, place taken, note taken", never: `"name":"`,
		},
		"null, and can be again": {server: func(s *server) { s.history[0].state["name"] = nil }, want: "name taken, place taken, note taken"},
		"sensitive": {
			config: func(c *Config) {
				c.Sensitive = func(name string) (string, bool) { return "it is dear", name == "place" }
			},
			want: "name taken, place not touched, note taken", never: `"place"`,
		},
		"only one is needed": {
			config: func(c *Config) { c.Needed = []string{"note"} },
			want:   "name taken, place not asked, note taken", never: `"place"`,
		},
		"cannot be restored": {
			server: func(s *server) {
				s.refuse = func(body map[string]any) bool { return body["place"] == "Attic" }
			},
			want: "name taken, place cannot be restored, note taken",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(state())
			if tt.server != nil {
				tt.server(s)
			}
			first := maps.Clone(s.history[0].state)
			r, _ := s.probe(t, tt.config)
			if got := outcomes(r); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if all := strings.Join(s.sent, "\n"); tt.never != "" && strings.Contains(all, tt.never) {
				t.Errorf("%s was sent: %s", tt.never, all)
			}
			if limit := 2*3 + 10; name != "ignores one" && name != "another form" && len(s.sent) > limit || r.Requests != len(s.sent) {
				t.Errorf("%d requests, %d counted, want at most %d", len(s.sent), r.Requests, limit)
			}
			_, last := s.at(s.now)
			if name != "cannot be restored" && name != "another form" && !cmp.Equal(first, last) {
				t.Errorf("the probe leaves %s", cmp.Diff(first, last))
			}
		})
	}
}

// TestReadsThatAreLate: the lag is measured, and a change that somebody made just before the
// first read is the true first value.
func TestReadsThatAreLate(t *testing.T) {
	t.Parallel()
	for name, noETag := range map[string]bool{"with ETags": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(state())
			s.lag, s.noETag = 2*time.Second, noETag
			s.change(map[string]any{"name": "Set by another"}, s.now.Add(-time.Second))
			r, k := s.probe(t, nil)
			if got := outcomes(r); got != "name taken, place taken, note taken" {
				t.Error(got)
			}
			if r.Lag < s.lag || r.Lag > 2*s.lag {
				t.Errorf("lag %s", r.Lag)
			}
			if k.first["name"] != "Set by another" || r.First["name"] != "Set by another" {
				t.Errorf("first %v, %v", k.first, r.First)
			}
			if _, last := s.at(s.now); last["name"] != "Set by another" {
				t.Errorf("the probe leaves %v", last)
			}
		})
	}
}

// TestUpdateThatChangesMore: what an update changes beside what it names is kept.
func TestUpdateThatChangesMore(t *testing.T) {
	t.Parallel()
	s := newServer(state())
	s.keep = func(state, body map[string]any) {
		if _, is := body["place"]; is && len(body) == 1 {
			state["note"] = ""
		}
	}
	r, _ := s.probe(t, nil)
	p, _ := r.Property("place")
	if want := []entity.Difference{{Name: "note", Pointer: "/note", Before: `"new"`, After: `""`}}; !cmp.Equal(p.Others, want) {
		t.Error(cmp.Diff(want, p.Others))
	}
	if p, _ := r.Property("name"); len(p.Others) > 0 {
		t.Errorf("%v", p.Others)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := newServer(nil)
	c, err := client.New(client.Config{BaseURL: "https://lamp.test", Token: "t", Transport: s, Now: s.Now, Sleep: s.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), Config{Subject: &entity.Subject{Client: c, Op: lamp(), Path: "/lamp"}, Sleep: s.Sleep}); err == nil {
		t.Error("an entity that cannot be read was probed")
	}
}

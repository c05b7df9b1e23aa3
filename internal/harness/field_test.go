package harness

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// fieldPlay plays scenarios against a mock as against an endpoint: with one entity, which is
// probed first and restored at the end. Waits take no time.
type fieldPlay struct {
	// pages are what is tested, and served what the mock serves; nil for the same.
	pages, served *Pages
	only          []string
	behaviours    []mockgraph.Behaviour
	// wrap is a handler before the mock, and change changes the run.
	wrap   func(http.Handler) http.Handler
	change func(*RunConfig)
	// clock is the time of the run and the mock, nil for one of its own; real waits on the real
	// one, and unprobed plays without a probe.
	clock          *trialClock
	real, unprobed bool

	// What came of it.
	reqs     []result.Requirement
	probes   []result.Probe
	problems []string
	srv      *mockgraph.Server
	base     string
}

func (p *fieldPlay) play(t testing.TB) error {
	t.Helper()
	selected, err := p.pages.Select(scenario.Selection{Only: p.only})
	if err != nil {
		t.Fatal(err)
	}
	seeds, err := Seeds()
	if err != nil {
		t.Fatal(err)
	}
	if p.served == nil {
		p.served = p.pages
	}
	if p.clock == nil {
		p.clock = newTrialClock()
	}
	clock, now := p.clock, p.clock.Now
	if p.real {
		now = time.Now
	}
	p.srv, err = mockgraph.New(mockgraph.Config{
		Operations: p.served.Contracts(), Conventions: p.served.Conventions, Token: "tok-en-42", Seeds: seeds, Now: now, Behaviours: p.behaviours,
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.wrap != nil {
		front := httptest.NewServer(p.wrap(p.srv))
		t.Cleanup(front.Close)
		p.base = front.URL + p.srv.BasePath()
	} else {
		l, err := mockgraph.StartServer(context.WithoutCancel(t.Context()), "", p.srv)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		p.base = l.URL() + p.srv.BasePath()
	}
	c := &RunConfig{
		Config: Config{Target: Target{
			URL: p.base, Params: p.srv.Params(p.served.Operations[0].Operation),
			Client: client.Config{Token: "tok-en-42", GiveUp: -1, Sleep: clock.Sleep, Now: now},
		}},
		Pages: p.pages, Selected: selected, Parallel: 1, sleep: clock.Sleep,
	}
	c.probed = func(r result.Probe) { p.probes = append(p.probes, r) }
	if p.real {
		c.Target.Client.Sleep, c.sleep = nil, nil
	}
	if p.change != nil {
		p.change(c)
	}
	s := newSession(&c.Target, operations(selected))
	s.token = "tok-en-42"
	if err := s.useEntities(); err != nil {
		t.Fatal(err)
	}
	if err := s.dial(&http.Transport{}, nil); err != nil {
		t.Fatal(err)
	}
	defer closeQuietly(s)
	if p.unprobed {
		c.Target.URL = ""
	}
	p.reqs, err = c.play(t.Context(), s, nil)
	p.problems = s.restore(t.Context()).problems
	return err
}

// pageOf is a page with these rows, and the response in a sentence.
func pageOf(t testing.TB, rows, response string, values map[string][]any) *Pages {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lamp.md")
	text := strings.NewReplacer("ROWS", rows, "RESPONSE", response).Replace(`# Update lamp

Update one lamp.

## HTTP request

` + "```" + ` http
PATCH /lamps/{lampId}
` + "```" + `

## Request body

|Property|Type|Description|
|:---|:---|:---|
ROWS

## Response

RESPONSE
`)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	pages, err := LoadPages(PageConfig{Docs: []string{file}, Values: values})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

const answers200 = "If successful, this method returns a `200 OK` response code and an updated [lamp](../resources/lamp.md) object in the response body."

// blamed are the requirements that did not pass and were not skipped, with what failed.
func (p *fieldPlay) blamed() (out []string) {
	for _, r := range p.reqs {
		if r.Verdict == result.Pass || r.Verdict == result.Skip {
			continue
		}
		line := r.Key() + " " + string(r.Verdict) + " " + r.Reason
		for _, c := range r.Checks {
			if c.Verdict == result.Fail {
				line += fmt.Sprintf("; %s %s: expected %s, got %s", c.Name, c.Pointer, c.Expected, c.Actual)
			}
		}
		out = append(out, line)
	}
	return out
}

package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/result"
	"graphpact/internal/verify"
)

const onePact = `{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[{"description":"d","request":{},"response":{}}]}`

// A broker's pacts go through the same gate as files.
func TestLoadFromSource(t *testing.T) {
	p, err := verify.Parse("http://broker.example/pact", []byte(onePact))
	if err != nil {
		t.Fatal(err)
	}
	o := &verifyOptions{source: func(context.Context) ([]sourcedPact, error) { return []sourcedPact{{Pact: p, pending: true}}, nil }}
	got, err := o.load(t.Context())
	if err != nil || len(got) != 1 || !got[0].Interactions[0].Pending {
		t.Errorf("%v, %+v", err, got)
	}
	o.publishResults = true
	if _, err := o.load(t.Context()); err == nil {
		t.Error("there is nobody to tell")
	}
	var coded *exitError
	none := &verifyOptions{source: func(context.Context) ([]sourcedPact, error) { return nil, nil }}
	if _, err := none.load(t.Context()); !errors.As(err, &coded) || coded.code != exitNothingRan {
		t.Errorf("no pacts: %v", err)
	}
}

func TestPublish(t *testing.T) {
	var told []verification
	pacts := func(err error) []sourcedPact {
		told = nil
		var out []sourcedPact
		for _, name := range []string{"a", "b"} {
			out = append(out, sourcedPact{
				Pact:    &verify.Pact{Name: name},
				publish: func(_ context.Context, v verification) error { told = append(told, v); return err },
			})
		}
		return out
	}
	req := func(pact string, v, check result.Verdict) result.Requirement {
		return result.Requirement{Feature: result.Location{URI: pact}, Verdict: v, Checks: []result.Check{{Verdict: check}}}
	}
	run := func(reqs ...result.Requirement) *result.Run {
		return &result.Run{Requirements: reqs, Totals: result.Count(reqs)}
	}
	o := &verifyOptions{providerVersion: "7"}
	good, pending := req("a", result.Pass, result.Pass), req("b", result.Warn, result.Fail)
	if problems := o.publish(t.Context(), pacts(nil), run(good, pending)); len(problems) > 0 {
		t.Error(problems)
	}
	want := []verification{
		{success: true, version: "7", requirements: []result.Requirement{good}},
		{success: false, version: "7", requirements: []result.Requirement{pending}},
	}
	if diff := cmp.Diff(want, told, cmp.AllowUnexported(verification{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if problems := o.publish(t.Context(), pacts(errors.New("the broker is down")), run(good, pending)); len(problems) != 2 || !strings.Contains(problems[0], "the broker is down") {
		t.Error(problems)
	}
	interrupted, troubled := run(good, pending), run(good, pending)
	interrupted.Interrupted, troubled.Problems = true, []string{"x"}
	for name, r := range map[string]*result.Run{
		"interrupted": interrupted, "troubled": troubled, "not judged": run(good, req("b", result.Error, result.Pass)),
	} {
		if problems := o.publish(t.Context(), pacts(nil), r); len(problems) != 1 || len(told) > 0 {
			t.Errorf("%s: %v, told %v", name, problems, told)
		}
	}
}

func TestNoneVerified(t *testing.T) {
	req := func(v, check result.Verdict) result.Requirement {
		return result.Requirement{Verdict: v, Checks: []result.Check{{Verdict: check}}}
	}
	for name, tc := range map[string]struct {
		reqs []result.Requirement
		want bool
	}{
		"only pending failures":       {[]result.Requirement{req(result.Warn, result.Fail), req(result.Skip, result.Skip)}, true},
		"only waived failures":        {[]result.Requirement{req(result.Waived, result.Fail)}, false},
		"pending and waived failures": {[]result.Requirement{req(result.Waived, result.Fail), req(result.Warn, result.Fail)}, true},
		"a success among them":        {[]result.Requirement{req(result.Warn, result.Fail), req(result.Pass, result.Pass)}, false},
		"a success with a warning":    {[]result.Requirement{req(result.Warn, result.Warn)}, false},
		"all skipped":                 {[]result.Requirement{req(result.Skip, result.Skip)}, false},
	} {
		if got := noneVerified(tc.reqs); (got != "") != tc.want {
			t.Errorf("%s: problem %q", name, got)
		}
	}
}

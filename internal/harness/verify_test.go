package harness

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/verify"
)

const onePact = `{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[{"description":"d","request":{},"response":{}}]}`

// A broker's pacts go through the same gate as files.
func TestSelectPacts(t *testing.T) {
	p, err := verify.Parse("http://broker.example/pact", []byte(onePact))
	if err != nil {
		t.Fatal(err)
	}
	pacts := []SourcedPact{{File: p, Pending: true}}
	if got, err := SelectPacts(pacts, nil, "", false); err != nil || len(got) != 1 {
		t.Error(err)
	}
	if got, err := (&VerifyConfig{Pacts: pacts}).Select(); err != nil || len(got) != 1 || !got[0].Pending {
		t.Errorf("%v, %+v", err, got)
	}
	if _, err := SelectPacts(pacts, nil, "", true); err == nil {
		t.Error("there is no broker to publish to")
	}
	var coded *Error
	if _, err := SelectPacts(nil, nil, "", false); !errors.As(err, &coded) || coded.Kind != NothingRan {
		t.Errorf("no pacts: %v", err)
	}
	other, err := verify.Parse("other.json", []byte(strings.Replace(onePact, `"name":"c"`, `"name":"d"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	pacts = append(pacts, SourcedPact{File: other})
	if got, err := SelectPacts(pacts, []string{"d"}, "p", false); err != nil || len(got) != 1 || got[0].Name != "other.json" {
		t.Errorf("%v, %+v", err, got)
	}
	if _, err := SelectPacts(pacts, []string{"d", "x"}, "", false); !errors.As(err, &coded) || coded.Kind != NothingRan || !strings.Contains(err.Error(), "c, d") {
		t.Errorf("an unknown consumer: %v", err)
	}
	if _, err := SelectPacts(pacts, nil, "q", false); err == nil {
		t.Error("another provider")
	}
}

func TestPublish(t *testing.T) {
	var told []Verification
	pacts := func(err error) []SourcedPact {
		told = nil
		var out []SourcedPact
		for _, name := range []string{"a", "b"} {
			out = append(out, SourcedPact{
				File:    &pact.File{Name: name},
				Publish: func(_ context.Context, v Verification) error { told = append(told, v); return err },
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
	publish := func(pacts []SourcedPact, r *result.Run) []string {
		c := &VerifyConfig{Pacts: pacts, Publish: &Publication{Version: "7"}}
		return c.publish(t.Context(), r)
	}
	good, pending := req("a", result.Pass, result.Pass), req("b", result.Warn, result.Fail)
	if problems := publish(pacts(nil), run(good, pending)); len(problems) > 0 {
		t.Error(problems)
	}
	want := []Verification{
		{Publication: Publication{Version: "7"}, Success: true, Requirements: []result.Requirement{good}},
		{Publication: Publication{Version: "7"}, Success: false, Requirements: []result.Requirement{pending}},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if problems := publish(pacts(errors.New("the broker is down")), run(good, pending)); len(problems) != 2 || !strings.Contains(problems[0], "the broker is down") {
		t.Error(problems)
	}
	interrupted, troubled := run(good, pending), run(good, pending)
	interrupted.Interrupted, troubled.Problems = true, []string{"x"}
	for name, r := range map[string]*result.Run{
		"interrupted": interrupted, "troubled": troubled, "not judged": run(good, req("b", result.Error, result.Pass)),
	} {
		if problems := publish(pacts(nil), r); len(problems) != 1 || len(told) > 0 {
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

// TestPactSecrets: what a pact holds as a credential is masked, a placeholder is none.
func TestPactSecrets(t *testing.T) {
	got := pactSecrets([]pact.Interaction{
		{Request: pact.Request{Header: map[string]any{"Authorization": "Bearer s3cret-of-a-consumer", "Accept": "application/json"}}},
		{Request: pact.Request{Header: map[string]any{"Authorization": "Bearer <token>"}}},
	})
	if !slices.Contains(got, "s3cret-of-a-consumer") || slices.ContainsFunc(got, func(s string) bool {
		return strings.Contains(s, "<token>") || strings.Contains(s, "json")
	}) {
		t.Errorf("%q", got)
	}
}

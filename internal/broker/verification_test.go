package broker_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker"
)

func names(pacts []broker.Pact) []string {
	var out []string
	for _, p := range pacts {
		name := p.Name
		if p.Pending {
			name += " pending"
		}
		if p.WIP {
			name += " wip"
		}
		out = append(out, name)
	}
	return out
}

func TestPactsForVerification(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	for version, branch := range map[string]string{"1": "main", "2": "feat/x"} {
		p := publication(t, version)
		p.Branch, p.Tags = branch, []string{"tag-" + version}
		publish(t, c, p)
	}
	if err := c.RecordDeployment(t.Context(), broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "test"}); err != nil {
		t.Fatal(err)
	}
	one, two := "Pact between consumer (1) and provider", "Pact between consumer (2) and provider"
	for name, tc := range map[string]struct {
		selection broker.Selection
		want      []string
	}{
		"main branch":     {broker.Selection{Selectors: []broker.Selector{{MainBranch: true}}}, []string{one}},
		"branch":          {broker.Selection{Selectors: []broker.Selector{{Branch: "feat/x"}}}, []string{two}},
		"matching branch": {broker.Selection{Selectors: []broker.Selector{{MatchingBranch: true}}, ProviderVersionBranch: "feat/x"}, []string{two}},
		"tag":             {broker.Selection{Selectors: []broker.Selector{{Tag: "tag-1", Latest: true}}}, []string{one}},
		"environment":     {broker.Selection{Selectors: []broker.Selector{{DeployedOrReleased: true}}}, []string{one}},
		"another place":   {broker.Selection{Selectors: []broker.Selector{{Environment: "production"}}}, nil},
		"two selectors":   {broker.Selection{Selectors: []broker.Selector{{MainBranch: true}, {Branch: "feat/x"}}}, []string{one, two}},
		"pending": {broker.Selection{Selectors: []broker.Selector{{MainBranch: true}}, ProviderVersionBranch: "main", IncludePending: true},
			[]string{one + " pending"}},
		"wip": {broker.Selection{Selectors: []broker.Selector{{MainBranch: true}}, ProviderVersionBranch: "main", IncludePending: true, WIPSince: time.Now().AddDate(0, 0, -1)},
			[]string{one + " pending", two + " pending wip"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.PactsForVerification(t.Context(), "provider", tc.selection)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, names(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	_, err := c.PactsForVerification(t.Context(), "provider", broker.Selection{IncludePending: true})
	wantKind(t, err, broker.Refused, "providerVersionBranch must be set")
	if got, err := c.PactsForVerification(t.Context(), "nobody", broker.Selection{}); err != nil || got != nil {
		t.Errorf("a provider without pacts: %v, %v", got, err)
	}
}

func TestContentIsThePact(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	pacts, err := c.PactsForVerification(t.Context(), "provider", broker.Selection{})
	if err != nil || len(pacts) != 1 {
		t.Fatalf("%v, %v", pacts, err)
	}
	var got, want any
	if err := errors.Join(json.Unmarshal(pacts[0].Content, &got), json.Unmarshal(pactFile(t), &want)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(pacts[0].Notices) != 1 || pacts[0].Notices[0].When != "before_verification" {
		t.Errorf("notices %v", pacts[0].Notices)
	}
}

func TestPublishResults(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	selection := broker.Selection{ProviderVersionBranch: "feat/y", IncludePending: true}
	pacts, err := c.PactsForVerification(t.Context(), "provider", selection)
	if err != nil {
		t.Fatal(err)
	}
	err = c.PublishResults(t.Context(), pacts[0], broker.Results{
		Success: true, ProviderVersion: "p 1", ProviderBranch: "feat/y", BuildURL: "https://ci.example/8",
		TestResults: map[string]any{"tests": []string{"a"}}, VerifiedBy: broker.VerifiedBy{Implementation: "graphpact", Version: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Branch("provider", "p 1"); got != "feat/y" {
		t.Errorf("branch %q", got)
	}
	var got map[string]any
	if err := json.Unmarshal(s.Results()[0], &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"success": true, "providerApplicationVersion": "p 1", "buildUrl": "https://ci.example/8",
		"testResults": map[string]any{"tests": []any{"a"}}, "verifiedBy": map[string]any{"implementation": "graphpact", "version": "1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Once verified on the branch the pact is not pending there any more.
	pacts, err = c.PactsForVerification(t.Context(), "provider", selection)
	if err != nil || pacts[0].Pending {
		t.Errorf("pending %v, %v", pacts, err)
	}

	if err := c.PublishResults(t.Context(), broker.Pact{Name: "a file"}, broker.Results{ProviderVersion: "1"}); err == nil {
		t.Error("results of a pact that comes from no broker were published")
	}
	if err := c.PublishResults(t.Context(), pacts[0], broker.Results{}); err == nil {
		t.Error("results without a version were published")
	}
	// A publication that fails says so.
	for fault, kind := range map[string]broker.Kind{"500": broker.Server, "dies": broker.Unreachable, "no-links": broker.NotBroker, "html": broker.NotBroker} {
		setFault(t, s, fault)
		wantKind(t, c.PublishResults(t.Context(), pacts[0], broker.Results{Success: true, ProviderVersion: "2"}), kind)
	}
}

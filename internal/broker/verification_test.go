package broker_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
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
	first, second := publication(t, "1"), publication(t, "2")
	first.Tags = []string{"tag-1"}
	second.Branch, second.Tags, second.Contracts[0].Content = "feat/x", []string{"tag-2"}, otherPact(t)
	publish(t, c, first)
	publish(t, c, second)
	if err := c.RecordDeployment(t.Context(), broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "test"}); err != nil {
		t.Fatal(err)
	}
	one, two := "Pact between consumer (1) and provider", "Pact between consumer (2) and provider"
	for name, tc := range map[string]struct {
		selection broker.PactQuery
		want      []string
	}{
		"main branch":     {broker.PactQuery{Selectors: []broker.Selector{{MainBranch: true}}}, []string{one}},
		"branch":          {broker.PactQuery{Selectors: []broker.Selector{{Branch: "feat/x"}}}, []string{two}},
		"matching branch": {broker.PactQuery{Selectors: []broker.Selector{{MatchingBranch: true}}, ProviderVersionBranch: "feat/x"}, []string{two}},
		"tag":             {broker.PactQuery{Selectors: []broker.Selector{{Tag: "tag-1", Latest: true}}}, []string{one}},
		"environment":     {broker.PactQuery{Selectors: []broker.Selector{{DeployedOrReleased: true}}}, []string{one}},
		"another place":   {broker.PactQuery{Selectors: []broker.Selector{{Environment: "production"}}}, nil},
		"two selectors":   {broker.PactQuery{Selectors: []broker.Selector{{MainBranch: true}, {Branch: "feat/x"}}}, []string{one, two}},
		"pending": {broker.PactQuery{Selectors: []broker.Selector{{MainBranch: true}}, ProviderVersionBranch: "main", IncludePending: true},
			[]string{one + " pending"}},
		"wip": {broker.PactQuery{Selectors: []broker.Selector{{MainBranch: true}}, ProviderVersionBranch: "main", IncludePending: true, WIPSince: time.Now().AddDate(0, 0, -1)},
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
	_, err := c.PactsForVerification(t.Context(), "provider", broker.PactQuery{Selectors: []broker.Selector{{MatchingBranch: true}}})
	wantKind(t, err, broker.Refused, "providerVersionBranch must be specified")
	if got, err := c.PactsForVerification(t.Context(), "consumer", broker.PactQuery{}); err != nil || got != nil {
		t.Errorf("a provider without pacts: %v, %v", got, err)
	}
	_, err = c.PactsForVerification(t.Context(), "nobody", broker.PactQuery{})
	wantKind(t, err, broker.NotFound, "nobody")
}

// TestPactsAreBounded: however many pacts a broker names, they do not fill the memory.
func TestPactsAreBounded(t *testing.T) {
	t.Parallel()
	var fetched atomic.Int64
	long := strings.Replace(string(pactFile(t)), "sets the colour", strings.Repeat("x", 3<<20), 1)
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for path, body := range map[string]string{
		"/":       `{"_links":{"pb:provider-pacts-for-verification":{"href":"` + srv.URL + `/select"}}}`,
		"/select": `{"_embedded":{"pacts":[` + strings.TrimSuffix(strings.Repeat(`{"_links":{"self":{"href":"`+srv.URL+`/pact"}}},`, 200), ",") + `]}}`,
		"/pact":   strings.TrimSuffix(strings.TrimSpace(long), "}") + `,"_links":{"pb:publish-verification-results":{"href":"` + srv.URL + `/r"}}}`,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			if path == "/pact" {
				fetched.Add(1)
			}
			w.Header().Set("Content-Type", "application/hal+json")
			_, _ = io.WriteString(w, body)
		})
	}
	_, err := newClient(t, srv.URL).PactsForVerification(t.Context(), "p", broker.PactQuery{})
	if err == nil || !strings.Contains(err.Error(), "the pacts to verify are longer than 32 MB together; select fewer of them") || fetched.Load() > 12 {
		t.Errorf("%d fetched, %v", fetched.Load(), err)
	}
}

func TestContentIsThePact(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	pacts, err := c.PactsForVerification(t.Context(), "provider", broker.PactQuery{})
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
	if bytes.Contains(pacts[0].Content, []byte(`"_id"`)) || len(pacts[0].InteractionIDs) != 3 || slices.Contains(pacts[0].InteractionIDs, "") {
		t.Errorf("ids %v", pacts[0].InteractionIDs)
	}
	if pacts[0].ConsumerVersion != "1" {
		t.Errorf("version %q", pacts[0].ConsumerVersion)
	}
	if b, err := c.Branches(t.Context(), pacts[0]); err != nil || !slices.Equal(b, []string{"main"}) {
		t.Errorf("branches %v, %v", b, err)
	}
	if len(pacts[0].Notices) != 1 || pacts[0].Notices[0].When != "before_verification" {
		t.Errorf("notices %v", pacts[0].Notices)
	}
}

// TestPactAt: a webhook hands the address of a pact over, with metadata; what comes of it
// is published to the address that the pact names.
func TestPactAt(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	publish(t, c, publication(t, "2"))
	pacts, err := c.PactsForVerification(t.Context(), "provider", broker.PactQuery{Selectors: []broker.Selector{{Latest: true}}})
	if err != nil {
		t.Fatal(err)
	}
	address, _, _ := strings.Cut(pacts[0].URL, "/metadata/")
	p, err := c.PactAt(t.Context(), address+"/metadata/"+base64.RawURLEncoding.EncodeToString([]byte("cvn=1&w=true")))
	if err != nil || p.ConsumerVersion != "1" || !bytes.Equal(p.Content, pacts[0].Content) {
		t.Errorf("version %q, %v", p.ConsumerVersion, err)
	}
	if err := c.PublishResults(t.Context(), p, broker.Results{Success: true, ProviderVersion: "9"}); err != nil {
		t.Error(err)
	}
	if got := s.Requests(); !strings.HasSuffix(got[len(got)-1].Path, "/verification-results") {
		t.Errorf("sent to %s", got[len(got)-1].Path)
	}
	if base, err := broker.AddressOf(p.URL); err != nil || base != s.URL {
		t.Errorf("broker %q, %v", base, err)
	}
	for _, other := range []string{"https://broker.example/pact.json", "::/pacts/provider/", "https://me:pw@b.example/pacts/provider/x"} {
		if base, err := broker.AddressOf(other); err == nil {
			t.Errorf("%s: broker %q", other, base)
		}
	}
	away := strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
	n := len(s.Requests())
	_, err = newClient(t, s.URL, func(c *broker.Config) { c.Token = "t0ken" }).PactAt(t.Context(), away)
	wantKind(t, err, broker.NotBroker, "leads away")
	if len(s.Requests()) != n {
		t.Error("the other origin was asked")
	}
}

func TestPublishResults(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	selection := broker.PactQuery{ProviderVersionBranch: "feat/y", IncludePending: true}
	pacts, err := c.PactsForVerification(t.Context(), "provider", selection)
	if err != nil {
		t.Fatal(err)
	}
	err = c.PublishResults(t.Context(), pacts[0], broker.Results{
		Success: true, ProviderVersion: "p 1", ProviderBranch: "feat/y", BuildURL: "https://ci.example/8",
		TestResults: []broker.TestResult{
			{InteractionID: pacts[0].InteractionIDs[0], Description: "a", Success: true},
			{Description: "b", Mismatches: []broker.Mismatch{{Attribute: "body", Identifier: "$.id", Description: "not a number"}}},
		}, VerifiedBy: broker.VerifiedBy{Implementation: "graphpact", Version: "1"},
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
		"testResults": []any{
			map[string]any{"interactionId": pacts[0].InteractionIDs[0], "interactionDescription": "a", "success": true},
			map[string]any{"interactionDescription": "b", "success": false, "mismatches": []any{
				map[string]any{"attribute": "body", "identifier": "$.id", "description": "not a number"}}},
		}, "verifiedBy": map[string]any{"implementation": "graphpact", "version": "1"},
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

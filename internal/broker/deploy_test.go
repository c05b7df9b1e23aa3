package broker_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker"
)

func TestCanIDeploy(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	ask := func(q broker.Question) *broker.Answer {
		t.Helper()
		q.Pacticipant, q.Version = "consumer", "1"
		a, err := c.CanIDeploy(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	toTest := broker.Question{Environment: "test"}

	if a := ask(toTest); a.Deployable != broker.No || !strings.Contains(a.Reason, "provider") {
		t.Errorf("nothing is deployed: %+v", a)
	}
	s.Verify("consumer", "1", "provider", "9", true)
	if err := c.RecordDeployment(t.Context(), broker.Deployment{Pacticipant: "provider", Version: "9", Environment: "test"}); err != nil {
		t.Fatal(err)
	}
	want := &broker.Answer{
		Deployable: broker.Yes, Reason: "All required verification results are published and successful",
		Rows: []broker.MatrixRow{{Consumer: "consumer", ConsumerVersion: "1", Provider: "provider", ProviderVersion: "9", Verified: broker.Yes,
			ResultURL: s.URL + "/pacts/provider/consumer/1/results/1"}},
	}
	if diff := cmp.Diff(want, ask(toTest)); diff != "" {
		t.Error(diff)
	}
	// The answer of another version of the provider changes with its verification.
	latest := broker.Question{Latest: true}
	s.Verify("consumer", "nothing", "provider", "10", true) // makes version 10
	if a := ask(latest); a.Deployable != broker.Unknown || len(a.Rows) != 1 || a.Rows[0].Verified != "" {
		t.Errorf("not verified by 10: %+v", a)
	}
	s.Verify("consumer", "1", "provider", "10", false)
	for name, q := range map[string]broker.Question{
		"latest": latest, "latest of one": {Latest: true, With: []string{"provider"}},
	} {
		if a := ask(q); a.Deployable != broker.No || a.Rows[0].ProviderVersion != "10" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if a := ask(broker.Question{MainBranch: true}); a.Deployable != broker.No {
		t.Errorf("the provider has no main branch: %+v", a)
	}

	_, err := c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "consumer", Version: "nope", Environment: "test"})
	wantKind(t, err, broker.Refused)
	_, err = c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "consumer", Version: "1", Environment: "moon"})
	wantKind(t, err, broker.Refused)
	if _, err := c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "consumer", Version: "1", Branch: "main"}); err == nil {
		t.Error("a branch of nobody was asked for")
	}
}

// TestMatrixQuery: a broker reads the selectors by their order.
func TestMatrixQuery(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	for want, q := range map[string]broker.Question{
		"q%5B%5D%5Bpacticipant%5D=a%26b&q%5B%5D%5Bversion%5D=1%2F2&latestby=cvp&latest=true":                                                                    {Latest: true},
		"q%5B%5D%5Bpacticipant%5D=a%26b&q%5B%5D%5Bversion%5D=1%2F2&q%5B%5D%5Bpacticipant%5D=c&q%5B%5D%5Bbranch%5D=x%20y&q%5B%5D%5Blatest%5D=true&latestby=cvpv": {Branch: "x y", With: []string{"c"}},
		"q%5B%5D%5Bpacticipant%5D=a%26b&q%5B%5D%5Bversion%5D=1%2F2&latestby=cvp&latest=true&mainBranch=true":                                                    {MainBranch: true},
		"pacticipant=a%26b&version=1%2F2&environment=test":                                                                                                      {Environment: "test"},
	} {
		q.Pacticipant, q.Version = "a&b", "1/2"
		_, err := c.CanIDeploy(t.Context(), q)
		wantKind(t, err, broker.Refused) // nobody knows a&b
		rs := s.Requests()
		if got := rs[len(rs)-1].Query; got != want {
			t.Errorf("query %s\nwant  %s", got, want)
		}
	}
}

func TestRecord(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	d := broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "test", Instance: "blue"}
	if err := c.RecordDeployment(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := c.RecordRelease(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	envs, err := c.Environments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]broker.Placement{}
	for _, e := range envs {
		if got[e.Name], err = c.InEnvironment(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string][]broker.Placement{
		"test": {
			{Pacticipant: "consumer", Version: "1", Instance: "blue"},
			{Pacticipant: "consumer", Version: "1", Released: true},
		},
		"production": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	d.Environment = "moon"
	wantKind(t, c.RecordDeployment(t.Context(), d), broker.NotFound, "test, production")
	d.Version = "2"
	wantKind(t, c.RecordDeployment(t.Context(), d), broker.NotFound)
}

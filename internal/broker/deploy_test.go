package broker_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker"
	"graphpact/internal/broker/brokertest"
)

func TestCanIDeploy(t *testing.T) {
	t.Parallel()
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

	if a := ask(toTest); a.Deployable != broker.Unknown || !strings.Contains(a.Reason, "provider") {
		t.Errorf("nothing is deployed: %+v", a)
	}
	s.Verify("consumer", "1", "provider", "9", true)
	if err := c.RecordDeployment(t.Context(), broker.Deployment{Pacticipant: "provider", Version: "9", Environment: "test"}); err != nil {
		t.Fatal(err)
	}
	reason := "All required verification results are published and successful"
	want := &broker.Answer{
		Deployable: broker.Yes, Reason: reason, Notices: []broker.Notice{{Type: "success", Text: reason}},
		Rows: []broker.MatrixRow{{Consumer: "consumer", ConsumerVersion: "1", Provider: "provider", ProviderVersion: "9", Verified: broker.Yes}},
	}
	got := ask(toTest)
	if u := got.Rows[0].ResultURL; !strings.HasPrefix(u, s.URL+"/pacts/provider/provider/consumer/consumer/") {
		t.Errorf("result at %s", u)
	}
	got.Rows[0].ResultURL = ""
	if diff := cmp.Diff(want, got); diff != "" {
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
	if a := ask(broker.Question{MainBranch: true}); a.Deployable == broker.Yes {
		t.Errorf("the provider has no main branch: %+v", a)
	}
	if a := ask(broker.Question{Versions: []broker.PacticipantVersion{{Pacticipant: "provider", Version: "9"}}}); a.Deployable != broker.Yes {
		t.Errorf("a named version: %+v", a)
	}
	if a := ask(broker.Question{Latest: true, Ignore: []string{"provider"}}); a.Deployable != broker.Yes || !a.Rows[0].Ignored {
		t.Errorf("ignored: %+v", a)
	}
	if a := ask(broker.Question{Branch: "nowhere", With: []string{"provider"}}); a.Deployable != broker.No {
		t.Errorf("a branch that nobody has: %+v", a)
	}

	a, err := c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "consumer", Version: "nope", Environment: "test"})
	if err != nil || a.Deployable != broker.No {
		t.Errorf("an unknown version: %+v, %v", a, err)
	}
	_, err = c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "consumer", Version: "1", Environment: "moon"})
	wantKind(t, err, broker.Refused)
	for name, q := range map[string]broker.Question{
		"a branch of nobody": {Branch: "main"}, "nowhere": {}, "two places": {Latest: true, Environment: "test"},
	} {
		if _, err := c.CanIDeploy(t.Context(), q); err == nil {
			t.Errorf("%s was asked for", name)
		}
	}
}

// TestEveryVersionCounts: a failed version that is deployed beside good ones is a no,
// whichever result is the latest.
func TestEveryVersionCounts(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	for version, success := range map[string]bool{"good": true, "bad": false} {
		s.Verify("consumer", "1", "provider", version, success)
		d := broker.Deployment{Pacticipant: "provider", Version: version, Environment: "test", Instance: version}
		if err := c.RecordDeployment(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	s.Verify("consumer", "1", "provider", "good", true)
	a, err := c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "consumer", Version: "1", Environment: "test"})
	if err != nil || a.Deployable != broker.No || len(a.Rows) != 2 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAbsent: where the other application is not in the place, waiting does not help.
func TestAbsent(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	questions := map[string]broker.Question{
		"environment": {Environment: "test"}, "main branch": {MainBranch: true}, "latest": {Latest: true}, "tag": {Tag: "prod"},
	}
	absent := func(name string) []string {
		t.Helper()
		q := questions[name]
		q.Pacticipant, q.Version = "consumer", "1"
		a, err := c.CanIDeploy(t.Context(), q)
		if err != nil || a.Deployable != broker.Unknown {
			t.Fatalf("%s: %+v, %v", name, a, err)
		}
		out, err := c.Absent(t.Context(), q, a)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return out
	}
	for name := range questions {
		if got := absent(name); !slices.Equal(got, []string{"provider"}) {
			t.Errorf("%s: absent %v", name, got)
		}
	}
	// Now a version without a result is in each place.
	for _, path := range []string{"/branches/main/versions/9", "/versions/9/tags/prod"} {
		if status, _ := raw(t, s, http.MethodPut, "/pacticipants/provider"+path, "{}"); status != http.StatusCreated {
			t.Fatalf("%s: %d", path, status)
		}
	}
	if err := c.RecordRelease(t.Context(), broker.Deployment{Pacticipant: "provider", Version: "9", Environment: "test"}); err != nil {
		t.Fatal(err)
	}
	for name := range questions {
		if got := absent(name); got != nil {
			t.Errorf("%s: absent %v", name, got)
		}
	}
}

// TestContradiction: a yes that comes with failures is none.
func TestContradiction(t *testing.T) {
	t.Parallel()
	for summary, want := range map[string]broker.Deployable{
		`{"deployable": true, "failed": 3}`:  broker.No,
		`{"deployable": true, "failed": 1}`:  broker.No,
		`{"deployable": true, "unknown": 1}`: broker.Unknown,
		`{"deployable": true, "unknown": 0}`: broker.Yes,
		`{"deployable": null, "failed": 1}`:  broker.Unknown,
		`{"deployable": false}`:              broker.No,
		`{}`:                                 broker.Unknown,
		// Without counts, or with wrong ones, the matrix decides.
		`{"deployable": true}, "matrix": [{"verificationResult": {"success": false}}]`:                              broker.No,
		`{"deployable": true, "failed": 0, "unknown": 0}, "matrix": [{"verificationResult": {"success": false}}]`:   broker.No,
		`{"deployable": true}, "matrix": [{"verificationResult": null}, {"verificationResult": {"success": true}}]`: broker.Unknown,
		`{"deployable": true}, "matrix": [{"ignored": true, "verificationResult": {"success": false}}]`:             broker.Yes,
		`{"deployable": true}, "matrix": [{"verificationResult": {"success": true}}]`:                               broker.Yes,
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, `{"summary": %s}`, summary) }))
		a, err := newClient(t, srv.URL).CanIDeploy(t.Context(), broker.Question{Latest: true})
		srv.Close()
		if err != nil || a.Deployable != want || strings.Contains(a.Reason, "contradicts") != (strings.HasPrefix(summary, `{"deployable": true`) && want != broker.Yes) {
			t.Errorf("%s: %+v, %v", summary, a, err)
		}
	}
}

// TestAskUntilKnown: a broker that is being restarted is waited for, too.
func TestAskUntilKnown(t *testing.T) {
	t.Parallel()
	var script []any // a status, a body, or an error
	transport := answers(func(r *http.Request) *http.Response {
		next := script[0]
		script = script[1:]
		rec := httptest.NewRecorder()
		switch next := next.(type) {
		case error:
			return nil
		case int:
			rec.Code = next
		case string:
			rec.Body.WriteString(next)
		}
		resp := rec.Result()
		resp.Request = r
		return resp
	})
	const unknown, yes = `{"summary": {"deployable": null}}`, `{"summary": {"deployable": true}}`
	var reasons []string
	ask := func(retries int, answers ...any) (*broker.Answer, error) {
		script, reasons = answers, nil
		c := newClient(t, "http://broker.invalid", func(c *broker.Config) { c.Transport = refusing{transport} })
		return c.AskUntilKnown(t.Context(), broker.Question{Latest: true}, broker.Retry{
			Retries: retries, Interval: time.Second, Waiting: func(_ int, why string) { reasons = append(reasons, why) },
		})
	}
	refused := error(syscall.ECONNREFUSED)
	a, err := ask(4, unknown, refused, refused, 503, 503, 503, yes)
	if err != nil || a.Deployable != broker.Yes {
		t.Errorf("%+v, %v", a, err)
	}
	if want := []string{"not known yet", "the broker is not available", "the broker is not available", "the broker is not available"}; !slices.Equal(reasons, want) {
		t.Errorf("waited because %q", reasons)
	}
	if a, err = ask(1, unknown, unknown); err != nil || a.Deployable != broker.Unknown {
		t.Errorf("%+v, %v", a, err)
	}
	_, err = ask(1, refused, refused)
	wantKind(t, err, broker.Unreachable, "connection refused")
	_, err = ask(5, 401)
	wantKind(t, err, broker.Unauthenticated)
	if reasons != nil {
		t.Errorf("waited for credentials: %q", reasons)
	}
}

// refusing turns a missing answer into a refused connection.
type refusing struct{ answers }

func (f refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp := f.answers(r)
	if resp == nil {
		return nil, syscall.ECONNREFUSED
	}
	return resp, nil
}

// TestMatrixQuery: a broker reads the selectors by their order.
func TestMatrixQuery(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	const subject = "q%5B%5D%5Bpacticipant%5D=a%26b&q%5B%5D%5Bversion%5D=1%2F2&"
	for want, q := range map[string]broker.Question{
		"latestby=cvp&latest=true": {Latest: true},
		"q%5B%5D%5Bpacticipant%5D=c&q%5B%5D%5Blatest%5D=true&latestby=cvpv":                           {Latest: true, With: []string{"c"}},
		"q%5B%5D%5Bpacticipant%5D=c&q%5B%5D%5Bbranch%5D=x%20y&q%5B%5D%5Blatest%5D=true&latestby=cvpv": {Branch: "x y", With: []string{"c"}},
		"latestby=cvp&latest=true&mainBranch=true":                                                    {MainBranch: true},
		"tag=prod&latestby=cvp&latest=true":                                                           {Tag: "prod"},
		"latestby=cvpv&environment=test":                                                              {Environment: "test"},
		"ignore%5B%5D%5Bpacticipant%5D=d&latestby=cvpv&environment=test":                              {Environment: "test", Ignore: []string{"d"}},
		"q%5B%5D%5Bpacticipant%5D=c&q%5B%5D%5Bversion%5D=9&latestby=cvpv":                             {Versions: []broker.PacticipantVersion{{Pacticipant: "c", Version: "9"}}},
	} {
		q.Pacticipant, q.Version = "a&b", "1/2"
		_, err := c.CanIDeploy(t.Context(), q)
		wantKind(t, err, broker.Refused) // nobody knows a&b
		rs := s.Requests()
		if got := rs[len(rs)-1].Query; got != subject+want {
			t.Errorf("query %s\nwant  %s", got, subject+want)
		}
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	publish(t, c, publication(t, "2"))
	d := broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "test", Instance: "blue"}
	do := func(f func(context.Context, broker.Deployment) error, d broker.Deployment) {
		t.Helper()
		if err := f(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	placed := func() map[string][]broker.Placement {
		t.Helper()
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
		return got
	}
	expect := func(what string, want map[string][]broker.Placement) {
		t.Helper()
		if diff := cmp.Diff(want, placed(), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".self" }, cmp.Ignore())); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	do(c.RecordDeployment, d)
	do(c.RecordRelease, d)
	one := broker.Placement{Pacticipant: "consumer", Version: "1", Instance: "blue"}
	released := broker.Placement{Pacticipant: "consumer", Version: "1", Released: true}
	expect("recorded", map[string][]broker.Placement{"test": {one, released}, "production": nil})

	// Another version takes the place of the first; then nothing runs there, and the
	// support ends.
	d.Version = "2"
	do(c.RecordDeployment, d)
	two := one
	two.Version = "2"
	expect("replaced", map[string][]broker.Placement{"test": {two, released}, "production": nil})
	do(c.RecordUndeployment, broker.Deployment{Pacticipant: "consumer", Environment: "test", Instance: "blue"})
	expect("undeployed", map[string][]broker.Placement{"test": {released}, "production": nil})
	end := broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "test"}
	do(c.RecordSupportEnded, end)
	expect("ended", map[string][]broker.Placement{"test": nil, "production": nil})
	wantKind(t, c.RecordSupportEnded(t.Context(), end), broker.NotFound, "consumer 1 is not in test")
	end.Environment = "moon"
	wantKind(t, c.RecordSupportEnded(t.Context(), end), broker.NotFound, "production, test")

	d.Environment = "moon"
	wantKind(t, c.RecordDeployment(t.Context(), d), broker.NotFound, "production, test")
	if err := c.CreateEnvironment(t.Context(), broker.Environment{Name: "moon", Production: true}); err != nil {
		t.Fatal(err)
	}
	do(c.RecordDeployment, d)
	wantKind(t, c.CreateEnvironment(t.Context(), broker.Environment{Name: "moon"}), broker.Refused, "already used")
	d.Version = "3"
	wantKind(t, c.RecordDeployment(t.Context(), d), broker.NotFound)
}

// TestNoEnvironments: a broker may start with none.
func TestNoEnvironments(t *testing.T) {
	t.Parallel()
	s := brokertest.StartWith(brokertest.Settings{NoEnvironments: true})
	t.Cleanup(s.Stop)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	for _, f := range []func(context.Context, broker.Deployment) error{c.RecordDeployment, c.RecordRelease} {
		err := f(t.Context(), broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "test"})
		wantKind(t, err, broker.NotFound, `no environment "test"`)
		if hint := hintOf(err); !strings.Contains(hint, "create-environment test") {
			t.Errorf("hint %q", hint)
		}
	}
}

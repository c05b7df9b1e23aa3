package broker_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker"
	"graphpact/internal/broker/brokertest"
)

// fetchCLI puts the Rust Pact CLI in its place, once for all tests.
var fetchCLI = sync.OnceValues(func() ([]byte, error) {
	return exec.CommandContext(context.Background(), "./fetch-cli.sh").CombinedOutput()
})

// pactCLI gives the Rust Pact CLI, an implementation of nobody here.
func pactCLI(t *testing.T) string {
	t.Helper()
	out, err := fetchCLI()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skip(strings.TrimSpace(string(out)))
	}
	if err != nil {
		t.Fatalf("fetch-cli.sh: %v\n%s", err, out)
	}
	path, err := filepath.Abs("../../.tools/pact-cli/pact")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func cliCommand(ctx context.Context, t *testing.T, cli string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, cli, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PACT_DO_NOT_TRACK=true", "HOME=" + cmd.Dir, "NO_PROXY=127.0.0.1"}
	return cmd
}

// TestPublishAsThePeerDoes: what the Rust CLI sends to publish a pact and what we send
// is the same request.
func TestPublishAsThePeerDoes(t *testing.T) {
	t.Parallel()
	cli := pactCLI(t)
	file := filepath.Join(t.TempDir(), "pact.json")
	if err := os.WriteFile(file, pactFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, merge := range []bool{false, true} {
		theirs, ours := startBroker(t), startBroker(t)
		args := []string{"broker", "publish", file, "--broker-base-url", theirs.URL, "--broker-token", "t0ken", "--consumer-app-version", "1.2.3",
			"--branch", "feat/x", "--tag", "dev", "--build-url", "https://ci.example/7"}
		if merge {
			args = append(args, "--merge")
		}
		if out, err := cliCommand(t.Context(), t, cli, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		publish(t, newClient(t, ours.URL, func(c *broker.Config) { c.Token = "t0ken" }), broker.Publication{
			Consumer: "consumer", Version: "1.2.3", Branch: "feat/x", Tags: []string{"dev"}, BuildURL: "https://ci.example/7", Merge: merge,
			Contracts: []broker.Contract{{Provider: "provider", Content: pactFile(t)}},
		})
		if diff := cmp.Diff(essence(t, theirs.Requests()), essence(t, ours.Requests())); diff != "" {
			t.Errorf("merge %t: theirs (-) and ours (+):\n%s", merge, diff)
		}
	}
}

// essence is what a broker looks at: method, path, credentials, type, and the body with
// the pacts in it decoded.
func essence(t *testing.T, rs []brokertest.Request) []map[string]any {
	t.Helper()
	var out []map[string]any
	for _, r := range rs {
		e := map[string]any{"request": r.Method + " " + r.Path + "?" + r.Query, "authorization": r.Header.Get("Authorization"), "type": r.Header.Get("Content-Type")}
		if len(r.Body) > 0 {
			var body map[string]any
			if err := json.Unmarshal(r.Body, &body); err != nil {
				t.Fatal(err)
			}
			for _, k := range body["contracts"].([]any) {
				k := k.(map[string]any)
				data, err := base64.StdEncoding.Strict().DecodeString(k["content"].(string))
				if err != nil {
					t.Fatal(err)
				}
				var content pactDocument
				if err := json.Unmarshal(data, &content); err != nil {
					t.Fatal(err)
				}
				// The CLI writes the file anew: it sorts the interactions and names its
				// own version beside the writer's. Ours goes as it is.
				slices.SortFunc(content.Interactions, func(a, b map[string]any) int {
					return strings.Compare(a["description"].(string), b["description"].(string))
				})
				delete(content.Metadata, "pactRust")
				k["content"] = content
			}
			e["body"] = body
		}
		out = append(out, e)
	}
	return out
}

// TestCanIDeployAsThePeerDoes: the CLI and our client ask the same question, and take the
// answer the same way, for every form of it.
func TestCanIDeployAsThePeerDoes(t *testing.T) {
	t.Parallel()
	cli := pactCLI(t)
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	for _, version := range []string{"8", "9"} {
		s.Verify("consumer", "1", "provider", version, version == "9")
		d := broker.Deployment{Pacticipant: "provider", Version: version, Environment: "test", Instance: version}
		if err := c.RecordDeployment(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	s.Verify("consumer", "1", "provider", "9", true) // the latest result
	named := func(version string) []broker.PacticipantVersion {
		return []broker.PacticipantVersion{{Pacticipant: "provider", Version: version}}
	}
	for _, tc := range []struct {
		args []string
		q    broker.Question
		want broker.Deployable
	}{
		{[]string{"can-i-deploy", "--to-environment", "test"}, broker.Question{Environment: "test"}, broker.No},
		{[]string{"can-i-deploy", "--to-environment", "production"}, broker.Question{Environment: "production"}, broker.Unknown},
		{[]string{"can-i-deploy", "--to-environment", "test", "--ignore", "provider"}, broker.Question{Environment: "test", Ignore: []string{"provider"}}, broker.Yes},
		{[]string{"can-i-deploy"}, broker.Question{Latest: true}, broker.Yes},
		{[]string{"can-i-deploy", "--to", "prod"}, broker.Question{Tag: "prod"}, broker.Unknown},
		{[]string{"can-i-merge"}, broker.Question{MainBranch: true}, broker.Unknown},
		{[]string{"can-i-deploy", "--pacticipant", "provider", "--latest"}, broker.Question{Latest: true, With: []string{"provider"}}, broker.Yes},
		{[]string{"can-i-deploy", "--pacticipant", "provider", "--latest", "dev"}, broker.Question{Tag: "dev", With: []string{"provider"}}, broker.No},
		{[]string{"can-i-deploy", "--pacticipant", "provider", "--version", "8"}, broker.Question{Versions: named("8")}, broker.No},
		{[]string{"can-i-deploy", "--pacticipant", "provider", "--version", "9"}, broker.Question{Versions: named("9")}, broker.Yes},
	} {
		args := append([]string{"broker", tc.args[0], "--broker-base-url", s.URL, "--pacticipant", "consumer", "--version", "1"}, tc.args[1:]...)
		out, err := cliCommand(t.Context(), t, cli, args...).CombinedOutput()
		rs := s.Requests()
		theirs := rs[len(rs)-1]
		tc.q.Pacticipant, tc.q.Version = "consumer", "1"
		a, ourErr := c.CanIDeploy(t.Context(), tc.q)
		if ourErr != nil {
			t.Fatal(ourErr)
		}
		if (err == nil) != (a.Deployable == broker.Yes) || a.Deployable != tc.want {
			t.Errorf("%v: theirs %v, ours %s, want %s\n%s", tc.args, err, a.Deployable, tc.want, out)
		}
		rs = s.Requests()
		ours := rs[len(rs)-1]
		if diff := cmp.Diff(append(pairs(t, theirs.Query), theirs.Path), append(pairs(t, ours.Query), ours.Path)); diff != "" {
			t.Errorf("%v: theirs (-) and ours (+):\n%s", tc.args, diff)
		}
	}
}

// TestRecordAsThePeerDoes: the CLI's commands work with the fake, and change the same as
// ours do.
func TestRecordAsThePeerDoes(t *testing.T) {
	t.Parallel()
	cli := pactCLI(t)
	ctx := t.Context()
	theirs, ours := startBroker(t), startBroker(t)
	c := newClient(t, ours.URL)
	publish(t, c, publication(t, "1"))
	publish(t, newClient(t, theirs.URL), publication(t, "1"))
	d := broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "stage"}
	blue := d
	blue.Instance = "blue"
	at := []string{"--pacticipant", "consumer", "--environment", "stage"}
	version := append([]string{"--version", "1"}, at...)
	for _, tc := range []struct {
		args []string
		do   func() error
	}{
		{[]string{"create-environment", "--name", "stage", "--display-name", "Stage"},
			func() error { return c.CreateEnvironment(ctx, broker.Environment{Name: "stage", DisplayName: "Stage"}) }},
		{append([]string{"record-deployment", "--application-instance", "blue"}, version...), func() error { return c.RecordDeployment(ctx, blue) }},
		{append([]string{"record-deployment"}, version...), func() error { return c.RecordDeployment(ctx, d) }},
		{append([]string{"record-undeployment"}, at...), func() error {
			return c.RecordUndeployment(ctx, broker.Deployment{Pacticipant: "consumer", Environment: "stage"})
		}},
		{append([]string{"record-release"}, version...), func() error { return c.RecordRelease(ctx, d) }},
		{append([]string{"record-support-ended"}, version...), func() error { return c.RecordSupportEnded(ctx, d) }},
	} {
		args := append([]string{"broker", tc.args[0], "--broker-base-url", theirs.URL}, tc.args[1:]...)
		if out, err := cliCommand(ctx, t, cli, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", tc.args, err, out)
		}
		if err := tc.do(); err != nil {
			t.Fatalf("%v: %v", tc.args, err)
		}
		if diff := cmp.Diff(lastWrite(t, theirs), lastWrite(t, ours)); diff != "" {
			t.Errorf("%v: theirs (-) and ours (+):\n%s", tc.args, diff)
		}
		if diff := cmp.Diff(inStage(t, theirs), inStage(t, ours)); diff != "" {
			t.Errorf("after %v: theirs (-) and ours (+):\n%s", tc.args, diff)
		}
	}
	for _, args := range [][]string{{"list-environments"}, {"describe-version", "--pacticipant", "consumer", "--version", "1"}, {"list-pacticipants"}} {
		if out, err := cliCommand(ctx, t, cli, append(append([]string{"broker"}, args...), "--broker-base-url", theirs.URL)...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

// lastWrite is the last request that changes something: its method, its path without
// uuids, its type and its body.
func lastWrite(t *testing.T, s *brokertest.Server) []string {
	t.Helper()
	for _, r := range slices.Backward(s.Requests()) {
		if r.Method == "GET" {
			continue
		}
		var body any
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		sorted, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return []string{r.Method, uuids.ReplaceAllString(r.Path, "UUID"), r.Header.Get("Content-Type"), string(sorted)}
	}
	return nil
}

func inStage(t *testing.T, s *brokertest.Server) []string {
	t.Helper()
	c := newClient(t, s.URL)
	envs, err := c.Environments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range envs {
		placed, err := c.InEnvironment(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range placed {
			out = append(out, fmt.Sprint(e.Name, p.Pacticipant, p.Version, p.Instance, p.Released))
		}
	}
	return out
}

// TestVerifyAsThePeerDoes: the official verifier finds its pact at the fake, and publishes
// results of the same form as ours, with the ids that we publish.
func TestVerifyAsThePeerDoes(t *testing.T) {
	t.Parallel()
	cli := pactCLI(t)
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, web("1", contract(lampOn+","+room)))
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/room" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	t.Cleanup(provider.Close)
	target, err := url.Parse(provider.URL)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cliCommand(t.Context(), t, cli, "verifier", "--no-colour", "--broker-url", s.URL, "--provider-name", "lamps",
		"--hostname", target.Hostname(), "--port", target.Port(), "--consumer-version-selectors", `{"mainBranch":true}`,
		"--provider-version", "p1", "--provider-branch", "main", "--publish").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || len(s.Results()) != 1 {
		t.Fatalf("%v, %d results\n%s", err, len(s.Results()), out)
	}
	var theirs struct {
		Success bool                `json:"success"`
		Version string              `json:"providerApplicationVersion"`
		Tests   []broker.TestResult `json:"testResults"`
	}
	if err := json.Unmarshal(s.Results()[0], &theirs); err != nil {
		t.Fatal(err)
	}
	pacts, err := c.PactsForVerification(t.Context(), "lamps", broker.PactQuery{})
	if err != nil {
		t.Fatal(err)
	}
	success := map[string]bool{}
	for _, r := range theirs.Tests {
		success[r.InteractionID] = r.Success
		if !r.Success && (len(r.Mismatches) != 1 || r.Mismatches[0].Attribute != "status" || r.Mismatches[0].Description == "") {
			t.Errorf("mismatches %+v", r.Mismatches)
		}
	}
	ids := pacts[0].InteractionIDs
	if diff := cmp.Diff(map[string]bool{ids[0]: true, ids[1]: false}, success); diff != "" || theirs.Success || theirs.Version != "p1" {
		t.Errorf("%s\n%+v", diff, theirs)
	}
}

// pairs reads a query in its order.
func pairs(t *testing.T, query string) []string {
	t.Helper()
	var out []string
	for part := range strings.SplitSeq(query, "&") {
		part, err := url.QueryUnescape(part)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, part)
	}
	return out
}

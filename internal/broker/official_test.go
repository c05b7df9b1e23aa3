package broker_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"graphpact/internal/broker"
)

// step is an interaction of the official contract: a description and the provider
// state that tells it from others of that description.
type step struct{ description, state string }

// TestOfficialContract: our client does what the contract between Pact's own client
// and the broker has, against a stub that answers nothing else. In version 1 of the
// contract the paths of the links are placeholders: a client that builds paths fails.
func TestOfficialContract(t *testing.T) {
	const (
		dir     = "../../../shared/broker"
		version = "5556b8149bf8bac76bc30f50a8a2dd4c22c85f30"
		ofFoo   = "version " + version + " of pacticipant Foo exists with "
		toTest  = ofFoo + "a test environment available for "
	)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the official contract is not beside the project, in ../shared/broker")
	}
	cli := pactCLI(t)
	foo := broker.Deployment{Pacticipant: "Foo", Version: version, Environment: "test"}
	index := step{"a request for the index resource", "the pb:pacticipant-version and pb:environments relations exist in the index resource"}
	for _, tc := range []struct {
		name  string
		files []int
		steps []step
		do    func(*testing.T, string, *broker.Client)
	}{
		{"publish", []int{1, 2}, []step{
			{"a request for the index resource", "the pb:publish-contracts relations exists in the index resource"},
			{"a request to publish contracts", ""},
		}, func(t *testing.T, file string, c *broker.Client) {
			got, err := c.Publish(t.Context(), broker.Publication{
				Consumer: "Foo", Version: version, Branch: "main", Tags: []string{"dev"}, BuildURL: "http://build", Merge: true,
				Contracts: []broker.Contract{{Provider: "Bar", Content: officialContent(t, file)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == 0 {
				t.Error("no notice")
			}
		}},
		{"record a deployment", []int{1, 2}, []step{index, {"a request for a pacticipant version", toTest + "deployment"},
			{"a request to record a deployment", toTest + "deployment"}},
			func(t *testing.T, _ string, c *broker.Client) {
				d := foo
				d.Instance = "blue"
				if err := c.RecordDeployment(t.Context(), d); err != nil {
					t.Error(err)
				}
			}},
		{"record a deployment to nowhere", []int{1, 2}, []step{index, {"a request for a pacticipant version", ofFoo + "2 environments that aren't test available for deployment"}},
			func(t *testing.T, _ string, c *broker.Client) {
				wantKind(t, c.RecordDeployment(t.Context(), foo), broker.NotFound, "prod, dev")
			}},
		{"record a release", []int{1, 2}, []step{index, {"a request for a pacticipant version", toTest + "release"},
			{"a request to record a release", toTest + "deployment"}},
			func(t *testing.T, _ string, c *broker.Client) {
				if err := c.RecordRelease(t.Context(), foo); err != nil {
					t.Error(err)
				}
			}},
		{"environments", []int{2}, []step{{"a request for the index resource", "the pb:environments relation exists in the index resource"},
			{"a request to list the environments", "an environment exists"}},
			func(t *testing.T, _ string, c *broker.Client) {
				got, err := c.Environments(t.Context())
				if err != nil || len(got) != 1 || got[0].Name != "test" || got[0].DisplayName != "Test" || got[0].Production {
					t.Errorf("%+v, %v", got, err)
				}
			}},
		{"can-i-deploy with the latest of all", []int{1, 2}, []step{{"a request for the compatibility matrix where only the version of Foo is specified",
			"the pact for Foo version 1.2.3 has been verified by Bar version 4.5.6 and version 5.6.7"}},
			canIDeploy(broker.Question{Pacticipant: "Foo", Version: "1.2.3", Latest: true})},
		{"can-i-deploy with the latest of one", []int{1, 2}, []step{{"a request for the compatibility matrix for Foo version 1.2.3 and the latest version of Bar",
			"the pact for Foo version 1.2.3 has been successfully verified by Bar version 4.5.6, and 1.2.4 unsuccessfully by 9.9.9"}},
			canIDeploy(broker.Question{Pacticipant: "Foo", Version: "1.2.4", Latest: true, With: []string{"Bar"}})},
	} {
		for _, n := range tc.files {
			t.Run(fmt.Sprintf("%s/v%d", tc.name, n), func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(dir, fmt.Sprintf("pact-broker-client-v%d.json", n))
				tc.do(t, file, newClient(t, stub(t, cli, excerpt(t, file, tc.steps))))
			})
		}
	}
}

func canIDeploy(q broker.Question) func(*testing.T, string, *broker.Client) {
	return func(t *testing.T, _ string, c *broker.Client) {
		a, err := c.CanIDeploy(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Rows) == 0 || a.Rows[0].Consumer == "" || a.Reason == "" {
			t.Errorf("%+v", a)
		}
	}
}

type pactDocument struct {
	Consumer     any              `json:"consumer"`
	Provider     any              `json:"provider"`
	Interactions []map[string]any `json:"interactions"`
	Metadata     map[string]any   `json:"metadata"`
}

func readOfficial(t *testing.T, file string) pactDocument {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var p pactDocument
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// excerpt writes a pact of these interactions alone: the contract has several answers
// to one request, by provider state, and a stub must know which.
func excerpt(t *testing.T, file string, steps []step) string {
	t.Helper()
	p := readOfficial(t, file)
	all := p.Interactions
	p.Interactions = nil
	for _, s := range steps {
		i := slices.IndexFunc(all, func(x map[string]any) bool {
			state, _ := x["providerState"].(string)
			return x["description"] == s.description && state == s.state
		})
		if i < 0 {
			t.Fatalf("%s has no interaction %q in state %q", file, s.description, s.state)
		}
		p.Interactions = append(p.Interactions, all[i])
	}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	// An absolute link names the mock server of the contract's own tests, where the
	// credentials may not go.
	data = bytes.ReplaceAll(data, []byte("http://localhost:1234"), nil)
	out := filepath.Join(t.TempDir(), "pact.json")
	if err := os.WriteFile(out, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// officialContent is the pact that the contract has published.
func officialContent(t *testing.T, file string) []byte {
	t.Helper()
	for _, i := range readOfficial(t, file).Interactions {
		if i["description"] == "a request to publish contracts" {
			body := i["request"].(map[string]any)["body"].(map[string]any)
			content, err := base64.StdEncoding.DecodeString(body["contracts"].([]any)[0].(map[string]any)["content"].(string))
			if err != nil {
				t.Fatal(err)
			}
			return content
		}
	}
	t.Fatal("the contract publishes nothing")
	return nil
}

// stub serves a pact until the test ends. The CLI's stub has no flag for the host and
// listens on all interfaces, so it lives no longer than it must.
func stub(t *testing.T, cli, file string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(addr)
	var log bytes.Buffer
	cmd := cliCommand(t.Context(), t, cli, "stub", "--file", file, "--port", port)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the stub said:\n%s", log.String())
		}
	})
	for range 1000 {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", addr)
		if err == nil {
			_ = conn.Close()
			return "http://" + addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the stub did not start")
	return ""
}

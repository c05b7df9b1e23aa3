package broker_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker"
	"graphpact/internal/broker/brokertest"
)

func methods(rs []brokertest.Request) string {
	var out []string
	for _, r := range rs {
		out = append(out, r.Method)
	}
	return strings.Join(out, " ")
}

func TestPublish(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	p := publication(t, "1")
	p.Tags, p.BuildURL = []string{"dev"}, "https://ci.example/7"
	got, err := c.Publish(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.Published("consumer", "provider", "1"), pactFile(t)) {
		t.Error("the broker has other bytes than the file")
	}
	want := []broker.Notice{
		{Type: "debug", Text: "Created consumer version 1 with branch main"},
		{Type: "success", Text: "Pact successfully published for consumer version 1 and provider provider."},
		{Type: "prompt", Text: " [33mNext steps: [0m\n  configure a webhook"}, // no escape reaches a terminal
	}
	if diff := cmp.Diff(want, got.Notices); diff != "" {
		t.Error(diff)
	}
	if _, err := c.Publish(t.Context(), p); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

func TestPublishConflict(t *testing.T) {
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	p := publication(t, "1")
	p.Contracts[0].Content = []byte(`{"other":1}`)
	_, err := c.Publish(t.Context(), p)
	wantKind(t, err, broker.Conflict)
	if n := strings.Count(err.Error(), "Cannot change the content"); n != 1 {
		t.Errorf("the broker's words stand there %d times: %v", n, err)
	}
	if !bytes.Equal(s.Published("consumer", "provider", "1"), pactFile(t)) {
		t.Error("the first content is gone")
	}
	p.Merge = true
	publish(t, c, p)

	p = publication(t, "2")
	p.Consumer = "Consumer"
	_, err = c.Publish(t.Context(), p)
	wantKind(t, err, broker.Conflict, "very similar")
}

func TestPublishIsAllOrNothing(t *testing.T) {
	s := startBroker(t)
	p := publication(t, "1")
	p.Contracts = append(p.Contracts, broker.Contract{Provider: "broken", Content: []byte("{")})
	_, err := newClient(t, s.URL).Publish(t.Context(), p)
	wantKind(t, err, broker.Refused, "contracts.1: content is not JSON")
	if s.Published("consumer", "provider", "1") != nil {
		t.Error("half of it was published")
	}
	if n := methods(s.Requests()); n != "GET POST" {
		t.Errorf("%s: more than one request publishes", n)
	}
}

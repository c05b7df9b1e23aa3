package broker_test

import (
	"bytes"
	"strings"
	"testing"

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
	kinds := func(notices []broker.Notice) string {
		var out []string
		for _, n := range notices {
			out = append(out, n.Type)
		}
		return strings.Join(out, " ")
	}
	if k := kinds(got); k != "debug success debug debug prompt prompt prompt" {
		t.Errorf("notices %s", k)
	}
	if n := got[1].Text; !strings.Contains(n, "published") || !strings.Contains(n, "consumer version 1") {
		t.Errorf("notice %q", n)
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
	p.Contracts[0].Content = otherPact(t)
	_, err := c.Publish(t.Context(), p)
	wantKind(t, err, broker.Conflict)
	if n := strings.Count(err.Error(), "Cannot change the content"); n != 1 {
		t.Errorf("the broker's words stand there %d times: %v", n, err)
	}
	if !bytes.Equal(s.Published("consumer", "provider", "1"), pactFile(t)) {
		t.Error("the first content is gone")
	}
	p.Merge = true
	_, err = c.Publish(t.Context(), p)
	wantKind(t, err, broker.Conflict, "allow_dangerous_contract_modification")
	if hint := hintOf(err); hint == "" || strings.Contains(hint, "merge") {
		t.Errorf("hint %q", hint)
	}

	p = publication(t, "2")
	p.Consumer = "Consumer"
	p.Contracts[0].Content = bytes.Replace(pactFile(t), []byte(`"name": "consumer"`), []byte(`"name": "Consumer"`), 1)
	_, err = c.Publish(t.Context(), p)
	wantKind(t, err, broker.Conflict, "very similar")
}

// TestControlCharacters: no escape of a broker reaches a terminal.
func TestControlCharacters(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	got, err := newClient(t, s.URL).Publish(t.Context(), publication(t, "1\x1b[31m"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range got {
		if strings.Contains(n.Text, "\x1b") {
			t.Errorf("notice %q", n.Text)
		}
	}
}

func TestPublishIsAllOrNothing(t *testing.T) {
	s := startBroker(t)
	p := publication(t, "1")
	p.Contracts = append(p.Contracts, broker.Contract{Provider: "broken", Content: []byte("{")})
	_, err := newClient(t, s.URL).Publish(t.Context(), p)
	wantKind(t, err, broker.Refused, "could not be parsed as application/json (at index 1)")
	if s.Published("consumer", "provider", "1") != nil {
		t.Error("half of it was published")
	}
	if n := methods(s.Requests()); n != "GET POST" {
		t.Errorf("%s: more than one request publishes", n)
	}
}

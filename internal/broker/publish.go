package broker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
)

// Publication is what one version of a consumer publishes.
type Publication struct {
	Consumer, Version string
	// Branch, Tags and BuildURL may be empty.
	Branch   string
	Tags     []string
	BuildURL string
	// Merge asks the broker to join each pact with what the version has published before.
	// Only a broker that lets pacts change does so (allow_dangerous_contract_modification).
	Merge     bool
	Contracts []Contract
}

// Contract is one pact of a publication.
type Contract struct {
	Provider string
	// Content is the pact file, byte for byte.
	Content []byte
}

// Notice is a message of the broker to the user.
type Notice struct {
	// Type is success, info, warning, error or prompt.
	Type string `json:"type"`
	Text string `json:"text"`
}

type publishRequest struct {
	Pacticipant string            `json:"pacticipantName"`
	Version     string            `json:"pacticipantVersionNumber"`
	Branch      string            `json:"branch,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	BuildURL    string            `json:"buildUrl,omitempty"`
	Contracts   []publishContract `json:"contracts"`
}

type publishContract struct {
	Consumer      string `json:"consumerName"`
	Provider      string `json:"providerName"`
	Specification string `json:"specification"`
	ContentType   string `json:"contentType"`
	Content       string `json:"content"` // base64
	OnConflict    string `json:"onConflict"`
}

// Publish sends all contracts in one request: the broker takes all or none. The same
// again is no error; other content for a version that was published is one of kind
// Conflict, and so is a name that is new and similar to a known one. It gives what the broker
// says of them.
func (c *Client) Publish(ctx context.Context, p Publication) ([]Notice, error) {
	u, err := c.entry(ctx, nil, "pb:publish-contracts")
	if err != nil {
		return nil, err
	}
	body := publishRequest{Pacticipant: p.Consumer, Version: p.Version, Branch: p.Branch, Tags: p.Tags, BuildURL: p.BuildURL}
	onConflict := "overwrite"
	if p.Merge {
		onConflict = "merge"
	}
	for _, k := range p.Contracts {
		body.Contracts = append(body.Contracts, publishContract{
			Consumer: p.Consumer, Provider: k.Provider, Specification: "pact", ContentType: "application/json",
			Content: base64.StdEncoding.EncodeToString(k.Content), OnConflict: onConflict,
		})
	}
	a, err := c.send(ctx, http.MethodPost, u, body)
	if err != nil {
		return nil, conflicting(err, p.Merge)
	}
	return c.published(a)
}

// conflicting says what to do about a conflict.
func conflicting(err error, merge bool) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != Conflict {
		return err
	}
	const newVersion = "publish other content under a version of its own (a new commit, or --consumer-version)"
	e.Hint = "a version's pact does not change: " + newVersion + "; where a name is new and only looks like another, correct it, or create it in the broker first"
	if merge {
		e.Text = "the broker does not merge into what it has: it lets no pact change, unless allow_dangerous_contract_modification is set where it runs"
		e.Hint = "join the parts before they are published, or " + newVersion
	}
	return err
}

func (c *Client) published(a *answer) ([]Notice, error) {
	var body struct {
		Links   map[string]json.RawMessage `json:"_links"`
		Notices []Notice                   `json:"notices"`
		// Brokers before 2.86 say logs.
		Logs []struct {
			Level   string `json:"level"`
			Message string `json:"message"`
		} `json:"logs"`
	}
	if err := c.decode(a, &body); err != nil {
		return nil, err
	}
	if body.Links == nil {
		// A proxy's 200 would otherwise pass for a publication.
		return nil, c.fault(a, NotBroker, "the answer has no _links, so nothing shows that the pacts were published")
	}
	if len(body.Notices) == 0 {
		for _, l := range body.Logs {
			body.Notices = append(body.Notices, Notice{Type: l.Level, Text: l.Message})
		}
	}
	for i, n := range body.Notices {
		body.Notices[i] = Notice{Type: c.clean(n.Type), Text: c.clean(n.Text)}
	}
	return body.Notices, nil
}

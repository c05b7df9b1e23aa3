package broker

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// Question asks whether a version may go where. Exactly one of Environment, MainBranch,
// Latest and Branch says where.
type Question struct {
	Pacticipant, Version string
	// Environment: with what is deployed or released there now.
	Environment string
	// MainBranch: with the latest version on the main branch of each other application.
	MainBranch bool
	// Latest: with the latest version of each other application, or of those in With.
	Latest bool
	// Branch: with the latest version on that branch of each application in With. The
	// broker has no question for all of them.
	Branch string
	// With names the other applications for Latest and Branch.
	With []string
}

// Deployable is the broker's word.
type Deployable string

// The words.
const (
	Yes Deployable = "yes"
	No  Deployable = "no"
	// Unknown: a verification is missing so far.
	Unknown Deployable = "unknown"
)

// Answer is what the broker says to a Question.
type Answer struct {
	Deployable Deployable
	// Reason is the broker's, one reason a line.
	Reason string
	// Notices are the broker's hints; newer brokers repeat the reasons in them.
	Notices []Notice
	Rows    []MatrixRow
}

// MatrixRow is a pact and what a version of the provider found.
type MatrixRow struct {
	Consumer, ConsumerVersion string
	Provider                  string
	// ProviderVersion is empty where none has verified the pact.
	ProviderVersion string
	// Verified is "" where there is no result.
	Verified Deployable
	// ResultURL leads to the result; empty where there is none.
	ResultURL string
}

// CanIDeploy asks once; Unknown may change when asked again.
func (c *Client) CanIDeploy(ctx context.Context, q Question) (*Answer, error) {
	u, err := c.question(ctx, q)
	if err != nil {
		return nil, err
	}
	a, err := c.send(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	return c.matrix(a)
}

// question gives the address to ask at. For an environment the broker has a link. For
// the rest it has none: the matrix resource is asked by its path, as the official
// clients do and the official contract has it.
func (c *Client) question(ctx context.Context, q Question) (*url.URL, error) {
	if q.Environment != "" {
		index, err := c.index(ctx)
		if err != nil {
			return nil, err
		}
		return c.follow(index, map[string]string{"pacticipant": q.Pacticipant, "version": q.Version, "environment": q.Environment},
			"pb:can-i-deploy-pacticipant-version-to-environment")
	}
	query, err := q.query()
	if err != nil {
		return nil, err
	}
	u := c.base.JoinPath("matrix")
	u.RawQuery = query
	return u, nil
}

// query writes the matrix query. The order counts: a broker takes each
// q[][pacticipant] for the beginning of another selector.
func (q Question) query() (string, error) {
	if q.Branch != "" && len(q.With) == 0 {
		return "", errors.New("a branch to deploy to needs the names of the applications that have it")
	}
	var b strings.Builder
	add := func(name, value string) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(name) + "=" + escape(value))
	}
	add("q[][pacticipant]", q.Pacticipant)
	add("q[][version]", q.Version)
	for _, other := range q.With {
		add("q[][pacticipant]", other)
		if q.Branch != "" {
			add("q[][branch]", q.Branch)
		}
		add("q[][latest]", "true")
	}
	if len(q.With) > 0 {
		// The latest result for each pair of versions.
		add("latestby", "cvpv")
		return b.String(), nil
	}
	// The latest result for each provider.
	add("latestby", "cvp")
	add("latest", "true")
	if q.MainBranch {
		add("mainBranch", "true")
	}
	return b.String(), nil
}

func (c *Client) matrix(a *answer) (*Answer, error) {
	type side struct {
		Name    string `json:"name"`
		Version *struct {
			Number string `json:"number"`
		} `json:"version"`
	}
	var body struct {
		Summary *struct {
			Deployable *bool  `json:"deployable"`
			Reason     string `json:"reason"`
		} `json:"summary"`
		Notices []Notice `json:"notices"`
		Matrix  []struct {
			Consumer side `json:"consumer"`
			Provider side `json:"provider"`
			Result   *struct {
				Success bool             `json:"success"`
				Links   map[string]links `json:"_links"`
			} `json:"verificationResult"`
		} `json:"matrix"`
	}
	if err := c.decode(a, &body); err != nil {
		return nil, err
	}
	if body.Summary == nil {
		return nil, c.fault(a, NotBroker, "the answer has no summary, so it says neither yes nor no")
	}
	out := &Answer{Deployable: Unknown, Reason: c.clean(body.Summary.Reason)}
	if d := body.Summary.Deployable; d != nil {
		out.Deployable = word(*d)
	}
	for _, n := range body.Notices {
		out.Notices = append(out.Notices, Notice{Type: c.clean(n.Type), Text: c.clean(n.Text)})
	}
	for _, m := range body.Matrix {
		row := MatrixRow{Consumer: c.clean(m.Consumer.Name), Provider: c.clean(m.Provider.Name)}
		if m.Consumer.Version != nil {
			row.ConsumerVersion = c.clean(m.Consumer.Version.Number)
		}
		if m.Provider.Version != nil {
			row.ProviderVersion = c.clean(m.Provider.Version.Number)
		}
		if m.Result != nil {
			row.Verified = word(m.Result.Success)
			if self := m.Result.Links["self"]; len(self) > 0 {
				row.ResultURL = c.clean(self[0].Href)
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func word(yes bool) Deployable {
	if yes {
		return Yes
	}
	return No
}

package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Question asks whether a version may go where. Exactly one of Environment, MainBranch,
// Latest, Branch, Tag and Versions says where.
type Question struct {
	Pacticipant, Version string
	// Environment: with all that is deployed or released there now.
	Environment string
	// MainBranch: with the latest version on the main branch of each other application.
	MainBranch bool
	// Latest: with the latest version of each other application, or of those in With.
	Latest bool
	// Branch: with the latest version on that branch of each application in With. The
	// broker has no question for all of them.
	Branch string
	// Tag: with the latest version with that tag of each other application, or of those in With.
	Tag string
	// Versions: with these versions of these applications.
	Versions []PacticipantVersion
	// With names the other applications for Latest, Branch and Tag.
	With []string
	// Ignore names other applications whose missing or failed verifications do not count.
	Ignore []string
}

// PacticipantVersion is a version of an application.
type PacticipantVersion struct{ Pacticipant, Version string }

// Deployable is the broker's answer: yes, no or unknown.
type Deployable string

// The answers.
const (
	Yes Deployable = "yes"
	No  Deployable = "no"
	// Unknown: a verification is missing.
	Unknown Deployable = "unknown"
)

// Answer is what the broker says to a Question.
type Answer struct {
	Deployable Deployable
	// Reason is the broker's, one reason a line. Where the answer contradicts itself a
	// line in front says so, and Deployable is the worse of the two.
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
	// Ignored is set where the question said that the row does not count.
	Ignored bool
}

// CanIDeploy asks once; Unknown may change when asked again.
func (c *Client) CanIDeploy(ctx context.Context, q Question) (*Answer, error) {
	query, err := q.query()
	if err != nil {
		return nil, err
	}
	// The matrix has no link: it is asked by its path, as the official clients do and the
	// official contract has it. The index's link to can-i-deploy is not used, because the
	// resource behind it weighs a single version of each provider, even where several are
	// in the environment.
	u := c.base.JoinPath("matrix")
	u.RawQuery = query
	a, err := c.send(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, noBroker(err)
	}
	return c.matrix(a)
}

// Retry says how often to ask again.
type Retry struct {
	Retries  int
	Interval time.Duration
	// Waiting is called before each wait with the number of the retry, and why it is
	// needed; nil for nothing.
	Waiting func(retry int, why string)
}

// AskUntilKnown asks until the answer is known or the retries are used up, and then gives the
// last answer. A broker that is being restarted, so that it refuses the connection or
// answers with 5xx, is asked again too.
func (c *Client) AskUntilKnown(ctx context.Context, q Question, retry Retry) (*Answer, error) {
	for n := 1; ; n++ {
		a, err := c.CanIDeploy(ctx, q)
		why := "not known yet"
		switch {
		case err != nil && passing(err):
			why = "the broker is not available"
		case err != nil || a.Deployable != Unknown:
			return a, err
		}
		if n > retry.Retries {
			return a, err
		}
		if retry.Waiting != nil {
			retry.Waiting(n, why)
		}
		if err := c.cfg.Sleep(ctx, retry.Interval); err != nil {
			return nil, &Error{Kind: Cancelled, Text: "stopped: " + err.Error(), Err: err}
		}
	}
}

// Absent names the applications without a version in the place that was asked for: what
// is not known because of them does not become known by waiting, until a version of them
// is there. It is empty where waiting for verifications can help.
func (c *Client) Absent(ctx context.Context, q Question, a *Answer) ([]string, error) {
	var others []string
	for _, r := range a.Rows {
		other := r.Provider
		if other == q.Pacticipant {
			other = r.Consumer
		}
		if r.Verified == "" && !r.Ignored && !slices.Contains(others, other) {
			others = append(others, other)
		}
	}
	if len(others) == 0 {
		return nil, nil
	}
	there, err := c.presence(ctx, q)
	if err != nil {
		return nil, err
	}
	var absent []string
	for _, other := range others {
		is, err := there(other)
		if err != nil {
			return nil, err
		}
		if !is {
			absent = append(absent, other)
		}
	}
	return absent, nil
}

// presence gives a function that reports whether an application has a version in the
// place of the question.
func (c *Client) presence(ctx context.Context, q Question) (func(name string) (bool, error), error) {
	exists := func(rel string) func(string) (bool, error) {
		return func(name string) (bool, error) {
			_, err := c.linked(ctx, map[string]string{"pacticipant": name, "tag": q.Tag}, rel)
			if KindOf(err) == NotFound {
				return false, nil
			}
			return true, err
		}
	}
	switch {
	case q.Environment != "":
		return c.inEnvironmentNamed(ctx, q.Environment)
	case q.MainBranch:
		return func(name string) (bool, error) { return c.hasMainBranch(ctx, name) }, nil
	case q.Tag != "":
		return exists("pb:latest-tagged-version"), nil
	case q.Latest:
		return exists("pb:latest-version"), nil
	}
	// A branch or a version that does not exist is a no.
	return func(string) (bool, error) { return true, nil }, nil
}

func (c *Client) inEnvironmentNamed(ctx context.Context, environment string) (func(string) (bool, error), error) {
	envs, err := c.Environments(ctx)
	if err != nil {
		return nil, err
	}
	var placed []Placement
	for _, e := range envs {
		if e.Name == environment {
			if placed, err = c.InEnvironment(ctx, e); err != nil {
				return nil, err
			}
		}
	}
	return func(name string) (bool, error) {
		return slices.ContainsFunc(placed, func(p Placement) bool { return p.Pacticipant == name }), nil
	}, nil
}

func (c *Client) hasMainBranch(ctx context.Context, name string) (bool, error) {
	res, err := c.linked(ctx, map[string]string{"pacticipant": name}, "pb:pacticipant")
	if err != nil {
		return false, err
	}
	var doc struct {
		MainBranch string `json:"mainBranch"`
	}
	if err := json.Unmarshal(res.body, &doc); err != nil {
		return false, c.broken(res, err.Error())
	}
	return doc.MainBranch != "", nil
}

// query writes the matrix query as the official Rust client does. The order counts: a
// broker takes each q[][pacticipant] for the beginning of another selector.
func (q Question) query() (string, error) {
	places := 0
	for _, set := range []bool{q.Environment != "", q.MainBranch, q.Latest, q.Branch != "", q.Tag != "", len(q.Versions) > 0} {
		if set {
			places++
		}
	}
	switch {
	case places != 1:
		return "", errors.New("a question to the broker needs one place to deploy to: an environment, the main branches, the latest versions, a branch, a tag or named versions")
	case q.Branch != "" && len(q.With) == 0:
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
		if q.Tag != "" {
			add("q[][tag]", q.Tag)
		}
	}
	for _, v := range q.Versions {
		add("q[][pacticipant]", v.Pacticipant)
		add("q[][version]", v.Version)
	}
	for _, name := range q.Ignore {
		add("ignore[][pacticipant]", name)
	}
	named := len(q.With)+len(q.Versions) > 0
	if q.Tag != "" && !named {
		add("tag", q.Tag)
	}
	if named || q.Environment != "" {
		// The latest result for each pair of versions: of several versions in an
		// environment each one counts.
		add("latestby", "cvpv")
	} else {
		// The latest result for each provider, of which the latest version alone counts.
		add("latestby", "cvp")
		add("latest", "true")
	}
	if q.MainBranch {
		add("mainBranch", "true")
	}
	if q.Environment != "" {
		add("environment", q.Environment)
	}
	return b.String(), nil
}

func (c *Client) matrix(a *answer) (*Answer, error) {
	type side struct {
		Name    string `json:"name"`
		Version struct {
			Number string `json:"number"`
		} `json:"version"` // null where there is none
	}
	var body struct {
		Summary *struct {
			Deployable *bool  `json:"deployable"`
			Reason     string `json:"reason"`
			Failed     int    `json:"failed"`
			Unknown    int    `json:"unknown"`
		} `json:"summary"`
		Notices []Notice `json:"notices"`
		Matrix  []struct {
			Consumer side `json:"consumer"`
			Provider side `json:"provider"`
			Ignored  bool `json:"ignored"`
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
		out.Deployable = deployable(*d)
	}
	for _, n := range body.Notices {
		out.Notices = append(out.Notices, Notice{Type: c.clean(n.Type), Text: c.clean(n.Text)})
	}
	for _, m := range body.Matrix {
		row := MatrixRow{
			Consumer: c.clean(m.Consumer.Name), ConsumerVersion: c.clean(m.Consumer.Version.Number), Ignored: m.Ignored,
			Provider: c.clean(m.Provider.Name), ProviderVersion: c.clean(m.Provider.Version.Number),
		}
		if m.Result != nil {
			row.Verified = deployable(m.Result.Success)
			if self := m.Result.Links["self"]; len(self) > 0 {
				row.ResultURL = c.clean(self[0].Href)
			}
		}
		out.Rows = append(out.Rows, row)
	}
	out.contradiction(body.Summary.Failed, body.Summary.Unknown)
	return out, nil
}

// contradiction turns a yes that comes with failed or missing verifications into the
// worse answer, and says so. The matrix alone decides where the counts are missing.
func (a *Answer) contradiction(failed, unknown int) {
	if a.Deployable != Yes {
		return
	}
	failedRows, unknownRows := 0, 0
	for _, r := range a.Rows {
		switch {
		case r.Ignored:
		case r.Verified == No:
			failedRows++
		case r.Verified == "":
			unknownRows++
		}
	}
	failed, unknown = max(failed, failedRows), max(unknown, unknownRows)
	switch {
	case failed > 0:
		a.Deployable = No
	case unknown > 0:
		a.Deployable = Unknown
	default:
		return
	}
	a.Reason = fmt.Sprintf("The broker contradicts itself: it says yes, and counts %d failed and %d missing verifications\n%s", failed, unknown, a.Reason)
}

func deployable(yes bool) Deployable {
	if yes {
		return Yes
	}
	return No
}

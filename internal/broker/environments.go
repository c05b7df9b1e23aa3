package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Environment is a place that applications are deployed or released to, as brokers write it.
type Environment struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName,omitempty"`
	Production  bool   `json:"production"`

	self *url.URL
}

// Placement is a version of an application in an environment.
type Placement struct {
	Pacticipant, Version string
	// Instance is the application instance, where several run side by side.
	Instance string
	// Released tells a released version from a deployed one.
	Released bool

	self *url.URL
}

// environmentList reads the list of environments, which a new one is added to.
func (c *Client) environmentList(ctx context.Context) (*resource, error) {
	return c.linked(ctx, nil, "pb:environments")
}

// Environments lists the broker's environments in its order.
func (c *Client) Environments(ctx context.Context) ([]Environment, error) {
	list, err := c.environmentList(ctx)
	if err != nil {
		return nil, err
	}
	return c.environmentsIn(list)
}

func (c *Client) environmentsIn(list *resource) ([]Environment, error) {
	entries, err := c.embedded(list, "environments")
	if err != nil {
		return nil, err
	}
	var out []Environment
	for _, entry := range entries {
		var e Environment
		if err := json.Unmarshal(entry.body, &e); err != nil {
			return nil, c.broken(list, "an environment: "+err.Error())
		}
		e.Name, e.DisplayName = c.clean(e.Name), c.clean(e.DisplayName)
		if e.self, err = c.selfOf(entry); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// CreateEnvironment makes an environment. A name that is taken is an error of kind Refused.
func (c *Client) CreateEnvironment(ctx context.Context, e Environment) error {
	u, err := c.entry(ctx, nil, "pb:environments")
	if err != nil {
		return err
	}
	_, err = c.send(ctx, http.MethodPost, u, e)
	return err
}

// InEnvironment lists what is deployed to an environment now, and what is released
// there and still supported.
func (c *Client) InEnvironment(ctx context.Context, e Environment) ([]Placement, error) {
	if e.self == nil {
		return nil, nil // a broker that gives no more than names
	}
	env, err := c.resource(ctx, e.self)
	if err != nil {
		return nil, err
	}
	var out []Placement
	for _, kind := range []struct {
		rel, member string
		released    bool
	}{
		{"pb:currently-deployed-deployed-versions", "deployedVersions", false},
		{"pb:currently-supported-released-versions", "releasedVersions", true},
	} {
		u, err := c.follow(env, nil, kind.rel)
		if err != nil {
			return nil, err
		}
		list, err := c.resource(ctx, u)
		if err != nil {
			return nil, err
		}
		entries, err := c.embedded(list, kind.member)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			p, err := c.placement(list, entry)
			if err != nil {
				return nil, err
			}
			p.Released = kind.released
			out = append(out, p)
		}
	}
	return out, nil
}

func (c *Client) placement(list, entry *resource) (Placement, error) {
	var doc struct {
		Instance string `json:"applicationInstance"`
		Embedded struct {
			Pacticipant struct {
				Name string `json:"name"`
			} `json:"pacticipant"`
			Version struct {
				Number string `json:"number"`
			} `json:"version"`
		} `json:"_embedded"`
	}
	if err := json.Unmarshal(entry.body, &doc); err != nil {
		return Placement{}, c.broken(list, "a version: "+err.Error())
	}
	self, err := c.selfOf(entry)
	return Placement{
		Pacticipant: c.clean(doc.Embedded.Pacticipant.Name), Version: c.clean(doc.Embedded.Version.Number), Instance: c.clean(doc.Instance), self: self,
	}, err
}

// Deployment is a version that goes to an environment.
type Deployment struct {
	Pacticipant, Version, Environment string
	// Instance tells application instances apart that run side by side; empty where
	// there is one. A release has none.
	Instance string
}

// RecordDeployment records that the version runs in the environment now, in place of the
// one before it. An environment that does not exist is an *Error that names it.
func (c *Client) RecordDeployment(ctx context.Context, d Deployment) error {
	body := map[string]string{}
	if d.Instance != "" {
		// The official client sends both: brokers before 2.93 know it as target.
		body["applicationInstance"], body["target"] = d.Instance, d.Instance
	}
	return c.record(ctx, d, "pb:record-deployment", body)
}

// RecordRelease records that the version is on offer in the environment, beside the ones
// before it. An environment that does not exist is an *Error that names it.
func (c *Client) RecordRelease(ctx context.Context, d Deployment) error {
	return c.record(ctx, d, "pb:record-release", map[string]string{})
}

func (c *Client) record(ctx context.Context, d Deployment, rel string, body map[string]string) error {
	version, err := c.linked(ctx, map[string]string{"pacticipant": d.Pacticipant, "version": d.Version}, "pb:pacticipant-version")
	if err != nil {
		return err
	}
	u, names, err := c.named(version, rel, d.Environment)
	if err != nil {
		return err
	}
	if u == nil {
		// Without environments the list is empty; a broker too old for them has no list.
		if _, there := version.links[rel]; !there {
			return c.missing(version, rel)
		}
		return c.noEnvironment(version, d.Environment, names)
	}
	_, err = c.send(ctx, http.MethodPost, u, body)
	return err
}

// noEnvironment is the error of an environment that does not exist.
func (c *Client) noEnvironment(in *resource, name string, known []string) error {
	has := "it has none"
	if len(known) > 0 {
		has = "the broker has " + c.clean(strings.Join(known, ", "))
	}
	return &Error{Kind: NotFound, Method: in.method, URL: c.shown(in.url), Environment: name,
		Text: fmt.Sprintf("there is no environment %q; %s", name, has),
		Hint: fmt.Sprintf("create it with `graphpact broker create-environment %s`, with --production where users are", name)}
}

// RecordUndeployment records that what runs of the application in the environment, in
// the instance where one is named, runs there no more. The version may be empty.
func (c *Client) RecordUndeployment(ctx context.Context, d Deployment) error {
	return c.end(ctx, d, "currentlyDeployed", func(p Placement) bool {
		return !p.Released && p.Instance == d.Instance
	})
}

// RecordSupportEnded records that a released version is not supported any more.
func (c *Client) RecordSupportEnded(ctx context.Context, d Deployment) error {
	return c.end(ctx, d, "currentlySupported", func(p Placement) bool { return p.Released })
}

// end ends the placements that match; none is an error of kind NotFound.
func (c *Client) end(ctx context.Context, d Deployment, member string, match func(Placement) bool) error {
	list, err := c.environmentList(ctx)
	if err != nil {
		return err
	}
	envs, err := c.environmentsIn(list)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(envs, func(e Environment) bool { return e.Name == d.Environment })
	if i < 0 {
		var names []string
		for _, e := range envs {
			names = append(names, e.Name)
		}
		return c.noEnvironment(list, d.Environment, names)
	}
	placed, err := c.InEnvironment(ctx, envs[i])
	if err != nil {
		return err
	}
	ended := false
	for _, p := range placed {
		if p.Pacticipant != d.Pacticipant || d.Version != "" && p.Version != d.Version || !match(p) || p.self == nil {
			continue
		}
		if _, err := c.send(ctx, http.MethodPatch, p.self, map[string]bool{member: false}); err != nil {
			return err
		}
		ended = true
	}
	if !ended {
		return &Error{Kind: NotFound, Method: http.MethodGet, URL: c.shown(list.url),
			Text: strings.TrimSpace(d.Pacticipant+" "+d.Version) + " is not in " + d.Environment}
	}
	return nil
}

// selfOf gives the address of an entry, nil where it has none.
func (c *Client) selfOf(entry *resource) (*url.URL, error) {
	if len(entry.links["self"]) == 0 {
		return nil, nil
	}
	return c.follow(entry, nil, "self")
}

// embedded gives the entries of a list; a list without the member is broken HAL.
func (c *Client) embedded(list *resource, member string) ([]*resource, error) {
	var doc struct {
		Embedded map[string]json.RawMessage `json:"_embedded"`
	}
	if err := json.Unmarshal(list.body, &doc); err != nil {
		return nil, c.broken(list, err.Error())
	}
	raw, ok := doc.Embedded[member]
	if !ok {
		return nil, c.broken(list, "it has no _embedded."+member)
	}
	var bodies []json.RawMessage
	if err := json.Unmarshal(raw, &bodies); err != nil {
		return nil, c.broken(list, "_embedded."+member+": "+err.Error())
	}
	var out []*resource
	for _, body := range bodies {
		entry, err := c.read(&answer{method: list.method, url: list.url, body: body})
		if err != nil {
			return nil, err
		}
		out = append(out, entry)
	}
	return out, nil
}

func (c *Client) broken(res *resource, why string) error {
	return &Error{Kind: NotBroker, Method: res.method, URL: c.shown(res.url), Text: "the answer is not the HAL of a Pact Broker: " + c.clean(why)}
}

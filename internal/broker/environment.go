package broker

import (
	"context"
	"encoding/json"
	"net/url"
)

// Environment is a place that applications are deployed or released to.
type Environment struct {
	Name, DisplayName string
	Production        bool

	self *url.URL
}

// Placement is a version of an application in an environment.
type Placement struct {
	Pacticipant, Version string
	// Instance is the application instance, where several run side by side.
	Instance string
	// Released tells a released version from a deployed one.
	Released bool
}

// Environments lists the broker's environments in its order.
func (c *Client) Environments(ctx context.Context) ([]Environment, error) {
	index, err := c.index(ctx)
	if err != nil {
		return nil, err
	}
	u, err := c.follow(index, nil, "pb:environments")
	if err != nil {
		return nil, err
	}
	list, err := c.resource(ctx, u)
	if err != nil {
		return nil, err
	}
	entries, err := c.embedded(list, "environments")
	if err != nil {
		return nil, err
	}
	var out []Environment
	for _, entry := range entries {
		var doc struct {
			Name        string `json:"name"`
			DisplayName string `json:"displayName"`
			Production  bool   `json:"production"`
		}
		if err := json.Unmarshal(entry.body, &doc); err != nil {
			return nil, c.broken(list, "an environment: "+err.Error())
		}
		e := Environment{Name: c.clean(doc.Name), DisplayName: c.clean(doc.DisplayName), Production: doc.Production}
		if len(entry.links["self"]) > 0 {
			if e.self, err = c.follow(entry, nil, "self"); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
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
	return Placement{
		Pacticipant: c.clean(doc.Embedded.Pacticipant.Name), Version: c.clean(doc.Embedded.Version.Number), Instance: c.clean(doc.Instance),
	}, nil
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

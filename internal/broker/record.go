package broker

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Deployment is a version that goes to an environment.
type Deployment struct {
	Pacticipant, Version, Environment string
	// Instance tells application instances apart that run side by side; empty where
	// there is one. A release has none.
	Instance string
}

// RecordDeployment tells that the version runs in the environment now, in place of the
// one before it.
func (c *Client) RecordDeployment(ctx context.Context, d Deployment) error {
	body := map[string]string{}
	if d.Instance != "" {
		// The official client sends both: brokers before 2.93 know it as target.
		body["applicationInstance"], body["target"] = d.Instance, d.Instance
	}
	return c.record(ctx, d, "pb:record-deployment", body)
}

// RecordRelease tells that the version is on offer in the environment, beside the ones
// before it.
func (c *Client) RecordRelease(ctx context.Context, d Deployment) error {
	return c.record(ctx, d, "pb:record-release", map[string]string{})
}

func (c *Client) record(ctx context.Context, d Deployment, rel string, body map[string]string) error {
	index, err := c.index(ctx)
	if err != nil {
		return err
	}
	u, err := c.follow(index, map[string]string{"pacticipant": d.Pacticipant, "version": d.Version}, "pb:pacticipant-version")
	if err != nil {
		return err
	}
	version, err := c.resource(ctx, u)
	if err != nil {
		return err
	}
	u, names, err := c.named(version, rel, d.Environment)
	if err != nil {
		return err
	}
	if u == nil {
		if len(names) == 0 {
			return c.missing(version, rel)
		}
		return &Error{Kind: NotFound, Method: version.method, URL: c.shown(version.url), Link: rel,
			Text: fmt.Sprintf("there is no environment %q; the broker has %s", d.Environment, c.clean(strings.Join(names, ", ")))}
	}
	_, err = c.send(ctx, http.MethodPost, u, body)
	return err
}

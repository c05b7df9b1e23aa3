package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"graphpact/internal/broker"
)

// The variables that the users of other Pact tools have set already.
const (
	envBrokerURL      = "PACT_BROKER_BASE_URL"
	envBrokerToken    = "PACT_BROKER_TOKEN"
	envBrokerUsername = "PACT_BROKER_USERNAME"
	envBrokerPassword = "PACT_BROKER_PASSWORD"
)

const brokerHelp = `The broker is named by --broker or PACT_BROKER_BASE_URL. The credentials come from
PACT_BROKER_TOKEN (PactFlow), or from PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD,
and are never flags. HTTPS_PROXY and NO_PROXY are honoured.

Exit codes:
  0    done, or yes
  1    the broker says no, or it does not know yet
  2    wrong usage or configuration, or the broker refuses the request
  3    the broker is not reachable, lets nobody in, or is no Pact Broker
  4    there is nothing to publish
  130  interrupted`

// brokerFlags name the broker.
type brokerFlags struct {
	url       string
	caCert    string
	allowHTTP bool
	timeout   time.Duration
}

func (f *brokerFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.url, "broker", "", "base `URL` of the Pact Broker (also "+envBrokerURL+")")
	fs.StringVar(&f.caCert, "broker-ca-cert", "", "PEM `FILE` of certificates to trust for the broker, beside the system's")
	fs.BoolVar(&f.allowHTTP, "broker-allow-http", false, "let the credentials travel in clear to a broker on another machine")
	fs.DurationVar(&f.timeout, "broker-timeout", 30*time.Second, "how long a request to the broker may take, as `DURATION` 10s")
	fs.Lookup("broker").Annotations = map[string][]string{envAlias: {envBrokerURL}}
}

// client makes the client of the broker that the flags and the environment name.
// Nothing is sent.
func (f *brokerFlags) client(a *app) (*broker.Client, error) {
	if f.url == "" {
		return nil, errors.New("no broker is named: add --broker URL, or set " + envBrokerURL)
	}
	if f.timeout <= 0 {
		return nil, errors.New("--broker-timeout: more than 0")
	}
	value := func(name string) string {
		v, _ := a.env(name)
		return v
	}
	return broker.New(broker.Config{
		BaseURL: f.url, CACert: f.caCert, AllowHTTP: f.allowHTTP, Timeout: f.timeout, UserAgent: "graphpact/" + toolVersion(),
		Token: value(envBrokerToken), Username: value(envBrokerUsername), Password: value(envBrokerPassword),
	})
}

// brokerExit gives a broker's error its exit code, and adds what the user can do.
func brokerExit(err error) error { return brokerCode(withHint(err)) }

// withHint adds what the user can do: in the line, or in one of its own where the broker
// wrote something too.
func withHint(err error) error {
	var e *broker.Error
	switch {
	case !errors.As(err, &e) || e.Hint == "":
		return err
	case e.Body != "":
		return fmt.Errorf("%w\nHint: %s", err, e.Hint)
	}
	return fmt.Errorf("%w: %s", err, e.Hint)
}

func brokerCode(err error) error {
	switch broker.KindOf(err) {
	case broker.Cancelled:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case broker.Unreachable, broker.Unauthenticated, broker.MayNotWrite, broker.NotBroker, broker.Server:
		return &exitError{exitTarget, err}
	case broker.Conflict:
		return &exitError{exitNotConformant, err}
	case broker.NotFound, broker.Refused:
		return &exitError{exitUsage, err}
	}
	return err
}

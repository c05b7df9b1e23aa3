package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"graphpact/internal/broker/brokertest"
)

// brokerKey is where a script keeps its broker.
type brokerKey struct{}

// scriptBroker is the scripts' command broker:
//
//	broker [FAULT]                       start a broker, and make it behave so; $BROKER says where it is
//	broker token TOKEN                   let in only who has the token
//	broker password NAME PASSWORD        let in only who has the password
//	broker pact PROVIDER                 $PACT_URL is the latest pact of the provider, as a webhook hands it over
//	broker asked PATH                    wait until it was asked for the path, since the last broker command
//	broker verified CONSUMER VERSION PROVIDER VERSION yes|no
//	                                     a provider's CI publishes a result, once can-i-deploy was asked
func scriptBroker(ts *testscript.TestScript, _ bool, args []string) {
	s, ok := ts.Value(brokerKey{}).(*runningBroker)
	if !ok {
		ts.Fatalf("the script has no place for a broker")
	}
	if s.Server == nil {
		s.Server = brokertest.Start()
		ts.Defer(s.Stop)
		ts.Setenv("BROKER", s.URL)
	}
	since := s.since
	s.since = len(s.Requests())
	switch {
	case len(args) == 2 && args[0] == "asked":
		asked := func(r brokertest.Request) bool { return r.Path == args[1] }
		for n := 0; !slices.ContainsFunc(s.Requests()[since:], asked); n++ {
			if n == 3000 {
				ts.Fatalf("nobody asked for %s: %+v", args[1], s.Requests()[since:])
			}
			time.Sleep(10 * time.Millisecond)
		}
	case len(args) == 2 && args[0] == "pact":
		ts.Setenv("PACT_URL", latestPact(ts, s.URL, args[1]))
	case len(args) == 2 && args[0] == "token":
		s.RequireToken(args[1])
	case len(args) == 3 && args[0] == "password":
		s.RequireBasic(args[1], args[2])
	case len(args) == 6 && args[0] == "verified":
		asked := func(r brokertest.Request) bool { return r.Path == "/can-i-deploy" || r.Path == "/matrix" }
		for n := 0; n < 500 && !slices.ContainsFunc(s.Requests(), asked); n++ {
			time.Sleep(10 * time.Millisecond)
		}
		s.Verify(args[1], args[2], args[3], args[4], args[5] == "yes")
	case len(args) <= 1:
		ts.Check(s.SetFault(strings.Join(args, "")))
	default:
		ts.Fatalf("usage: broker [FAULT] | pact P | asked PATH | token T | password N P | verified C V P V yes|no")
	}
}

// latestPact asks the broker for the address of a pact, with its metadata.
func latestPact(ts *testscript.TestScript, base, provider string) string {
	ask := strings.NewReader(`{"consumerVersionSelectors":[{"latest":true}],"includePendingStatus":false}`)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/pacts/provider/"+provider+"/for-verification", ask)
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	var doc struct {
		Embedded struct {
			Pacts []struct {
				Links struct {
					Self struct {
						Href string `json:"href"`
					} `json:"self"`
				} `json:"_links"`
			} `json:"pacts"`
		} `json:"_embedded"`
	}
	ts.Check(json.NewDecoder(resp.Body).Decode(&doc))
	if len(doc.Embedded.Pacts) == 0 {
		ts.Fatalf("the broker has no pact of %s", provider)
	}
	return doc.Embedded.Pacts[0].Links.Self.Href
}

type runningBroker struct {
	*brokertest.Server
	since int // how many requests there were at the last command
}

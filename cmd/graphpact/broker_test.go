package main

import (
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
	switch {
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
		ts.Fatalf("usage: broker [FAULT] | token T | password N P | verified C V P V yes|no")
	}
}

type runningBroker struct{ *brokertest.Server }

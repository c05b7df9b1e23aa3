package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker"
)

func TestSelection(t *testing.T) {
	for name, tc := range map[string]struct {
		flags  brokerSource
		branch string
		want   broker.PactQuery
		err    string
	}{
		"the broker's choice": {brokerSource{}, "", broker.PactQuery{}, ""},
		"each selector": {
			brokerSource{mainBranch: true, matchingBranch: true, latest: true, branches: []string{"b"}, tags: []string{"t"}, deployedTo: []string{"prod"}, releasedTo: []string{"store"}},
			"main",
			broker.PactQuery{ProviderVersionBranch: "main", Selectors: []broker.Selector{
				{MainBranch: true}, {MatchingBranch: true}, {Latest: true}, {Branch: "b"}, {Tag: "t", Latest: true},
				{Deployed: true, Environment: "prod"}, {Released: true, Environment: "store"},
			}}, "",
		},
		"pending": {brokerSource{pending: true}, "main", broker.PactQuery{ProviderVersionBranch: "main", IncludePending: true}, ""},
		"work in progress": {brokerSource{wipSince: "2026-11-01"}, "main",
			broker.PactQuery{ProviderVersionBranch: "main", IncludePending: true, WIPSince: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, ""},
		"matching without a branch": {brokerSource{matchingBranch: true}, "", broker.PactQuery{}, "need --provider-branch"},
		"no day":                    {brokerSource{wipSince: "soon"}, "main", broker.PactQuery{}, "2026-11-01"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.flags.query(tc.branch)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

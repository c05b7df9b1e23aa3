package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"graphpact/internal/broker"
	"graphpact/internal/result"
	"graphpact/internal/verify"
)

// brokerSource are the flags of verify that choose the pacts of a broker.
type brokerSource struct {
	brokerFlags
	mainBranch, matchingBranch, latest bool
	branches, tags                     []string
	deployedTo, releasedTo             []string
	pending                            bool
	wipSince                           string
}

func (s *brokerSource) add(cmd *cobra.Command) {
	s.brokerFlags.add(cmd)
	f := cmd.Flags()
	f.BoolVar(&s.mainBranch, "main-branch", false, "the broker's pacts of the consumers' main branches")
	f.BoolVar(&s.matchingBranch, "matching-branch", false, "the broker's pacts of consumer branches named as --provider-branch")
	f.BoolVar(&s.latest, "latest", false, "the broker's latest pact of each consumer")
	f.StringArrayVar(&s.branches, "consumer-branch", nil, "the broker's latest pacts of this consumer `BRANCH` (repeatable)")
	f.StringArrayVar(&s.tags, "tag", nil, "the broker's latest pacts with this `TAG` (repeatable)")
	f.StringArrayVar(&s.deployedTo, "deployed-to", nil, "the broker's pacts of what is deployed in this `ENVIRONMENT` (repeatable)")
	f.StringArrayVar(&s.releasedTo, "released-to", nil, "the broker's pacts of what is released in this `ENVIRONMENT` (repeatable)")
	f.BoolVar(&s.pending, "include-pending", false, "a pact that no version of --provider-branch has verified yet may fail")
	f.StringVar(&s.wipSince, "include-wip-since", "", "also the pacts in work since this `DATE`, as 2026-11-01")
}

// selection is what the flags ask of the broker; no selector at all leaves the choice
// to it.
func (s *brokerSource) selection(providerBranch string) (broker.Selection, error) {
	sel := broker.Selection{ProviderVersionBranch: providerBranch, IncludePending: s.pending || s.wipSince != ""}
	add := func(on bool, x broker.Selector) {
		if on {
			sel.Selectors = append(sel.Selectors, x)
		}
	}
	add(s.mainBranch, broker.Selector{MainBranch: true})
	add(s.matchingBranch, broker.Selector{MatchingBranch: true})
	add(s.latest, broker.Selector{Latest: true})
	for _, b := range s.branches {
		add(true, broker.Selector{Branch: b})
	}
	for _, t := range s.tags {
		add(true, broker.Selector{Tag: t, Latest: true})
	}
	for _, e := range s.deployedTo {
		add(true, broker.Selector{Deployed: true, Environment: e})
	}
	for _, e := range s.releasedTo {
		add(true, broker.Selector{Released: true, Environment: e})
	}
	if providerBranch == "" && (s.matchingBranch || sel.IncludePending) {
		return sel, errors.New("--matching-branch, --include-pending and --include-wip-since need --provider-branch")
	}
	if s.wipSince != "" {
		day, err := time.Parse(time.DateOnly, s.wipSince)
		if err != nil {
			return sel, fmt.Errorf("--include-wip-since %q: write a day as 2026-11-01", s.wipSince)
		}
		sel.WIPSince = day
	}
	return sel, nil
}

// useBroker makes the broker the source of the pacts.
func (a *app) useBroker(o *verifyOptions) error {
	if o.provider == "" {
		return errors.New("--broker needs --provider, the provider's name in the broker; or name pact files with --pact")
	}
	sel, err := o.broker.selection(o.providerBranch)
	if err != nil {
		return err
	}
	client, err := o.broker.client(a)
	if err != nil {
		return err
	}
	o.source = func(ctx context.Context) ([]sourcedPact, error) {
		found, err := client.PactsForVerification(ctx, o.provider, sel)
		if broker.KindOf(err) == broker.NotFound {
			return nil, &exitError{exitNothingRan, err} // nobody has a pact with the provider
		}
		if err != nil {
			return nil, brokerExit(err)
		}
		var out []sourcedPact
		for _, p := range found {
			a.notices(p, "before_verification")
			parsed, err := verify.Parse(p.URL, p.Content)
			if err != nil {
				return nil, err
			}
			out = append(out, sourcedPact{Pact: parsed, pending: p.Pending || p.WIP, publish: func(ctx context.Context, v verification) error {
				err := client.PublishResults(ctx, p, broker.Results{
					Success: v.success, ProviderVersion: v.version, ProviderBranch: v.branch, BuildURL: v.buildURL,
					TestResults: testResults(v, p.InteractionIDs), VerifiedBy: broker.VerifiedBy{Implementation: "graphpact", Version: toolVersion()},
				})
				if err == nil {
					a.notices(p, fmt.Sprintf("after_verification:success_%t_published_true", v.success))
				}
				return err
			}})
		}
		return out, nil
	}
	return nil
}

// notices prints what the broker has to say of a pact at that moment.
func (a *app) notices(p broker.Pact, when string) {
	for _, n := range p.Notices {
		if n.When == when || strings.HasPrefix(when, n.When+":") {
			fmt.Fprintf(a.stdout, "broker    %s\n", n.Text)
		}
	}
}

// testResults is what the broker keeps of each interaction for its users to read; ids are
// the broker's, in the order of the pact.
func testResults(v verification, ids []string) []broker.TestResult {
	out := make([]broker.TestResult, len(v.requirements))
	for i, r := range v.requirements {
		out[i] = broker.TestResult{Description: r.Scenario, Requirement: r.Key(), Success: !failed(r)}
		if len(ids) == len(out) { // the whole pact was verified
			out[i].InteractionID = ids[i]
		}
		for _, c := range r.Checks {
			if c.Verdict != result.Fail {
				continue
			}
			m := broker.Mismatch{Description: c.Name}
			m.Attribute, m.Identifier = verify.MismatchAttribute(c)
			if c.Message != "" {
				m.Description += ": " + c.Message
			} else if c.Expected != "" || c.Actual != "" {
				m.Description += fmt.Sprintf(": expected %s, got %s", c.Expected, c.Actual)
			}
			out[i].Mismatches = append(out[i].Mismatches, m)
		}
	}
	return out
}

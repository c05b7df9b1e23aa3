package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		ts.Fatalf("usage: broker [FAULT] | asked PATH | token T | password N P | verified C V P V yes|no")
	}
}

type runningBroker struct {
	*brokertest.Server
	since int // how many requests there were at the last command
}

func TestBuildFacts(t *testing.T) {
	noGit := func(context.Context, ...string) (string, error) { return "", errors.New("no git here") }
	git := func(_ context.Context, args ...string) (string, error) {
		return map[string]string{"rev-parse": "abc", "symbolic-ref": "feat/git"}[args[0]], nil
	}
	for name, tc := range map[string]struct {
		env  map[string]string
		git  func(context.Context, ...string) (string, error)
		want [3]string
	}{
		"nothing": {nil, noGit, [3]string{"none", "none", "none"}},
		"git":     {nil, git, [3]string{"abc (git)", "feat/git (git)", "none"}},
		"GitHub, a push": {map[string]string{"GITHUB_SHA": "1", "GITHUB_HEAD_REF": "", "GITHUB_REF": "refs/heads/feat/x", "GITHUB_SERVER_URL": "https://gh.example", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"}, git,
			[3]string{"1 (GITHUB_SHA)", "feat/x (GITHUB_REF)", "https://gh.example/a/b/actions/runs/7 (CI)"}},
		"GitHub, a pull request": {map[string]string{"GITHUB_HEAD_REF": "feat/x", "GITHUB_REF": "refs/pull/5/merge"}, noGit, [3]string{"none", "feat/x (GITHUB_HEAD_REF)", "none"}},
		"GitHub, a tag":          {map[string]string{"GITHUB_REF": "refs/tags/v1"}, noGit, [3]string{"none", "none", "none"}},
		"Jenkins":                {map[string]string{"GIT_COMMIT": "2", "GIT_BRANCH": "origin/main", "BUILD_URL": "https://j.example/1"}, git, [3]string{"2 (GIT_COMMIT)", "main (GIT_BRANCH)", "https://j.example/1 (CI)"}},
		"GitLab":                 {map[string]string{"CI_COMMIT_SHA": "3", "CI_COMMIT_REF_NAME": "feat/y", "CI_JOB_URL": "https://gl.example/2"}, noGit, [3]string{"3 (CI_COMMIT_SHA)", "feat/y (CI_COMMIT_REF_NAME)", "https://gl.example/2 (CI)"}},
		"Azure": {map[string]string{"BUILD_SOURCEVERSION": "4", "BUILD_SOURCEBRANCHNAME": "main", "SYSTEM_TEAMFOUNDATIONSERVERURI": "https://az.example/o/", "SYSTEM_TEAMPROJECT": "p", "BUILD_BUILDID": "9"}, noGit,
			[3]string{"4 (BUILD_SOURCEVERSION)", "main (BUILD_SOURCEBRANCHNAME)", "https://az.example/o/p/_build/results?buildId=9 (CI)"}},
		"the first wins": {map[string]string{"BITBUCKET_BRANCH": "b", "TRAVIS_BRANCH": "t"}, git, [3]string{"abc (git)", "t (TRAVIS_BRANCH)", "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := build{env: func(n string) (string, bool) { v, ok := tc.env[n]; return v, ok }, git: tc.git}
			got := [3]string{b.commit(t.Context()).String(), b.branch(t.Context()).String(), b.url().String()}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

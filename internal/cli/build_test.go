package cli

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

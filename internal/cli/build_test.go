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
		"Azure, a branch with a slash": {map[string]string{"BUILD_SOURCEBRANCH": "refs/heads/feat/z", "BUILD_SOURCEBRANCHNAME": "z"}, noGit, [3]string{"none", "feat/z (BUILD_SOURCEBRANCH)", "none"}},
		"Azure, a pull request": {map[string]string{"SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/feat/z", "BUILD_SOURCEBRANCH": "refs/pull/1/merge", "BUILD_SOURCEBRANCHNAME": "merge"}, noGit,
			[3]string{"none", "feat/z (SYSTEM_PULLREQUEST_SOURCEBRANCH)", "none"}},
		"Azure, a tag":            {map[string]string{"BUILD_SOURCEBRANCH": "refs/tags/v1", "BUILD_SOURCEBRANCHNAME": "v1"}, noGit, [3]string{"none", "none", "none"}},
		"Travis, a pull request":  {map[string]string{"TRAVIS_PULL_REQUEST_BRANCH": "feat/t", "TRAVIS_BRANCH": "main"}, noGit, [3]string{"none", "feat/t (TRAVIS_PULL_REQUEST_BRANCH)", "none"}},
		"Travis, a push":          {map[string]string{"TRAVIS_PULL_REQUEST_BRANCH": "", "TRAVIS_BRANCH": "main", "TRAVIS_TAG": ""}, noGit, [3]string{"none", "main (TRAVIS_BRANCH)", "none"}},
		"Travis, a tag":           {map[string]string{"TRAVIS_BRANCH": "v1", "TRAVIS_TAG": "v1"}, noGit, [3]string{"none", "none", "none"}},
		"Buildkite, a tag":        {map[string]string{"BUILDKITE_BRANCH": "v1", "BUILDKITE_TAG": "v1"}, noGit, [3]string{"none", "none", "none"}},
		"Jenkins, a pull request": {map[string]string{"CHANGE_BRANCH": "feat/j", "GIT_BRANCH": "PR-7"}, noGit, [3]string{"none", "feat/j (CHANGE_BRANCH)", "none"}},
		"AppVeyor, a pull request": {map[string]string{"APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH": "feat/a", "APPVEYOR_REPO_BRANCH": "main"}, noGit,
			[3]string{"none", "feat/a (APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH)", "none"}},
		"GitLab, a merge request": {map[string]string{"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feat/y", "CI_COMMIT_REF_NAME": "refs/merge-requests/1/head"}, noGit,
			[3]string{"none", "feat/y (CI_MERGE_REQUEST_SOURCE_BRANCH_NAME)", "none"}},
		"GitLab, a tag":  {map[string]string{"CI_COMMIT_REF_NAME": "v1", "CI_COMMIT_TAG": "v1"}, noGit, [3]string{"none", "none", "none"}},
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

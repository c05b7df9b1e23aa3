package cli

import (
	"context"
	"os"
	"strings"
)

// fact is a value with where it comes from, as "GITHUB_SHA" or "git".
type fact struct{ value, from string }

func (f fact) String() string {
	if f.value == "" {
		return "none"
	}
	return f.value + " (" + f.from + ")"
}

// The variables of the common CI systems, in the order of the other Pact clients, so
// that all of them say the same of one build: GitHub, Buildkite, CircleCI, Travis,
// Jenkins, AppVeyor, GitLab, Bitbucket, Azure.
var (
	commitVariables = []string{"GITHUB_SHA", "BUILDKITE_COMMIT", "CIRCLE_SHA1", "TRAVIS_COMMIT", "GIT_COMMIT",
		"APPVEYOR_REPO_COMMIT", "CI_COMMIT_SHA", "BITBUCKET_COMMIT", "BUILD_SOURCEVERSION"}
	// In the build of a pull request some systems name the branch that it goes to, or a merge of
	// both, where they name the branch of a push. Publishing under that would make a pact in work
	// one of the main branch: the variable of the pull request's own branch comes first.
	branchVariables = []string{"GITHUB_HEAD_REF", "GITHUB_REF", "BUILDKITE_BRANCH", "CIRCLE_BRANCH",
		"TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH", "CHANGE_BRANCH", "GIT_BRANCH",
		"APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH", "APPVEYOR_REPO_BRANCH", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME",
		"BITBUCKET_BRANCH", "SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME"}
	// noBranch are variables that say, where they have a value, that another one names no branch:
	// a tag, or the last part alone of what the first one has whole.
	noBranch = map[string]string{"TRAVIS_BRANCH": "TRAVIS_TAG", "BUILDKITE_BRANCH": "BUILDKITE_TAG", "CI_COMMIT_REF_NAME": "CI_COMMIT_TAG",
		"BUILD_SOURCEBRANCHNAME": "BUILD_SOURCEBRANCH"}
	// Where a system has no variable for it the URL is put together; a part that is
	// missing makes it none.
	buildURLs = []string{"$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID", "$BUILDKITE_BUILD_URL", "$CIRCLE_BUILD_URL",
		"$TRAVIS_BUILD_WEB_URL", "$BUILD_URL", "$APPVEYOR_URL/project/$APPVEYOR_ACCOUNT_NAME/$APPVEYOR_PROJECT_SLUG/builds/$APPVEYOR_BUILD_ID",
		"$CI_JOB_URL", "$BITBUCKET_GIT_HTTP_ORIGIN/pipelines/results/$BITBUCKET_BUILD_NUMBER",
		"$SYSTEM_TEAMFOUNDATIONSERVERURI$SYSTEM_TEAMPROJECT/_build/results?buildId=$BUILD_BUILDID"}
)

// build says what is known of the build that graphpact runs in.
type build struct {
	env func(string) (string, bool)
	git func(ctx context.Context, args ...string) (string, error)
}

func (a *app) build() build {
	return build{env: a.env, git: func(ctx context.Context, args ...string) (string, error) {
		out, err := git(ctx, args...)
		return strings.TrimSpace(string(out)), err
	}}
}

// commit is the commit that is built; its value is empty where nothing says it.
func (b build) commit(ctx context.Context) fact {
	for _, name := range commitVariables {
		if v, _ := b.env(name); v != "" {
			return fact{v, name}
		}
	}
	return b.ask(ctx, "rev-parse", "--verify", "-q", "HEAD")
}

// branch is the branch that is built. A tag and a merge of a pull request are none.
func (b build) branch(ctx context.Context) fact {
	for _, name := range branchVariables {
		v, _ := b.env(name)
		v = strings.TrimPrefix(v, "refs/heads/")
		if name == "GIT_BRANCH" {
			v = strings.TrimPrefix(v, "origin/") // Jenkins names the remote
		}
		other, _ := b.env(noBranch[name])
		if v != "" && other == "" && !strings.HasPrefix(v, "refs/") {
			return fact{v, name}
		}
	}
	return b.ask(ctx, "symbolic-ref", "--short", "-q", "HEAD")
}

func (b build) url() fact {
	for _, template := range buildURLs {
		complete := true
		url := os.Expand(template, func(name string) string {
			v, _ := b.env(name)
			complete = complete && v != ""
			return v
		})
		if complete {
			return fact{url, "CI"}
		}
	}
	return fact{}
}

func (b build) ask(ctx context.Context, args ...string) fact {
	if v, err := b.git(ctx, args...); err == nil && v != "" {
		return fact{v, "git"}
	}
	return fact{} // no git, or no repository
}

// orElse is the flag's value where it has one, and what the build says otherwise.
func orElse(value, flag string, otherwise func() fact) fact {
	if value != "" {
		return fact{value, "--" + flag}
	}
	return otherwise()
}

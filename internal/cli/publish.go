package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/broker"
	"graphpact/internal/harness"
	"graphpact/internal/pact"
	"graphpact/internal/readlimit"
	"graphpact/internal/safetext"
)

// defaultPacts is where `graphpact run` leaves them.
const defaultPacts = "reports/pacts"

type publishOptions struct {
	broker   brokerOptions
	version  string
	branch   string
	tags     []string
	buildURL string
	merge    bool
	dryRun   bool
	// pacts are the files and folders to publish; none means the default folder.
	pacts []string
}

func (a *app) newPublishCommand(run func(context.Context, *publishOptions) error) *cobra.Command {
	o := &publishOptions{}
	cmd := &cobra.Command{
		Use:   "publish [FILE|DIR]...",
		Short: "Publish pacts to a Pact Broker",
		Long: `publish sends pact files to a broker, all in one request: the broker takes all or
none. Without FILE or DIR these are the files in reports/pacts. A file that is no pact
of specification V4, and one that holds a token, are not sent.

The version is the git commit and the branch the git branch, unless flags say otherwise;
in CI both come from the variables of the CI system. Publishing the same twice is fine.

` + brokerHelp,
		Example: `  graphpact publish --broker https://broker.example.org --dry-run
  graphpact publish --tag nightly
  graphpact publish reports/pacts/graphpact-microsoft-graph.json \
    --consumer-version 1.4.2 --branch main`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.pacts = args
			return run(cmd.Context(), o)
		},
	}
	declare(cmd, ownFlags, func(f *pflag.FlagSet) {
		f.StringVar(&o.version, "consumer-version", "", "`VERSION` of the consumer (default: the git commit)")
		f.StringVar(&o.branch, "branch", "", "`BRANCH` of the consumer's version (default: the git branch)")
		f.StringArrayVar(&o.tags, "tag", nil, "`TAG` for the consumer's version (repeatable)")
		f.StringVar(&o.buildURL, "build-url", "", "`URL` of the build (default: what the CI system says)")
		f.BoolVar(&o.merge, "merge", false, "join each pact with what this version has published before; only a broker that lets pacts change does so")
		f.BoolVar(&o.dryRun, "dry-run", false, "print what would go where, and send nothing")
	})
	o.broker.declare(cmd)
	return cmd
}

func (a *app) publish(ctx context.Context, o *publishOptions) error {
	args := o.pacts
	if len(args) == 0 {
		args = []string{defaultPacts}
	}
	files, err := readPacts(args)
	if err != nil {
		return err
	}
	b := a.build()
	version := orElse(o.version, "consumer-version", func() fact { return b.commit(ctx) })
	if version.value == "" {
		return errors.New("the consumer's version is not known: add --consumer-version, or run in a git repository")
	}
	branch := orElse(o.branch, "branch", func() fact { return b.branch(ctx) })
	buildURL := orElse(o.buildURL, "build-url", b.url)
	p := broker.Publication{
		Consumer: files[0].Consumer, Version: version.value, Branch: branch.value, Tags: o.tags, BuildURL: buildURL.value, Merge: o.merge,
	}
	for _, f := range files {
		p.Contracts = append(p.Contracts, broker.Contract{Provider: f.Provider, Content: f.data})
	}
	client, err := o.broker.client(a)
	if err != nil {
		return err
	}
	defer client.Close()

	fmt.Fprintf(a.stdout, "broker    %s\nconsumer  %s\nversion   %s\nbranch    %s\n", client.BaseURL(), p.Consumer, version, branch)
	if len(o.tags) > 0 {
		fmt.Fprintf(a.stdout, "tags      %s\n", strings.Join(o.tags, ", "))
	}
	fmt.Fprintf(a.stdout, "build     %s\n", buildURL)
	for _, f := range files {
		fmt.Fprintf(a.stdout, "pact      %s: with %s, %s, sha256:%x\n", f.path, f.Provider, safetext.Counted(len(f.Interactions), "interaction"), sha256.Sum256(f.data))
		for _, what := range f.Partial {
			fmt.Fprintf(a.stdout, "partial   %s\n", what)
		}
	}
	if o.dryRun {
		fmt.Fprintln(a.stdout, "dry run: nothing was sent")
		return nil
	}
	notices, err := client.Publish(ctx, p)
	if err != nil {
		return publicationExit(err)
	}
	a.printNotices(notices)
	fmt.Fprintf(a.stdout, "PUBLISHED: %s of %s %s\n", safetext.Counted(len(files), "pact"), p.Consumer, p.Version)
	return nil
}

// publicationExit adds whether anything was published to the errors that a publication may
// end with, and gives them their kind.
func publicationExit(err error) error {
	var e *broker.Error
	if !errors.As(err, &e) {
		return err
	}
	outcome := "Whether it was published is not known; run it again, the same twice is fine"
	switch {
	case e.Kind == broker.Conflict:
		outcome = "Nothing was published"
	case e.Kind != broker.Unreachable && e.Kind != broker.Server:
		return brokerExit(err)
	case e.NothingSent || e.Method == http.MethodGet: // the index, before the publication
		outcome = "Nothing was published; run it again, the same twice is fine"
	}
	return brokerExit(fmt.Errorf("%w\n%s", err, outcome))
}

func (a *app) printNotices(notices []broker.Notice) {
	for _, n := range notices {
		fmt.Fprintf(a.stdout, "broker    %s\n", strings.ReplaceAll(strings.TrimSpace(n.Text), "\n", "\n          "))
	}
}

// pactFile is a pact with its bytes, which are published as they are.
type pactFile struct {
	*pact.File
	path string
	data []byte
}

// readPacts reads the pacts of one consumer; none at all is an error.
func readPacts(args []string) ([]pactFile, error) {
	nothing := failed(harness.NothingRan, fmt.Errorf("there is no pact in %s; `graphpact run` writes one", strings.Join(args, ", ")))
	if _, err := os.Stat(defaultPacts); errors.Is(err, os.ErrNotExist) {
		// As an empty folder: nothing was run here.
		args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == defaultPacts })
	}
	paths, err := pact.Files(args)
	switch {
	case err != nil:
		return nil, err
	case len(paths) == 0:
		return nil, nothing
	}
	var files []pactFile
	byProvider := map[string]string{}
	var errs []error
	for _, path := range paths {
		f, err := readPact(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if len(files) > 0 && f.Consumer != files[0].Consumer {
			errs = append(errs, fmt.Errorf("%s is a pact of the consumer %q, and %s one of %q: a version belongs to one consumer, so publish them apart",
				f.path, f.Consumer, files[0].path, files[0].Consumer))
			continue
		}
		if other, twice := byProvider[f.Provider]; twice {
			errs = append(errs, fmt.Errorf("%s and %s are both pacts of %q with %q: one would take the place of the other", other, path, f.Consumer, f.Provider))
			continue
		}
		byProvider[f.Provider] = path
		files = append(files, f)
	}
	return files, errors.Join(errs...)
}

func readPact(path string) (pactFile, error) {
	data, err := readlimit.File(path, readlimit.Pact)
	if err != nil {
		return pactFile{}, fmt.Errorf("reading the pacts: %w", err)
	}
	f, err := pact.Parse(data)
	if err == nil {
		err = f.CheckV4()
	}
	switch {
	case err != nil:
		return pactFile{}, fmt.Errorf("%s is no pact to publish: %w", path, err)
	case len(f.Interactions) == 0:
		return pactFile{}, fmt.Errorf("%s is no pact to publish: it has no interaction", path)
	}
	if err := f.CheckSecrets(); err != nil {
		return pactFile{}, fmt.Errorf("%s is not published, because everybody can read a broker's pacts: %w", path, err)
	}
	return pactFile{File: f, path: path, data: data}, nil
}

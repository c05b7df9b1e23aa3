package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"graphpact/fixtures"
	"graphpact/internal/client"
	"graphpact/internal/convention"
	"graphpact/internal/entity"
	"graphpact/internal/mockgraph"
	"graphpact/internal/shell"
)

// mockOptions are the flags of `graphpact mock`.
type mockOptions struct {
	pages    pageFlags
	listen   string
	tokenEnv string
	behave   behaviourFlags
}

func (a *app) mockCommand() *cobra.Command {
	o := &mockOptions{}
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Serve the embedded mock Graph until interrupted",
		Long: `mock serves the embedded mock Graph: the operation of each page, on entities from the
program's seeds, or made up for a page that has none. It prints its state, its
token and curl lines to try. It is for tests, and not for production.

With --fault it breaks a promise that the suite must notice; with --variant it keeps
every promise in another legal way, which the suite must not report.`,
		Example: `  graphpact mock
  graphpact mock --listen 127.0.0.1:8080
  graphpact mock --fault status-204 --variant gzip`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			behaviours, err := o.behave.find()
			if err != nil {
				return err
			}
			ops, conv, err := o.pages.load()
			if err != nil {
				return err
			}
			token, _ := a.env(o.tokenEnv)
			said := "the token is the value of " + o.tokenEnv
			if token == "" {
				token = madeUpToken()
				said = "export " + o.tokenEnv + "=" + token
			}
			seeds, err := readSeeds()
			if err != nil {
				return err
			}
			srv, err := newMock(ops, conv, token, seeds, behaviours...)
			if err != nil {
				return err
			}
			l, err := mockgraph.StartServer(cmd.Context(), o.listen, srv)
			if err != nil {
				return err
			}
			a.announceBehaviours(behaviours)
			if err := o.behave.writeCA(a, l.CACert()); err != nil {
				return errors.Join(err, l.Close())
			}
			if err := a.announce(o, l.URL(), said, ops, srv); err != nil {
				return errors.Join(err, l.Close())
			}
			<-cmd.Context().Done()
			fmt.Fprintln(a.stdout, "stopped")
			return l.Close()
		},
	}
	cmd.Flags().StringArrayVar(&o.pages.docs, "doc", nil, "reference page `FILE` to serve (repeatable; default: the page in the program)")
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDR`ess to listen on; loopback only, port 0 for a free one")
	cmd.Flags().StringVar(&o.tokenEnv, "token-env", defaultTokenEnv, "variable `NAME` that holds the token to ask for; one is made up where it is not set")
	o.behave.register(cmd.Flags())
	return cmd
}

// newMock makes a mock of the operations; one without a seed gets a made-up entity.
func newMock(ops []operation, conv *convention.Set, token string, seeds []mockgraph.Seed, behaviours ...mockgraph.Behaviour) (*mockgraph.Server, error) {
	cfg := mockgraph.Config{Conventions: conv, Token: token, Seeds: seeds, Behaviours: behaviours}
	for _, op := range ops {
		cfg.Operations = append(cfg.Operations, op.Operation)
	}
	return mockgraph.New(cfg)
}

// readSeeds reads the entities in the program.
func readSeeds() ([]mockgraph.Seed, error) {
	names, err := fs.Glob(fixtures.FS, "entities/*.json")
	if err != nil {
		return nil, err
	}
	var seeds []mockgraph.Seed
	for _, n := range names {
		data, err := fixtures.FS.ReadFile(n)
		if err != nil {
			return nil, err
		}
		s, err := mockgraph.ReadSeeds(data, n)
		if err != nil {
			return nil, err
		}
		seeds = append(seeds, s...)
	}
	return seeds, nil
}

// madeUpToken is a token for a mock that nobody else knows.
func madeUpToken() string { return "mock-" + rand.Text() }

// announce prints what a user needs to talk to the mock: its state, its token (a user's
// own is not shown), and lines to paste.
func (a *app) announce(o *mockOptions, url, token string, ops []operation, srv *mockgraph.Server) error {
	p := func(format string, args ...any) { fmt.Fprintf(a.stdout, format+"\n", args...) }
	base := url + srv.BasePath()
	auth := `-H "Authorization: Bearer $` + o.tokenEnv + `"`
	if o.behave.caOut != "" {
		auth = "--cacert " + shell.Quote(o.behave.caOut) + " " + auth
	}
	p("embedded mock Graph at %s", base)
	p("\n%s", token)
	for i, op := range ops {
		p("\n%s %s", op.Method.Value, op.Path.Template)
		for _, e := range srv.Entities(op.Operation) {
			body, err := json.MarshalIndent(e.Body, "  ", "  ")
			if err != nil {
				return err
			}
			path, err := client.Expand(op.Path.Template, e.Params)
			if err != nil {
				return err
			}
			p("\n  %s\n  %s", path, body)
		}
		params := srv.Params(op.Operation)
		path, err := client.Expand(op.Path.Template, params)
		if err != nil {
			return err
		}
		p("\n  curl -i %s %s", auth, shell.Quote(base+path))
		if body, ok := op.Update(nil); ok {
			p("  curl -i -X %s %s -H 'Content-Type: %s' --data-binary %s %s", op.Method.Value, auth, op.RequestMediaType.Value,
				shell.Quote(entity.Show(body, true)), shell.Quote(base+path))
		}
		run := newCommandLine("graphpact run")
		run.add("endpoint", base)
		run.add("ca-file", o.behave.caOut)
		if o.tokenEnv != defaultTokenEnv {
			run.add("token-env", o.tokenEnv)
		}
		if len(o.pages.docs) > 0 {
			run.add("doc", o.pages.docs[i])
		}
		for _, name := range slices.Sorted(maps.Keys(params)) {
			run.add("param", name+"="+params[name])
		}
		p("  %s", run)
	}
	p("\nthe state of all entities, at any time\n  curl %s %s/_graphpact/state", auth, url)
	p("\nStop it with Ctrl-C.")
	return nil
}

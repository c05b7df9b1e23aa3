package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/client"
	"graphpact/internal/entity"
	"graphpact/internal/harness"
	"graphpact/internal/mockgraph"
	"graphpact/internal/shell"
)

type mockOptions struct {
	pages    pageOptions
	listen   string
	tokenEnv string
	// faults and variants name what the mock does in another way than by default.
	faults, variants []string
	caOut            string
}

func (a *app) newMockCommand() *cobra.Command {
	o := &mockOptions{}
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Serve the embedded mock Graph until interrupted",
		Long: `mock serves the embedded mock Graph: the operation of each page, on entities from the
program's seeds, or made up for a page that has none. Pages of several versions are served
side by side, each below its version, as /v1.0 and /beta. It prints its state, its
token and curl lines to try. It is for tests, and not for production.

With --fault it breaks a promise that the suite must detect; with --variant it keeps
every promise in another legal way, which the suite must not report.

Exit codes:
  0    it was stopped, by Ctrl-C or a signal
  2    wrong usage or configuration, or the address cannot be listened on`,
		Example: `  graphpact mock
  graphpact mock --listen 127.0.0.1:8080
  graphpact mock --fault status-204 --variant gzip`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			behaviours, err := o.behaviours()
			if err != nil {
				return err
			}
			pages, err := o.pages.load()
			if err != nil {
				return err
			}
			refused := a.tellRefused(pages)
			token, _ := a.env(o.tokenEnv)
			where := "the token is the value of " + o.tokenEnv
			if token == "" {
				token = harness.MockToken()
				where = "export " + o.tokenEnv + "=" + token
			}
			srv, err := harness.NewMock(pages, token, behaviours...)
			if err != nil {
				return err
			}
			l, err := mockgraph.StartServer(cmd.Context(), o.listen, srv)
			if err != nil {
				return err
			}
			a.announceBehaviours(behaviours)
			if err := o.writeCA(a, l.CACert()); err != nil {
				return errors.Join(err, l.Close())
			}
			if err := a.announce(o, l.URL(), where, pages, srv); err != nil {
				return errors.Join(err, l.Close())
			}
			<-cmd.Context().Done()
			fmt.Fprintln(a.stdout, "stopped")
			return errors.Join(refused, l.Close())
		},
	}
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.pages.docs, "doc", nil, "reference page to serve, as `PAGE`: a file, a folder, or a pattern (repeatable; default: the page in the program)")
		fs.StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDR` to listen on; loopback only, port 0 for a free one")
		fs.StringVar(&o.tokenEnv, "token-env", defaultTokenEnv, "variable `NAME` that holds the token to ask for; one is made up where it is not set")
		fs.StringSliceVar(&o.faults, "fault", nil, "`NAME` of a promise to break (repeatable); graphpact selftest --list shows them")
		fs.StringSliceVar(&o.variants, "variant", nil, "`NAME` of another legal way to keep the promises (repeatable); the variant http2 serves TLS")
		fs.StringVar(&o.caOut, "ca-out", "", "`FILE` to write the certificate to that a client must trust, as PEM; for the variant http2")
	})
	o.pages.declareProperties(cmd, propertyHelp{
		value:  "value for entities that are made up, as `NAME=JSON`, in front of those that the page names (repeatable)",
		only:   "serve only the property `NAME` of those that a client may set (repeatable)",
		except: "leave the property `NAME` out of those that a client may set (repeatable)",
		path:   "serve request line `N` of the page, from 1 (default: its first PATCH)",
	})
	return cmd
}

// announce prints what a user needs to talk to the mock: its state, its token (a user's
// own is not shown), and lines to paste.
func (a *app) announce(o *mockOptions, url, token string, pages *harness.Pages, srv *mockgraph.Server) error {
	p := func(format string, args ...any) { fmt.Fprintf(a.stdout, format+"\n", args...) }
	base := url + srv.BasePath()
	auth := `-H "Authorization: Bearer $` + o.tokenEnv + `"`
	if o.caOut != "" {
		auth = "--cacert " + shell.Quote(o.caOut) + " " + auth
	}
	p("embedded mock Graph at %s", base)
	p("\n%s", token)
	for _, op := range pages.Operations {
		p("\n%s", op.ID())
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
		run.add("endpoint", base+pages.VersionPath(op))
		run.add("ca-file", o.caOut)
		if o.tokenEnv != defaultTokenEnv {
			run.add("token-env", o.tokenEnv)
		}
		if len(o.pages.docs) > 0 {
			run.add("doc", op.Page)
		}
		o.pages.repeat(run)
		for _, name := range slices.Sorted(maps.Keys(params)) {
			run.add("param", name+"="+params[name])
		}
		p("  %s", run)
	}
	p("\nthe state of all entities, at any time\n  curl %s %s/_graphpact/state", auth, url)
	p("\nStop it with Ctrl-C.")
	return nil
}

func (o *mockOptions) behaviours() ([]mockgraph.Behaviour, error) {
	var found []mockgraph.Behaviour
	var errs []error
	for _, named := range []struct {
		flag  string
		names []string
		kind  mockgraph.Kind
		known []mockgraph.Behaviour
	}{{"variant", o.variants, mockgraph.Variant, mockgraph.Variants()}, {"fault", o.faults, mockgraph.Fault, mockgraph.Faults()}} {
		for _, name := range named.names {
			b, ok := mockgraph.FindBehaviour(name)
			switch {
			case ok && b.Kind == named.kind:
				found = append(found, b)
			case ok:
				errs = append(errs, fmt.Errorf("--%s %s: it is a %s; use --%s", named.flag, name, b.Kind, b.Kind))
			default:
				errs = append(errs, fmt.Errorf("--%s %s: there is no such %s%s", named.flag, name, named.kind, nearTrial(name, named.known, nil)))
			}
		}
	}
	if o.caOut != "" && !slices.Contains(o.variants, "http2") {
		errs = append(errs, errors.New("--ca-out: there is no certificate without TLS; add --variant http2"))
	}
	return found, errors.Join(errs...)
}

// announceBehaviours prints what the mock does in another way than by default, and which
// requirements must detect.
func (a *app) announceBehaviours(behaviours []mockgraph.Behaviour) {
	for _, b := range behaviours {
		fmt.Fprintf(a.stdout, "%s %s: %s\n", b.Kind, b.Name, b.Summary)
		if len(b.DetectedBy) > 0 {
			fmt.Fprintf(a.stdout, "  must be detected by %s\n", strings.Join(b.DetectedBy, ", "))
		} else {
			fmt.Fprintln(a.stdout, "  must not be reported")
		}
	}
}

// writeCA writes the certificate of a server behind TLS where the flag asks for it, and
// says how it is trusted.
func (o *mockOptions) writeCA(a *app, cert []byte) error {
	if cert == nil {
		return nil
	}
	if o.caOut == "" {
		fmt.Fprintln(a.stdout, "TLS: no client trusts the certificate yet; start the mock with --ca-out FILE, and name the file to the client")
		return nil
	}
	if err := atomicfile.Write(o.caOut, cert); err != nil {
		return fmt.Errorf("--ca-out: %w", err)
	}
	fmt.Fprintf(a.stdout, "TLS: the certificate to trust is in %s\n", o.caOut)
	return nil
}

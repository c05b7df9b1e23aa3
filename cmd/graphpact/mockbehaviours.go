package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/mockgraph"
)

// behaviourFlags name the faults and variants of a mock.
type behaviourFlags struct {
	faults, variants []string
	caOut            string
}

func (f *behaviourFlags) register(fs *pflag.FlagSet) {
	fs.StringSliceVar(&f.faults, "fault", nil, "`NAME` of a promise to break (repeatable); graphpact selftest --list shows them")
	fs.StringSliceVar(&f.variants, "variant", nil, "`NAME` of another legal way to keep the promises (repeatable); the variant http2 serves TLS")
	fs.StringVar(&f.caOut, "ca-out", "", "`FILE` to write the certificate to that a client must trust, as PEM; for the variant http2")
}

// find gives the behaviours that the flags name.
func (f *behaviourFlags) find() ([]mockgraph.Behaviour, error) {
	var found []mockgraph.Behaviour
	var errs []error
	for _, named := range []struct {
		flag  string
		names []string
		kind  mockgraph.Kind
	}{{"variant", f.variants, mockgraph.Variant}, {"fault", f.faults, mockgraph.Fault}} {
		for _, name := range named.names {
			b, ok := mockgraph.FindBehaviour(name)
			switch {
			case ok && b.Kind == named.kind:
				found = append(found, b)
			case ok:
				errs = append(errs, fmt.Errorf("--%s %s: it is a %s; use --%s", named.flag, name, b.Kind, b.Kind))
			default:
				errs = append(errs, fmt.Errorf("--%s %s: there is no such %s; %s", named.flag, name, named.kind, near(name, named.kind)))
			}
		}
	}
	if f.caOut != "" && !slices.Contains(f.variants, "http2") {
		errs = append(errs, errors.New("--ca-out: there is no certificate without TLS; add --variant http2"))
	}
	return found, errors.Join(errs...)
}

func near(name string, kind mockgraph.Kind) string {
	var known []string
	for _, b := range slices.Concat(mockgraph.Faults(), mockgraph.Variants()) {
		if b.Kind == kind {
			known = append(known, b.Name)
		}
	}
	if n := nearest(name, known); n != "" {
		return "did you mean " + n + "?"
	}
	return "graphpact selftest --list shows them all"
}

// announceBehaviours prints what the mock does in another way than by default, and which
// requirements must notice.
func (a *app) announceBehaviours(behaviours []mockgraph.Behaviour) {
	for _, b := range behaviours {
		fmt.Fprintf(a.stdout, "%s %s: %s\n", b.Kind, b.Name, b.Summary)
		if len(b.DetectedBy) > 0 {
			fmt.Fprintf(a.stdout, "  must be noticed by %s\n", strings.Join(b.DetectedBy, ", "))
		} else {
			fmt.Fprintln(a.stdout, "  must not be reported")
		}
	}
}

// writeCA writes the certificate of a server behind TLS where the flag asks for it, and
// says how it is trusted.
func (f *behaviourFlags) writeCA(a *app, cert []byte) error {
	if cert == nil {
		return nil
	}
	if f.caOut == "" {
		fmt.Fprintln(a.stdout, "TLS: no client trusts the certificate yet; start the mock with --ca-out FILE, and name the file to the client")
		return nil
	}
	if err := atomicfile.Write(f.caOut, cert); err != nil {
		return fmt.Errorf("--ca-out: %w", err)
	}
	fmt.Fprintf(a.stdout, "TLS: the certificate to trust is in %s\n", f.caOut)
	return nil
}

package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/convention"
	"graphpact/internal/harness"
	"graphpact/internal/hint"
	"graphpact/internal/readlimit"
	"graphpact/internal/result"
	"graphpact/internal/safetext"
	"graphpact/internal/selftest"
	"graphpact/internal/statement"
)

// The files that `graphpact statement` writes.
const (
	statementFile    = "statement.intoto.json"
	verificationFile = "verification.intoto.json"
	unsignedFile     = "statement.json"
	badgeFile        = "badge.svg"
	endpointFile     = "badge.json"
)

type statementOptions struct {
	report         string
	implementation statement.Implementation
	validDays      int
	key            keyOptions
	unsigned       bool
	selftest       string
	runURL, out    string
}

// keyOptions say where a key is.
type keyOptions struct{ file, env string }

func (o *keyOptions) declare(fs *pflag.FlagSet, kind, env string) {
	fs.StringVar(&o.file, "key", "", "PEM `FILE` with the "+kind+" key (Ed25519, ECDSA or RSA)")
	fs.StringVar(&o.env, "key-env", env, "variable `NAME` that holds the key itself, where no file is named")
	settingsOf(kind, fs, "key", "key-env")
}

var errNoKey = errors.New("no key")

func (o *keyOptions) read(a *app) (*statement.Key, error) {
	where := o.env
	text, _ := a.env(o.env)
	switch {
	case o.file != "":
		data, err := readlimit.File(o.file, readlimit.Settings)
		if err != nil {
			return nil, fmt.Errorf("--key: %w", err)
		}
		where, text = o.file, string(data)
	case text == "":
		return nil, fmt.Errorf("%w: name a PEM file with --key, or put it in the variable %s (--key-env)", errNoKey, o.env)
	}
	key, err := statement.ReadKey([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return key, nil
}

func (a *app) newStatementCommand(run func(context.Context, *statementOptions) error, verify func(context.Context, *statementVerifyOptions) error) *cobra.Command {
	o := &statementOptions{}
	cmd := &cobra.Command{
		Use:   "statement REPORT",
		Short: "State the result of a run, signed, for whoever was not there",
		Long: `statement reads report.json of a run against an endpoint, or the folder that holds it, and
writes beside it what a vendor hands over: who was tested (all of organization, project,
version, URL and contact), by which pages, suite and graphpact, with which settings and
which result, in three profiles (what the page promises, conventions, robustness), what is
unsupported or waived, which requirements counted and which not and why, and until when it
may be shown. --selftest adds how well the suite sees.

  ` + statementFile + `     in-toto, predicate test-result v0.1, signed (DSSE)
  ` + verificationFile + `  the properties that hold, predicate svr v0.1; only
                            where one does
  ` + badgeFile + `, ` + endpointFile + `     a badge, and its JSON for shields.io

The key is a PEM file or the value of a variable. Without one, --unsigned writes the
statement as ` + unsignedFile + `, for cosign to sign: see docs/statement.md.

Exit codes:
  0    it is written, whatever the result is
  2    wrong usage, no key, or a report of which nothing can be stated: of a
       shard, of an interrupted run, of the mock in the program`,
		Example: `  openssl genpkey -algorithm ed25519 -out statement.key
  openssl pkey -in statement.key -pubout -out statement.pub
  graphpact statement reports --key statement.key --organization "Lamp Co" \
    --project Lamps --project-version 4.2 --project-url https://lamps.example \
    --contact conformance@lamps.example
  graphpact statement verify reports/statement.intoto.json --key statement.pub`,
		Args: wantsArgs(1, 1, "the report of the run, as reports/report.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.report = args[0]
			return run(cmd.Context(), o)
		},
	}
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		i := &o.implementation
		fs.StringVar(&i.Organization, "organization", "", "`NAME` of who made the implementation")
		fs.StringVar(&i.Project, "project", "", "`NAME` of the implementation")
		fs.StringVar(&i.Version, "project-version", "", "`VERSION` of the implementation that was tested")
		fs.StringVar(&i.URL, "project-url", "", "`URL` of the implementation")
		fs.StringVar(&i.Contact, "contact", "", "`ADDRESS` where somebody answers, a URL or e-mail")
		fs.IntVar(&o.validDays, "valid", 180, "it may be shown for `DAYS` after the run, at most 366")
		fs.StringVar(&o.selftest, "selftest", "", "JSON `FILE` of `graphpact selftest --format json` on the same page")
		fs.StringVar(&o.runURL, "run-url", "", "`URL` of the run (default: that of the CI job)")
		fs.BoolVar(&o.unsigned, "unsigned", false, "write the statement for another tool to sign")
		fs.StringVar(&o.out, "out", "", "`DIR` for the files (default: that of the report)")
		o.key.declare(fs, "private", "STATEMENT_KEY")
		settingsOf("statement", fs, "out", "selftest")
	})
	cmd.AddCommand(a.newStatementVerifyCommand(verify))
	return cmd
}

func (a *app) statement(ctx context.Context, o *statementOptions) error {
	if o.validDays < 1 || o.validDays > 366 {
		return fmt.Errorf("--valid %d: from 1 to 366 days", o.validDays)
	}
	r, data, err := result.ReadFile(o.report)
	if err != nil {
		return err
	}
	conventions, err := convention.Load()
	if err != nil {
		return err
	}
	in := &statement.Input{
		Implementation: o.implementation, Report: r, ReportBytes: data, Robustness: conventions.IsRobustness,
		Valid: time.Duration(o.validDays) * 24 * time.Hour, URL: orElse(o.runURL, "run-url", a.build().url).value,
	}
	if r.Tool.Version != toolVersion() {
		return fmt.Errorf("the report is by graphpact %s, and this is %s: state it with the one that made it", safetext.Line(r.Tool.Version), toolVersion())
	}
	if in.Sight, err = o.sight(r); err != nil {
		return err
	}
	payload, details, err := statement.Make(in)
	if err != nil {
		return err
	}
	if !details.Expires.After(time.Now()) {
		return fmt.Errorf("--valid %d: the run is from %s, so the statement would have expired already; run again", o.validDays, r.StartedAt.Format(time.DateOnly))
	}
	verification, err := statement.MakeVerificationResult(in, details)
	if err != nil {
		return err
	}
	files := map[string][]byte{badgeFile: statement.Badge(details)}
	if files[endpointFile], err = statement.Endpoint(details); err != nil {
		return err
	}
	signed := "not signed: sign " + unsignedFile + " with cosign, see docs/statement.md"
	if o.unsigned {
		files[unsignedFile] = append(payload, '\n')
	} else if signed, err = o.sign(ctx, a, files, payload, verification); err != nil {
		return err
	}
	return a.writeStatement(o, files, details, signed)
}

// sign adds the signed files, and says by which key.
func (o *statementOptions) sign(ctx context.Context, a *app, files map[string][]byte, payload, verification []byte) (string, error) {
	key, err := o.key.read(a)
	if errors.Is(err, errNoKey) {
		return "", hint.Errorf("write one for another tool to sign with --unsigned", "%w", err)
	}
	if err != nil {
		return "", err
	}
	if files[statementFile], err = statement.Sign(ctx, payload, key); err != nil {
		return "", fmt.Errorf("--key: %w", err)
	}
	if verification != nil {
		if files[verificationFile], err = statement.Sign(ctx, verification, key); err != nil {
			return "", err
		}
	}
	id, err := key.KeyID()
	return fmt.Sprintf("by the %s key %.16s…", key.Algorithm(), id), err
}

// writeStatement writes the files, and removes those of an earlier statement that this one
// does not have.
func (a *app) writeStatement(o *statementOptions, files map[string][]byte, d *statement.Details, signed string) error {
	dir := o.out
	if dir == "" {
		dir = o.report
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			dir = filepath.Dir(dir)
		}
	}
	i := d.Implementation
	fmt.Fprintf(a.stdout, "%s %s of %s: %s, to be shown until %s\n", safetext.Line(i.Project), safetext.Line(i.Version), safetext.Line(i.Organization), d.Headline, d.Expires.Format(time.DateOnly))
	for _, p := range d.Profiles {
		fmt.Fprintf(a.stdout, "profile   %-14s %-8s %d passed of %d, %d unsupported, %d waived\n", p.Name, p.Result, p.Totals.Pass, p.Totals.Requirements, len(p.Unsupported), len(p.Waived))
	}
	if d.Sight == nil {
		fmt.Fprintln(a.stdout, "sight     not stated; --selftest adds how well the suite sees")
	} else {
		fmt.Fprintf(a.stdout, "sight     %d of %d faults seen, %d of %d legal variants left alone\n", d.Sight.Seen, d.Sight.Faults, d.Sight.LeftAlone, d.Sight.Variants)
	}
	fmt.Fprintf(a.stdout, "signed    %s\n", signed)
	for _, name := range []string{statementFile, verificationFile, unsignedFile, badgeFile, endpointFile} {
		path := filepath.Join(dir, name)
		if files[name] == nil {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		if err := atomicfile.Write(path, files[name]); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "file      %s\n", path)
	}
	return nil
}

// sight reads what a selftest has shown; nil where none is named.
func (o *statementOptions) sight(r *result.Run) (*statement.Sight, error) {
	if o.selftest == "" {
		return nil, nil
	}
	data, err := readlimit.File(o.selftest, statement.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("--selftest: %w", err)
	}
	var s selftest.Report
	wrong := func(what string) error { return fmt.Errorf("--selftest %s: %s", o.selftest, what) }
	switch err := json.Unmarshal(data, &s); {
	case err != nil:
		return nil, wrong(err.Error())
	case s.Version != selftest.Version:
		return nil, wrong("it is no report of `graphpact selftest --format json`")
	case s.Tool.Version != r.Tool.Version:
		return nil, wrong("it is by graphpact " + safetext.Line(s.Tool.Version) + ", and the run by " + safetext.Line(r.Tool.Version))
	case s.Partial || s.Interrupted || len(s.Problems) > 0:
		return nil, wrong("it tells of a part, or of problems; run the whole selftest")
	case !slices.ContainsFunc(r.Pages, func(p result.Page) bool { return p.Digest == s.Page.Digest }):
		return nil, wrong("it was played with another page than those of the run")
	}
	t := s.Totals
	return &statement.Sight{
		Page: s.Page.Digest, Report: fmt.Sprintf("sha256:%x", sha256.Sum256(data)),
		Faults: t.Faults - t.FaultsNotApplicable, Seen: t.Seen,
		Variants: t.Variants - t.VariantsNotApplicable, LeftAlone: t.Variants - t.VariantsNotApplicable - t.FalseAlarms,
	}, nil
}

type statementVerifyOptions struct {
	file, dir     string
	key           keyOptions
	requirePassed bool
}

func (a *app) newStatementVerifyCommand(run func(context.Context, *statementVerifyOptions) error) *cobra.Command {
	o := &statementVerifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify STATEMENT",
		Short: "Check a signed statement, its time, and the files it is about",
		Long: `verify checks that the key signed the statement and that no byte of it was changed, that it
may still be shown, that the report beside it (and the Pact, where there is one) is the
one that was stated, and that what is stated follows from that report.

Exit codes:
  0    it holds
  1    the signature is foreign, a byte was changed, it has expired, it says
       something else than its report; with --require-passed: not PASSED
  2    wrong usage, no key, no statement, or the report is not there`,
		Example: `  graphpact statement verify reports/statement.intoto.json --key statement.pub
  graphpact statement verify statement.intoto.json --key lampco.pub \
    --files downloads --require-passed`,
		Args: wantsArgs(1, 1, "the statement, as reports/"+statementFile),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return run(cmd.Context(), o)
		},
	}
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.dir, "files", "", "`DIR` with the report and the Pact (default: that of the statement)")
		fs.BoolVar(&o.requirePassed, "require-passed", false, "exit code 1 unless the stated result is PASSED")
		o.key.declare(fs, "public", "STATEMENT_PUBLIC_KEY")
	})
	return cmd
}

func (a *app) verifyStatement(ctx context.Context, o *statementVerifyOptions) error {
	data, err := readlimit.File(o.file, statement.MaxFile)
	if err != nil {
		return fmt.Errorf("reading the statement: %w", err)
	}
	key, err := o.key.read(a)
	if err != nil {
		return err
	}
	s, err := statement.Open(ctx, data, key)
	if err != nil {
		return doesNotHold(fmt.Errorf("%s: %w", o.file, err))
	}
	if err := s.CheckTime(time.Now()); err != nil {
		return doesNotHold(err)
	}
	if err := a.checkStatedFiles(s, cmp.Or(o.dir, filepath.Dir(o.file))); err != nil {
		return doesNotHold(err)
	}
	if s.Details == nil {
		fmt.Fprintf(a.stdout, "HOLDS: %s\n", safetext.Line(fmt.Sprint(s.Properties)))
	} else {
		d := s.Details
		fmt.Fprintf(a.stdout, "HOLDS: %s %s of %s: %s (%s), to be shown until %s\n", safetext.Line(d.Implementation.Project), safetext.Line(d.Implementation.Version),
			safetext.Line(d.Implementation.Organization), d.Headline, safetext.Line(s.Result), d.Expires.Format(time.DateOnly))
	}
	if o.requirePassed && s.Result != "PASSED" {
		return failed(harness.NotConformant, errors.New("the statement holds, and its result is not PASSED (--require-passed)"))
	}
	return nil
}

// checkStatedFiles holds the files in the folder to the statement. The report must be there;
// pages and suites are seldom handed over, and are named as not looked at.
func (a *app) checkStatedFiles(s *statement.Statement, dir string) error {
	conventions, err := convention.Load()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Subjects)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("%w: the statement names %q", statement.ErrChanged, safetext.Line(name))
		}
		data, err := readlimit.File(path, result.MaxFile)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != result.File:
			fmt.Fprintf(a.stdout, "not here   %s (%.19s…)\n", safetext.Line(name), safetext.Line(s.Subjects[name]))
			continue
		case err != nil:
			return fmt.Errorf("--files: %w", err)
		}
		if err := s.CheckFile(name, data); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "unchanged  %s\n", safetext.Line(name))
		if name == result.File {
			r, err := result.Read(path, data)
			if err == nil {
				err = s.CheckReport(r, conventions.IsRobustness)
			}
			if err != nil {
				return err
			}
		}
	}
	if s.Subjects[result.File] == "" {
		return fmt.Errorf("%w: it is about no %s", statement.ErrSaysNot, result.File)
	}
	return nil
}

// doesNotHold gives an error of a statement that does not hold its kind.
func doesNotHold(err error) error {
	for _, is := range []error{statement.ErrForeign, statement.ErrExpired, statement.ErrChanged, statement.ErrSaysNot} {
		if errors.Is(err, is) {
			return failed(harness.NotConformant, fmt.Errorf("DOES NOT HOLD: %w", err))
		}
	}
	return err
}

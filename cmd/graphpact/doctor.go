package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/credential"
	"graphpact/internal/doctor"
	"graphpact/internal/entity"
	"graphpact/internal/pact"
	"graphpact/internal/result"
)

// doctorOptions are the flags of `graphpact doctor`.
type doctorOptions struct {
	runOptions
	broker brokerFlags
	format string
	// wrong is what was wrong with the settings, nil where nothing was.
	wrong error
	// file is the settings file, empty where there is none.
	file string
	// checks are what was found so far, and code the exit code for it.
	checks []doctor.Check
	code   int
}

func (a *app) doctorCommand() *cobra.Command {
	o := &doctorOptions{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, network, TLS, token and entity before a run",
		Long: `doctor looks at what a run needs, in order, and says of each in one line what was found
and how to mend it: settings, name resolution, connection, TLS, clock, the client
certificate and the state endpoint where they are named, token (audience, expiry,
permissions against those that the page names), the entity, its ETag, what a run would
send, the Pact helper, and the broker where one is named. It takes the flags by which a
run reaches the endpoint, sends GET and HEAD, and changes nothing. A check whose
precondition failed is not checked.

Exit codes:
  0    nothing would keep a run from starting
  2    the settings are wrong, or the Pact helper is missing
  3    the target, its token or the broker is wrong`,
		Example: `  graphpact doctor --endpoint https://graph.microsoft.com/beta --param roomId=… --param lampId=…
  graphpact doctor --auth client-secret --format json`,
		Args: cobra.NoArgs,
		// Settings that are wrong are a finding like any other.
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			o.wrong = a.applySettings(cmd)
			if file, err := a.settingsFile(cmd); err == nil {
				o.file = file
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.format != "text" && o.format != "json" {
				return fmt.Errorf("--format %q: choose text or json", o.format)
			}
			return a.doctor(cmd.Context(), o)
		},
	}
	o.targetFlags.add(cmd, "endpoint", "base `URL` with the version segment, as https://graph.microsoft.com/beta (default: the embedded mock)",
		"path parameter `NAME=VALUE` of the entity under test (repeatable)")
	o.pages.add(cmd)
	o.broker.add(cmd)
	f := cmd.Flags()
	o.stateFlags.add(cmd)
	o.write.addHosts(f)
	f.BoolVar(&o.readOnly, "read-only", false, "look for what a run with --read-only needs")
	f.BoolVar(&o.noPact, "no-pact", false, "do not look for the Pact helper")
	f.StringVar(&o.format, "format", "text", "text or json")
	return cmd
}

// note adds a check; one that failed gives the exit code, where there is none yet.
func (o *doctorOptions) note(code int, checks ...doctor.Check) {
	for _, c := range checks {
		o.checks = append(o.checks, c)
		if c.Verdict == result.Fail && (o.code == exitConformant || code == exitUsage) {
			o.code = code
		}
	}
}

func (a *app) doctor(ctx context.Context, o *doctorOptions) error {
	o.parallel, o.plays, o.requestIDHeader = 1, 1, defaultRequestIDHeader
	t, selected, conv := a.examineSettings(ctx, o)
	if t != nil {
		defer t.close()
		a.examineTarget(ctx, o, t, selected, conv)
	} else {
		for _, name := range []string{"name", "connection", "TLS", "clock", "token", "permissions", "entity", "ETag", "run"} {
			o.note(exitTarget, doctor.NotChecked(name, "the settings"))
		}
	}
	a.examineTools(ctx, o)
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	if err := a.printChecks(o); err != nil {
		return err
	}
	if o.code != exitConformant {
		return &exitError{o.code, nil} // the checks have said why
	}
	return nil
}

// examineSettings makes the target that the settings name; nil where they are wrong.
func (a *app) examineSettings(ctx context.Context, o *doctorOptions) (*endpoint, []selection, *convention.Set) {
	wrong := func(err error) (*endpoint, []selection, *convention.Set) {
		o.note(exitUsage, doctor.Check{Name: "settings", Verdict: result.Fail, Found: strings.ReplaceAll(err.Error(), "\n", "; "), Mend: "see `graphpact doctor --help`"})
		return nil, nil, nil
	}
	if err := errors.Join(o.wrong, o.targetFlags.check(a), o.write.check(), a.beginRun(&o.targetFlags)); err != nil {
		return wrong(err)
	}
	ops, conv, err := o.pages.load()
	if err != nil {
		return wrong(err)
	}
	selected, err := o.choose(ops, conv)
	if err != nil {
		return wrong(err)
	}
	t, err := a.connect(ctx, &o.runOptions, selected, conv)
	if err != nil {
		return wrong(err)
	}
	var pages []string
	for _, s := range selected {
		pages = append(pages, s.Page)
	}
	found := t.base + " (" + t.kind + "), " + strings.Join(pages, ", ")
	if o.file != "" {
		found += ", settings of " + o.file
	}
	o.note(exitUsage, doctor.Check{Name: "settings", Verdict: result.Pass, Found: found})
	return t, selected, conv
}

func (a *app) examineTarget(ctx context.Context, o *doctorOptions, t *endpoint, selected []selection, conv *convention.Set) {
	path := "/" // where no entity is named
	if len(t.paths) > 0 {
		path = t.paths[0]
	}
	network := doctor.Network(ctx, t.client, t.base, path, time.Now)
	o.note(exitTarget, network...)
	reached := network[len(network)-1].Verdict != result.Skip
	o.note(exitTarget, doctor.ClientCertificate(o.auth.tls, time.Now())...)
	token := a.examineToken(ctx, o, t, selected)
	switch {
	case !reached:
		o.note(exitTarget, doctor.NotChecked("entity", "the endpoint is not reached"), doctor.NotChecked("ETag", "the endpoint is not reached"))
	case !token:
		o.note(exitTarget, doctor.NotChecked("entity", "there is no token"), doctor.NotChecked("ETag", "there is no token"))
	case t.stateEndpoint != nil:
		const why = "the state endpoint sets one up for each scenario (--state-url), which would change something"
		o.note(exitTarget, doctor.NotChecked("entity", why), doctor.NotChecked("ETag", "no entity is looked at"))
	default:
		for _, path := range t.paths {
			o.note(exitTarget, examineEntity(ctx, t, path)...)
		}
	}
	if t.stateEndpoint != nil {
		o.note(exitTarget, examineStates(ctx, o, t))
	}
	o.note(exitUsage, a.examineRun(ctx, o, selected, conv))
}

// examineStates looks whether anything answers at the state URL.
func examineStates(ctx context.Context, o *doctorOptions, t *endpoint) doctor.Check {
	if err := t.stateEndpoint.Check(ctx); err != nil {
		found, mend, _ := strings.Cut(err.Error(), "; ")
		return doctor.Check{Name: "states", Verdict: result.Fail, Found: "--state-url: " + found, Mend: mend}
	}
	return doctor.Check{Name: "states", Verdict: result.Pass, Found: "the state endpoint " + plainURL(o.stateURL) + " answers; no state was set up"}
}

// examineToken reports whether the entity may be asked for.
func (a *app) examineToken(ctx context.Context, o *doctorOptions, t *endpoint, selected []selection) bool {
	token := t.token
	if t.credential != nil {
		got, err := t.credential.Get(ctx)
		if err != nil {
			o.note(exitTarget, doctor.Check{Name: "token", Verdict: result.Fail, Found: err.Error(), Mend: "see docs/auth.md for what each method needs"}, doctor.NotChecked("permissions", "there is no token"))
			return false
		}
		token = got.Value
	}
	if token == "" {
		o.note(exitTarget, doctor.Check{Name: "token", Verdict: result.Warn, Found: o.withoutToken() + ": none is sent", Mend: t.client.TokenMend()}, doctor.NotChecked("permissions", "there is no token"))
		return true
	}
	_, graph := credential.IsGraph(t.base)
	facts := doctor.TokenFacts{From: t.client.TokenFrom(), Audiences: o.auth.source(a, t.base).Audiences(), Graph: graph, Operations: operationsOf(selected), Now: time.Now()}
	if t.mock != nil {
		facts.From = "the mock's own token"
	}
	o.note(exitTarget, doctor.Token(token, facts)...)
	return true
}

func operationsOf(selected []selection) []*contract.Operation { return contracts(operations(selected)) }

func examineEntity(ctx context.Context, t *endpoint, path string) []doctor.Check {
	ex, err := t.look(ctx, path)
	if err != nil {
		found, mend, _ := strings.Cut(err.Error(), "; ")
		return []doctor.Check{{Name: "entity", Verdict: result.Fail, Found: found, Mend: mend}, doctor.NotChecked("ETag", "there is no entity")}
	}
	if t.noGet {
		const why = "there is no GET (--no-get)"
		return []doctor.Check{doctor.NotChecked("entity", why), doctor.NotChecked("ETag", why)}
	}
	etag := doctor.Check{Name: "ETag", Verdict: result.Pass, Found: "none: what needs If-Match is skipped"}
	if (&entity.Response{Exchange: ex}).ETag() != "" {
		etag.Found = "given: a stale If-Match is tested"
	}
	return []doctor.Check{
		{Name: "entity", Verdict: result.Pass, Found: fmt.Sprintf("GET %s: %d %s", t.client.Mask(path), ex.Status, http.StatusText(ex.Status))}, etag,
	}
}

// examineRun plans a run in memory, and tells how much it would send.
func (a *app) examineRun(ctx context.Context, o *doctorOptions, selected []selection, conv *convention.Set) doctor.Check {
	if err := o.stateFlags.check(&o.runOptions); err != nil {
		found, mend, _ := strings.Cut(err.Error(), "; ")
		return doctor.Check{Name: "run", Verdict: result.Fail, Found: found, Mend: mend}
	}
	quiet := *a
	quiet.stdout = io.Discard
	p := &planner{out: io.Discard}
	if err := quiet.planTo(ctx, &o.runOptions, selected, conv, p); err != nil {
		return doctor.Check{Name: "run", Verdict: result.Fail, Found: err.Error(), Mend: "see `graphpact run --dry-run`"}
	}
	n := 0
	for _, s := range selected {
		n += len(s.cases)
	}
	check := doctor.Check{Name: "run", Verdict: result.Pass, Found: fmt.Sprintf("%d scenarios, %d requests, %d of them updates%s; `graphpact run --dry-run` shows them", n, p.count, p.writes, o.whereUpdates())}
	if !o.readOnly {
		if host := o.write.missing(o.url); host != "" {
			check.Verdict = result.Warn
			check.Mend = "a run sends nothing to another machine that is not named: add --allow-host " + shellQuote(host)
		}
	}
	return check
}

// whereUpdates says what the updates of a run change, and what becomes of that.
func (o *doctorOptions) whereUpdates() string {
	switch {
	case o.readOnly:
		return ""
	case o.url == "":
		return " on entities of the embedded mock"
	case o.stateURL != "":
		return " on entities that the state endpoint sets up and takes down"
	case o.keepChanges:
		return " on the entity that --param names, which stays as the run leaves it"
	}
	return " on the entity that --param names, whose state is put back at the end"
}

// examineTools looks for the Pact helper, and for the broker where one is named.
func (a *app) examineTools(ctx context.Context, o *doctorOptions) {
	if o.noPact {
		o.note(exitUsage, doctor.NotChecked("Pact helper", "--no-pact"))
	} else {
		o.note(exitUsage, a.examineHelper(ctx, o.timeout))
	}
	if o.broker.url == "" {
		o.note(exitTarget, doctor.NotChecked("broker", "none is named"))
		return
	}
	client, err := o.broker.client(a)
	if err != nil {
		o.note(exitUsage, doctor.Check{Name: "broker", Verdict: result.Fail, Found: err.Error(), Mend: "see docs/broker.md"})
		return
	}
	defer client.Close()
	if _, err := client.Environments(ctx); err != nil {
		o.note(exitTarget, doctor.Check{Name: "broker", Verdict: result.Fail, Found: err.Error(), Mend: "see docs/broker.md"})
		return
	}
	o.note(exitTarget, doctor.Check{Name: "broker", Verdict: result.Pass, Found: client.BaseURL() + " answers and lets us in"})
}

func (a *app) examineHelper(ctx context.Context, timeout time.Duration) doctor.Check {
	library, err := pact.OpenVerifier(ctx, pact.VerifierOptions{Installation: pact.Installation{Env: a.env}, RequestTimeout: timeout})
	if err != nil {
		return doctor.Check{Name: "Pact helper", Verdict: result.Fail, Found: err.Error(), Mend: "or run with --no-pact"}
	}
	library.Close()
	return doctor.Check{Name: "Pact helper", Verdict: result.Pass, Found: "found, with its library"}
}

// doctorMarks are the marks of the verdicts.
var doctorMarks = map[result.Verdict]string{result.Pass: "ok", result.Warn: "warning", result.Fail: "WRONG", result.Skip: "-"}

func (a *app) printChecks(o *doctorOptions) error {
	if o.format == "json" {
		enc := json.NewEncoder(a.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"version": "1", "exitCode": o.code, "checks": o.checks})
	}
	for _, c := range o.checks {
		line := fmt.Sprintf("%-8s %-12s %s", doctorMarks[c.Verdict], c.Name, c.Found)
		if c.Mend != "" {
			line += "; " + c.Mend
		}
		if _, err := fmt.Fprintln(a.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

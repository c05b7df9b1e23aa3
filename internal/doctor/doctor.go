// Package doctor looks for what would keep a run from reaching its target: the name, the
// connection, TLS, the clock, and the token. Each check says in one line what was found
// and, where it is wrong, what to do. No text holds a secret.
package doctor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/credential"
	"graphpact/internal/entity"
	"graphpact/internal/harness"
	"graphpact/internal/hint"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/shell"
)

// Check is what was found about one thing.
type Check struct {
	// Name is what was looked at, in a word or two.
	Name string `json:"name"`
	// Verdict is pass, warn, fail, or skip for what could not be checked.
	Verdict result.Verdict `json:"verdict"`
	Found   string         `json:"found"`
	// Hint says what to do; empty where nothing is wrong.
	Hint string `json:"hint,omitempty"`
}

func pass(name, found string) Check       { return Check{Name: name, Verdict: result.Pass, Found: found} }
func warn(name, found, todo string) Check { return Check{name, result.Warn, found, todo} }
func fail(name, found, todo string) Check { return Check{name, result.Fail, found, todo} }

// Failed is a check that ended with the error; its hint is that of the error.
func Failed(name string, err error) Check {
	found, todo := hint.Of(err)
	return fail(name, found, todo)
}

// NotChecked says why something could not be looked at.
func NotChecked(name, why string) Check {
	return Check{Name: name, Verdict: result.Skip, Found: "not checked: " + why}
}

// Config says what to look at.
type Config struct {
	// Run is the run that is going to be made; nil where the settings are wrong, and then
	// Wrong says why.
	Run   *harness.RunConfig
	Wrong error
	// WrongRun is why the run could not be made although its target can be reached.
	WrongRun error
	// SettingsFile is the file that settings were read from, "" for none.
	SettingsFile string
	// HostToAllow is the host that a run would have to be allowed to write to, "" for none.
	HostToAllow string
	// States is the state endpoint as it may be shown, "" where there is none.
	States string
	// NoHelper leaves out the Pact helper, and HelperTimeout bounds its start.
	NoHelper      bool
	HelperTimeout time.Duration
	Helper        pact.Installation
	// Broker looks for the broker and gives its address; nil where none is named. A broker
	// that cannot be asked, since its settings are wrong, gives an error of settings.
	Broker func(ctx context.Context) (address string, settings, answer error)
	Now    func() time.Time
}

// Report is what was found.
type Report struct {
	Checks []Check
	// Worst is what would keep a run from starting; nil where nothing would. What is wrong
	// with the settings or the helper comes before what is wrong with the target.
	Worst *harness.Kind
}

// note adds checks; one that failed is of the kind.
func (r *Report) note(kind harness.Kind, checks ...Check) {
	for _, c := range checks {
		r.Checks = append(r.Checks, c)
		if c.Verdict == result.Fail && (r.Worst == nil || kind == harness.Usage) {
			r.Worst = &kind
		}
	}
}

// Examine looks at what a run needs, in order. It sends GET and HEAD, and changes nothing.
func Examine(ctx context.Context, c Config) *Report {
	r := &Report{}
	if t := r.settings(ctx, c); t != nil {
		defer t.Close()
		r.target(ctx, c, t)
	} else {
		for _, name := range []string{"name", "connection", "TLS", "clock", "token", "permissions", "entity", "ETag", "run"} {
			r.note(harness.TargetFailed, NotChecked(name, "the settings"))
		}
	}
	r.tools(ctx, c)
	return r
}

// settings connects to the target that the settings name; nil where they are wrong.
func (r *Report) settings(ctx context.Context, c Config) *harness.Connection {
	var t *harness.Connection
	err := c.Wrong
	if err == nil {
		t, err = harness.Connect(ctx, c.Run)
	}
	if err != nil {
		r.note(harness.Usage, fail("settings", strings.ReplaceAll(err.Error(), "\n", "; "), "see `graphpact doctor --help`"))
		return nil
	}
	found := t.Target().BaseURL + " (" + t.Target().Kind + ")"
	for _, s := range c.Run.Selected {
		found += ", " + s.Page
	}
	if c.SettingsFile != "" {
		found += ", settings of " + c.SettingsFile
	}
	r.note(harness.Usage, pass("settings", found))
	for _, s := range c.Run.Selected {
		r.note(harness.Usage, requiredHeaders(s.Operation.Operation, c.Run.Target.Client.Header)...)
	}
	return t
}

func (r *Report) target(ctx context.Context, c Config, t *harness.Connection) {
	path := "/" // where no entity is named
	if paths := t.Paths(); len(paths) > 0 {
		path = paths[0]
	}
	network := Network(ctx, t.Client(), t.Target().BaseURL, path, c.Now)
	r.note(harness.TargetFailed, network...)
	reached := network[len(network)-1].Verdict != result.Skip
	r.note(harness.TargetFailed, ClientCertificate(c.Run.Target.Client.TLS, c.Now())...)
	token := r.token(ctx, c, t)
	switch {
	case !reached:
		r.note(harness.TargetFailed, NotChecked("entity", "the endpoint is not reached"), NotChecked("ETag", "the endpoint is not reached"))
	case !token:
		r.note(harness.TargetFailed, NotChecked("entity", "there is no token"), NotChecked("ETag", "there is no token"))
	case t.StateEndpoint() != nil:
		const why = "the state endpoint sets one up for each scenario (--state-url), which would change something"
		r.note(harness.TargetFailed, NotChecked("entity", why), NotChecked("ETag", "no entity is looked at"))
	default:
		for _, path := range t.Paths() {
			r.note(harness.TargetFailed, examineEntity(ctx, c, t, path)...)
		}
	}
	if e := t.StateEndpoint(); e != nil {
		check := pass("states", "the state endpoint "+c.States+" answers; no state was set up")
		if err := e.Check(ctx); err != nil {
			check = Failed("states", fmt.Errorf("--state-url: %w", err))
		}
		r.note(harness.TargetFailed, check)
	}
	if err := t.Free(c.Run); err != nil {
		r.note(harness.Usage, fail("journal", strings.ReplaceAll(err.Error(), "\n", "; "), ""))
	}
	r.note(harness.Usage, examineRun(ctx, c))
}

// token reports whether the entity may be asked for.
func (r *Report) token(ctx context.Context, c Config, t *harness.Connection) bool {
	token, err := t.Token(ctx)
	switch {
	case err != nil:
		r.note(harness.TargetFailed, fail("token", t.Client().Mask(err.Error()), "see docs/auth.md for what each method needs"), NotChecked("permissions", "there is no token"))
		return false
	case token == "":
		r.note(harness.TargetFailed, warn("token", c.Run.Target.WithoutToken()+": none is sent", t.Client().TokenHint()), NotChecked("permissions", "there is no token"))
		return true
	}
	base := t.Target().BaseURL
	_, graph := credential.IsGraph(base)
	source := c.Run.Target.Credential
	source.Endpoint = base
	facts := TokenFacts{From: t.Client().TokenFrom(), Audiences: source.Audiences(), Graph: graph, Now: c.Now()}
	for _, s := range c.Run.Selected {
		facts.Operations = append(facts.Operations, s.Operation.Operation)
	}
	if t.Target().Kind == result.EmbeddedMock {
		facts.From = "the mock's own token"
	}
	r.note(harness.TargetFailed, Token(token, facts)...)
	return true
}

// requiredHeaders says which headers that the page requires are sent, and which are not, as it
// names no value of them and no setting does.
func requiredHeaders(op *contract.Operation, given http.Header) (out []Check) {
	for name, value := range op.RequiredHeaders() {
		if own := given.Get(name); own != "" {
			value = "the value of --header"
		}
		out = append(out, pass("header", name+", which the page requires: each update carries "+value))
	}
	for _, h := range op.HeadersWithoutValue() {
		if given.Get(h.Name) == "" {
			out = append(out, warn("header", fmt.Sprintf("%s is required of an update (%s), and the page names no value of it: it is not sent", h.Name, h.Source.Short()),
				"add --header "+shell.SingleQuote(h.Name+"=…")))
		}
	}
	slices.SortFunc(out, func(a, b Check) int { return strings.Compare(a.Found, b.Found) })
	return out
}

func examineEntity(ctx context.Context, c Config, t *harness.Connection, path string) []Check {
	ex, err := t.Look(ctx, path)
	if err != nil {
		return []Check{Failed("entity", err), NotChecked("ETag", "there is no entity")}
	}
	if c.Run.Target.NoGet {
		const why = "there is no GET (--no-get)"
		return []Check{NotChecked("entity", why), NotChecked("ETag", why)}
	}
	var etag Check
	switch given, required := (&entity.Response{Exchange: ex}).ETag() != "", t.Client().IfMatchRequired(); {
	case given && required:
		etag = pass("ETag", "given: each update carries it as If-Match, which the page requires")
	case given:
		etag = pass("ETag", "given: a stale If-Match is tested; whether an update needs one (428) only an update could tell, and a run finds out before it judges")
	case required:
		etag = warn("ETag", "none, and the page requires If-Match of an update", "look whether the endpoint takes an update without it")
	default:
		etag = pass("ETag", "none: what needs If-Match is skipped")
	}
	return []Check{pass("entity", fmt.Sprintf("GET %s: %d %s", t.Client().Mask(path), ex.Status, http.StatusText(ex.Status))), etag}
}

// examineRun plans the run in memory, and reports how much it would send.
func examineRun(ctx context.Context, c Config) Check {
	if c.WrongRun != nil {
		return Failed("run", c.WrongRun)
	}
	counts, err := c.Run.Plan(ctx, func(harness.Planned) {})
	if err != nil {
		return fail("run", err.Error(), "see `graphpact run --dry-run`")
	}
	n := 0
	for _, s := range c.Run.Selected {
		n += len(s.Cases)
	}
	found := fmt.Sprintf("%d scenarios, %d requests, %d of them updates%s; `graphpact run --dry-run` shows them", n, counts.Requests, counts.Updates, whereUpdates(&c.Run.Target))
	if c.HostToAllow != "" {
		return warn("run", found, "a run sends nothing to another machine that is not named: add --allow-host "+shell.Quote(c.HostToAllow))
	}
	return pass("run", found)
}

// whereUpdates says what the updates of a run change, and what state they leave.
func whereUpdates(t *harness.Target) string {
	switch {
	case t.Client.ReadOnly:
		return ""
	case t.URL == "":
		return " on entities of the embedded mock"
	case t.StateURL != "":
		return " on entities that the state endpoint sets up and takes down"
	case t.KeepChanges:
		return " on the entity that --param names, which stays as the run leaves it"
	}
	return " on the entity that --param names, whose state is restored at the end"
}

// tools looks for the Pact helper, and for the broker where one is named.
func (r *Report) tools(ctx context.Context, c Config) {
	if c.NoHelper {
		r.note(harness.Usage, NotChecked("Pact helper", "--no-pact"))
	} else {
		check := pass("Pact helper", "found, with its library")
		if library, err := pact.OpenVerifier(ctx, pact.VerifierOptions{Installation: c.Helper, RequestTimeout: c.HelperTimeout}); err != nil {
			check = fail("Pact helper", err.Error(), "or run with --no-pact")
		} else {
			library.Close()
		}
		r.note(harness.Usage, check)
	}
	if c.Broker == nil {
		r.note(harness.TargetFailed, NotChecked("broker", "none is named"))
		return
	}
	address, settings, answer := c.Broker(ctx)
	switch {
	case settings != nil:
		r.note(harness.Usage, fail("broker", settings.Error(), "see docs/broker.md"))
	case answer != nil:
		r.note(harness.TargetFailed, fail("broker", answer.Error(), "see docs/broker.md"))
	default:
		r.note(harness.TargetFailed, pass("broker", address+" answers and lets us in"))
	}
}

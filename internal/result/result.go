// Package result is the model of a run: what was asked of the target, what came,
// and the verdict, each with its evidence. Every report format is written from a
// Run alone. The JSON form is published: schemas/report.schema.json describes it,
// and Version changes when the meaning of a field does.
package result

import (
	"time"
)

// Version is the version of the JSON form of a Run.
const Version = "2"

// Verdict is the outcome of a requirement, or of one of its checks.
type Verdict string

// The verdicts, best first.
const (
	Pass  Verdict = "pass"  // every check held
	Skip  Verdict = "skip"  // it cannot be tested on this target; Requirement.Reason says why
	Warn  Verdict = "warn"  // a check of a SHOULD or MAY requirement did not hold
	Fail  Verdict = "fail"  // a check of a MUST requirement did not hold
	Error Verdict = "error" // it could not be judged: a step without a definition, a broken connection
	// Flaky: played more than once, a MUST requirement did not hold each time, and not
	// fail each time; Requirement.Repetitions has each. A SHOULD or MAY of that kind is Warn.
	Flaky Verdict = "flaky"
	// Waived: it failed, was flaky, or had a warning, and a waiver covers that;
	// Requirement.Waiver says which. It does not prevent conformance.
	Waived Verdict = "waived"
)

// Level is the strength of a requirement (RFC 2119).
type Level string

// The levels.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// Run is one run of the suite.
type Run struct {
	Version string `json:"version"`
	// ID is the run's own id, a GUID: the client-request-id of each request that the run
	// sent begins with its first three groups, so that an endpoint's log can be searched.
	ID     string `json:"id,omitempty"`
	Tool   Tool   `json:"tool"`
	Target Target `json:"target"`
	// Pages are the documentation pages behind the run, in the order given.
	Pages []Page `json:"pages"`
	// StartedAt is UTC; DurationMS counts milliseconds from there to the last verdict.
	StartedAt  time.Time `json:"startedAt"`
	DurationMS float64   `json:"durationMs"`
	// Settings echo the flags in force, by name, secrets left out.
	Settings map[string]string `json:"settings,omitempty"`
	// Probes are what was found out about each entity before it was judged; none against the
	// embedded mock, or where nothing was updated.
	Probes []Probe `json:"probes,omitempty"`
	// Requirements are in the order of the features, a scenario outline's rows in
	// the order of the page.
	Requirements []Requirement `json:"requirements"`
	Totals       Totals        `json:"totals"`
	// Findings are the defects of the pages, and what was assumed where they leave
	// something open.
	Findings []Finding `json:"findings"`
	// Pact is the contract; nil where none was asked for.
	Pact *Pact `json:"pact,omitempty"`
	// Problems are what went wrong with the run itself, as a state that could not be
	// restored. A run with problems is never conformant.
	Problems []string `json:"problems,omitempty"`
	// Interrupted is set when the run was stopped before its end, and StoppedBy says by what
	// where it was not a signal.
	Interrupted bool   `json:"interrupted,omitempty"`
	StoppedBy   string `json:"stoppedBy,omitempty"`
	// Ended is what ended the run before its last scenario; nil for nothing.
	Ended *Ended `json:"ended,omitempty"`
	// Partial says how the run was narrowed by whoever started it, each entry a phrase as
	// "only UPD-06" or "only what sends nothing but GET". A narrowed run is never conformant.
	Partial []string `json:"partial,omitempty"`
	// Suite is what the run was judged by; nil in reports of graphpact before it was kept.
	Suite *Suite `json:"suite,omitempty"`
	// Command is how the run was started; nil where it cannot be started again.
	Command *Command `json:"command,omitempty"`
	// Shard is the part of the requirements that this run was given; nil for all of them.
	Shard *Shard `json:"shard,omitempty"`
	// Parts are the shards that the report was put together from.
	Parts []Part `json:"parts,omitempty"`
}

// Tool names the program that made the report.
type Tool struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	GoVersion string `json:"goVersion"`
}

// What Target.Kind may be.
const (
	EmbeddedMock = "embedded mock" // the mock in the program
	Endpoint     = "endpoint"
	Recording    = "recording" // of the traffic of one: nothing was sent
)

// Target is the endpoint under test.
type Target struct {
	Kind    string `json:"kind"`    // EmbeddedMock, Endpoint or Recording
	BaseURL string `json:"baseUrl"` // with the version segment
	// Params are the path parameters of the entity under test.
	Params map[string]string `json:"params,omitempty"`
	// Authenticated is set when a bearer token was sent; the token itself is never
	// in a report.
	Authenticated bool `json:"authenticated"`
	// State says what is left of what the run changed, where graphpact has not restored it
	// itself.
	State string `json:"state,omitempty"`
	// Auth is the method by which the token was got, as client-secret; empty where a
	// variable held it. TokenHint says how to get one for the curl lines, which read it
	// from a variable.
	Auth      string `json:"auth,omitempty"`
	TokenHint string `json:"tokenHint,omitempty"`
	// Throttled counts the answers 429 and 503 that were waited out.
	Throttled int `json:"throttled,omitempty"`
	// Throttling is all waiting of the run; nil where nothing waited.
	Throttling *Throttling `json:"throttling,omitempty"`
}

// Throttling is the waiting that the target asked for, and that the client asked of
// itself.
type Throttling struct {
	// WaitedMS is the time spent waiting for 429 and 503 to pass, all requests together,
	// out of BudgetMS.
	WaitedMS float64 `json:"waitedMs"`
	BudgetMS float64 `json:"budgetMs"`
	// Rate is the client's own limit in requests a second, 0 where there is none, and
	// HeldMS the time that requests were held for it.
	Rate   float64 `json:"rate,omitempty"`
	HeldMS float64 `json:"heldMs,omitempty"`
}

// Probe is what an endpoint does with one entity, as a short conversation before the
// scenarios found out. It is no verdict.
type Probe struct {
	Operation string `json:"operation"`
	URL       string `json:"url"`
	// Properties are those that the page lets a client set.
	Properties []ProbedProperty `json:"properties"`
	// NeedsIfMatch is set where an update must carry the ETag in If-Match.
	NeedsIfMatch bool `json:"needsIfMatch,omitempty"`
	// LagMS is how late a read was at most, in milliseconds. Unsettled is set where an update
	// was never shown as long as was waited for.
	LagMS     float64 `json:"lagMs"`
	Unsettled bool    `json:"unsettled,omitempty"`
	// DateDigits is how many digits of a second the date of the last modification has.
	DateDigits *int `json:"dateDigits,omitempty"`
	// Moves are the properties that the server changes at each update by itself, beside the date
	// of the last modification.
	Moves []string `json:"moves,omitempty"`
	// WithSelect is set where each GET names the properties in $select, as some are not shown
	// without.
	WithSelect bool `json:"withSelect,omitempty"`
	// Prefer is what became of Prefer: return=representation, as "honoured"; empty where it was
	// not sent.
	Prefer string `json:"prefer,omitempty"`
	// NoGet is set where there is no GET: what the endpoint keeps, and how late its reads are, is
	// not known.
	NoGet    bool `json:"noGet,omitempty"`
	Requests int  `json:"requests"` // that were sent
}

// ProbedProperty is what an endpoint does with one property.
type ProbedProperty struct {
	Name string `json:"name"`
	// Outcome is one of the outcomes of package probe, as "taken" or "refused".
	Outcome string `json:"outcome"`
	// Sent is the value that was sent, with its name, and Origin where it is from.
	Sent   string `json:"sent,omitempty"`
	Origin string `json:"origin,omitempty"`
	// Detail is the answer, or why nothing was sent.
	Detail string `json:"detail,omitempty"`
}

// Plain reports whether there is nothing to say about the endpoint: each property is taken
// and shown, and at once.
func (p *Probe) Plain() bool {
	for _, q := range p.Properties {
		if q.Outcome != "taken" {
			return false
		}
	}
	return p.LagMS == 0 && !p.NeedsIfMatch && !p.Unsettled && len(p.Moves) == 0 && !p.WithSelect && !p.NoGet
}

// Page is a documentation page.
type Page struct {
	File      string `json:"file"`
	Title     string `json:"title"`
	Digest    string `json:"digest"`
	Operation string `json:"operation"`
	// ID is a short name of the page, as beta/lamp-update, where the run has several.
	ID string `json:"id,omitempty"`
	// Texts are the page, and then further files in which Promises have a line.
	Texts []PageText `json:"texts,omitempty"`
	// Promises are the lines of the texts that the run was to hold the target to, by file
	// and line.
	Promises []Promise `json:"promises,omitempty"`
}

// PageText is what a file of documentation says, with the ends of its lines as "\n".
type PageText struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// Promise is a line of a page that says something of the target.
type Promise struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1
	Text string `json:"text"` // what is promised, in a few words
	// Property names the property that the line is about; empty for none.
	Property string `json:"property,omitempty"`
	// Kind is ProvesUpdate for a line that says how to send an update, and ProvesSchema for
	// what an answer that satisfies the response schema shows to hold; empty otherwise.
	Kind string `json:"kind,omitempty"`
}

// Requirement is one scenario's outcome. A scenario outline gives one Requirement
// a row, distinguished by Case; ID and Case together are unique within an Operation.
type Requirement struct {
	ID        string `json:"id"`             // stable, as UPD-01
	Case      string `json:"case,omitempty"` // the row of a scenario outline, as "ready"; empty otherwise
	Operation string `json:"operation"`      // the method and path template that it is about
	// Page is a short name of the page, as beta/lamp-update, where the run has several; with
	// the key it names the requirement, as beta/lamp-update#UPD-06.
	Page   string `json:"page,omitempty"`
	Level  Level  `json:"level"`
	Source Source `json:"source"`
	// Scenario is the scenario's name, and Feature its file and line.
	Scenario string   `json:"scenario"`
	Feature  Location `json:"feature"`
	Tags     []string `json:"tags,omitempty"` // of the scenario, each with its "@"
	// Proves is ProvesUpdate where a pass shows that an update succeeds; empty otherwise.
	Proves  string  `json:"proves,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Reason says why a requirement was skipped or could not be judged.
	Reason string `json:"reason,omitempty"`
	// NotOnPage is set where it was skipped since the page has nothing to test: no endpoint
	// could be held to it.
	NotOnPage bool `json:"notOnPage,omitempty"`
	// NotPlayed is set where it was skipped, or not played to its end, since the run had ended
	// (Run.Ended) or was stopped.
	NotPlayed bool `json:"notPlayed,omitempty"`
	// Repetitions are the outcomes where the scenario was played more than once, in order. The
	// rest of the requirement is then that of the first play with the worst outcome.
	Repetitions []Repetition `json:"plays,omitempty"`
	// Waiver is what covers a requirement with the verdict Waived.
	Waiver     *Waiver `json:"waiver,omitempty"`
	DurationMS float64 `json:"durationMs"`
	Steps      []Step  `json:"steps,omitempty"`
	Checks     []Check `json:"checks"` // in the order made
	// Exchanges are the requests and responses in the order sent, with secrets
	// masked and bodies shortened.
	Exchanges []Exchange `json:"exchanges,omitempty"`
	// Kept gives the exchanges where they are kept out of memory, and Exchanges has none; see Sent.
	Kept   func() []Exchange `json:"-"`
	Repeat string            `json:"repeat,omitempty"` // the command that runs just this requirement again
}

// What a requirement or a check proves where it passes, beside what it is about.
const (
	ProvesUpdate = "update" // of a requirement that cannot be tested without an update that succeeds
	ProvesSchema = "schema" // of a check that a body satisfies the response schema
)

// Key is the id with the case, as "UPD-01[ready]".
func (r Requirement) Key() string {
	if r.Case == "" {
		return r.ID
	}
	return r.ID + "[" + r.Case + "]"
}

// Sent gives the exchanges, wherever they are kept.
func (r *Requirement) Sent() []Exchange {
	if r.Kept != nil {
		return r.Kept()
	}
	return r.Exchanges
}

// Repetition is one of several times that a scenario was played.
type Repetition struct {
	Verdict    Verdict `json:"verdict"`
	DurationMS float64 `json:"durationMs"`
	Message    string  `json:"message,omitempty"` // the failure or the reason in one line; empty for a pass
}

// Waiver covers a failure that is known.
type Waiver struct {
	Of      Verdict `json:"of"` // the verdict without the waiver: fail, flaky or warn
	Reason  string  `json:"reason"`
	Owner   string  `json:"owner"`
	Expires string  `json:"expires"` // the last day on which it covers anything, as 2026-12-31
	Source  string  `json:"source"`  // the place of its entry, as "graphpact.waivers.yaml:3"
}

// Location is a place in a feature file; URI is relative to the features folder.
type Location struct {
	URI     string `json:"uri"`
	Line    int    `json:"line"`
	Feature string `json:"name"`
}

// Step is a Gherkin step with its outcome.
type Step struct {
	Keyword    string  `json:"keyword"`
	Text       string  `json:"text"`
	Line       int     `json:"line"`
	Verdict    Verdict `json:"verdict"`
	Message    string  `json:"message,omitempty"` // the failure in one line; empty for a step that passed
	DurationMS float64 `json:"durationMs"`
}

// Source says what asked for something.
type Source struct {
	Kind string `json:"kind"` // "doc" or "convention"
	Ref  string `json:"ref"`  // "page.md:72", or the id of the convention
	// File and Line are set for kind "doc".
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Clause  string `json:"clause,omitempty"`  // of a convention, as "OData 4.01 Protocol 11.4.3"
	Summary string `json:"summary,omitempty"` // the rule in one sentence, or what the line of the page says
}

// Check is one assertion with its evidence.
type Check struct {
	Name    string  `json:"name"` // what was checked, as "status is the documented one"
	Verdict Verdict `json:"verdict"`
	// Class names a kind of failure that has a name of its own, as "status-drift".
	Class string `json:"class,omitempty"`
	// Pointer is the JSON Pointer (RFC 6901) of the value in the response body;
	// empty where the check is not about a value of the body.
	Pointer  string  `json:"pointer,omitempty"`
	Expected string  `json:"expected,omitempty"`
	Actual   string  `json:"actual,omitempty"`
	Message  string  `json:"message,omitempty"`
	Source   *Source `json:"source,omitempty"`
	// Proves is ProvesSchema where a pass shows that a body satisfies the response schema.
	Proves string `json:"proves,omitempty"`
	// Exchange is the 1-based number of the exchange that the check looked at; 0 where none.
	Exchange int `json:"exchange,omitempty"`
}

// Exchange is a request with its response, fit for a report: secrets masked,
// bodies shortened.
type Exchange struct {
	// Purpose says why it was sent, as "read back".
	Purpose string   `json:"purpose"`
	Request HTTPPart `json:"request"`
	// Response is nil when none came; Error says why.
	Response   *HTTPPart `json:"response,omitempty"`
	Error      string    `json:"error,omitempty"`
	DurationMS float64   `json:"durationMs"`
	// Attempts counts the sends, 1 where nothing was retried.
	Attempts int `json:"attempts"`
	// Retries are what made the client send again, in order.
	Retries []Retry `json:"retries,omitempty"`
	// Curl reproduces the request; the token is read from the environment variable.
	Curl string `json:"curl"`
}

// Retry is an answer after which the client sent again, or a connection that was closed
// before the answer was complete.
type Retry struct {
	// Status is the answer's: 429, 503, 502 or 504, 409 or 423 soon after another update, 428 or 412
	// where the client then sent the current ETag; 0 for a connection that was closed.
	Status int `json:"status"`
	// WaitMS is how long the client waited before it sent again.
	WaitMS float64 `json:"waitMs"`
}

// HTTPPart is a request or a response.
type HTTPPart struct {
	// Line is "PATCH https://…" or "200 OK".
	Line string `json:"line"`
	// Headers are "Name: value" lines, sorted.
	Headers []string `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
	// BodyBytes is the full length of the body in bytes; Truncated is set when Body holds less.
	BodyBytes int  `json:"bodyBytes"`
	Truncated bool `json:"truncated,omitempty"`
}

// Totals count the requirements by verdict.
type Totals struct {
	Requirements int `json:"requirements"`
	Pass         int `json:"pass"`
	Fail         int `json:"fail"`
	Warn         int `json:"warn"`
	Skip         int `json:"skip"`
	Error        int `json:"error"`
	Flaky        int `json:"flaky"`
	Waived       int `json:"waived"`
}

// The kinds of a Finding.
const (
	KindDefect     = "defect"     // the page is wrong
	KindAssumption = "assumption" // it is only silent
)

// Finding is a defect of a page, or an assumption where it leaves something open.
type Finding struct {
	Kind    string `json:"kind"` // KindDefect or KindAssumption
	Class   string `json:"class"`
	Source  Source `json:"source"`
	Text    string `json:"text"`
	Assumed string `json:"assumed"`
}

// Pact is the contract that a run wrote.
type Pact struct {
	Consumer     string `json:"consumer"`
	Provider     string `json:"provider"`
	File         string `json:"file,omitempty"` // empty when none was written
	Digest       string `json:"digest,omitempty"`
	Interactions int    `json:"interactions"`
	Error        string `json:"error,omitempty"` // why there is no pact
}

// Worst gives the verdict of a requirement of the given level from its checks: an
// error beats a failure, a failure beats a warning, a warning beats a pass, and a
// failed check of a SHOULD or MAY is a warning. A skipped check counts for nothing:
// without any check that was made the verdict is Skip. A check without a known
// verdict is an error and an unknown level is a MUST, so that neither left unset goes unseen.
func Worst(level Level, checks []Check) Verdict {
	v := Skip
	for _, c := range checks {
		switch c.Verdict {
		case Skip:
		case Pass:
			if v == Skip {
				v = Pass
			}
		case Warn:
			if v != Fail {
				v = Warn
			}
		case Fail:
			v = Fail
		default:
			return Error
		}
	}
	if v == Fail && (level == Should || level == May) {
		return Warn
	}
	return v
}

// count gives the place of the number with the verdict; an unknown one counts as Error.
func (t *Totals) count(v Verdict) *int {
	switch v {
	case Pass:
		return &t.Pass
	case Fail:
		return &t.Fail
	case Warn:
		return &t.Warn
	case Skip:
		return &t.Skip
	case Flaky:
		return &t.Flaky
	case Waived:
		return &t.Waived
	default:
		return &t.Error
	}
}

// Of gives the number of requirements with the verdict.
func (t Totals) Of(v Verdict) int { return *t.count(v) }

// Count gives the totals of the requirements.
func Count(reqs []Requirement) Totals {
	t := Totals{Requirements: len(reqs)}
	for i := range reqs {
		*t.count(reqs[i].Verdict)++
	}
	return t
}

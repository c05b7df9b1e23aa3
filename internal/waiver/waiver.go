// Package waiver holds the failures that are known and accepted for a time. A waiver
// names one requirement, why its failure is accepted, who sees to it, and the last day
// on which it covers anything. A waiver that has expired, that nothing needs any more,
// or that names an unknown requirement is a problem of the run: a file that is out of
// date is noticed.
package waiver

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"graphpact/internal/result"
	"graphpact/internal/suggest"
	"graphpact/internal/transport"
)

// DefaultFile is where waivers are looked for.
const DefaultFile = "graphpact.waivers.yaml"

// Entry is one waiver.
type Entry struct {
	// Requirement is the key of a requirement, as UPD-02 or UPD-01[color=blue]; an id
	// without a row covers all rows.
	Requirement string
	// Operation is the only operation that it covers, as "PATCH /lamps/{lampId}"; empty
	// for every one.
	Operation string
	// Endpoint is the only base URL that it covers, normalised; empty for every one.
	Endpoint string
	// Reason says why the failure is accepted, Owner who sees to it.
	Reason, Owner string
	// Expires is the last day, in UTC, on which it covers anything, as 2026-12-31.
	Expires string
	// File and Line are its place.
	File string
	Line int
}

// idOf is the key of a requirement without its row.
func idOf(key string) string {
	id, _, _ := strings.Cut(key, "[")
	return id
}

// covers reports whether the entry is about the subject.
func (e *Entry) covers(s result.Subject) bool {
	return (e.Operation == "" || e.Operation == s.Operation) && (e.Requirement == s.Key || e.Requirement == idOf(s.Key))
}

// narrowness orders entries that cover the same: the one that says more comes first.
func (e *Entry) narrowness() int {
	n := 0
	for i, more := range []bool{e.Endpoint != "", e.Operation != "", strings.Contains(e.Requirement, "[")} {
		if more {
			n += 1 << i
		}
	}
	return n
}

// List is what a file holds. The zero List holds nothing.
type List struct{ Entries []Entry }

// On gives the entries that count on an endpoint on a day. An entry for another endpoint
// does not count there: it covers nothing, and is no problem.
func (l *List) On(endpoint string, today time.Time) *Register {
	r := &Register{endpoint: endpoint, today: today.UTC().Format(time.DateOnly)}
	normal, err := transport.NormalBase(endpoint)
	for _, e := range l.Entries {
		if e.Endpoint == "" || err == nil && e.Endpoint == normal {
			r.entries = append(r.entries, e)
		}
	}
	return r
}

// Register is a List on one endpoint and one day.
type Register struct {
	entries         []Entry
	endpoint, today string
}

func (r *Register) expired(e *Entry) bool { return e.Expires < r.today }

// Cover gives the requirement as it is reported: Waived where it failed, was flaky or
// had a warning and an entry covers that. What could not be judged, and what was
// skipped, is never waived. The evidence stays. Of several entries the narrowest counts.
func (r *Register) Cover(q result.Requirement) result.Requirement {
	if q.Verdict != result.Fail && q.Verdict != result.Flaky && q.Verdict != result.Warn {
		return q
	}
	var best *Entry
	for i := range r.entries {
		e := &r.entries[i]
		if e.covers(q.Subject()) && !r.expired(e) && (best == nil || e.narrowness() > best.narrowness()) {
			best = e
		}
	}
	if best != nil {
		q.Waiver = &result.Waiver{Of: q.Verdict, Reason: best.Reason, Owner: best.Owner, Expires: best.Expires, Source: best.place()}
		q.Verdict = result.Waived
	}
	return q
}

// Problems gives what is wrong with the entries, each with its place and what to do: it
// has expired, there is no such requirement in the suite, or all that it covers was
// tested and holds. The suite is every requirement that the pages have, tested or not.
func (r *Register) Problems(tested []result.Requirement, suite []result.Subject) []string {
	problems, open := r.ShardProblems(tested, suite)
	verdicts := verdictsOf(tested)
	for _, w := range open {
		if !slices.ContainsFunc(w.Covers, func(s result.Subject) bool { return verdicts[s] != result.Pass }) {
			problems = append(problems, w.Problem)
		}
	}
	return problems
}

func verdictsOf(tested []result.Requirement) map[result.Subject]result.Verdict {
	verdicts := make(map[result.Subject]result.Verdict, len(tested))
	for _, q := range tested {
		verdicts[q.Subject()] = q.Verdict
	}
	return verdicts
}

// ShardProblems is Problems of a shard of the run. The entries that nothing tested shows to be
// needed are given apart, for whoever sees what the other shards have tested: they are not used
// where all that they cover has passed.
func (r *Register) ShardProblems(tested []result.Requirement, suite []result.Subject) (problems []string, open []result.ShardWaiver) {
	verdicts := verdictsOf(tested)
	operations := map[string]bool{}
	for _, s := range suite {
		operations[s.Operation] = true
	}
	for i := range r.entries {
		e := &r.entries[i]
		if e.Operation != "" && !operations[e.Operation] {
			if meant := sameOperation(e.Operation, operations); meant != "" {
				problems = append(problems, e.place()+": there is no operation "+e.Operation+" to waive something of; did you mean "+meant+"?")
			}
			continue // of a page that is not in this run
		}
		covered := slices.DeleteFunc(slices.Clone(suite), func(s result.Subject) bool { return !e.covers(s) })
		switch {
		case len(covered) == 0:
			problems = append(problems, e.place()+": "+unknown(e, suite))
		case r.expired(e):
			problems = append(problems, e.place()+": the waiver of "+e.Requirement+" expired on "+e.Expires+"; fix what fails and remove it, or renew it")
		case !slices.ContainsFunc(covered, func(s result.Subject) bool { v, in := verdicts[s]; return in && v != result.Pass }):
			open = append(open, result.ShardWaiver{Covers: covered, Problem: e.place() + ": the waiver of " + e.Requirement +
				" is not used: it holds on " + r.endpoint + "; remove the waiver, or name the endpoint that needs it"})
		}
	}
	return problems, open
}

// sameOperation gives the operation that differs from the name in its letter case, in the names of
// its parameters or in a slash at its end alone: the same path cannot be another page's.
// "" where there is none.
func sameOperation(name string, operations map[string]bool) string {
	var same []string
	for o := range operations {
		if shape(o) == shape(name) {
			same = append(same, o)
		}
	}
	if len(same) == 0 {
		return ""
	}
	return slices.Min(same)
}

var parameter = regexp.MustCompile(`\{[^{}]*\}`)

func shape(operation string) string {
	return strings.ToLower(strings.TrimRight(parameter.ReplaceAllString(operation, "{}"), "/"))
}

// unknown says what an entry that covers no requirement may have meant.
func unknown(e *Entry, suite []result.Subject) string {
	var ids, rows []string
	for _, s := range suite {
		ids = append(ids, idOf(s.Key))
		if idOf(s.Key) == idOf(e.Requirement) {
			rows = append(rows, s.Key)
		}
	}
	text := "there is no requirement " + e.Requirement + " to waive"
	switch {
	case len(rows) == 1 && rows[0] == idOf(e.Requirement):
		return text + "; " + rows[0] + " has no rows"
	case len(rows) > 0:
		slices.Sort(rows)
		return text + "; there are " + strings.Join(slices.Compact(rows), ", ")
	}
	slices.Sort(ids)
	return text + cmp.Or(suggest.DidYouMean(idOf(e.Requirement), slices.Compact(ids)), "; `graphpact list` shows them all")
}

// DaysLeft counts the days on which the entry covers something, today included; 0 and
// less where it has expired.
func (e *Entry) DaysLeft(today time.Time) int {
	last, err := time.Parse(time.DateOnly, e.Expires)
	if err != nil {
		return 0
	}
	return int(last.Sub(today.UTC().Truncate(24*time.Hour)).Hours()/24) + 1
}

// key is the same for entries that cover the same.
func (e *Entry) key() string {
	return strings.Join([]string{e.Requirement, e.Operation, e.Endpoint}, "\n")
}

// place is file and line of the entry, as "graphpact.waivers.yaml:3".
func (e *Entry) place() string { return e.File + ":" + strconv.Itoa(e.Line) }

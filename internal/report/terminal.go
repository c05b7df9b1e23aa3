package report

import (
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

const (
	// keyWidth is the column that holds a requirement's key.
	keyWidth = 20
	// maxPages is how many pages the header names.
	maxPages = 5
)

// TerminalOptions say how a run is shown on a terminal.
type TerminalOptions struct {
	Color bool // allows SGR colours; nothing depends on them
	// ASCII keeps to ASCII: words in place of marks, and every other character of
	// the target escaped. For a terminal that is not UTF-8.
	ASCII bool
	// Width is the number of columns to wrap at; 0 does not wrap, as fits a log.
	// Below 40 it counts as 40.
	Width int
	// Verbose shows every check and every exchange of every scenario, barely
	// shortened.
	Verbose bool
}

// Terminal shows a run while it goes on: Start once, Requirement for each as it
// ends, Finish once. It may be used from several goroutines; what one call writes
// stays together.
type Terminal struct {
	opts TerminalOptions

	mu        sync.Mutex
	w         io.Writer
	err       error
	unwritten error // why a report is missing
	manyPages bool
	operation string // of the last requirement shown
	// first is the key of the first requirement of each cause: its evidence is shown, and
	// the others refer to it.
	first  map[string]string
	spaced bool // the last requirement ended with an empty line
}

// NewTerminal makes a Terminal that writes to w.
func NewTerminal(w io.Writer, opts TerminalOptions) *Terminal {
	return &Terminal{w: w, opts: opts}
}

// Err gives the first error of writing; nothing is written after it.
func (t *Terminal) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Start shows what is tested and where: the pages, their operations, the target.
// The requirements of run are not looked at.
func (t *Terminal) Start(run *result.Run) {
	p := t.printer()
	p.println(0, p.paint(sgrBold, p.clean(run.Tool.Name+" "+run.Tool.Version)))
	for i, page := range run.Pages {
		if i == maxPages {
			p.field(0, "", "and "+safetext.Counted(len(run.Pages)-i, "more page"))
			break
		}
		p.field(0, "page", page.Title+" ("+page.File+")")
		p.address("operation", page.Operation)
	}
	p.field(0, "target", targetText(&run.Target))
	if hint := run.Target.TokenHint; hint != "" {
		p.field(0, "curl", "the lines read a token: "+hint)
	}
	for _, name := range slices.Sorted(maps.Keys(run.Target.Params)) {
		p.field(0, "", name+" = "+run.Target.Params[name])
	}
	p.field(0, "run", run.ID)
	p.println(0)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.manyPages = len(run.Pages) > 1
	t.flush(p)
}

// Requirement shows one outcome as a line. The first failure, warning or error of a cause is
// followed by its evidence, and the others name that one; a skip is followed by its reason, and what is waived by the waiver
// and a line that says what it covers. Nothing is shown of one that was not played since the run
// had ended: Finish tells that once.
func (t *Terminal) Requirement(r result.Requirement) {
	if r.NotPlayed && !t.opts.Verbose {
		return // Finish counts them
	}
	p := t.printer()
	p.outcome(&r)
	short := r.Verdict == result.Waived && !t.opts.Verbose
	again := ""
	if isBroken(r.Verdict) && !short {
		again = t.shownBefore(&r)
	}
	switch {
	case again != "":
		p.field(4, "cause", "that of "+again)
		short = true
	case short:
		if r.Waiver != nil {
			p.field(4, "waived", waiverText(r.Waiver))
			p.field(4, "covers", string(r.Waiver.Of)+": "+summaryLine(&r))
		}
	case isBroken(r.Verdict):
		p.judgement(4, &r)
		p.exchanges(4, &r, t.opts.Verbose)
		p.println(0)
	case r.Verdict == result.Skip:
		p.field(4, "reason", r.Reason)
	}
	if t.opts.Verbose && !isBroken(r.Verdict) {
		for i := range r.Checks {
			p.println(4, p.mark(r.Checks[i].Verdict), " ", p.clean(r.Checks[i].Name))
		}
		p.exchanges(4, &r, true)
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	t.spaced = isBroken(r.Verdict) && !short
	if t.manyPages && t.operation != r.Operation {
		t.operation = r.Operation
		heading := t.printer()
		heading.println(0, heading.paint(sgrBold, heading.clean(r.Operation)))
		t.flush(heading)
	}
	t.flush(p)
}

// NotWritten has Finish say, in place of a good verdict, that a report could not be written.
func (t *Terminal) NotWritten(err error) { t.unwritten = err }

// Finish shows the totals, what did not pass, the findings, the pact, what went
// wrong with the run, the files written, and last the verdict of the run.
func (t *Terminal) Finish(run *result.Run, files []string) {
	p := t.printer()
	p.broken(run.Requirements)
	p.field(2, "", unplayedLine(run))
	p.suggestedWaivers(run)
	for i, line := range pageOutcomes(run) {
		label := "pages"
		if i > 0 {
			label = ""
		}
		p.field(0, label, line)
	}
	p.field(0, "totals", totalsOf(run)+", in "+durationText(run.DurationMS))
	for i := range run.Probes {
		if one := &run.Probes[i]; t.opts.Verbose || !one.Plain() {
			for _, line := range probeLines(one) {
				p.field(0, "probe", line)
			}
		}
	}
	p.field(0, "partial", strings.Join(run.Partial, ", "))
	p.field(0, "state", run.Target.State)
	for _, w := range waiting(&run.Target) {
		p.field(0, w[0], w[1])
	}
	if len(run.Findings) > 0 {
		p.field(0, "findings", findingsText(run.Findings)+listedIn(files)+"; they change no verdict")
	}
	if run.Pact != nil && run.Pact.Error == "" {
		p.field(0, "pact", pactText(run.Pact))
	}
	if run.Ended != nil {
		label := "ended"
		for _, line := range wrap(p.escape(run.EndedSummary(), 0), p.room(labelWidth)) {
			p.command(0, label, line)
			label = ""
		}
		p.command(0, "restore", run.Ended.Restore)
	}
	for _, problem := range run.OtherProblems() {
		p.command(0, "problem", problem) // whole: it may hold the command that fixes it
	}
	for _, f := range files {
		p.command(0, "file", f)
	}
	verdict, _ := run.Headline()
	last := headline(run)
	if verdict == result.Conformant && t.unwritten != nil {
		verdict, last = result.Incomplete, string(result.Incomplete)+": "+tested(run.Totals)+"; a report could not be written"
	}
	for _, line := range wrap(p.clean(last), p.room(0)) {
		p.println(0, p.paint(headlineLook(verdict).sgr, line))
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.spaced {
		gap := t.printer()
		gap.println(0)
		t.flush(gap)
	}
	t.flush(p)
}

// shownBefore gives the key of the requirement whose evidence shows the cause of this one too,
// "" where this is the first.
func (t *Terminal) shownBefore(r *result.Requirement) string {
	if t.opts.Verbose {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := causeOf(r)
	if first, shown := t.first[key]; shown {
		return first
	}
	if t.first == nil {
		t.first = map[string]string{}
	}
	t.first[key] = r.Key()
	return ""
}

func (t *Terminal) printer() *printer {
	p := &printer{color: t.opts.Color, ascii: t.opts.ASCII, width: t.opts.Width, limits: shortLimits}
	if t.opts.Verbose {
		p.limits = fullLimits
	}
	return p
}

// flush writes what p holds in one go; the caller holds the lock.
func (t *Terminal) flush(p *printer) {
	if t.err == nil {
		_, t.err = t.w.Write(p.Bytes())
	}
}

// outcome is the line of a requirement.
func (p *printer) outcome(r *result.Requirement) {
	key := p.clean(r.Key())
	more := notes(r)
	note := strings.Join(append([]string{durationText(r.DurationMS)}, more...), ", ")
	if p.width > 0 {
		p.wrappedOutcome(r.Verdict, key, p.clean(r.Scenario), note, len(more) > 0 || r.DurationMS >= 1000)
		return
	}
	pad := strings.Repeat(" ", max(keyWidth-safetext.Columns(key), 1))
	p.println(2, p.mark(r.Verdict), " ", key, pad, p.clean(r.Scenario), "  ", p.paint(sgrDim, note))
}

// wrappedOutcome is the line of a requirement on a terminal of known width: what does not fit
// stands below the scenario, or where that leaves too little room, below the key. A note that is
// not due is left out where it would have a line of its own.
func (p *printer) wrappedOutcome(v result.Verdict, key, text, note string, due bool) {
	mark, below := p.mark(v), 4
	if p.ascii {
		below += len("FAIL") - 1
	}
	keys := wrap(key, p.room(below))
	p.println(2, mark, " ", strings.Join(keys, "\n"+strings.Repeat(" ", below)))
	p.Truncate(p.Len() - 1) // the line goes on
	keyColumns := keyWidth
	if p.room(0) < 100 {
		keyColumns /= 2
	}
	column := below + keyColumns
	if p.room(column) < minWidth*3/4 {
		column, keyColumns = 2*below, 0
	}
	pad := strings.Repeat(" ", max(keyColumns-safetext.Columns(key), 1))
	at := below + safetext.Columns(keys[len(keys)-1])
	write := func(sgr, gap, s string) {
		if gap != "" && at+len(gap)+safetext.Columns(s) > p.room(0) {
			p.WriteByte('\n')
			p.indent(column)
			gap, at = "", column
		}
		p.WriteString(gap)
		p.WriteString(p.paint(sgr, s))
		at += len(gap) + safetext.Columns(s)
	}
	for _, word := range strings.Fields(text) {
		for i, part := range wrap(word, p.room(column)) {
			if i > 0 {
				pad = " " // of a word too long for a line: each part has its own
			}
			write("", pad, part)
		}
		pad = " "
	}
	pad = "  "
	var notes []string
	if due || at+len(pad)+safetext.Columns(note) <= p.room(0) {
		notes = wrap(note, p.room(column))
	}
	for _, part := range notes {
		write(sgrDim, pad, part)
		pad = " "
	}
	p.WriteByte('\n')
}

// broken lists what did not pass once more, after the evidence has scrolled by, each cause
// once.
func (p *printer) broken(reqs []result.Requirement) {
	for _, c := range causes(reqs) {
		mark := p.mark(c.verdict) + " "
		for i, line := range wrap(p.escape(c.line(p.value), 0), p.room(4)) {
			if i > 0 {
				mark = "  "
			}
			p.println(2, mark, line)
		}
	}
}

// listedIn says which of the files that were written lists the findings for people.
func listedIn(files []string) string {
	for _, name := range []string{MarkdownFile, HTMLFile, JSONFile} {
		if slices.ContainsFunc(files, func(f string) bool { return filepath.Base(f) == name }) {
			return ", listed in " + name
		}
	}
	return ""
}

// targetText names the target in one line.
func targetText(t *result.Target) string {
	token := "without a token"
	if t.Authenticated {
		token = "with a bearer token"
	}
	if t.Auth != "" {
		token += " by " + t.Auth
	}
	return t.BaseURL + " (" + t.Kind + ", " + token + ")"
}

// pactText names the pact in one line.
func pactText(p *result.Pact) string {
	s := p.Consumer + " and " + p.Provider + ": " + safetext.Counted(p.Interactions, "interaction")
	if p.File != "" {
		s += " in " + p.File
	}
	return s
}

// suggestedWaivers shows entries to paste at the left edge, so that a copied block keeps its
// indentation.
func (p *printer) suggestedWaivers(run *result.Run) {
	sentence, text := suggestedWaivers(run, terminalWaivers)
	if sentence == "" {
		return
	}
	p.println(0)
	for _, line := range wrap(sentence+":", p.room(0)) {
		p.println(0, line)
	}
	p.println(0)
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		p.println(0, p.escape(line, 0))
	}
	p.println(0)
}

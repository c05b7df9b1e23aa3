package selftest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"graphpact/internal/safetext"
)

// Text writes the report in lines of at most width columns, from 80 on; ascii keeps to ASCII.
func Text(r *Report, ascii bool, width int) []byte {
	t := &text{report: r, marks: newMarks(ascii), width: max(width, minTextWidth)}
	t.beside("page      ", r.Page.Title+" ("+r.Page.File+")")
	t.line("operation %s", strings.Join(safetext.WrapAddress(r.Page.Operation, t.width-10), "\n          "))
	for _, part := range r.Narrowed {
		t.beside("partial   ", part)
	}
	t.faults()
	t.variants()
	t.oneEntity()
	t.pairs()
	t.controls()
	t.killed()
	t.totals()
	if ascii {
		return bytes.Map(toASCII, t.Bytes())
	}
	return t.Bytes()
}

// toASCII replaces what a page or a server wrote in other characters.
func toASCII(r rune) rune {
	if r > unicode.MaxASCII {
		return '?'
	}
	return r
}

type text struct {
	bytes.Buffer
	report *Report
	marks  marks
	width  int
}

func (t *text) line(format string, args ...any) { fmt.Fprintf(&t.Buffer, format+"\n", args...) }

// wrapped writes words behind an indent, in lines of the width of the matrix.
func (t *text) wrapped(indent int, s string) {
	for _, line := range safetext.Wrap(clean(s), t.width-indent) {
		t.line("%*s%s", indent, "", line)
	}
}

// beside writes words beside a label, and what does not fit below them.
func (t *text) beside(label, s string) {
	lines := safetext.Wrap(clean(s), t.width-utf8.RuneCountInString(label))
	t.line("%s%s", label, strings.Join(lines, "\n"+strings.Repeat(" ", utf8.RuneCountInString(label))))
}

// clean makes one line of what a server may have written.
func clean(s string) string { return safetext.Line(safetext.Words(s)) }

func (t *text) faults() {
	if len(t.report.Faults) == 0 {
		return
	}
	t.line("\nFAULTS    each breaks one promise; by requirement:")
	for _, l := range t.marks.legend() {
		if last := strings.LastIndex(l, "    "); utf8.RuneCountInString(l)+2 > t.width && last > 0 {
			t.line("  %s", l[:last])
			l = strings.TrimLeft(l[last:], " ")
		}
		t.line("  %s", l)
	}
	t.line("")
	for _, l := range t.report.grid(t.marks, t.width) {
		t.line("%s", l)
	}
	for _, f := range t.report.Faults {
		if f.NotApplicable != "" {
			t.wrapped(2, f.Name+" is not on this page: "+f.NotApplicable)
		}
		t.unseen(f)
	}
}

// unseen says of a fault why it was not seen, nothing of one that was.
func (t *text) unseen(f FaultOutcome) {
	switch {
	case f.NotApplicable != "":
	case f.Problem != "":
		t.wrapped(2, t.marks[Missed]+" "+f.Name+" could not be played: "+f.Problem)
	case !f.Seen:
		t.wrapped(2, t.marks[Missed]+" "+f.Name+" is UNSEEN: "+f.Summary+" "+f.whyUnseen())
	}
}

// oneEntity says what differs where all scenarios share one entity.
func (t *text) oneEntity() {
	o := t.report.OneEntity
	if o == nil {
		return
	}
	t.line("")
	t.beside("ONE ENTITY  ", "faults and variants again, with one entity for all scenarios, as at a real endpoint")
	for _, p := range o.Problems {
		t.wrapped(2, t.marks[Missed]+" "+p)
	}
	for _, f := range o.Faults {
		t.unseen(f)
	}
	for _, v := range o.Variants {
		t.alarms(v)
	}
	if o.holds(t.report.Totals.fit()) {
		t.line("  all is seen, and nothing is reported")
	}
}

// alarms says of a variant what was reported, nothing of one that was left alone.
func (t *text) alarms(v VariantOutcome) {
	if v.NotApplicable != "" || v.Quiet {
		return
	}
	t.variant(v, 0)
}

// variant says what was reported of a variant, behind its name in so many columns.
func (t *text) variant(v VariantOutcome, width int) {
	sign := " "
	if v.NotApplicable == "" && !v.Quiet {
		sign = t.marks[Missed]
	}
	t.beside(sign+" "+pad(v.Name, max(width, utf8.RuneCountInString(v.Name)))+"  ", v.outcome())
	for _, a := range v.Alarms {
		t.wrapped(4, fmt.Sprintf("FALSE ALARM %s %s: %s", a.Key, a.Verdict, a.Reason))
	}
}

// summary counts what was seen with one entity.
func (o *OneEntity) summary() string {
	faults := slices.DeleteFunc(slices.Clone(o.Faults), func(f FaultOutcome) bool { return f.NotApplicable != "" })
	variants := slices.DeleteFunc(slices.Clone(o.Variants), func(v VariantOutcome) bool { return v.NotApplicable != "" })
	return fmt.Sprintf("%d of %d faults seen, %d of %d variants reported", o.Seen, len(faults), o.FalseAlarms, len(variants))
}

// whyUnseen names the requirements that should have detected the fault.
func (f FaultOutcome) whyUnseen() string {
	var why []string
	for _, c := range f.Cells {
		if c.Mark == Missed || c.Mark == Untestable {
			why = append(why, c.ID+" ("+c.Reason+")")
		}
	}
	if len(why) == 0 {
		return "No requirement is named that must detect it."
	}
	return "Not detected by " + strings.Join(why, ", ") + "."
}

func (t *text) variants() {
	if len(t.report.Variants) == 0 {
		return
	}
	t.line("\nVARIANTS  each is legal; none may be reported")
	width := widest(t.report.Variants, func(v VariantOutcome) string { return v.Name })
	for _, v := range t.report.Variants {
		t.variant(v, width)
		for _, group := range byReason(v.Skips) {
			t.wrapped(4, "skipped: "+group)
		}
	}
}

func (v VariantOutcome) outcome() string {
	switch {
	case v.NotApplicable != "":
		return "not on this page: " + v.NotApplicable
	case v.Problem != "":
		return "PROBLEM: " + v.Problem
	case len(v.Alarms) > 0:
		return v.Summary
	}
	return "quiet"
}

// byReason joins the keys that have a reason in common, in the order given.
func byReason(list []CaseVerdict) []string {
	var reasons []string
	keys := map[string][]string{}
	for _, v := range list {
		if _, known := keys[v.Reason]; !known {
			reasons = append(reasons, v.Reason)
		}
		keys[v.Reason] = append(keys[v.Reason], v.Key)
	}
	for i, why := range reasons {
		reasons[i] = strings.Join(keys[why], ", ") + ": " + why
	}
	return reasons
}

func (t *text) pairs() {
	if len(t.report.Pairs) == 0 {
		return
	}
	t.line("\nPAIRS     a fault with a variant beside it keeps its verdicts; seed %d", t.report.Seed)
	kept := true
	for _, p := range t.report.Pairs {
		kept = kept && p.Kept
		t.pair(p)
	}
	if kept {
		t.line("  all %d", len(t.report.Pairs))
	}
}

// pair says what of a pair is another verdict, nothing of one that keeps them.
func (t *text) pair(p PairOutcome) {
	if p.Kept {
		return
	}
	t.line("%s %s with %s", t.marks[Missed], p.Fault, p.Variant)
	if p.Problem != "" {
		t.wrapped(4, "PROBLEM: "+p.Problem)
	}
	for _, c := range p.Changes {
		t.wrapped(4, strings.TrimSuffix(fmt.Sprintf("%s: %s alone, %s together: %s", c.Key, c.Alone, c.Together, c.Reason), ": "))
	}
}

func (t *text) controls() {
	if len(t.report.Controls) == 0 {
		return
	}
	t.line("\nCONTROLS  servers that are no Graph; what passes is what may pass")
	width := widest(t.report.Controls, func(c ControlOutcome) string { return c.Name })
	for _, c := range t.report.Controls {
		sign := " "
		if !c.Held {
			sign = t.marks[Missed]
		}
		passes := "nothing passes"
		if n := len(c.Passed); n > 0 {
			passes = fmt.Sprintf("%d pass: %s", n, strings.Join(c.ids(), ", "))
		}
		t.beside(sign+" "+pad(c.Name, width)+"  ", passes)
		t.control(c)
	}
}

// control says what passes on a control and may not, or should and does not.
func (t *text) control(c ControlOutcome) {
	if c.Problem != "" {
		t.wrapped(4, "PROBLEM: "+c.Problem)
	}
	if len(c.Unexpected) > 0 {
		t.wrapped(4, "MAY NOT PASS: "+strings.Join(c.Unexpected, ", "))
	}
	if len(c.Missing) > 0 {
		t.wrapped(4, "SHOULD PASS: "+strings.Join(c.Missing, ", "))
	}
}

func (c ControlOutcome) ids() []string {
	var out []string
	for _, key := range c.Passed {
		id, _, _ := strings.Cut(key, "[")
		if len(out) == 0 || out[len(out)-1] != id {
			out = append(out, id)
		}
	}
	return out
}

func (t *text) killed() {
	if t.report.Partial {
		return
	}
	if keys := t.report.Unkilled(); len(keys) > 0 {
		t.line("\nUNKILLED  no fault that names them makes them fail")
		t.wrapped(2, strings.Join(keys, ", "))
	}
}

func (t *text) totals() {
	t.line("")
	for _, l := range t.report.summary() {
		t.beside(fmt.Sprintf("%-9s ", l[0]), l[1])
	}
	if ms := t.report.DurationMS; ms > 0 {
		t.line("%-9s %.2f s", "time", ms/1000)
	}
	for _, p := range t.report.Problems {
		t.wrapped(0, "PROBLEM   "+p)
	}
	t.wrapped(0, t.report.Headline())
}

func (r *Report) summary() [][2]string {
	t := r.Totals
	var out [][2]string
	add := func(n int, label, format string, args ...any) {
		if n > 0 {
			out = append(out, [2]string{label, fmt.Sprintf(format, args...)})
		}
	}
	add(t.Faults, "faults", "%d of %d seen, %.1f %%%s", t.Seen, t.fit(), 100*t.DetectionRate, notHere(t.FaultsNotApplicable))
	add(t.Variants, "variants", "%d of %d reported%s", t.FalseAlarms, t.Variants-t.VariantsNotApplicable, notHere(t.VariantsNotApplicable))
	if o := r.OneEntity; o != nil {
		out = append(out, [2]string{"shared", "with one entity for all scenarios, " + o.summary()})
	}
	add(t.Pairs, "pairs", "%d of %d keep their verdicts", t.PairsKept, t.Pairs)
	add(t.Controls, "controls", "%d of %d hold", t.ControlsHeld, t.Controls)
	if !r.Partial {
		add(t.Passing, "killed", "%d of %d requirements, each by a fault that names it", t.Killed, t.Passing)
	}
	return out
}

func notHere(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d not on this page", n)
}

// Headline is the verdict in one line.
func (r *Report) Headline() string {
	t := r.Totals
	var why []string
	add := func(n int, noun, what string) {
		if n > 0 {
			why = append(why, safetext.Counted(n, noun)+what)
		}
	}
	add(t.fit()-t.Seen, "fault", " unseen")
	add(t.FalseAlarms, "variant", " reported")
	add(t.Pairs-t.PairsKept, "pair", " with other verdicts")
	holds := " do not hold"
	if t.Controls-t.ControlsHeld == 1 {
		holds = " does not hold"
	}
	add(t.Controls-t.ControlsHeld, "control", holds)
	if o := r.OneEntity; o != nil {
		add(t.fit()-o.Seen, "fault", " unseen with one entity")
		add(o.FalseAlarms, "variant", " reported with one entity")
		add(len(o.Problems), "problem", " with one entity")
	}
	if !r.Partial {
		add(t.Passing-t.Killed, "requirement", " that no fault kills")
	}
	add(len(r.Problems), "problem", "")
	if r.Interrupted {
		why = append(why, "interrupted before its end")
	}
	switch {
	case len(why) > 0:
		return "THE SUITE DOES NOT SEE IT ALL: " + strings.Join(why, "; ")
	case r.Partial:
		return "SEEN, as far as was asked"
	}
	return "THE SUITE CAN SEE: every fault detected by name, nothing legal reported"
}

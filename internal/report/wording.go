package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
	"graphpact/internal/waiver"
)

// findingsText counts the findings by their kind.
func findingsText(findings []result.Finding) string {
	defects := 0
	for _, f := range findings {
		if f.Kind != result.KindAssumption {
			defects++
		}
	}
	return safetext.Counted(defects, "defect") + " of the pages and " + safetext.Counted(len(findings)-defects, "assumption")
}

// findingsHelp follows findingsText.
const findingsHelp = ". A defect is for the page's author to repair; an assumption is what was taken where the page says nothing. They change no verdict."

// defectsFirst gives the findings with the assumptions behind the defects.
func defectsFirst(findings []result.Finding) []result.Finding {
	kind := func(f result.Finding) int {
		if f.Kind == result.KindAssumption {
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(findings), func(a, b result.Finding) int { return kind(a) - kind(b) })
}

// sourceText names a source with its summary, as "page.md:72: what the line says" or
// "OData 4.01 Protocol 11.4.3 (patch-merge): the rule".
func sourceText(s result.Source) string {
	if s.Summary == "" {
		return sourceName(s)
	}
	return sourceName(s) + ": " + s.Summary
}

// sourceName is sourceText without the summary.
func sourceName(s result.Source) string {
	if s.Clause == "" {
		return s.Ref
	}
	return s.Clause + " (" + s.Ref + ")"
}

const noReason = "no reason was given"

// summaryLine is the outcome of a requirement in one line, for the formats that
// have a message attribute.
func summaryLine(r *result.Requirement) string {
	if c := firstBroken(r); c != nil {
		return checkLine(c)
	}
	message := ""
	for i := range r.Steps {
		message = cmp.Or(message, r.Steps[i].Message)
	}
	return cmp.Or(r.Reason, message, noReason)
}

func checkLine(c *result.Check) string {
	s := c.Name
	if c.Class != "" {
		s += " (" + c.Class + ")"
	}
	switch {
	case c.Expected != "" || c.Actual != "":
		s += ": expected " + cmp.Or(c.Expected, "nothing") + ", got " + cmp.Or(c.Actual, "nothing")
	case c.Message != "":
		s += ": " + c.Message
	}
	return s
}

// levelText is the level as RFC 2119 writes it; none is a MUST, as for a verdict.
func levelText(l result.Level) string { return strings.ToUpper(string(cmp.Or(l, result.Must))) }

// millis is a duration given in milliseconds.
func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// durationText is a duration for people.
func durationText(ms float64) string {
	switch {
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
}

// seconds is a duration as JUnit writes it.
func seconds(ms float64) string { return strconv.FormatFloat(ms/1000, 'f', 6, 64) }

// notes is what is worth knowing of a requirement beside its verdict, in a few words:
// plays, and answers that asked to come back later.
func notes(r *result.Requirement) []string {
	return slices.DeleteFunc([]string{playsText(r.Repetitions), retriesOf(r)}, func(s string) bool { return s == "" })
}

// playsText counts the plays by outcome, as "3 plays: 2 pass, 1 fail"; "" for a
// scenario that was played once.
func playsText(plays []result.Repetition) string {
	if len(plays) == 0 {
		return ""
	}
	var order []result.Verdict
	n := map[result.Verdict]int{}
	for _, p := range plays {
		if n[p.Verdict]++; n[p.Verdict] == 1 {
			order = append(order, p.Verdict)
		}
	}
	if len(order) == 1 {
		return safetext.Counted(len(plays), "play")
	}
	counts := make([]string, len(order))
	for i, v := range order {
		counts[i] = strconv.Itoa(n[v]) + " " + string(v)
	}
	return safetext.Counted(len(plays), "play") + ": " + strings.Join(counts, ", ")
}

// retriesOf says which answers made the client send again, as "sent again after 429, 429".
func retriesOf(r *result.Requirement) string {
	var codes []string
	sends := 0
	for _, x := range r.Sent() {
		sends += max(x.Attempts-1, len(x.Retries))
		for _, re := range x.Retries {
			codes = append(codes, retryText(re.Status))
		}
	}
	switch {
	case sends == 0:
		return ""
	case len(codes) < sends || len(codes) > 3:
		return "sent again " + times(sends)
	}
	return "sent again after " + strings.Join(codes, ", ")
}

func retryText(status int) string {
	if status == 0 {
		return "a closed connection"
	}
	return strconv.Itoa(status)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// retried lists the sends before the last one of an exchange.
func retried(x *result.Exchange) string {
	if len(x.Retries) == 0 {
		if x.Attempts > 1 {
			return "sent again " + times(x.Attempts-1)
		}
		return ""
	}
	parts := make([]string, len(x.Retries))
	for i, re := range x.Retries {
		parts[i] = fmt.Sprintf("after %s (waited %s)", retryText(re.Status), durationText(re.WaitMS))
	}
	return "sent again " + strings.Join(parts, ", ")
}

// waiverText is until when, by whom and why something is accepted, and which entry says so.
func waiverText(w *result.Waiver) string {
	return fmt.Sprintf("until %s by %s: %s (%s)", w.Expires, w.Owner, w.Reason, w.Source)
}

// waivedLine is a waiver, and what it covers.
func waivedLine(r *result.Requirement) string {
	return "waived " + waiverText(r.Waiver) + "; " + string(r.Waiver.Of) + ": " + summaryLine(r)
}

// waiting is the waiting that the target asked for and the client's own limit, as names
// and values.
func waiting(t *result.Target) (pairs [][2]string) {
	th := t.Throttling
	if t.Throttled > 0 {
		throttled := safetext.Counted(t.Throttled, "answer") + " 429 or 503 waited out"
		if th != nil && th.BudgetMS > 0 {
			throttled += " (" + durationText(th.WaitedMS) + " of " + durationText(th.BudgetMS) + ")"
		}
		pairs = append(pairs, [2]string{"throttled", throttled + "; they are no verdict"})
	}
	if th != nil && th.Rate > 0 {
		rate := "at most " + strconv.FormatFloat(th.Rate, 'g', -1, 64) + " requests a second"
		if th.HeldMS > 0 {
			rate += ", held back for " + durationText(th.HeldMS)
		}
		pairs = append(pairs, [2]string{"rate", rate})
	}
	return pairs
}

// How many suggested waivers a terminal and a summary show.
const (
	terminalWaivers = 8
	summaryWaivers  = 100
)

// suggestedWaivers gives at most n waivers for what failed in the run, as YAML to paste,
// and the sentence before them; "" where there is nothing to waive, or the run was
// interrupted.
func suggestedWaivers(run *result.Run, n int) (sentence, text string) {
	if run.Target.Kind == result.Recording || run.Interrupted { // nothing reads waivers of a recording
		return "", ""
	}
	text, left := waiver.Suggest(run, n)
	if text == "" {
		return "", ""
	}
	sentence = "To accept for now what failed, save this as " + waiver.DefaultFile
	if file := run.Settings[waiver.Setting]; file != "" {
		sentence = "To accept for now what failed, add this to " + file
	}
	sentence += ", with your reason and owner"
	if left > 0 {
		sentence += fmt.Sprintf(" (%d of %d; the rest is in %s)", n, n+left, MarkdownFile)
	}
	return sentence, text
}

package report

import (
	"fmt"
	"strconv"
	"strings"

	"graphpact/internal/result"
)

// maxPlays is how many plays a report for people tells of one by one.
const maxPlays = 10

// asides is what is to be known of a requirement beside its verdict, in a few words:
// plays and answers that asked to come back later.
func asides(r *result.Requirement) []string {
	var out []string
	for _, s := range []string{playsText(r.Plays), retriesOf(r)} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// playsText counts the plays by outcome, as "3 plays: 2 pass, 1 fail"; "" for a
// scenario that was played once.
func playsText(plays []result.Play) string {
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
		return plural(len(plays), "play")
	}
	counts := make([]string, len(order))
	for i, v := range order {
		counts[i] = strconv.Itoa(n[v]) + " " + string(v)
	}
	return plural(len(plays), "play") + ": " + strings.Join(counts, ", ")
}

// retriesOf says which answers made the client send again, as "sent again after 429, 429".
func retriesOf(r *result.Requirement) string {
	var codes []string
	sends := 0
	for i := range r.Exchanges {
		sends += max(r.Exchanges[i].Attempts-1, len(r.Exchanges[i].Retries))
		for _, re := range r.Exchanges[i].Retries {
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

// retried tells of the sends before the last one of an exchange.
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

// plays tells of each play that did not pass.
func (p *printer) plays(indent int, r *result.Requirement) {
	p.field(indent, "played", playsText(r.Plays))
	told := 0
	for i := range r.Plays {
		play := &r.Plays[i]
		if play.Verdict == result.Pass {
			continue
		}
		if told++; told > maxPlays {
			p.field(indent, "", "and more; "+JSONFile+" has them all")
			return
		}
		p.field(indent, "play "+strconv.Itoa(i+1), string(play.Verdict)+": "+play.Message)
	}
}

// waiverText is until when, by whom and why something is accepted, and where that stands.
func waiverText(w *result.Waiver) string {
	return fmt.Sprintf("until %s by %s: %s (%s)", w.Expires, w.Owner, w.Reason, w.Source)
}

// waiting tells of the waiting that the target asked for and of the client's own limit,
// as names and values; "" where there was none.
func waiting(t *result.Target) [][2]string {
	var throttled, rate string
	th := t.Throttling
	if t.Throttled > 0 {
		throttled = plural(t.Throttled, "answer") + " 429 or 503 waited out"
		if th != nil && th.BudgetMS > 0 {
			throttled += " (" + durationText(th.WaitedMS) + " of " + durationText(th.BudgetMS) + ")"
		}
		throttled += "; they are no verdict"
	}
	if th != nil && th.Rate > 0 {
		rate = "at most " + strconv.FormatFloat(th.Rate, 'g', -1, 64) + " requests a second"
		if th.HeldMS > 0 {
			rate += ", held back for " + durationText(th.HeldMS)
		}
	}
	return [][2]string{{"throttled", throttled}, {"rate", rate}}
}

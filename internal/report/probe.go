package report

import (
	"fmt"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// probeSummary is what a probe found out beside the properties, in one line.
func probeSummary(p *result.Probe) string {
	parts := []string{safetext.Counted(p.Requests, "request")}
	switch {
	case p.NoGet:
		parts = append(parts, "without a GET it is not known what is kept, how late reads are, and what it was at first")
	case p.Unsettled:
		parts = append(parts, "a GET did not show an update as long as was waited for")
	case p.LagMS > 0:
		parts = append(parts, fmt.Sprintf("reads were late by up to %.1f s", p.LagMS/1000))
	default:
		parts = append(parts, "each read was up to date")
	}
	if p.NeedsIfMatch {
		parts = append(parts, "an update must carry the ETag in If-Match")
	}
	if len(p.Moves) > 0 {
		parts = append(parts, "the server moves "+strings.Join(p.Moves, ", ")+" at each update")
	}
	if p.WithSelect {
		parts = append(parts, "each GET names the properties in $select, as some are not shown without")
	}
	if p.Prefer != "" {
		parts = append(parts, "Prefer: return=representation is "+p.Prefer)
	}
	if p.DateDigits != nil {
		parts = append(parts, "the date of the last modification has "+safetext.Counted(*p.DateDigits, "digit")+" of a second")
	}
	return strings.Join(parts, "; ")
}

// probeLines are a probe for the terminal: what is plain is only counted.
func probeLines(p *result.Probe) []string {
	lines := []string{probeSummary(p)}
	taken := 0
	for _, q := range p.Properties {
		if q.Outcome == "taken" {
			taken++
			continue
		}
		line := q.Name + ": " + q.Outcome
		if q.Detail != "" {
			line += " (" + q.Detail + ")"
		}
		lines = append(lines, line)
	}
	switch {
	case taken == 1:
		lines = append(lines, "1 property taken and shown")
	case taken > 1:
		lines = append(lines, fmt.Sprintf("%d properties taken and shown", taken))
	}
	return lines
}

// probed are the probes as pairs of a name and a line.
func probed(run *result.Run) (pairs [][2]string) {
	for i := range run.Probes {
		pairs = append(pairs, [2]string{"probe of " + run.Probes[i].URL, strings.Join(probeLines(&run.Probes[i]), "; ")})
	}
	return pairs
}

package report

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// summaryEvidence is how many bytes of evidence a summary holds. GitHub refuses a
// job summary above 1 MiB; what does not fit is named, and is in report.json.
const summaryEvidence = 384 << 10

// How many bytes the tables may take beside it, each.
const (
	summaryRequirements = 192 << 10
	summaryPages        = 96 << 10
	summaryFindings     = 128 << 10
)

// Markdown writes the run as summary.md, for the job summary of a CI server: the
// verdict, totals, the evidence of what did not pass, every requirement, the
// findings, the pact, and where it ran. GitHub's dialect is used, with tables and
// <details>; a plain Markdown viewer shows it too.
func Markdown(w io.Writer, run *result.Run) error {
	m := &markdown{}
	m.verdict(run)
	m.evidence(run.Requirements)
	m.suggestedWaivers(run)
	m.pages(run)
	m.requirements(run)
	m.probes(run.Probes)
	m.findings(run.Findings)
	m.pact(run.Pact)
	m.where(run)
	_, err := m.WriteTo(w)
	return err
}

type markdown struct{ bytes.Buffer }

func (m *markdown) verdict(run *result.Run) {
	verdict, _ := run.Headline()
	m.WriteString("# " + headlineLook(verdict).emoji + " " + safetext.Markdown(headline(run)) + "\n\n")
	t := run.Totals
	m.table([]string{"scenarios", "passed", "failed", "flaky", "not judged", "waived", "warnings", "skipped"}, func(row func(...string)) {
		cells := []string{strconv.Itoa(t.Requirements)}
		for _, l := range looks {
			cells = append(cells, strconv.Itoa(t.Of(l.verdict)))
		}
		row(cells...)
	})
	if problems := run.AllProblems(); len(problems) > 0 {
		m.heading("Problems with the run")
		m.table([]string{"problem"}, func(row func(...string)) {
			for _, p := range problems {
				row(p)
			}
		})
	}
}

func (m *markdown) requirements(run *result.Run) {
	reqs := played(run.Requirements)
	if len(run.Requirements) == 0 {
		return
	}
	m.heading("Requirements")
	start, left := m.Len(), 0
	m.table([]string{"id", "level", "scenario", "verdict", "source"}, func(row func(...string)) {
		for i := range reqs {
			r := &reqs[i]
			if m.Len()-start > summaryRequirements {
				left++
				continue
			}
			verdict := strings.Join(append([]string{markdownVerdict(r)}, notes(r)...), "; ")
			row(r.Key(), levelText(r.Level), r.Scenario, verdict, sourceName(r.Source))
		}
	})
	m.more(left, "requirement")
	if line := unplayedLine(run); line != "" {
		m.WriteString("\n" + safetext.Markdown(line) + "\n")
	}
}

// evidence shows each cause once, with the evidence of its first scenario; what is waived has
// a reason of its own.
func (m *markdown) evidence(reqs []result.Requirement) {
	all := causes(reqs)
	for i := range reqs {
		if r := &reqs[i]; r.Verdict == result.Waived {
			all = append(all, &cause{verdict: r.Verdict, reqs: []*result.Requirement{r}})
		}
	}
	if len(all) == 0 {
		return
	}
	m.heading("What did not pass")
	start, left := m.Len(), 0
	for _, c := range all {
		if m.Len()-start > summaryEvidence {
			left += len(c.reqs)
			continue
		}
		r := c.reqs[0]
		title := markdownVerdict(r) + " " + r.Key() + " " + r.Scenario
		if n := len(c.reqs); n > 1 {
			title = markdownVerdict(r) + " in " + safetext.Counted(n, "scenario")
		}
		// Inside <summary> and <pre> Markdown is not read, so only HTML needs escaping
		// there; markdownText uses entities, which mean the same in both.
		m.WriteString("<details><summary>" + safetext.Markdown(title+": "+clip(summaryLine(r), 200)) + "</summary>\n\n")
		m.WriteString("<pre>\n" + preText.Replace(c.scenarios()+evidenceText(r)) + "</pre>\n</details>\n\n")
	}
	if left > 0 {
		m.WriteString("The evidence of " + safetext.Counted(left, "more scenario") + " is in " + JSONFile + ".\n\n")
	}
}

func (m *markdown) suggestedWaivers(run *result.Run) {
	sentence, text := suggestedWaivers(run, summaryWaivers)
	if sentence == "" {
		return
	}
	m.heading("Waivers")
	m.WriteString(safetext.Markdown(sentence) + ":\n\n")
	m.WriteString("<pre>\n" + preText.Replace(safetext.Escape(text, safetext.Lines)) + "</pre>\n\n")
}

func (m *markdown) findings(findings []result.Finding) {
	if len(findings) == 0 {
		return
	}
	m.heading("Findings on the pages")
	m.WriteString(safetext.Markdown(findingsText(findings)+findingsHelp) + "\n\n")
	start, left := m.Len(), 0
	m.table([]string{"kind", "class", "source", "finding", "assumed"}, func(row func(...string)) {
		for _, f := range defectsFirst(findings) {
			if m.Len()-start > summaryFindings {
				left++
				continue
			}
			row(f.Kind, f.Class, sourceName(f.Source), f.Text, f.Assumed)
		}
	})
	m.more(left, "finding")
}

// probes are what the endpoint does with each property, as found out before the scenarios.
func (m *markdown) probes(all []result.Probe) {
	for i := range all {
		one := &all[i]
		m.heading("What the endpoint does with each property of " + one.URL)
		m.table([]string{"property", "an update is", "sent", "value from", "answer"}, func(row func(...string)) {
			for _, q := range one.Properties {
				row(q.Name, q.Outcome, q.Sent, q.Origin, q.Detail)
			}
		})
		m.WriteString(safetext.Markdown(probeSummary(one)) + "\n\n")
	}
}

func (m *markdown) pact(p *result.Pact) {
	switch {
	case p == nil:
	case p.Error != "":
		m.heading("Pact")
		m.WriteString("No pact: " + safetext.Markdown(p.Error) + "\n")
	default:
		m.heading("Pact")
		m.WriteString("Between " + safetext.Markdown(pactText(p)) + "\n")
	}
}

func (m *markdown) where(run *result.Run) {
	m.heading("Where it ran")
	m.table([]string{"what", "value"}, func(row func(...string)) {
		row("target", targetText(&run.Target))
		if hint := run.Target.TokenHint; hint != "" {
			row("token of the curl lines", hint)
		}
		for _, name := range slices.Sorted(maps.Keys(run.Target.Params)) {
			row(name, run.Target.Params[name])
		}
		if s := run.Target.State; s != "" {
			row("state", s)
		}
		for _, w := range waiting(&run.Target) {
			row(w[0], w[1])
		}
		for i, p := range run.Pages {
			if i == maxScenarios {
				row("pages", "and "+safetext.Counted(len(run.Pages)-i, "more page")+", in "+JSONFile)
				break
			}
			row("page", p.Title+", "+p.File+" ("+p.Digest+")")
			row("operation", p.Operation)
		}
		row("started", run.StartedAt.UTC().Format(time.RFC3339)+", took "+durationText(run.DurationMS))
		if run.ID != "" {
			row("run", run.ID+", the client-request-id of each request begins with its first three groups")
		}
		row("tool", run.Tool.Name+" "+run.Tool.Version+", "+run.Tool.GoVersion)
		for _, name := range slices.Sorted(maps.Keys(run.Settings)) {
			row("setting "+name, run.Settings[name])
		}
	})
}

// preText escapes what is markup inside a <pre>.
var preText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// pages says what each page of a run with several came to.
func (m *markdown) pages(run *result.Run) {
	if len(run.Pages) < 2 {
		return
	}
	m.heading("Pages")
	start, left := m.Len(), 0
	m.table([]string{"page", "operation", "outcome"}, func(row func(...string)) {
		for _, page := range run.Pages {
			if m.Len()-start > summaryPages {
				left++
				continue
			}
			row(page.Title+", "+page.File, page.Operation, totals(run.OfPage(page).Totals))
		}
	})
	m.more(left, "page")
}

// more says how many rows a table lacks.
func (m *markdown) more(left int, noun string) {
	if left > 0 {
		m.WriteString("\n" + safetext.Counted(left, "more "+noun) + ": see " + JSONFile + ".\n")
	}
}

func (m *markdown) heading(title string) { m.WriteString("\n## " + title + "\n\n") }

// table writes a table whose cells are made safe.
func (m *markdown) table(head []string, rows func(row func(cells ...string))) {
	m.WriteString("| " + strings.Join(head, " | ") + " |\n")
	m.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	rows(func(cells ...string) {
		m.WriteByte('|')
		for _, c := range cells {
			m.WriteString(" " + safetext.Markdown(clip(c, fileLimits.value)) + " |")
		}
		m.WriteByte('\n')
	})
}

// markdownVerdict is the verdict with a sign and, where the failure has a name, that.
func markdownVerdict(r *result.Requirement) string {
	l := lookOf(r.Verdict)
	s := l.emoji + " " + string(l.verdict)
	switch {
	case r.Verdict == result.Skip && r.Reason != "":
		s += ": " + r.Reason
	case r.Verdict == result.Waived && r.Waiver != nil:
		s += " until " + r.Waiver.Expires
	}
	if class := class(r); class != "" && isBroken(r.Verdict) {
		s += ", " + class
	}
	return s
}

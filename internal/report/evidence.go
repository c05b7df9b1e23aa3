package report

import (
	"fmt"
	"strconv"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// evidenceText is the whole evidence of a requirement as plain text, for the files.
func evidenceText(r *result.Requirement) string {
	return judgementText(r) + exchangesText(r)
}

// judgementText is evidenceText without the exchanges, exchangesText the rest.
func judgementText(r *result.Requirement) string {
	p := &printer{limits: fileLimits}
	p.judgement(0, r)
	return p.String()
}

func exchangesText(r *result.Requirement) string {
	p := &printer{limits: fileLimits}
	p.exchanges(0, r, false)
	return p.String()
}

// judgement says why a requirement did not pass: what asks for it, which checks did
// not hold, and in want of a check, which step.
func (p *printer) judgement(indent int, r *result.Requirement) {
	p.field(indent, "reason", r.Reason)
	if r.Waiver != nil {
		p.field(indent, "waived", waiverText(r.Waiver))
	}
	p.plays(indent, r)
	p.field(indent, levelText(r.Level), sourceText(r.Source))
	p.field(indent, "scenario", fmt.Sprintf("%s:%d", r.Feature.URI, r.Feature.Line))
	for i := range r.Checks {
		if c := &r.Checks[i]; isBroken(c.Verdict) {
			p.check(indent, r, c)
		}
	}
	if firstBroken(r) != nil {
		return
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; isBroken(s.Verdict) {
			p.println(indent, p.mark(s.Verdict), " ", p.clean(strings.TrimSpace(s.Keyword)+" "+s.Text))
			p.field(indent+2, "line", strconv.Itoa(s.Line))
			p.field(indent+2, "message", s.Message)
		}
	}
}

// check writes one check with its evidence.
func (p *printer) check(indent int, r *result.Requirement, c *result.Check) {
	name := p.clean(c.Name)
	if c.Class != "" {
		name += " (" + p.clean(c.Class) + ")"
	}
	mark := c.Verdict
	if r.Verdict == result.Warn || r.Verdict == result.Waived {
		mark = r.Verdict // what fails no run is not marked as a failure
	}
	p.println(indent, p.mark(mark), " ", p.paint(sgrBold, name))
	indent += 2
	p.field(indent, "pointer", c.Pointer)
	p.field(indent, "expected", c.Expected)
	p.field(indent, "actual", c.Actual)
	p.field(indent, "message", c.Message)
	if c.Source != nil && *c.Source != r.Source {
		p.field(indent, "source", sourceText(*c.Source))
	}
	if c.Exchange > 0 {
		p.field(indent, "seen in", fmt.Sprintf("exchange %d of %d", c.Exchange, len(r.Sent())))
	}
}

// exchanges writes the exchanges that the broken checks point at, or all of them,
// and the command that repeats the requirement. Where no check points anywhere the
// last exchange is shown: it is the one where the scenario stopped.
func (p *printer) exchanges(indent int, r *result.Requirement, all bool) {
	sent := r.Sent()
	pointed := map[int]bool{}
	for i := range r.Checks {
		if c := &r.Checks[i]; isBroken(c.Verdict) && c.Exchange >= 1 && c.Exchange <= len(sent) {
			pointed[c.Exchange] = true
		}
	}
	if len(pointed) == 0 {
		pointed[len(sent)] = true
	}
	for i := range sent {
		if all || pointed[i+1] {
			p.exchange(indent, i+1, len(sent), &sent[i])
		}
	}
	p.command(indent, "repeat", r.Repeat)
}

func (p *printer) exchange(indent, n, of int, x *result.Exchange) {
	title := fmt.Sprintf("exchange %d of %d: %s, %s", n, of, p.clean(x.Purpose), durationText(x.DurationMS))
	p.println(indent, title)
	p.field(indent, "retried", retried(x))
	p.message(indent, ">", &x.Request)
	if x.Response != nil {
		p.message(indent, "<", x.Response)
	}
	if x.Error != "" {
		p.quote(indent, "<", "no complete response: "+p.clean(x.Error))
	}
	// No label: the whole line is the command to copy.
	p.println(indent, p.escape(x.Curl, 0))
}

// message writes a request or a response, shortened.
func (p *printer) message(indent int, gutter string, m *result.HTTPPart) {
	// The URL stays in one piece, whatever the width.
	p.println(indent, p.paint(sgrDim, gutter), " ", p.clean(m.Line))
	for i, h := range m.Headers {
		if i == p.headers {
			p.quote(indent, gutter, "["+safetext.Counted(len(m.Headers)-i, "more header")+"]")
			break
		}
		p.quote(indent, gutter, p.clean(h))
	}
	if m.Body == "" {
		return
	}
	body, whole := p.body(m.Body)
	p.quote(indent, gutter, "")
	p.quote(indent, gutter, body)
	if !whole || m.Truncated {
		p.quote(indent, gutter, "[shortened: the body has "+safetext.Counted(m.BodyBytes, "byte")+"]")
	}
}

// body gives as much of a body as the limits allow, and whether that is all of it.
func (p *printer) body(s string) (string, bool) {
	text, rest := safetext.Cut(p.escape(strings.TrimSuffix(s, "\n"), safetext.Lines), p.bodyRunes)
	end := 0
	for range p.bodyLines {
		i := strings.IndexByte(text[end:], '\n')
		if i < 0 {
			return text, rest == ""
		}
		end += i + 1
	}
	return text[:end-1], false
}

// maxPlays is how many plays a report for people shows one by one.
const maxPlays = 10

// plays shows each play that did not pass.
func (p *printer) plays(indent int, r *result.Requirement) {
	p.field(indent, "played", playsText(r.Repetitions))
	shown := 0
	for i := range r.Repetitions {
		play := &r.Repetitions[i]
		if play.Verdict == result.Pass {
			continue
		}
		if shown++; shown > maxPlays {
			p.field(indent, "", "and more; "+JSONFile+" has them all")
			return
		}
		p.field(indent, "play "+strconv.Itoa(i+1), string(play.Verdict)+": "+play.Message)
	}
}

package report

import (
	"fmt"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/waiver"
)

// How many entries to paste a terminal and a summary show.
const (
	terminalProposals = 8
	summaryProposals  = 100
)

// proposal gives waivers for what failed in the run, ready to be pasted, and the sentence
// before them; "" where there is nothing to waive, or the run was interrupted.
func proposal(run *result.Run, n int) (sentence, text string) {
	if run.Interrupted {
		return "", ""
	}
	text, left := waiver.Propose(run, n)
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

// proposal shows entries to paste at the left edge, so that a copied block keeps its
// indentation.
func (p *printer) proposal(run *result.Run) {
	sentence, text := proposal(run, terminalProposals)
	if sentence == "" {
		return
	}
	p.println(0)
	for _, line := range wrap(sentence+":", p.room(0)) {
		p.println(0, line)
	}
	p.println(0)
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		p.println(0, visible(line, false, p.ascii))
	}
	p.println(0)
}

func (m *markdown) proposal(run *result.Run) {
	sentence, text := proposal(run, summaryProposals)
	if sentence == "" {
		return
	}
	m.heading("Waivers")
	m.WriteString(markdownText(sentence) + ":\n\n")
	m.WriteString("<pre>\n" + xmlText.Replace(visible(text, true, false)) + "</pre>\n\n")
}

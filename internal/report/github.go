package report

import (
	"fmt"
	"io"
	"strings"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// maxAnnotations is how many annotations of a kind GitHub shows of a step.
const maxAnnotations = 10

// Annotations writes the workflow commands with which GitHub shows at the lines of a change what
// did not pass: errors and warnings, at most ten a kind, one for each cause, at the line of the
// page, and at that of the scenario where the features are the user's.
// See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
func Annotations(w io.Writer, run *result.Run) error {
	where := newPositions(run)
	var b strings.Builder
	n := map[string]int{}
	say := func(kind string, at lineKey, title, text string) {
		if n[kind]++; n[kind] > maxAnnotations {
			return
		}
		b.WriteString("::" + kind + " ")
		if at.file != "" {
			fmt.Fprintf(&b, "file=%s,line=%d,", property(at.file), at.line)
		}
		b.WriteString("title=" + property(title) + "::" + command.Replace(clip(safetext.Line(text), fileLimits.value)) + "\n")
	}
	for _, problem := range run.AllProblems() {
		say("error", lineKey{}, "graphpact", problem)
	}
	for _, c := range htmlCauses(run.Requirements) {
		r := c.reqs[0]
		kind := "error"
		if c.verdict == result.Warn {
			kind = "warning"
		}
		text := driftText(r)
		if len(c.reqs) > 1 {
			text += fmt.Sprintf(" (in %s)", safetext.Counted(len(c.reqs), "scenario"))
		}
		title := string(lookOf(c.verdict).word) + ": " + c.title()
		at, _ := where.of(r)
		say(kind, at, title, text)
		if at, ok := where.feature(r); ok {
			say(kind, at, title, text)
		}
	}
	for _, f := range run.Findings {
		if f.Kind != result.KindAssumption {
			say("notice", lineKey{file: f.Source.File, line: f.Source.Line}, f.Class, f.Text)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// command escapes the text of a workflow command.
var command = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

// property is the value of a parameter of a workflow command.
func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(command.Replace(clip(safetext.Line(s), fileLimits.value)))
}

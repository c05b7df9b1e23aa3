package report

import (
	"io"

	"graphpact/internal/result"
)

// JSON writes the run as report.json: indented, every list present even when empty,
// as schemas/report.schema.json asks. It is not escaped for embedding in HTML.
func JSON(w io.Writer, run *result.Run) error {
	return write(w, run, renderJSON)
}

func renderJSON(run *result.Run) ([]byte, error) { return encodeJSON(withLists(*run)) }

// withLists gives the run with empty lists in place of nil ones, which JSON would
// write as null, and its time in UTC. The caller's run stays as it is.
func withLists(run result.Run) result.Run {
	run.StartedAt = run.StartedAt.UTC()
	if run.Pages == nil {
		run.Pages = []result.Page{}
	}
	if run.Findings == nil {
		run.Findings = []result.Finding{}
	}
	reqs := make([]result.Requirement, len(run.Requirements))
	copy(reqs, run.Requirements)
	for i := range reqs {
		if reqs[i].Checks == nil {
			reqs[i].Checks = []result.Check{}
		}
	}
	run.Requirements = reqs
	return run
}

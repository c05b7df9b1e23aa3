package selftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"graphpact/internal/negative"
	"graphpact/internal/result"
)

// Version is the version of the JSON form of a Report.
const Version = "2"

// Report is what a selftest found. Its JSON form is published:
// schemas/selftest.schema.json describes it.
type Report struct {
	Version string      `json:"version"`
	Tool    result.Tool `json:"tool"`
	Page    result.Page `json:"page"`
	// Narrowed says what of the page was left out at the wish of the user.
	Narrowed []string `json:"narrowed,omitempty"`
	// StartedAt is UTC; DurationMS counts milliseconds from there to the last verdict.
	StartedAt  time.Time `json:"startedAt"`
	DurationMS float64   `json:"durationMs"`
	// Seed is what the sample of pairs depends on.
	Seed int `json:"seed"`
	// Partial is set where only some behaviours were asked for; Interrupted where the
	// selftest was stopped before its end.
	Partial     bool `json:"partial,omitempty"`
	Interrupted bool `json:"interrupted,omitempty"`
	// Entities says what entities the scenarios had; with EntitiesBoth OneEntity has what was
	// seen with one for all of them, and everything else is with one each.
	Entities  Entities   `json:"entities"`
	OneEntity *OneEntity `json:"oneEntity,omitempty"`
	// Requirements are those of the suite, by id, in the order of the features.
	Requirements []RequirementOutcome `json:"requirements"`
	Faults       []FaultOutcome       `json:"faults"`
	Variants     []VariantOutcome     `json:"variants"`
	Pairs        []PairOutcome        `json:"pairs"`
	Controls     []ControlOutcome     `json:"controls"`
	Totals       Totals               `json:"totals"`
	// Problems are what prevents any judgement, as a baseline that does not
	// pass.
	Problems []string `json:"problems"`
}

// OneEntity is what the suite saw where all scenarios share one entity, as at a real
// endpoint: an earlier scenario may have done the damage that a later one is to detect.
type OneEntity struct {
	Faults   []FaultOutcome   `json:"faults"`
	Variants []VariantOutcome `json:"variants"`
	// Seen counts faults, and FalseAlarms variants, as in Totals.
	Seen        int      `json:"seen"`
	FalseAlarms int      `json:"falseAlarms"`
	Problems    []string `json:"problems"`
}

func newOneEntity(r *Report) *OneEntity {
	return &OneEntity{Faults: r.Faults, Variants: r.Variants, Seen: r.Totals.Seen, FalseAlarms: r.Totals.FalseAlarms, Problems: r.Problems}
}

// holds reports whether each fault that the page has was seen, and no variant reported; fit
// is the number of those faults.
func (o *OneEntity) holds(fit int) bool {
	return o == nil || len(o.Problems) == 0 && o.Seen == fit && o.FalseAlarms == 0
}

// RequirementOutcome is an id of the suite with its rows on the page.
type RequirementOutcome struct {
	ID       string       `json:"id"`
	Level    result.Level `json:"level"`
	Scenario string       `json:"scenario"`
	Rows     []Row        `json:"rows"`
}

// Row is one row of a requirement, or all of one that is no outline.
type Row struct {
	// Case names the row, as in a report; empty where there is one row.
	Case string `json:"case,omitempty"`
	// Verdict is that of the baseline, and Reason says why it is not a pass.
	Verdict result.Verdict `json:"verdict"`
	Reason  string         `json:"reason,omitempty"`
	// KilledBy are the faults that name the requirement and that this row detects.
	KilledBy []string `json:"killedBy"`
}

// key is the row's key, as "UPD-01[ready]".
func (r RequirementOutcome) key(row Row) string {
	return result.Requirement{ID: r.ID, Case: row.Case}.Key()
}

// Mark is what a requirement said of a fault.
type Mark string

// The marks.
const (
	// Detected: the fault names the requirement, and a row of it failed.
	Detected Mark = "detected"
	// Missed: the fault names the requirement, and no row of it failed.
	Missed Mark = "missed"
	// Untestable: the fault names the requirement, and the page has nothing for it.
	Untestable Mark = "untestable"
	// Also: a row failed although the fault does not name the requirement.
	Also Mark = "also"
	// Skipped: it says nothing about this server, for a reason.
	Skipped Mark = "skipped"
	// Unjudged: it could not be judged on this server.
	Unjudged Mark = "error"
)

// Cell is a place of the matrix. A requirement that passes as on the baseline has none.
type Cell struct {
	ID   string `json:"id"`
	Mark Mark   `json:"mark"`
	// Keys are the rows with the verdict behind the mark.
	Keys []string `json:"keys,omitempty"`
	// Reason says why it is missed, untestable, skipped or unjudged.
	Reason string `json:"reason,omitempty"`
}

// FaultOutcome is what the suite saw of a fault.
type FaultOutcome struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	// DetectedBy are the requirements each of which must detect.
	DetectedBy []string `json:"detectedBy"`
	// NotApplicable says why the fault cannot be shown on this page; it has no other outcome then.
	NotApplicable string `json:"notApplicable,omitempty"`
	// Seen is set when each of DetectedBy that the page has something for did detect.
	Seen bool `json:"seen"`
	// Cells are the requirements with anything but a pass, in the order of the suite.
	Cells []Cell `json:"cells"`
	// Problem says why there is no outcome.
	Problem string `json:"problem,omitempty"`
}

// CaseVerdict is the verdict on one case, with its reason.
type CaseVerdict struct {
	Key     string         `json:"key"`
	Verdict result.Verdict `json:"verdict"`
	Reason  string         `json:"reason,omitempty"`
}

// VariantOutcome is what the suite said of a variant.
type VariantOutcome struct {
	Name          string `json:"name"`
	Summary       string `json:"summary"`
	NotApplicable string `json:"notApplicable,omitempty"`
	// Quiet is set when the suite reported nothing.
	Quiet bool `json:"quiet"`
	// Alarms are what it reported; each is a false one.
	Alarms []CaseVerdict `json:"alarms"`
	// Skips are what it did not test although it tests it on the baseline, with the reason.
	Skips   []CaseVerdict `json:"skips"`
	Problem string        `json:"problem,omitempty"`
}

// PairOutcome compares a fault with a variant beside it with the fault alone.
type PairOutcome struct {
	Fault   string `json:"fault"`
	Variant string `json:"variant"`
	// Kept is set when the variant changed nothing about what the suite says of the fault.
	Kept    bool     `json:"kept"`
	Changes []Change `json:"changes"`
	Problem string   `json:"problem,omitempty"`
}

// Change is a verdict that the variant beside a fault changed.
type Change struct {
	Key string `json:"key"`
	// Alone is the verdict on the fault, and Together that on both.
	Alone    result.Verdict `json:"alone"`
	Together result.Verdict `json:"together"`
	Reason   string         `json:"reason,omitempty"`
}

// ControlOutcome is what passed on a server that is no Graph.
type ControlOutcome struct {
	Name    string          `json:"name"`
	Summary string          `json:"summary"`
	MayPass []negative.Pass `json:"mayPass"`
	// Held is set when what passed is what may pass, no more and no less.
	Held bool `json:"held"`
	// Passed are the keys that passed; Unexpected those that may not, and Missing those
	// that should have.
	Passed     []string `json:"passed"`
	Unexpected []string `json:"unexpected"`
	Missing    []string `json:"missing"`
	Problem    string   `json:"problem,omitempty"`
}

// Totals count what was found.
type Totals struct {
	// Faults and Variants are all; FaultsNotApplicable and VariantsNotApplicable cannot be shown on the page.
	Faults                int `json:"faults"`
	FaultsNotApplicable   int `json:"faultsNotApplicable"`
	Seen                  int `json:"seen"`
	Variants              int `json:"variants"`
	VariantsNotApplicable int `json:"variantsNotApplicable"`
	// FalseAlarms counts variants.
	FalseAlarms int `json:"falseAlarms"`
	Pairs       int `json:"pairs"`
	PairsKept   int `json:"pairsKept"`
	// Passing counts the rows that pass on the baseline, and Killed those of them that a
	// fault which names them makes fail.
	Passing      int `json:"passing"`
	Killed       int `json:"killed"`
	Controls     int `json:"controls"`
	ControlsHeld int `json:"controlsHeld"`
	// DetectionRate is Seen among the faults that fit, from 0 to 1; 0 where none fits.
	DetectionRate float64 `json:"detectionRate"`
}

// Holds reports whether the suite sees all that it should and reports nothing else.
func (r *Report) Holds() bool {
	t := r.Totals
	return len(r.Problems) == 0 && !r.Interrupted &&
		t.Seen == t.fit() && t.FalseAlarms == 0 && t.PairsKept == t.Pairs &&
		(r.Partial || t.Killed == t.Passing) && t.ControlsHeld == t.Controls &&
		r.OneEntity.holds(t.fit())
}

// Unkilled are the keys that pass on the baseline and that no fault which names them makes
// fail.
func (r *Report) Unkilled() []string {
	keys := []string{}
	for _, q := range r.Requirements {
		for _, row := range q.Rows {
			if row.Verdict == result.Pass && len(row.KilledBy) == 0 {
				keys = append(keys, q.key(row))
			}
		}
	}
	return keys
}

// JSON writes the report as schemas/selftest.schema.json describes it.
func JSON(r *Report) ([]byte, error) {
	return encode(r)
}

func encode(report any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(report); err != nil {
		return nil, fmt.Errorf("encoding the selftest report: %w", err)
	}
	return b.Bytes(), nil
}

// Package survey counts what many pages give: contracts, defects, properties with types and
// values, and suites that hold against a mock of the page.
package survey

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
)

// ReportVersion is the version of the JSON form of a Report.
const ReportVersion = "1"

// Report is the figures of a set of pages.
type Report struct {
	Version string `json:"version"`
	// Pages are the pages of updates: with a contract, or refused. PassedOver are other files.
	Pages      int `json:"pages"`
	Contracts  int `json:"contracts"`
	Refused    int `json:"refused"`
	PassedOver int `json:"passedOver"`
	// Clean are the contracts of pages without a defect, WithDefects the others.
	Clean       int `json:"clean"`
	WithDefects int `json:"withDefects"`
	// Defects and Assumptions are the findings of package contract.
	Defects     int `json:"defects"`
	Assumptions int `json:"assumptions"`
	// Untestable are contracts of another method than PATCH, or without a JSON body.
	Untestable int        `json:"untestable"`
	Properties Properties `json:"properties"`
	// Accounted says for each kind of piece of the pages with a contract what has become of it.
	Accounted []Accounted `json:"accounted"`
	// Agreement says for each kind of fact how far the pages and the metadata agree; empty
	// without metadata.
	Agreement []Agreement `json:"agreement,omitempty"`
	// Mock is what the suites came to; nil where none was played.
	Mock *Mock `json:"mock,omitempty"`
	// Missing are the pages that something is missing of: refused, untestable, not green, or
	// without an update that succeeds.
	Missing []Missing `json:"missing"`
	// Seconds is how long all of it took.
	Seconds float64 `json:"seconds"`
}

// Agreement counts the properties of the pages, or their types, by what the metadata says of a
// fact that the page, or a resource page, states.
type Agreement struct {
	Fact string `json:"fact"`
	// Agree and Disagree are where the metadata says the same, and another thing.
	Agree    int `json:"agree"`
	Disagree int `json:"disagree"`
	// NotInMetadata are where it says nothing.
	NotInMetadata int `json:"notInMetadata"`
}

// Properties count the properties that the pages offer to send.
type Properties struct {
	Listed int `json:"listed"`
	// Settable are those that a client may set; ServerSet are the others.
	Settable  int `json:"settable"`
	ServerSet int `json:"serverSet"`
	// WithValue are the settable ones that a value is known or can be made for, and Vouched
	// those for which the page vouches for a value.
	WithValue int `json:"withValue"`
	Vouched   int `json:"vouched"`
	// Primitive, Enums, Structured and Unresolved split the listed ones by what is known of the
	// type: an OData primitive, members, properties of its own, or no more than a name.
	Primitive  int `json:"primitive"`
	Enums      int `json:"enums"`
	Structured int `json:"structured"`
	Unresolved int `json:"unresolved"`
}

// Mock is what the suites of testable pages came to, each at a mock of its page.
type Mock struct {
	Played int `json:"played"`
	// Green are those where nothing failed; GreenWithUpdate those of them where an update
	// that succeeds was tested.
	Green           int `json:"green"`
	GreenWithUpdate int `json:"greenWithUpdate"`
	Scenarios       int `json:"scenarios"`
	Passed          int `json:"passed"`
	Skipped         int `json:"skipped"`
}

// The kinds of Missing.
const (
	MissingContract = "no contract"
	MissingTest     = "not testable"
	MissingGreen    = "not green"
	MissingUpdate   = "no update tested"
	MissingPiece    = "lost"
)

// Missing is a page that something is missing of.
type Missing struct {
	File string `json:"file"`
	What string `json:"what"`
	Why  string `json:"why"`
}

// Page is what is known of a page.
type Page struct {
	File       string
	Operation  *contract.Operation // nil where Refused says why there is no contract
	Refused    error
	Untestable error
	// Played is set where the suite was played.
	Played                     bool
	Passed, Skipped, Scenarios int
	Updates                    bool
	Failed                     []string
}

// New makes an empty report; play says that suites are played, and metadata that there is any.
func New(play, metadata bool) *Report {
	r := &Report{Version: ReportVersion, Missing: []Missing{}}
	for _, kind := range kinds() {
		r.Accounted = append(r.Accounted, Accounted{Kind: kind})
	}
	if metadata {
		for _, fact := range contract.AgreementFacts() {
			r.Agreement = append(r.Agreement, Agreement{Fact: fact})
		}
	}
	if play {
		r.Mock = &Mock{}
	}
	return r
}

// Took sets how long it took.
func (r *Report) Took(d time.Duration) { r.Seconds = float64(d.Milliseconds()) / 1000 }

func (r *Report) miss(p Page, what, why string) {
	r.Missing = append(r.Missing, Missing{filepath.ToSlash(p.File), what, why})
}

// Add counts a page.
func (r *Report) Add(p Page) {
	r.Pages++
	if p.Refused != nil {
		r.Refused++
		r.miss(p, MissingContract, p.Refused.Error())
		return
	}
	r.Contracts++
	defects := 0
	for _, f := range p.Operation.Findings {
		if contract.KindOf(f.Class) == contract.Defect {
			defects++
		}
	}
	r.Defects += defects
	r.Assumptions += len(p.Operation.Findings) - defects
	if defects > 0 {
		r.WithDefects++
	} else {
		r.Clean++
	}
	r.Properties.add(p.Operation)
	r.account(p)
	r.agree(p.Operation)
	if p.Untestable != nil {
		r.Untestable++
		r.miss(p, MissingTest, p.Untestable.Error())
	}
	if p.Played && r.Mock != nil {
		r.played(p)
	}
}

func (r *Report) agree(op *contract.Operation) {
	for _, g := range op.Agreement {
		if i := slices.IndexFunc(r.Agreement, func(a Agreement) bool { return a.Fact == g.Fact }); i >= 0 {
			a := &r.Agreement[i]
			a.Agree, a.Disagree, a.NotInMetadata = a.Agree+g.Same, a.Disagree+g.Different, a.NotInMetadata+g.Absent
		}
	}
}

func (r *Report) played(p Page) {
	m := r.Mock
	m.Played++
	m.Scenarios += p.Scenarios
	m.Passed += p.Passed
	m.Skipped += p.Skipped
	switch {
	case len(p.Failed) > 0:
		r.miss(p, MissingGreen, strings.Join(p.Failed, ", "))
		return
	case !p.Updates:
		r.miss(p, MissingUpdate, whyNoUpdate(p.Operation))
	default:
		m.GreenWithUpdate++
	}
	m.Green++
}

func whyNoUpdate(op *contract.Operation) string {
	settable := op.Settable()
	if len(settable) == 0 {
		return "the page has no property that a client may set"
	}
	var names []string
	for _, p := range settable {
		if len(p.Values(nil, 1)) == 0 {
			names = append(names, p.Name)
		}
	}
	if len(names) == len(settable) {
		return "no value is known for " + strings.Join(names, ", ")
	}
	return "no requirement that proves an update could be tested"
}

func (q *Properties) add(op *contract.Operation) {
	for _, p := range op.Properties {
		if !p.Listed {
			continue
		}
		q.Listed++
		switch {
		case p.Type.IsEnum():
			q.Enums++
		case p.Type.Edm != "":
			q.Primitive++
		case p.Type.Structure != nil:
			q.Structured++
		default:
			q.Unresolved++
		}
		if !p.Settable() {
			q.ServerSet++
			continue
		}
		q.Settable++
		values := p.Values(nil, 3)
		if len(values) > 0 {
			q.WithValue++
		}
		if slices.ContainsFunc(values, contract.Value.Vouched) {
			q.Vouched++
		}
	}
}

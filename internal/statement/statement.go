// Package statement is what a vendor hands over: who was tested, by what, with which result,
// and until when that may be shown, as an in-toto statement over the digests of page, suite,
// report and pact, signed as a DSSE envelope. It is made from a report alone, and checked
// against it.
package statement

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	svr "github.com/in-toto/attestation/go/predicates/svr/v01"
	testresult "github.com/in-toto/attestation/go/predicates/test_result/v0"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"graphpact/internal/result"
)

// The predicate types (https://github.com/in-toto/attestation/tree/main/spec/predicates).
const (
	TestResult         = "https://in-toto.io/attestation/test-result/v0.1"
	VerificationResult = "https://in-toto.io/attestation/svr/v0.1"
)

// Version is the version of Details.
const Version = "1"

// Implementation is who was tested. All of it is required.
type Implementation struct {
	Organization string `json:"organization"`
	Project      string `json:"project"`
	Version      string `json:"version"`
	URL          string `json:"url"`
	Contact      string `json:"contact"` // an address where somebody answers: a URL or an e-mail address
}

// check finds what is missing, all of it at once.
func (i Implementation) check() error {
	var missing []string
	for _, f := range []struct{ name, value string }{
		{"organization", i.Organization}, {"project", i.Project}, {"project-version", i.Version}, {"project-url", i.URL}, {"contact", i.Contact},
	} {
		if strings.TrimSpace(f.value) == "" {
			missing = append(missing, "--"+f.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("a statement says who was tested: add %s", strings.Join(missing, ", "))
	}
	if u, err := url.Parse(i.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("--project-url %q: write it as https://example.org/product", i.URL)
	}
	if u, err := url.Parse(i.Contact); (err != nil || u.Host == "") && !strings.Contains(strings.Trim(i.Contact, "@"), "@") {
		return fmt.Errorf("--contact %q: write a URL or an e-mail address", i.Contact)
	}
	return nil
}

// Details are what graphpact says beyond the fields of the predicate, in its extension field
// graphpact_statement.
type Details struct {
	Version        string         `json:"version"`
	Implementation Implementation `json:"implementation"`
	// Headline and Reasons are those of the run.
	Headline result.Headline `json:"headline"`
	Reasons  []string        `json:"headlineReasons"`
	// RunID, StartedAt and DurationMS say which run it was, and Endpoint what was tested.
	RunID      string      `json:"runId"`
	StartedAt  time.Time   `json:"startedAt"`
	DurationMS float64     `json:"durationMs"`
	Endpoint   string      `json:"endpoint"`
	Expires    time.Time   `json:"expires"` // the last moment at which the statement may be shown
	Tool       result.Tool `json:"tool"`
	// Settings are those of the run, and Declared how it was narrowed by whoever started it.
	Settings map[string]string `json:"settings"`
	Declared []string          `json:"declared"`
	Profiles []Profile         `json:"profiles"`
	Set      Set               `json:"set"`
	// Sight is how well the suite sees, nil where nobody has shown that.
	Sight *Sight `json:"sight,omitempty"`
}

// Set is a set of requirements, frozen: the same pages and suite give the same one.
type Set struct {
	Pages       []result.Page `json:"pages"`
	SuiteDigest string        `json:"suiteDigest"`
	Scored      []string      `json:"scored"` // the ids that counted, in the order of the report
	NotScored   []NotScored   `json:"notScored"`
}

// NotScored is a requirement that did not count.
type NotScored struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Sight is how well the suite sees on the mock, whose defects are known.
type Sight struct {
	// Page is the digest of the page that the selftest played with, and Report that of its report.
	Page   string `json:"page"`
	Report string `json:"report"`
	// Faults counts those that fit the page, and Seen those that each of their requirements
	// noticed; Variants and LeftAlone count legal habits of servers, and those not reported.
	Faults    int `json:"faults"`
	Seen      int `json:"seen"`
	Variants  int `json:"variants"`
	LeftAlone int `json:"leftAlone"`
}

// Input is what a statement is made from.
type Input struct {
	Implementation Implementation
	Report         *result.Run
	ReportBytes    []byte // the file that Report was read from
	// Robustness names the conventions whose requirements are about wrong input and missing
	// rights.
	Robustness func(rule string) bool
	// Valid is how long after the run the statement may be shown.
	Valid time.Duration
	// URL leads to the run, as to a job of CI; empty where there is none.
	URL   string
	Sight *Sight
}

// check finds reports of which nothing can be stated.
func (in *Input) check() error {
	r := in.Report
	switch {
	case r.Shard != nil:
		return errors.New("the report is of one shard; put them together with `graphpact merge` first")
	case r.Interrupted:
		return errors.New("the run was interrupted; nothing can be stated of a part")
	case r.Target.Kind != result.Endpoint:
		return fmt.Errorf("the run was against the %s; a statement is about an endpoint", r.Target.Kind)
	case r.Suite == nil:
		return errors.New("the report does not say by which scenarios the run was judged; make it anew")
	case len(r.Pages) == 0 || len(r.Requirements) == 0:
		return errors.New("nothing was tested in that run")
	case in.Valid <= 0:
		return errors.New("--valid: at least one day")
	}
	return in.Implementation.check()
}

// predicate is the predicate test-result/v0.1 with our extension field.
type predicate struct {
	Result        string           `json:"result"`
	Configuration []map[string]any `json:"configuration"`
	URL           string           `json:"url,omitempty"`
	Passed        []string         `json:"passedTests"`
	Warned        []string         `json:"warnedTests"`
	Failed        []string         `json:"failedTests"`
	Details       Details          `json:"graphpact_statement"`
}

// Make makes the statement of the test result, as the bytes to sign.
func Make(in *Input) ([]byte, *Details, error) {
	if err := in.check(); err != nil {
		return nil, nil, err
	}
	p := derive(in.Report, in.Robustness)
	r := in.Report
	p.URL = in.URL
	p.Details.Implementation, p.Details.Sight = in.Implementation, in.Sight
	p.Details.Expires = r.StartedAt.Add(in.Valid).UTC().Truncate(time.Second)
	data, err := json.Marshal(p)
	if err != nil {
		return nil, nil, err
	}
	// The published type is the judge of our fields.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, &testresult.TestResult{}); err != nil {
		return nil, nil, fmt.Errorf("the predicate is no %s: %w", TestResult, err)
	}
	payload, err := encode(TestResult, subjects(r, in.ReportBytes), data)
	return payload, &p.Details, err
}

// derive gives what follows from a report alone.
func derive(r *result.Run, robustness func(string) bool) *predicate {
	headline, why := r.Headline()
	p := &predicate{
		Result: "PASSED", Configuration: configuration(r), Passed: []string{}, Warned: []string{}, Failed: []string{},
		Details: Details{
			Version: Version, Headline: headline, Reasons: append([]string{}, why...), RunID: r.ID, StartedAt: r.StartedAt.UTC(), DurationMS: r.DurationMS,
			Endpoint: r.Target.BaseURL, Tool: r.Tool, Settings: r.Settings, Declared: append([]string{}, r.Partial...),
			Profiles: profiles(r, robustness), Set: set(r),
		},
	}
	many := len(r.Pages) > 1
	for i := range r.Requirements {
		q := &r.Requirements[i]
		id := name(q.Subject(), many)
		switch q.Verdict {
		case result.Pass:
			p.Passed = append(p.Passed, id)
		case result.Warn, result.Waived:
			p.Warned = append(p.Warned, id)
		case result.Fail, result.Flaky, result.Error:
			p.Failed = append(p.Failed, id)
		case result.Skip:
		}
	}
	switch {
	case headline == result.NotConformant || len(p.Failed) > 0 || len(p.Passed) == 0:
		p.Result = "FAILED"
	case headline != result.Conformant || len(p.Warned) > 0:
		p.Result = "WARNED"
	}
	return p
}

// name is a requirement's id, with its operation where there are several.
func name(s result.Subject, many bool) string {
	if many {
		return s.Key + " of " + s.Operation
	}
	return s.Key
}

// set is the frozen set of requirements.
func set(r *result.Run) Set {
	s := Set{Pages: r.Pages, SuiteDigest: r.Suite.Digest, Scored: []string{}, NotScored: []NotScored{}}
	many := len(r.Pages) > 1
	for i := range r.Requirements {
		q := &r.Requirements[i]
		id := name(q.Subject(), many)
		if q.Verdict == result.Skip {
			s.NotScored = append(s.NotScored, NotScored{id, q.Reason})
		} else {
			s.Scored = append(s.Scored, id)
		}
	}
	for _, o := range r.Suite.Omitted {
		s.NotScored = append(s.NotScored, NotScored{name(o, many), "left out of the run: " + strings.Join(r.Partial, ", ")})
	}
	return s
}

// configuration names the pages and the suite as the configuration of the test run.
func configuration(r *result.Run) []map[string]any {
	var out []map[string]any
	for _, s := range subjects(r, nil) {
		out = append(out, map[string]any{"name": s.Name, "digest": s.Digest})
	}
	return out
}

// subjects are the things that the statement is about, each with its digest. Without the
// bytes of the report these are what it was made by: the pages and the suite.
func subjects(r *result.Run, report []byte) []*intoto.ResourceDescriptor {
	var out []*intoto.ResourceDescriptor
	add := func(name, digest string) {
		if hex, ok := strings.CutPrefix(digest, "sha256:"); ok {
			out = append(out, &intoto.ResourceDescriptor{Name: name, Digest: map[string]string{"sha256": hex}})
		}
	}
	if report != nil {
		add(result.File, fmt.Sprintf("sha256:%x", sha256.Sum256(report)))
		if r.Pact != nil && r.Pact.File != "" {
			add(pactName(r.Pact.File), r.Pact.Digest)
		}
	}
	for _, p := range r.Pages {
		add("pages/"+p.File, p.Digest)
	}
	add("suite of graphpact "+r.Tool.Version, r.Suite.Digest)
	return out
}

// pactName is the Pact's place below the folder of the reports.
func pactName(file string) string {
	parts := strings.FieldsFunc(file, func(c rune) bool { return c == '/' || c == '\\' })
	return "pacts/" + parts[len(parts)-1]
}

// encode makes the statement of a predicate.
func encode(predicateType string, about []*intoto.ResourceDescriptor, predicate []byte) ([]byte, error) {
	var p structpb.Struct
	if err := protojson.Unmarshal(predicate, &p); err != nil {
		return nil, err
	}
	s := &intoto.Statement{Type: intoto.StatementTypeUri, Subject: about, PredicateType: predicateType, Predicate: &p}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("the report cannot be stated: %w", err)
	}
	return protojson.Marshal(s)
}

// MakeVerificationResult makes the statement of the properties that hold, as the bytes to
// sign; nil where none does. An svr names properties that hold and nothing else.
func MakeVerificationResult(in *Input, d *Details) ([]byte, error) {
	var properties []string
	if d.Headline == result.Conformant {
		properties = append(properties, "GRAPHPACT_CONFORMANT")
	}
	for _, p := range d.Profiles {
		if p.Result == Success {
			properties = append(properties, "GRAPHPACT_"+strings.ToUpper(strings.ReplaceAll(p.Name, " ", "_")))
		}
	}
	if len(properties) == 0 {
		return nil, nil
	}
	slices.Sort(properties)
	data, err := protojson.Marshal(&svr.SimpleVerificationResult{
		Verifier:    &svr.SimpleVerificationResult_Verifier{Id: "urn:graphpact:" + d.Tool.Version},
		TimeCreated: timestamppb.New(d.StartedAt), Properties: properties,
	})
	if err != nil {
		return nil, err
	}
	return encode(VerificationResult, subjects(in.Report, in.ReportBytes), data)
}

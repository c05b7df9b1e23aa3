package harness

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/har"
	"graphpact/internal/mask"
	"graphpact/internal/recording"
	"graphpact/internal/report"
	"graphpact/internal/result"
)

// CheckConfig configures the judgement of recorded traffic.
type CheckConfig struct {
	Tool     result.Tool
	Pages    *Pages
	Settings map[string]string
	// Recording is the file or folder, and Out the folder for the reports.
	Recording, Out string
	// Formats are the formats of the reports; none means all.
	Formats []report.Format
	// Observer is told how it goes.
	Observer Observer
	// Repeat is the command that judges again.
	Repeat string
}

// Recorded is what a recording held.
type Recorded struct {
	// Exchanges counts all, and Matching those with an entity of a page.
	Exchanges, Matching int
}

// CheckRecording judges recorded traffic by the pages, and writes the reports. Nothing is sent.
func CheckRecording(c *CheckConfig) (*Result, Recorded, error) {
	var held Recorded
	exchanges, err := recording.Load(c.Recording)
	if err != nil {
		return nil, held, err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, held, fmt.Errorf("--out: %w", err)
	}
	held.Exchanges = len(exchanges)
	masker, err := recordingMask(exchanges)
	if err != nil {
		return nil, held, err
	}
	conv := c.Pages.Conventions
	errorSchema, err := compileErrorSchema(conv)
	if err != nil {
		return nil, held, err
	}
	first, last := exchanges[0].Started, exchanges[len(exchanges)-1].Started
	r := &result.Run{
		Version: result.Version, Tool: c.Tool, StartedAt: time.Now().UTC().Truncate(time.Millisecond),
		Target:   result.Target{Kind: result.Recording, BaseURL: masker.Mask(hostOf(exchanges[0].URL))},
		Settings: c.Settings, Suite: &result.Suite{Digest: c.Pages.SuiteDigest}, Requirements: []result.Requirement{},
	}
	r.Settings["recorded"] = "at an unknown time"
	if !last.IsZero() {
		r.Settings["recorded"] = first.UTC().Format(time.RFC3339) + " to " + last.UTC().Format(time.RFC3339)
	}
	judges := make([]*recording.Judge, len(c.Pages.Operations))
	for i, op := range c.Pages.Operations {
		response, err := compileResponseSchema(op.Operation, conv)
		if err != nil {
			return nil, held, err
		}
		judges[i] = &recording.Judge{
			Operation: op.Operation, Conventions: conv, Response: response, Error: errorSchema, Repeat: c.Repeat,
			Report: masker.Report, Excerpt: func(s string) string { return masker.Excerpt(s, answerShown) },
		}
		r.Pages = append(r.Pages, op.ReportPage())
		r.Findings = append(r.Findings, findings(op.Operation)...)
		held.Matching += judges[i].Matching(exchanges)
	}
	if c.Observer.Start != nil {
		c.Observer.Start(r)
	}
	started := time.Now()
	for _, j := range judges {
		for _, q := range j.Requirements(exchanges) {
			r.Requirements = append(r.Requirements, q)
			if c.Observer.Requirement != nil {
				c.Observer.Requirement(q)
			}
		}
	}
	r.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	r.Totals = result.Count(r.Requirements)
	files, err := report.Write(c.Out, r, c.Formats...)
	return &Result{r, files}, held, err
}

// recordingMask makes a client that sends nothing, for what it knows of secrets: those of the
// recording's own headers, wherever they stand.
func recordingMask(exchanges []har.Exchange) (*client.Client, error) {
	var secrets []string
	for i := range exchanges {
		for _, s := range slices.Concat(mask.HeaderSecrets(exchanges[i].RequestHeader), mask.HeaderSecrets(exchanges[i].ResponseHeader)) {
			if s != mask.Text && !slices.Contains(secrets, s) {
				secrets = append(secrets, s)
			}
		}
	}
	c, err := client.New(client.Config{BaseURL: "https://recording.invalid", Secrets: secrets})
	if err != nil {
		return nil, errors.New("the recording holds a header that cannot be a secret to mask")
	}
	return c, nil
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

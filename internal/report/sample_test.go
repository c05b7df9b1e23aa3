package report

import (
	"fmt"
	"strings"
	"time"

	"graphpact/internal/result"
)

const (
	sampleFile      = "provisioningflow-update.md"
	sampleOperation = "PATCH /external/industryData/outboundProvisioningFlowSets/{outboundProvisioningFlowSetId}/provisioningFlows/{provisioningFlowId}"
	sampleBase      = "https://graph.example/beta"
	sampleURL       = sampleBase + "/external/industryData/outboundProvisioningFlowSets/set-1/provisioningFlows/flow-1"

	// hostile is what a server may put anywhere: terminal escapes, a title change, a
	// carriage return that hides, C1 and bidirectional controls, characters that XML
	// forbids, bytes that are no UTF-8, and markup of every report.
	hostile = "\x1b[2J\x1b]0;owned\x07 ok\rPASS \u009b31m \u202e\u2066 \u0000\ufffe\xff\xc3(" +
		"\n| a | `b` | <script>alert(1)</script> ]]> --> <img src=x onerror=alert(1)> " +
		"</pre></details>\n# heading\n[x](https://evil.example) **b** _i_ @octocat #1 www.evil.example a@evil.example &amp; $x$ \\| %s {{x}}\u2028\t."
)

func docSource(line int, summary string) result.Source {
	return result.Source{Kind: "doc", Ref: fmt.Sprintf("%s:%d", sampleFile, line), File: sampleFile, Line: line, Summary: summary}
}

func ruleSource(id, clause, summary string) result.Source {
	return result.Source{Kind: "convention", Ref: id, Clause: clause, Summary: summary}
}

func place(line int) result.Location {
	return result.Location{URI: "update.feature", Line: line, Feature: "Update an entity"}
}

func patchExchange(purpose, body, status string, headers []string, answer string) result.Exchange {
	return result.Exchange{
		Purpose: purpose,
		Request: result.HTTPPart{
			Line:      "PATCH " + sampleURL,
			Headers:   []string{"Accept: application/json", "Authorization: Bearer ***", "Content-Type: application/json"},
			Body:      body,
			BodyBytes: len(body),
		},
		Response:   &result.HTTPPart{Line: status, Headers: headers, Body: answer, BodyBytes: len(answer)},
		DurationMS: 11.25,
		Attempts:   1,
		Curl:       `curl -sS -X PATCH -H "Authorization: Bearer $GRAPH_TOKEN" -H 'Content-Type: application/json' --data-raw '` + body + `' '` + sampleURL + `'`,
	}
}

func getExchange(purpose, answer string) result.Exchange {
	x := patchExchange(purpose, "", "200 OK", []string{"Content-Type: application/json"}, answer)
	x.Request.Line = "GET " + sampleURL
	x.Curl = `curl -sS -H "Authorization: Bearer $GRAPH_TOKEN" '` + sampleURL + `'`
	return x
}

func repeat(id string) string { return "graphpact run --endpoint " + sampleBase + " --only " + id }

// drift is the failure that users of Graph report most.
func drift(id, row, scenario string, line int) result.Requirement {
	clause := ruleSource("patch-status", "OData 4.01 Protocol 11.4.3", "A successful update answers 200 with a representation, or 204 without a body; the page says which.")
	r := result.Requirement{
		ID: id, Case: row, Operation: sampleOperation, Level: result.Must,
		Source:   docSource(41, "200 OK with the updated object in the body"),
		Scenario: scenario, Feature: place(line), Verdict: result.Fail, DurationMS: 24.5,
		Steps: []result.Step{
			{Keyword: "Given ", Text: "the entity is in a known state", Line: line + 1, Verdict: result.Pass, DurationMS: 4},
			{Keyword: "When ", Text: "a settable property is updated", Line: line + 2, Verdict: result.Pass, DurationMS: 11.25},
			{Keyword: "Then ", Text: "the status is the documented one", Line: line + 3, Verdict: result.Fail, Message: "status drift: 200 documented, 204 returned", DurationMS: 0.01},
			{Keyword: "And ", Text: "the body matches the response schema", Line: line + 4, Verdict: result.Skip},
		},
		Checks: []result.Check{
			{Name: "the update is accepted", Verdict: result.Pass, Exchange: 2},
			{
				Name: "status is the documented one", Verdict: result.Fail, Class: "status-drift",
				Expected: "200", Actual: "204",
				Message: "status drift: the page documents 200 with the object, the target answered 204 without one. OData allows both, the page promises 200: clients that read the body break. Return 200, or correct the page.",
				Source:  &clause, Exchange: 2,
			},
		},
		Exchanges: []result.Exchange{
			getExchange("read the first state", `{"id":"flow-1","readinessStatus":"notReady"}`),
			patchExchange("update readinessStatus", `{"readinessStatus":"ready"}`, "204 No Content", []string{"Date: Mon, 23 Nov 2026 16:00:00 GMT", "client-request-id: 6f0c", "request-id: 9a41"}, ""),
		},
	}
	r.Repeat = repeat("'" + r.Key() + "'")
	return r
}

// sampleRun holds every verdict, every kind of evidence and hostile answers.
func sampleRun() *result.Run {
	schemaSource := docSource(58, "the response example shows readinessStatus, an enum with 5 members")
	run := &result.Run{
		Version: result.Version, ID: "6f0c1a2b-3c4d-4e5f-8a6b-0123456789ab",
		Tool: result.Tool{Name: "graphpact", Version: "0.1.0", GoVersion: "go1.26.8"},
		Target: result.Target{
			Kind: "endpoint", BaseURL: sampleBase, Authenticated: true, Throttled: 2,
			Params: map[string]string{"provisioningFlowId": "flow-1", "outboundProvisioningFlowSetId": "set-1"},
		},
		Pages:      []result.Page{{File: sampleFile, Title: "Update provisioningFlow", Digest: "sha256:5f1c", Operation: sampleOperation}},
		StartedAt:  time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC),
		DurationMS: 143.75,
		Settings:   map[string]string{"timeout": "10s", "parallel": "4", "tags": "@must or @should"},
		Requirements: []result.Requirement{
			{
				ID: "PF-UPD-01", Case: "ready", Operation: sampleOperation, Level: result.Must,
				Source:   docSource(52, "readinessStatus has the member ready"),
				Scenario: "each documented value is accepted", Feature: place(12), Verdict: result.Pass, DurationMS: 9.5,
				Steps:     []result.Step{{Keyword: "When ", Text: "the value is set", Line: 13, Verdict: result.Pass, DurationMS: 9}},
				Checks:    []result.Check{{Name: "the body shows the value", Verdict: result.Pass, Pointer: "/readinessStatus", Expected: "ready", Actual: "ready", Exchange: 1}},
				Exchanges: []result.Exchange{patchExchange("set the value", `{"readinessStatus":"ready"}`, "200 OK", []string{"Content-Type: application/json"}, `{"id":"flow-1","readinessStatus":"ready"}`)},
				Repeat:    repeat("'PF-UPD-01[ready]'"),
			},
			drift("PF-UPD-02", "", "the status is the documented one", 20),
			drift("PF-UPD-08", "", "the answer is what a following GET returns", 30),
			{
				ID: "PF-UPD-03", Operation: sampleOperation, Level: result.Must,
				Source:   docSource(57, "the updated object in the response body"),
				Scenario: "the body matches the response schema", Feature: place(40), Verdict: result.Fail, DurationMS: 1203,
				Checks: []result.Check{
					{
						Name: "value is a documented member", Verdict: result.Fail, Pointer: "/readinessStatus",
						Expected: "one of notReady, ready, failed, disabled, expired", Actual: hostile, Source: &schemaSource, Exchange: 1,
					},
					{Name: "Content-Type is JSON", Verdict: result.Fail, Expected: "application/json", Actual: "text/html", Exchange: 1},
				},
				Exchanges: []result.Exchange{{
					Purpose: "update " + hostile, DurationMS: 1200, Attempts: 3,
					Request: result.HTTPPart{Line: "PATCH " + sampleURL, Headers: []string{"Content-Type: application/json"}, Body: `{"readinessStatus":"ready"}`, BodyBytes: 27},
					Response: &result.HTTPPart{
						Line: "200 " + hostile, Headers: []string{"Content-Type: text/html", "X-Evil: " + hostile},
						Body: "{\r\n\t\"readinessStatus\": \"" + hostile + "\"\r\n}\n", BodyBytes: 9000, Truncated: true,
					},
					Curl: "curl '" + sampleURL + "' -H 'If-Match: " + hostile + "'",
				}},
				Repeat: repeat("PF-UPD-03"),
			},
			{
				ID: "PF-UPD-19", Operation: sampleOperation, Level: result.Should,
				Source:   ruleSource("request-id", "Microsoft Graph best practices", "An answer carries request-id and echoes client-request-id."),
				Scenario: "client-request-id is echoed", Feature: place(60), Verdict: result.Warn, DurationMS: 5,
				Steps:     []result.Step{{Keyword: "Then ", Text: "client-request-id is echoed", Line: 62, Verdict: result.Fail, Message: "no client-request-id", DurationMS: 0.2}},
				Checks:    []result.Check{{Name: "client-request-id is echoed", Verdict: result.Fail, Expected: "client-request-id: 6f0c", Actual: "no such header", Exchange: 1}},
				Exchanges: []result.Exchange{getExchange("read", `{"id":"flow-1"}`)},
				Repeat:    repeat("PF-UPD-19"),
			},
			{
				ID: "PF-UPD-17", Operation: sampleOperation, Level: result.Must,
				Source:   ruleSource("if-match", "OData 4.01 Protocol 8.2.4", "A stale If-Match is refused with 412."),
				Scenario: "a stale ETag is refused", Feature: place(70), Verdict: result.Skip, Reason: "GET gives no ETag on this target", DurationMS: 3,
				Steps:  []result.Step{{Keyword: "Given ", Text: "GET gives an ETag", Line: 71, Verdict: result.Skip, Message: "GET gives no ETag on this target"}},
				Repeat: repeat("PF-UPD-17"),
			},
			{
				ID: "PF-UPD-20", Operation: sampleOperation, Level: result.Must,
				Source:   ruleSource("atomic", "RFC 5789 2", "A PATCH is applied as a whole or not at all."),
				Scenario: "two updates at once leave one of the two values", Feature: result.Location{URI: "concurrency.feature", Line: 5, Feature: "Concurrency"},
				Verdict: result.Error, Reason: "the connection broke before an answer came", DurationMS: 10000,
				Exchanges: []result.Exchange{{
					Purpose: "first of two updates", Attempts: 1, DurationMS: 10000,
					Request: result.HTTPPart{Line: "PATCH " + sampleURL, Body: `{"readinessStatus":"ready"}`, BodyBytes: 27},
					Error:   "read tcp: connection reset by peer", Curl: "curl -sS -X PATCH '" + sampleURL + "'",
				}},
				Repeat: repeat("PF-UPD-20"),
			},
			{
				ID: "PF-UPD-21", Operation: "GET " + sampleOperation[6:], Level: result.May,
				Source:   ruleSource("prefer", "RFC 7240 2", "A preference is honoured or ignored."),
				Scenario: "a step is missing", Feature: result.Location{URI: "prefer.feature", Line: 9, Feature: "Prefer"},
				Verdict: result.Error, DurationMS: 0.1,
				Steps: []result.Step{{Keyword: "Then ", Text: "the moon is full", Line: 11, Verdict: result.Error, Message: "no definition for this step"}},
			},
		},
		Findings: []result.Finding{
			{Kind: result.KindDefect, Class: "placeholder", Source: docSource(66, ""), Text: `the example gives "String" for readinessStatus, which is no member | of its enum`, Assumed: "the first documented member"},
			{Kind: result.KindAssumption, Class: "todo", Source: docSource(48, ""), Text: "<!-- TODO --> stands in the page " + hostile, Assumed: "nothing"},
		},
		Pact:     &result.Pact{Consumer: "graphpact", Provider: "Microsoft Graph", File: "reports/pacts/graphpact-microsoft-graph.json", Digest: "sha256:77", Interactions: 12},
		Problems: []string{"the first state of " + sampleURL + " could not be restored: PATCH answered 503"},
	}
	run.Totals = result.Count(run.Requirements)
	return run
}

func passRun() *result.Run {
	run := sampleRun()
	run.Requirements = []result.Requirement{run.Requirements[0], run.Requirements[5]}
	run.Target = result.Target{Kind: "embedded mock", BaseURL: "http://127.0.0.1:41234/beta"}
	run.Findings, run.Problems = nil, nil
	run.Totals = result.Count(run.Requirements)
	return run
}

func interruptedRun() *result.Run {
	run := passRun()
	run.Interrupted = true
	run.Pact = &result.Pact{Consumer: "graphpact", Provider: "Microsoft Graph", Error: "the helper graphpact-pact was not found"}
	cut := run.Requirements[0]
	cut.Case, cut.Verdict, cut.Reason = "expired", result.Error, "the run was interrupted"
	cut.Checks, cut.Steps, cut.Exchanges = nil, nil, nil
	run.Requirements = append(run.Requirements, cut)
	run.Totals = result.Count(run.Requirements)
	return run
}

func emptyRun() *result.Run {
	return &result.Run{Version: result.Version, Tool: result.Tool{Name: "graphpact", Version: "0.1.0", GoVersion: "go1.26.8"}}
}

// unsteadyRun has what --repeat, throttling and a busy target lead to.
func unsteadyRun() *result.Run {
	run := passRun()
	run.ID = "0f0e2a51-6f0c-4c1d-9a41-7d2f4b1c0001"
	run.Target = result.Target{
		Kind: "endpoint", BaseURL: sampleBase, Throttled: 5,
		Throttling: &result.Throttling{WaitedMS: 6500, BudgetMS: 120_000, Rate: 2.5, HeldMS: 1250},
	}
	busy := run.Requirements[0]
	busy.Exchanges = []result.Exchange{busy.Exchanges[0]}
	busy.Exchanges[0].Attempts = 3
	busy.Exchanges[0].Retries = []result.Retry{{Status: 429, WaitMS: 1000}, {Status: 503, WaitMS: 2500}}
	busy.Repetitions = []result.Repetition{{Verdict: result.Pass, DurationMS: 4}, {Verdict: result.Pass, DurationMS: 5.5}}

	flaky := drift("PF-UPD-02", "", "the status is the documented one", 20)
	flaky.Verdict = result.Flaky
	flaky.Repetitions = []result.Repetition{
		{Verdict: result.Pass, DurationMS: 8},
		{Verdict: result.Fail, DurationMS: 8.5, Message: "status drift " + hostile},
		{Verdict: result.Skip, DurationMS: 1, Message: "GET gives no ETag"},
		{Verdict: result.Fail, DurationMS: 7, Message: "status drift"},
	}
	flaky.Exchanges[1].Attempts = 5
	flaky.Exchanges[1].Retries = []result.Retry{{Status: 429, WaitMS: 1000}, {Status: 429, WaitMS: 500}, {Status: 429, WaitMS: 500}, {Status: 429, WaitMS: 1000}}
	run.Requirements = []result.Requirement{busy, flaky}
	for _, row := range []string{"ready", "failed"} {
		run.Requirements = append(run.Requirements, drift("PF-UPD-05", row, "each value is answered with the documented status", 25))
	}
	run.Totals = result.Count(run.Requirements)
	return run
}

// waivedRun is conformant by its waivers.
func waivedRun() *result.Run {
	run := passRun()
	failed := drift("PF-UPD-02", "", "the status is the documented one", 20)
	warned := sampleRun().Requirements[4]
	for _, r := range []*result.Requirement{&failed, &warned} {
		r.Waiver = &result.Waiver{
			Of: r.Verdict, Reason: "the 204 is being rolled out, see " + hostile, Owner: "team-x@example.org",
			Expires: "2026-12-31", Source: "graphpact.waivers.yaml:3",
		}
		r.Verdict = result.Waived
	}
	run.Requirements = append(run.Requirements, failed, warned)
	run.Totals = result.Count(run.Requirements)
	return run
}

// samples are the runs of the golden files.
func samples() []struct {
	name string
	run  *result.Run
} {
	return []struct {
		name string
		run  *result.Run
	}{
		{"mixed", sampleRun()},
		{"pass", passRun()},
		{"unsteady", unsteadyRun()},
		{"waived", waivedRun()},
		{"interrupted", interruptedRun()},
		{"empty", emptyRun()},
	}
}

// largeRun is a run of n requirements, a tenth of them broken, as large as a real one.
func largeRun(n int) *result.Run {
	run := passRun()
	run.Requirements = nil
	body := `{"id":"flow-1",` + strings.Repeat(`"createdDateTime":"2024-03-22T21:28:02.7164229Z",`, 6) + `"readinessStatus":"ready"}`
	headers := []string{"Content-Type: application/json", "Date: Mon, 23 Nov 2026 16:00:00 GMT", "client-request-id: 6f0c", "request-id: 9a41"}
	for i := range n {
		r := drift(fmt.Sprintf("PF-UPD-%02d", i), "", "the status is the documented one", i)
		r.Exchanges = []result.Exchange{getExchange("read", body), patchExchange("update", body, "200 OK", headers, body), getExchange("read back", body)}
		if i%10 != 0 {
			r.Verdict = result.Pass
			r.Checks = r.Checks[:1]
			r.Steps = r.Steps[:2]
		}
		run.Requirements = append(run.Requirements, r)
	}
	run.Totals = result.Count(run.Requirements)
	return run
}

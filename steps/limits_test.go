package steps

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
	"graphpact/internal/result"
)

// limitPage states one limit, beside a property without one.
const limitPage = `# Update tray

Namespace: microsoft.graph

## HTTP request

` + "``` http\nPATCH /trays/{trayId}\n```" + `

## Request body

|Property|Type|Description|
|:---|:---|:---|
|label|String|What it is called. Optional.|
|slots|Int32|The value must be between 4 and 14. Optional.|

## Response

The answer is ` + "`200 OK`" + ` with the updated tray object in the response body.

## Examples

` + "``` http\nPATCH https://graph.microsoft.com/v1.0/trays/1\n\n{\"slots\": 5}\n```\n\n``` http\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"id\": \"1\", \"label\": \"a\", \"slots\": 5}\n```\n"

// TestRefusalOutsideALimit: a refusal counts where a value within is taken, and where the endpoint
// takes the value, only the SHOULD says so.
func TestRefusalOutsideALimit(t *testing.T) {
	t.Parallel()
	known := func(outcome probe.Outcome, status int) *probe.Result {
		answer := &entity.Response{Exchange: &client.Exchange{Status: status}}
		return &probe.Result{Properties: []probe.Property{
			{Name: "label", Outcome: probe.Taken, First: "a", Sent: contract.Value{JSON: "b", Origin: contract.MadeUp}},
			{Name: "slots", Outcome: outcome, OwnTaken: true, First: json.Number("5"), Sent: contract.Value{JSON: json.Number("9"), Origin: contract.FromBounds}, Answer: answer},
		}}
	}
	taken := onAnswer(func(r *http.Request, a *answer) {
		if patches(r) && a.status == http.StatusBadRequest {
			a.status, a.body = http.StatusNoContent, nil
		}
	})
	for name, tt := range map[string]struct {
		wrap         func(http.Handler) http.Handler
		probe        *probe.Result
		should, must result.Verdict
		because      string
	}{
		"refused":              {nil, known(probe.Taken, 200), result.Pass, result.Pass, ""},
		"taken":                {taken, known(probe.Taken, 200), result.Warn, result.Skip, "there is no refusal to look at"},
		"none within is taken": {nil, known(probe.Refused, 400), result.Skip, result.Skip, "a refusal of one outside proves nothing"},
		"not probed":           {nil, nil, result.Pass, result.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBenchFor(t, []byte(limitPage), nil)
			b.probe = tt.probe
			got := b.run(t, tt.wrap, ofLimits...)
			for _, limit := range []string{"[slots=maximum]", "[slots=minimum]"} {
				should, must := got["UPD-46"+limit], got["UPD-47"+limit]
				if should.Verdict != tt.should || must.Verdict != tt.must {
					t.Errorf("%s: %s (%s) and %s (%s), want %s and %s", limit, should.Verdict, should.Reason, must.Verdict, must.Reason, tt.should, tt.must)
				}
				if !strings.Contains(must.Reason, tt.because) {
					t.Errorf("%s: %q does not say %q", limit, must.Reason, tt.because)
				}
			}
		})
	}
}

package steps

import (
	"encoding/json"
	"strings"
	"testing"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
)

func consumerTests(t *testing.T, b *bench) []ConsumerTest {
	t.Helper()
	response, err := contract.ResponseSchema(b.op, b.conv)
	check1(t, err)
	errorSchema, err := contract.ErrorSchema(b.conv)
	check1(t, err)
	k := &Contract{Operation: b.op, Conventions: b.conv, Response: response, Error: errorSchema}
	tests, err := k.ConsumerTests(t.Context(), b.suite.Cases)
	check1(t, err)
	return tests
}

func TestInteractionsArePromisesOfThePage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := consumerTests(t, b)
	all := make([]pact.Interaction, len(tests))
	seen := map[string]bool{}
	for i, p := range tests {
		all[i] = p.Interaction
		seen[p.Requirement] = true
		if len(p.States) == 0 || p.States[0].Params["provisioningFlowId"] == "" || p.Description == "" || len(p.Sources) == 0 {
			t.Errorf("%s: %+v", p.Requirement, p.Interaction)
		}
		data, err := json.Marshal(p.Interaction)
		check1(t, err)
		if strings.Contains(string(data), testToken) {
			t.Errorf("%s holds a token", p.Requirement)
		}
	}
	if err := pact.Check(all); err != nil {
		t.Error(err)
	}
	for _, m := range b.op.Settable()[0].Type.SettableMembers() {
		key := "UPD-01[" + b.op.Settable()[0].Name + "=" + m.Value + "]"
		if !seen[key] {
			t.Errorf("%s is not in the contract", key)
		}
	}
	for _, key := range []string{"UPD-02", "UPD-12", "UPD-24[provisioningFlowId]", "UPD-25"} {
		if !seen[key] {
			t.Errorf("%s is not in the contract", key)
		}
	}
}

// TestInteractionsFollowThePage: changing the page changes the contract, and
// nothing else does.
func TestInteractionsFollowThePage(t *testing.T) {
	t.Parallel()
	page := string(fixture(t, testPage))
	b := newBenchFor(t, []byte(strings.ReplaceAll(page, "`expired`", "`retired`")), nil)
	var keys []string
	for _, p := range consumerTests(t, b) {
		keys = append(keys, p.Requirement)
	}
	joined := strings.Join(keys, " ")
	if !strings.Contains(joined, "=retired]") || strings.Contains(joined, "=expired]") {
		t.Errorf("%s", joined)
	}
}

// TestPlaceholderTokenIsSent: the pact mock sees a token that is none.
func TestPlaceholderTokenIsSent(t *testing.T) {
	t.Parallel()
	for _, p := range consumerTests(t, newBench(t)) {
		if p.Send.Auth != client.AuthToken || p.Send.Header.Get("Authorization") != "" {
			t.Errorf("%+v", p.Send)
		}
	}
}

// TestOneInteractionPromisesTheWholeObject: an interaction about one value promises that
// value and the key, so that a Pact grows with the values and not with values times
// properties.
func TestOneInteractionPromisesTheWholeObject(t *testing.T) {
	t.Parallel()
	for _, p := range consumerTests(t, newBench(t)) {
		body, _ := p.Response.Body.(map[string]any)
		switch {
		case p.Requirement == "UPD-02":
			if len(body) < 4 {
				t.Errorf("%s promises %v", p.Requirement, body)
			}
		case strings.HasPrefix(p.Requirement, "UPD-01"):
			if len(body) != 2 || body["id"] == nil || body["readinessStatus"] == nil {
				t.Errorf("%s promises %v", p.Requirement, body)
			}
		}
	}
}

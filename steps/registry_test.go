package steps

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"testing"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/mockgraph"
	"graphpact/internal/result"
)

// against plays the suite against the mock with the behaviours, and gives the
// requirements by key.
func (b *bench) against(t testing.TB, behaviours ...mockgraph.Behaviour) map[string]result.Requirement {
	t.Helper()
	seeds, err := mockgraph.ReadSeeds(fixture(t, testSeeds), "seeds.json")
	check1(t, err)
	cfg := mockgraph.Config{
		Operations: []*contract.Operation{b.op}, Conventions: b.conv, Token: testToken, Seeds: seeds, Behaviours: behaviours,
	}
	sending := client.Config{Token: testToken, Timeout: 10 * time.Second, RetryBudget: 10 * time.Second}
	if slices.ContainsFunc(behaviours, func(b mockgraph.Behaviour) bool { return b.Late }) {
		b.clock, b.settle = &testClock{}, 3*mockgraph.LateBy
		cfg.Now, sending.Now, sending.Sleep = b.clock.Now, b.clock.Now, b.clock.Sleep
	}
	b.mock, err = mockgraph.New(cfg)
	check1(t, err)
	l, err := mockgraph.StartServer(t.Context(), "", b.mock)
	check1(t, err)
	defer func() { check1(t, l.Close()) }()
	transport := &http.Transport{ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4}
	if ca := l.CACert(); ca != nil {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(ca)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	sending.BaseURL, sending.Transport = l.URL()+"/beta", transport
	client, err := client.New(sending)
	check1(t, err)
	defer client.Close()
	return b.play(t, client, testToken)
}

func fit(b *bench, all []mockgraph.Behaviour) []mockgraph.Behaviour {
	return slices.DeleteFunc(all, func(x mockgraph.Behaviour) bool { return x.NotApplicable != nil && x.NotApplicable(b.op) != "" })
}

// sees reports whether a row of the requirement has noticed.
func sees(reqs map[string]result.Requirement, id string) bool {
	for _, r := range reqs {
		if r.ID == id && (r.Verdict == result.Fail || r.Verdict == result.Warn) {
			return true
		}
	}
	return false
}

// TestEveryFaultIsNoticed: by each requirement that it names.
func TestEveryFaultIsNoticed(t *testing.T) {
	t.Parallel()
	for _, f := range fit(newBench(t), mockgraph.Faults()) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			reqs := newBench(t).against(t, f)
			for _, id := range f.DetectedBy {
				if !sees(reqs, id) {
					var got []string
					for key, r := range reqs {
						if r.ID == id {
							got = append(got, key+" "+string(r.Verdict)+" "+r.Reason)
						}
					}
					t.Errorf("%s does not notice: %v; failed: %v", id, got, withVerdict(reqs, result.Fail))
				}
			}
		})
	}
}

// TestNoVariantIsReported: nothing but a pass, or a skip that the variant explains.
func TestNoVariantIsReported(t *testing.T) {
	t.Parallel()
	explained := map[string][]string{
		"etag-absent":      {"UPD-27", "UPD-28", "UPD-39", "UPD-42"},
		"annotations-none": {},
	}
	for _, v := range fit(newBench(t), mockgraph.Variants()) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			for key, r := range newBench(t).against(t, v) {
				switch {
				case r.Verdict == result.Pass:
				case r.Verdict == result.Skip && slices.Contains(explained[v.Name], r.ID):
				default:
					t.Errorf("%s: %s %s %+v", key, r.Verdict, r.Reason, r.Checks[max(0, len(r.Checks)-1):])
				}
			}
		})
	}
}

// TestEveryRequirementHasAFault: what no fault breaks is not known to be seen.
func TestEveryRequirementHasAFault(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	for _, f := range mockgraph.Faults() {
		for _, id := range f.DetectedBy {
			named[id] = true
		}
	}
	b := newBench(t)
	for _, c := range b.suite.Cases {
		if !named[c.ID] {
			t.Errorf("no fault names %s", c.ID)
		}
	}
}

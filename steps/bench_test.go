package steps

import (
	"net/http/httptest"
	"strconv"
	"testing"

	"graphpact/internal/client"
)

// BenchmarkPlays times a whole run over loopback with each scenario played once and ten
// times; "ms/play" is the time of one round of all scenarios, so it should not grow.
func BenchmarkPlays(b *testing.B) {
	for _, plays := range []int{1, 10} {
		b.Run(strconv.Itoa(plays), func(b *testing.B) {
			bench := newBench(b)
			bench.plays = plays
			srv := httptest.NewServer(bench.mock)
			defer srv.Close()
			client, err := client.New(client.Config{BaseURL: srv.URL + "/beta", Token: testToken, RetryBudget: -1})
			check1(b, err)
			b.ReportAllocs()
			for b.Loop() {
				bench.play(b, client, testToken)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*plays), "ms/play")
		})
	}
}

package mockgraph

import (
	"fmt"
	"strings"
	"testing"

	"graphpact/internal/contract"
)

func allOperations() []*contract.Operation { return []*contract.Operation{widget()} }

// The loopback benchmarks are what a suite sees; the others leave the network out.
func BenchmarkGetLoopback(b *testing.B) {
	s := serve(b)
	for b.Loop() {
		s.want(s.send("GET", first, ""), 200)
	}
}

func BenchmarkPatchLoopback(b *testing.B) {
	s := serve(b)
	for b.Loop() {
		s.want(s.send("PATCH", first, `{"stage":"closed"}`), 200)
	}
}

func BenchmarkGet(b *testing.B) {
	s := serve(b)
	b.ReportAllocs()
	for b.Loop() {
		if w := dispatch(b, s.server, "GET", first, nil, ""); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}

func BenchmarkPatch(b *testing.B) {
	s := serve(b)
	body := []byte(`{"stage":"closed"}`)
	b.ReportAllocs()
	for b.Loop() {
		if w := dispatch(b, s.server, "PATCH", first, body, ""); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}

// A body at the limit, merged into one of its own size.
func BenchmarkPatchLargeObject(b *testing.B) {
	s := serve(b)
	var members []string
	for i := range 60000 {
		members = append(members, fmt.Sprintf(`"m%d":%d`, i, i))
	}
	body := []byte(`{"details":{` + strings.Join(members, ",") + `}}`)
	for b.Loop() {
		if w := dispatch(b, s.server, "PATCH", first, body, ""); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"graphpact/internal/cli"
	"graphpact/internal/harness"
)

// TestTracing: each request carries the context of a span that the collector gets, below the
// span of its scenario, below that of the run; and nothing of it where nobody asks.
func TestTracing(t *testing.T) {
	t.Parallel()
	pages, err := harness.LoadPages(harness.PageConfig{})
	if err != nil {
		t.Fatal(err)
	}
	mock, err := harness.NewMock(pages, "endpoint-token")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var sent []string
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		sent = append(sent, r.Header.Get("Traceparent"))
		mu.Unlock()
		mock.ServeHTTP(w, r)
	}))
	t.Cleanup(endpoint.Close)
	var spans []*trace.Span
	answer := http.StatusOK
	collected := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		var m collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(data, &m)
		}
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		spans = append(spans, m.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()...)
		w.WriteHeader(answer)
	}))
	t.Cleanup(collected.Close)
	args := []string{"run", "--no-pact", "--only", "UPD-02,UPD-22", "--endpoint", endpoint.URL + mock.BasePath(), "--out", filepath.Join(t.TempDir(), "reports")}
	for name, value := range mock.Params(pages.Operations[0].Operation) {
		args = append(args, "--param", name+"="+value)
	}
	run := func(env ...string) (stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := cli.Run(t.Context(), args, append(env, "GRAPH_TOKEN=endpoint-token"), nil, &out, &errs); code != 0 {
			t.Fatalf("exit code %d\n%s\n%s", code, out.String(), errs.String())
		}
		return errs.String()
	}

	run()
	for _, header := range sent {
		if header != "" {
			t.Fatalf("nobody asked, and a request carries traceparent %s", header)
		}
	}
	if len(sent) == 0 || len(spans) > 0 {
		t.Fatalf("%d requests, %d spans", len(sent), len(spans))
	}
	sent = nil

	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	if stderr := run("OTEL_EXPORTER_OTLP_ENDPOINT="+collected.URL, "TRACEPARENT="+parent); stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
	byID, names := map[string]*trace.Span{}, map[string]int{}
	for _, s := range spans {
		byID[hex.EncodeToString(s.GetSpanId())] = s
		names[strings.Fields(s.GetName())[0]]++
		if hex.EncodeToString(s.GetTraceId()) != parent[3:35] {
			t.Errorf("span %s is of another trace", s.GetName())
		}
		for _, a := range s.GetAttributes() {
			if strings.Contains(a.GetValue().GetStringValue(), "endpoint-token") {
				t.Errorf("the token stands in %s of span %s", a.GetKey(), s.GetName())
			}
		}
	}
	if names["graphpact"] != 1 || names["UPD-02"] != 1 || names["UPD-22"] != 1 || names["PATCH"] == 0 || names["GET"] == 0 {
		t.Errorf("spans %v", names)
	}
	for _, header := range sent {
		parts := strings.Split(header, "-")
		if len(parts) != 4 || byID[parts[2]] == nil || byID[parts[2]].GetKind() != trace.Span_SPAN_KIND_CLIENT {
			t.Errorf("a request carries traceparent %q, and the collector has no span of it", header)
		}
	}
	inScenario := 0
	for _, s := range spans {
		above := byID[hex.EncodeToString(s.GetParentSpanId())]
		switch {
		case s.GetName() == "graphpact run":
			if hex.EncodeToString(s.GetParentSpanId()) != parent[36:52] {
				t.Error("the run is not below the span that started it")
			}
		case above == nil:
			t.Errorf("span %s is below none of the run's", s.GetName())
		case strings.HasPrefix(above.GetName(), "UPD-"):
			inScenario++
		case above.GetName() != "graphpact run":
			t.Errorf("span %s is below %s", s.GetName(), above.GetName())
		}
	}
	if inScenario < 3 {
		t.Errorf("%d requests are below the span of a scenario", inScenario)
	}

	// A collector that is broken changes no verdict, and is reported.
	answer = http.StatusServiceUnavailable
	if stderr := run("OTEL_EXPORTER_OTLP_ENDPOINT=" + collected.URL); !strings.Contains(stderr, "the collector answers 503") {
		t.Errorf("stderr: %s", stderr)
	}
}

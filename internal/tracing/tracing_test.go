package tracing

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func lookup(vars ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, v := range vars {
			if n, value, _ := strings.Cut(v, "="); n == name {
				return value, true
			}
		}
		return "", false
	}
}

func TestFromEnv(t *testing.T) {
	t.Parallel()
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"
	for _, tc := range []struct {
		name string
		vars []string
		want *Config
		err  string
	}{
		{"nothing is asked for", []string{"OTEL_SERVICE_NAME=x", "TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, nil, ""},
		{"an endpoint of all signals", []string{endpoint}, &Config{Endpoint: "http://localhost:4318/v1/traces"}, ""},
		{"with a path", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=https://c.example/otlp/"}, &Config{Endpoint: "https://c.example/otlp/v1/traces"}, ""},
		{"an endpoint of traces is taken as it is", []string{endpoint, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c.example/x"}, &Config{Endpoint: "http://c.example/x"}, ""},
		{"disabled", []string{endpoint, "OTEL_SDK_DISABLED=true"}, nil, ""},
		{"no exporter", []string{endpoint, "OTEL_TRACES_EXPORTER=none"}, nil, ""},
		{"this exporter", []string{endpoint, "OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, &Config{Endpoint: "http://localhost:4318/v1/traces"}, ""},
		{
			"all of it",
			[]string{
				endpoint, "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b, x=1,", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_TIMEOUT=500",
				"OTEL_SERVICE_NAME=lamps", "OTEL_RESOURCE_ATTRIBUTES=service.name=other,deployment.environment.name=ci", "OTEL_EXPORTER_OTLP_CERTIFICATE=ca.pem",
				"TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
			},
			&Config{
				Endpoint: "http://localhost:4318/v1/traces", JSON: true, Timeout: 500 * time.Millisecond, CAFile: "ca.pem",
				Header: http.Header{"Api-Key": {"a b"}, "X": {"1"}}, Resource: map[string]string{"service.name": "lamps", "deployment.environment.name": "ci"},
				Parent: SpanContext{[16]byte{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c}, [8]byte{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}},
			}, "",
		},
		{"a parent that is none", []string{endpoint, "TRACEPARENT=yes"}, &Config{Endpoint: "http://localhost:4318/v1/traces"}, ""},
		{"no URL", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318"}, nil, "OTEL_EXPORTER_OTLP_ENDPOINT: write it as http://"},
		{"grpc", []string{endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, nil, `OTEL_EXPORTER_OTLP_PROTOCOL="grpc": http/protobuf and http/json are known`},
		{"another exporter", []string{endpoint, "OTEL_TRACES_EXPORTER=zipkin"}, nil, `OTEL_TRACES_EXPORTER="zipkin"`},
		{"no time", []string{endpoint, "OTEL_EXPORTER_OTLP_TIMEOUT=soon"}, nil, "write milliseconds"},
		{"a header that is none", []string{endpoint, "OTEL_EXPORTER_OTLP_HEADERS=secret-text"}, nil, "OTEL_EXPORTER_OTLP_HEADERS: write it as name=value"},
		{"a header that is two", []string{endpoint, "OTEL_EXPORTER_OTLP_HEADERS=a=b%0d%0ac"}, nil, "OTEL_EXPORTER_OTLP_HEADERS: write it as name=value"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := FromEnv(lookup(tc.vars...))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || strings.Contains(err.Error(), "secret-text") {
					t.Errorf("%v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if w := tc.want; w != nil {
				if w.Timeout == 0 {
					w.Timeout = defaultTimeout
				}
				if w.Header == nil {
					w.Header = http.Header{}
				}
				if w.Resource == nil {
					w.Resource = map[string]string{"service.name": "graphpact"}
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseTraceparent(t *testing.T) {
	t.Parallel()
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	if s, ok := ParseTraceparent(good); !ok || s.Traceparent() != good {
		t.Errorf("%v, %v", s, ok)
	}
	for _, bad := range []string{
		"", "00", "ff" + good[2:], strings.ToUpper(good), "00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", "00-zz" + good[5:],
	} {
		if _, ok := ParseTraceparent(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestExportIsOTLP(t *testing.T) {
	t.Parallel()
	var got collector.ExportTraceServiceRequest
	received := make(chan struct{}, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(data, &got)
		}
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("Api-Key") != "k" {
			t.Errorf("%v, %s %s %v", err, r.Method, r.URL, r.Header)
		}
		received <- struct{}{}
	}))
	defer srv.Close()
	parent, _ := ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	tr, err := New(&Config{Endpoint: srv.URL + "/v1/traces", Timeout: 5 * time.Second, Header: http.Header{"Api-Key": {"k"}}, Resource: map[string]string{"service.name": "lamps"}, Parent: parent}, "1.2.3", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(100, 5)
	ctx, run := tr.Start(t.Context(), "run", Internal, at)
	_, request := tr.Start(ctx, "PATCH", Client, at)
	request.Text("url.full", "https://a.example/\xff")
	request.Text("empty", "")
	request.Number("http.response.status_code", 400)
	request.End(at.Add(time.Second), "400 Bad Request")
	run.End(at.Add(2*time.Second), "")
	if err := tr.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-received
	rs := got.GetResourceSpans()[0]
	if a := rs.GetResource().GetAttributes(); len(a) != 1 || a[0].GetValue().GetStringValue() != "lamps" {
		t.Errorf("resource %v", a)
	}
	spans := rs.GetScopeSpans()[0].GetSpans()
	if len(spans) != 2 || rs.GetScopeSpans()[0].GetScope().GetVersion() != "1.2.3" {
		t.Fatalf("%v", &got)
	}
	patch, root := spans[0], spans[1]
	if string(root.GetParentSpanId()) != string(parent.Span[:]) || string(root.GetTraceId()) != string(parent.Trace[:]) {
		t.Errorf("the run is not below the span that started it: %v", root)
	}
	if string(patch.GetParentSpanId()) != string(root.GetSpanId()) || string(patch.GetTraceId()) != string(root.GetTraceId()) || patch.GetKind() != trace.Span_SPAN_KIND_CLIENT {
		t.Errorf("the request is not below the run: %v", patch)
	}
	if patch.GetStartTimeUnixNano() != 100e9+5 || patch.GetEndTimeUnixNano() != 101e9+5 || patch.GetStatus().GetCode() != trace.Status_STATUS_CODE_ERROR {
		t.Errorf("%v", patch)
	}
	if a := patch.GetAttributes(); len(a) != 2 || a[0].GetValue().GetStringValue() != "https://a.example/\ufffd" || a[1].GetValue().GetIntValue() != 400 {
		t.Errorf("attributes %v", a)
	}
}

func TestExportAsJSON(t *testing.T) {
	t.Parallel()
	s, _ := ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	body, media, err := encode(&collector.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{ScopeSpans: []*trace.ScopeSpans{{Spans: []*trace.Span{{
		TraceId: s.Trace[:], SpanId: s.Span[:], Name: `{"traceId":"AAAA"}`, Kind: trace.Span_SPAN_KIND_CLIENT, StartTimeUnixNano: 7,
	}}}}}}}, true)
	if err != nil || media != "application/json" {
		t.Fatalf("%s, %v", media, err)
	}
	var got any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"resourceSpans": []any{map[string]any{"scopeSpans": []any{map[string]any{"spans": []any{map[string]any{
		"traceId": hex.EncodeToString(s.Trace[:]), "spanId": hex.EncodeToString(s.Span[:]), "name": `{"traceId":"AAAA"}`, "kind": 3.0, "startTimeUnixNano": "7",
	}}}}}}}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFlushTells: what is wrong with a collector is said, without a secret.
func TestFlushTells(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer srv.Close()
	for endpoint, want := range map[string]string{
		srv.URL + "/v1/traces?key=secret":   "1 spans were not exported to " + srv.URL + "/v1/traces: the collector answers 401 Unauthorized",
		"http://127.0.0.1:1/v1?key=secret":  "connection refused",
		"http://u:secret@127.0.0.1:1/v1/tr": "to http://127.0.0.1:1/v1/tr",
	} {
		tr, err := New(&Config{Endpoint: endpoint, Timeout: 5 * time.Second, Header: http.Header{"Api-Key": {"secret"}}}, "1", rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, s := tr.Start(t.Context(), "run", Internal, time.Now())
		s.End(time.Now(), "")
		if err := tr.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want %q", err, want)
		}
		if err := tr.Flush(t.Context()); err != nil {
			t.Errorf("a second flush has nothing to export: %v", err)
		}
	}
}

func TestTooManySpans(t *testing.T) {
	t.Parallel()
	tr, err := New(&Config{Endpoint: "http://127.0.0.1:1", Timeout: time.Second}, "1", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tr.spans = make([]*trace.Span, maxSpans)
	_, s := tr.Start(t.Context(), "run", Internal, time.Now())
	s.End(time.Now(), "")
	tr.spans = nil
	if err := tr.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "1 spans were not exported: a run keeps at most") {
		t.Error(err)
	}
}

package tracing

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"graphpact/internal/transport"
)

// The most spans that a run keeps until its end, and that one export carries.
const (
	maxSpans  = 100_000
	batchSize = 512
)

// Tracer makes spans, and exports them at the end of the run.
type Tracer struct {
	cfg     Config
	version string
	random  io.Reader
	client  http.RoundTripper

	mu      sync.Mutex
	spans   []*trace.Span
	dropped int
}

// New makes a tracer of the program of that version. The source of randomness is for ids.
func New(cfg *Config, version string, random io.Reader) (*Tracer, error) {
	t, err := transport.New(transport.TLSFiles{CA: cfg.CAFile, Cert: cfg.CertFile, Key: cfg.KeyFile}, cfg.Timeout)
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_…CERTIFICATE: %w", err)
	}
	return &Tracer{cfg: *cfg, version: version, random: random, client: t}, nil
}

// Kind says what a span is about.
type Kind = trace.Span_SpanKind

// The kinds.
const (
	Internal = trace.Span_SPAN_KIND_INTERNAL
	Client   = trace.Span_SPAN_KIND_CLIENT // a request and its answer
)

// Span is a part of the run. A nil Span does nothing, so that nobody has to ask whether
// tracing is on.
type Span struct {
	tracer  *Tracer
	context SpanContext
	message *trace.Span
}

type spanKey struct{}

// Start begins a span below that of the context, and gives a context for what is below it.
func (t *Tracer) Start(ctx context.Context, name string, kind Kind, at time.Time) (context.Context, *Span) {
	parent := t.cfg.Parent
	if above, ok := ctx.Value(spanKey{}).(*Span); ok {
		parent = above.context
	}
	s := &Span{tracer: t, context: SpanContext{Trace: parent.Trace}}
	if parent.IsZero() {
		_, _ = io.ReadFull(t.random, s.context.Trace[:]) // crypto/rand does not fail; a zero id is not exported
	}
	_, _ = io.ReadFull(t.random, s.context.Span[:])
	s.message = &trace.Span{
		TraceId: s.context.Trace[:], SpanId: s.context.Span[:], Name: name, Kind: kind, StartTimeUnixNano: uint64(at.UnixNano()), Flags: 1,
	}
	if !parent.IsZero() {
		s.message.ParentSpanId = parent.Span[:]
	}
	return context.WithValue(ctx, spanKey{}, s), s
}

// Context identifies the span.
func (s *Span) Context() SpanContext { return s.context }

// Text sets an attribute; an empty text is none.
func (s *Span) Text(name, value string) {
	if value != "" {
		s.set(name, &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: strings.ToValidUTF8(value, "\ufffd")}})
	}
}

// Number sets an attribute.
func (s *Span) Number(name string, value int) {
	s.set(name, &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: int64(value)}})
}

func (s *Span) set(name string, v *common.AnyValue) {
	s.message.Attributes = append(s.message.Attributes, &common.KeyValue{Key: name, Value: v})
}

// End ends the span; failed says why it is an error, empty where it is none.
func (s *Span) End(at time.Time, failed string) {
	s.message.EndTimeUnixNano = uint64(at.UnixNano())
	if failed != "" {
		s.message.Status = &trace.Status{Code: trace.Status_STATUS_CODE_ERROR, Message: strings.ToValidUTF8(failed, "\ufffd")}
	}
	t := s.tracer
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.spans) >= maxSpans || s.context.IsZero() {
		t.dropped++
		return
	}
	t.spans = append(t.spans, s.message)
}

// Flush exports what has ended, within the timeout of the configuration. Its error says what
// is wrong with the collector, and shows no credential.
func (t *Tracer) Flush(ctx context.Context) error {
	defer transport.CloseIdle(t.client)
	t.mu.Lock()
	spans, dropped := t.spans, t.dropped
	t.spans, t.dropped = nil, 0
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Timeout)
	defer cancel()
	total := len(spans)
	for batch := range slices.Chunk(spans, batchSize) {
		if err := t.export(ctx, batch); err != nil {
			return fmt.Errorf("%d spans were not exported to %s: %w", total, shown(t.cfg.Endpoint), err)
		}
		total -= len(batch)
	}
	if dropped > 0 {
		return fmt.Errorf("%d spans were not exported: a run keeps at most %d", dropped, maxSpans)
	}
	return nil
}

// export sends one batch.
func (t *Tracer) export(ctx context.Context, batch []*trace.Span) error {
	var attrs []*common.KeyValue
	for _, name := range slices.Sorted(maps.Keys(t.cfg.Resource)) {
		attrs = append(attrs, &common.KeyValue{Key: name, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: t.cfg.Resource[name]}}})
	}
	message := &collector.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{
		Resource:   &resource.Resource{Attributes: attrs},
		ScopeSpans: []*trace.ScopeSpans{{Scope: &common.InstrumentationScope{Name: "graphpact", Version: t.version}, Spans: batch}},
	}}}
	body, media, err := encode(message, t.cfg.JSON)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.cfg.Endpoint, bytes.NewReader(body))
	if err != nil {
		return errors.New("no request can be made of that address") // the error has all of it, with a query that may hold a key
	}
	req.Header = t.cfg.Header.Clone()
	req.Header.Set("Content-Type", media)
	req.Header.Set("User-Agent", "graphpact/"+t.version)
	resp, _, _, err := transport.Exchange(t.client, req, 64<<10) //nolint:bodyclose // Exchange closes it
	if resp == nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answers %s", transport.Status(resp.StatusCode))
	}
	return nil
}

// encode gives the message as one of the two protocols has it.
func encode(message *collector.ExportTraceServiceRequest, asJSON bool) (body []byte, media string, err error) {
	if !asJSON {
		body, err = proto.Marshal(message)
		return body, "application/x-protobuf", err
	}
	// OTLP writes ids in hex and enums as numbers, other than the JSON of protobuf does.
	body, err = protojson.MarshalOptions{UseEnumNumbers: true}.Marshal(message)
	return hexIDs(body), "application/json", err
}

// hexIDs turns the ids of spans from base64, as the JSON of protobuf has bytes, into hex, as
// OTLP has them (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
func hexIDs(message []byte) []byte {
	ids := regexp.MustCompile(`"(?:trace|span|parentSpan)Id":\s*"[^"]*"`) // within a text the quotes are escaped
	return ids.ReplaceAllFunc(message, func(member []byte) []byte {
		at := bytes.LastIndexByte(member[:len(member)-1], '"') + 1
		id, _ := base64.StdEncoding.DecodeString(string(member[at : len(member)-1])) // protobuf has written it
		return fmt.Appendf(nil, `%s%x"`, member[:at], id)
	})
}

// shown is a URL without what may be secret.
func shown(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the collector"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

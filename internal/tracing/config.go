// Package tracing tells an OpenTelemetry collector how a run went: spans of the run, its
// scenarios and their requests, by OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/).
// It is off unless the standard variables ask for it, and never changes a verdict.
//
// The messages are the published protobuf types. The SDK and its exporter are not used: they
// would add 8.6 MB to the program, gRPC among it, and a millisecond to every start.
package tracing

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The variables, of which one in the name of traces beats that of all signals
// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
const (
	envDisabled  = "OTEL_SDK_DISABLED"
	envExporter  = "OTEL_TRACES_EXPORTER"
	envService   = "OTEL_SERVICE_NAME"
	envResource  = "OTEL_RESOURCE_ATTRIBUTES"
	envParent    = "TRACEPARENT"
	envAll       = "OTEL_EXPORTER_OTLP_"
	envTraces    = "OTEL_EXPORTER_OTLP_TRACES_"
	onlyEndpoint = "ENDPOINT"
)

const defaultTimeout = 10 * time.Second

// Config says where spans go.
type Config struct {
	Endpoint string      // the whole URL of the traces
	Header   http.Header // goes with each export; it may hold a credential
	JSON     bool        // the protocol is http/json, and not http/protobuf
	Timeout  time.Duration
	// CAFile, CertFile and KeyFile are PEM files, empty for none.
	CAFile, CertFile, KeyFile string
	Resource                  map[string]string // the attributes of the program, service.name among them
	Parent                    SpanContext       // the span that started the program, zero for none
}

// FromEnv reads the standard variables; nil where they ask for nothing. No error shows a value
// that may be a secret.
func FromEnv(env func(string) (string, bool)) (*Config, error) {
	get := func(name string) string { v, _ := env(name); return strings.TrimSpace(v) }
	one := func(name string) (value, variable string) {
		if v := get(envTraces + name); v != "" {
			return v, envTraces + name
		}
		return get(envAll + name), envAll + name
	}
	endpoint, variable := one(onlyEndpoint)
	if endpoint == "" || strings.EqualFold(get(envDisabled), "true") {
		return nil, nil
	}
	switch exporter := get(envExporter); exporter {
	case "", "otlp":
	case "none":
		return nil, nil
	default:
		return nil, fmt.Errorf("%s=%q: only otlp and none are known", envExporter, exporter)
	}
	c := &Config{Header: http.Header{}, Timeout: defaultTimeout, Resource: map[string]string{"service.name": "graphpact"}}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%s: write it as http://localhost:4318", variable)
	}
	if variable == envAll+onlyEndpoint {
		u.Path = strings.TrimRight(u.Path, "/") + "/v1/traces"
	}
	c.Endpoint = u.String()
	switch protocol, variable := one("PROTOCOL"); protocol {
	case "", "http/protobuf":
	case "http/json":
		c.JSON = true
	default:
		return nil, fmt.Errorf("%s=%q: http/protobuf and http/json are known; a collector takes them at port 4318", variable, protocol)
	}
	if v, variable := one("TIMEOUT"); v != "" {
		ms, err := strconv.Atoi(v)
		if err != nil || ms < 1 {
			return nil, fmt.Errorf("%s=%q: write milliseconds, as 10000", variable, v)
		}
		c.Timeout = time.Duration(ms) * time.Millisecond
	}
	headers, variable := one("HEADERS")
	err = list(headers, variable, func(name, value string) { c.Header.Set(name, value) })
	err = errors.Join(err, list(get(envResource), envResource, func(name, value string) { c.Resource[name] = value }))
	if err != nil {
		return nil, err
	}
	if name := get(envService); name != "" {
		c.Resource["service.name"] = name
	}
	c.CAFile, _ = one("CERTIFICATE")
	c.CertFile, _ = one("CLIENT_CERTIFICATE")
	c.KeyFile, _ = one("CLIENT_KEY")
	c.Parent, _ = ParseTraceparent(get(envParent)) // one that is none is as if there were none
	return c, nil
}

// list reads "a=1,b=2" with values that are percent-encoded.
func list(text, variable string, set func(name, value string)) error {
	for _, part := range strings.Split(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil || strings.ContainsAny(name+value, "\r\n") {
			return fmt.Errorf("%s: write it as name=value,name=value, values percent-encoded", variable)
		}
		set(name, value)
	}
	return nil
}

// SpanContext identifies a span (https://www.w3.org/TR/trace-context/).
type SpanContext struct {
	Trace [16]byte
	Span  [8]byte
}

// IsZero reports whether it identifies none.
func (s SpanContext) IsZero() bool { return s.Trace == [16]byte{} || s.Span == [8]byte{} }

// Traceparent is the header that hands it on, sampled.
func (s SpanContext) Traceparent() string {
	return "00-" + hex.EncodeToString(s.Trace[:]) + "-" + hex.EncodeToString(s.Span[:]) + "-01"
}

// ParseTraceparent reads the header; false where it is none.
func ParseTraceparent(text string) (SpanContext, bool) {
	var s SpanContext
	parts := strings.Split(text, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || parts[0] == "ff" || len(parts[1]) != 32 || len(parts[2]) != 16 || strings.ToLower(text) != text {
		return s, false
	}
	_, err1 := hex.Decode(s.Trace[:], []byte(parts[1]))
	_, err2 := hex.Decode(s.Span[:], []byte(parts[2]))
	if err1 != nil || err2 != nil || s.IsZero() {
		return SpanContext{}, false
	}
	return s, true
}

package harness

import (
	"context"
	"fmt"
	"strings"
	"time"

	"graphpact/internal/atomicfile"
	"graphpact/internal/client"
	"graphpact/internal/har"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/tracing"
	"graphpact/internal/transport"
)

// observe is what the session does with each request: it is recorded, and a span.
func (s *session) observe(ctx context.Context, ex *client.Exchange) func() {
	var after []func()
	if s.cfg.recorder != nil {
		after = append(after, s.record(ex))
	}
	if s.cfg.tracer != nil {
		after = append(after, s.trace(ctx, ex))
	}
	return func() {
		for _, f := range after {
			f()
		}
	}
}

// trace makes a span of a request, and hands its context on to the target. The names are
// those of https://opentelemetry.io/docs/specs/semconv/http/http-spans/.
func (s *session) trace(ctx context.Context, ex *client.Exchange) func() {
	_, span := s.cfg.tracer.Start(ctx, ex.Method, tracing.Client, time.Now())
	if ex.RequestHeader != nil && ex.RequestHeader.Get(traceparent) == "" {
		ex.RequestHeader.Set(traceparent, span.Context().Traceparent())
	}
	return func() {
		span.Text("http.request.method", ex.Method)
		span.Text("url.full", s.client.Mask(ex.URL))
		span.Text("graphpact.purpose", s.client.Mask(ex.Purpose))
		if ex.Status > 0 {
			span.Number("http.response.status_code", ex.Status)
		}
		if ex.Attempts > 1 {
			span.Number("http.request.resend_count", ex.Attempts-1)
		}
		failed := ""
		switch {
		case ex.Err != nil:
			failed = s.client.Mask(ex.Err.Error())
			span.Text("error.type", "no complete answer")
		case ex.Status >= 400: // for a client's span; the scenario may have wanted it
			failed = transport.Status(ex.Status)
			span.Text("error.type", fmt.Sprint(ex.Status))
		}
		span.End(time.Now(), failed)
	}
}

const traceparent = "Traceparent"

// traceScenario makes a span of a scenario. The names are those of
// https://opentelemetry.io/docs/specs/semconv/registry/attributes/test/.
func (c *RunConfig) traceScenario(operation string) func(context.Context, scenario.Case) (context.Context, func(result.Requirement)) {
	if c.Tracer == nil {
		return nil
	}
	return func(ctx context.Context, sc scenario.Case) (context.Context, func(result.Requirement)) {
		ctx, span := c.Tracer.Start(ctx, sc.Key()+" "+sc.Name, tracing.Internal, time.Now())
		return ctx, func(q result.Requirement) {
			span.Text("test.case.name", sc.Key())
			span.Text("test.suite.name", operation)
			span.Text("graphpact.level", string(q.Level))
			span.Text("graphpact.verdict", string(q.Verdict))
			failed := ""
			switch q.Verdict {
			case result.Pass, result.Warn:
				span.Text("test.case.result.status", "pass")
			case result.Fail, result.Flaky, result.Error:
				span.Text("test.case.result.status", "fail")
				failed = q.Why()
			case result.Skip, result.Waived:
			}
			span.End(time.Now(), failed)
		}
	}
}

// traced runs the whole of a run in a span. What goes wrong with it is no verdict.
func (c *RunConfig) traced(ctx context.Context, run func(context.Context) (*Result, error)) (*Result, error) {
	if c.Tracer == nil {
		return run(ctx)
	}
	c.Target.tracer = c.Tracer
	ctx, span := c.Tracer.Start(ctx, "graphpact run", tracing.Internal, time.Now())
	r, err := run(ctx)
	failed := ""
	if err != nil {
		failed = strings.SplitN(err.Error(), "\n", 2)[0]
	}
	if r != nil {
		headline, why := r.Headline()
		span.Text("graphpact.run.id", r.ID)
		span.Text("graphpact.headline", string(headline))
		span.Text("graphpact.endpoint", r.Target.BaseURL)
		span.Number("graphpact.requirements", r.Totals.Requirements)
		status := "success"
		if !r.Clean() {
			status, failed = "failure", strings.Join(why, ", ")
		}
		span.Text("test.suite.run.status", status)
	}
	span.End(time.Now(), failed)
	return r, err
}

// record adds an exchange to the recording of the run, secrets masked.
func (s *session) record(ex *client.Exchange) func() {
	return func() {
		if ex.Attempts == 0 {
			return // nothing was sent
		}
		x := &har.Recorded{
			Purpose: s.client.Mask(ex.Purpose), Method: ex.Method, URL: s.client.Mask(ex.URL), Proto: ex.Proto,
			Started: ex.Started, Duration: ex.Duration, Attempts: ex.Attempts,
			RequestHeader: s.client.MaskHeader(ex.RequestHeader), RequestBody: s.client.Mask(string(ex.RequestBody)),
			Status: ex.Status, ResponseHeader: s.client.MaskHeader(ex.Header), ResponseBody: s.client.Mask(string(ex.Body)),
			Truncated: ex.Truncated || ex.Err != nil && len(ex.Body) > 0, // a body that was cut may end within a secret
		}
		if ex.Err != nil {
			x.Err = s.client.Mask(ex.Err.Error())
		}
		s.cfg.recorder.Add(x)
	}
}

// writeRecording writes the recording where one was asked for, and gives its file.
func (c *Config) writeRecording() ([]string, error) {
	if c.HAR == "" {
		return nil, nil
	}
	data, err := c.Target.recorder.Bytes(har.Creator{Name: c.Tool.Name, Version: c.Tool.Version})
	if err == nil {
		err = atomicfile.Write(c.HAR, data)
	}
	if err != nil {
		return nil, fmt.Errorf("--har: %w", err)
	}
	return []string{c.HAR}, nil
}

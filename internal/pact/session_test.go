package pact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"graphpact/internal/edm"
	"graphpact/internal/golden"

	"github.com/google/go-cmp/cmp"
)

// plantedToken is what no pact may hold. The requests of the tests carry it.
const plantedToken = "planted-4711-token-0815"

func open(tb testing.TB, change func(*Options)) *Session {
	tb.Helper()
	opts := Options{Installation: Installation{Helper: helperProgram(tb)}, Consumer: "consumer", Provider: "provider", Dir: tb.TempDir(), Timeout: time.Minute, Secrets: []string{plantedToken}}
	if change != nil {
		change(&opts)
	}
	s, err := Open(tb.Context(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// setColour is an interaction with all that an update has.
func setColour(n int) Interaction {
	return Interaction{
		Description: fmt.Sprintf("an update that sets the colour, %03d", n),
		Requirement: "UPD-01",
		Sources:     []string{"lamp-update.md:12", "patch-merge"},
		States:      []State{{Name: "the lamp is off", Params: map[string]any{"id": "42", "level": 7, "text": `say "hi"`, "nothing": nil, "list": []string{"true"}, "lampId": fmt.Sprint(n)}}},
		Request: Request{
			Method: "PATCH", Path: fmt.Sprintf("/rooms/r('1')/lamps/%d", n), PathFrom: "/rooms/r('1')/lamps/${lampId}",
			Header: map[string]any{"Authorization": BearerToken(), "Content-Type": JSONMediaType(), "Prefer": "return=representation"},
			Body:   map[string]any{"colour": "red"},
		},
		Response: Response{
			Status: 200,
			Header: map[string]any{"Content-Type": JSONMediaType()},
			Body: map[string]any{
				"@odata.type": Regex(`^#lamps\.`+`[a-z]+$`, "#lamps.lamp"),
				"id":          NotEmpty("l-1"),
				"colour":      Nullable(Enum([]string{"red", "blue"}, "red")),
				"changed":     Regex(edm.DateTimeOffsetPattern, "2024-03-22T21:28:02.7164229Z"),
				"power":       AnyOf(Number(1.5), Regex(`^(-?INF|NaN)$`, "INF")),
				"on":          Boolean(true),
				"level":       Integer(3),
				"tags":        EachLike(Type("t")),
				"maker":       map[string]any{"name": Type("m")},
			},
		},
	}
}

// send sends the request that setColour expects, as changed.
func send(change func(*http.Request)) func(context.Context, string) error {
	return sendTo("/rooms/r('1')/lamps/1", `{"colour":"red"}`, change)
}

func sendTo(path, body string, change func(*http.Request)) func(context.Context, string) error {
	return func(ctx context.Context, base string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPatch, base+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+plantedToken)
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("Prefer", "return=representation")
		if change != nil {
			change(req)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}

func TestRecordWritesPact(t *testing.T) {
	t.Parallel()
	var runs [][]byte
	for _, order := range [][]int{{1, 2, 3}, {3, 1, 2}} {
		s := open(t, nil)
		for _, n := range order {
			i := setColour(n)
			if n == 3 {
				i.Requirement, i.Sources, i.States, i.Request.PathFrom = "", nil, nil, ""
			}
			if err := s.Record(t.Context(), i, sendTo(fmt.Sprintf("/rooms/r('1')/lamps/%d", n), `{"colour":"red"}`, nil)); err != nil {
				t.Fatal(err)
			}
		}
		data, err := s.Finish(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, data)
	}
	if diff := cmp.Diff(string(runs[0]), string(runs[1])); diff != "" {
		t.Errorf("the second run gave other bytes:\n%s", diff)
	}
	golden.Check(t, "lamps.pact.json", runs[0])
	if bytes.Contains(runs[0], []byte(plantedToken)) {
		t.Error("the token stands in the pact")
	}

	f, err := Parse(runs[0])
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range f.Interactions {
		got = append(got, i.Description)
	}
	want := []string{setColour(3).Description, setColour(1).Description, setColour(2).Description}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("interactions (-want +got):\n%s", diff)
	}
	params := f.Interactions[1].States[0].Params
	wantParams := map[string]any{"id": "42", "level": json.Number("7"), "text": `say "hi"`, "nothing": nil, "list": []any{"true"}, "lampId": "1"}
	if diff := cmp.Diff(wantParams, params); diff != "" {
		t.Errorf("state parameters (-want +got):\n%s", diff)
	}
}

func TestRecordSideBySide(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			if err := s.Record(t.Context(), setColour(n), sendTo(fmt.Sprintf("/rooms/r('1')/lamps/%d", n), `{"colour":"red"}`, nil)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	data, err := s.Finish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f, err := Parse(data); err != nil || len(f.Interactions) != 16 {
		t.Fatalf("%v, %v", f, err)
	}
}

func TestMismatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		test func(context.Context, string) error
		want []Mismatch
	}{
		{
			"body", sendTo("/rooms/r('1')/lamps/1", `{"colour":"blue"}`, nil),
			[]Mismatch{{
				Method: "PATCH", Path: "/rooms/r('1')/lamps/1", Part: "body $.colour", Expected: `"red"`, Actual: `"blue"`,
				Text: "Expected 'blue' (String) to be equal to 'red' (String)",
			}},
		},
		{
			"header", send(func(r *http.Request) { r.Header.Set("Authorization", "Basic x") }),
			[]Mismatch{{
				Method: "PATCH", Path: "/rooms/r('1')/lamps/1", Part: "header Authorization", Expected: "Bearer <token>", Actual: "Basic x",
				Text: "Mismatch with header 'Authorization': Expected 'Basic x' to match '^Bearer .+$'",
			}},
		},
		{
			"no request", func(context.Context, string) error { return nil },
			[]Mismatch{{Method: "PATCH", Path: "/rooms/r('1')/lamps/1", Text: "the request was not sent", Missing: true}},
		},
		{
			"another path", sendTo("/rooms/2", `{"colour":"red"}`, nil),
			[]Mismatch{
				{Method: "PATCH", Path: "/rooms/2", Text: "the request was sent, and is not expected"},
				{Method: "PATCH", Path: "/rooms/r('1')/lamps/1", Text: "the request was not sent", Missing: true},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, nil)
			err := s.Record(t.Context(), setColour(1), tt.test)
			var mismatch *MismatchError
			if !errors.As(err, &mismatch) {
				t.Fatalf("got %v, want a MismatchError", err)
			}
			if diff := cmp.Diff(tt.want, mismatch.Mismatches); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), plantedToken) {
				t.Errorf("the error shows the token: %v", err)
			}
			if _, err := s.Finish(t.Context()); err == nil || !strings.Contains(err.Error(), setColour(1).Description) {
				t.Errorf("Finish after a mismatch: %v", err)
			}
		})
	}
}

func TestFailedRecordMayBeRepeated(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	if err := s.Record(t.Context(), setColour(1), sendTo("/x", `{}`, nil)); err == nil {
		t.Fatal("a wrong request passed")
	}
	if err := s.Record(t.Context(), setColour(1), send(nil)); err != nil {
		t.Fatal(err)
	}
	if err := s.Record(t.Context(), setColour(1), send(nil)); err == nil || !strings.Contains(err.Error(), "recorded already") {
		t.Errorf("recorded twice: %v", err)
	}
	if _, err := s.Finish(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestErrorsOfTheTest(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection broke")
	s := open(t, nil)
	err := s.Record(t.Context(), setColour(1), func(context.Context, string) error { return broken })
	var mismatch *MismatchError
	if !errors.Is(err, broken) || errors.As(err, &mismatch) {
		t.Errorf("without a request: %v", err)
	}
	err = s.Record(t.Context(), setColour(2), func(ctx context.Context, base string) error {
		return errors.Join(broken, sendTo("/rooms/r('1')/lamps/2", `{"colour":"x"}`, nil)(ctx, base))
	})
	if !errors.Is(err, broken) || !errors.As(err, &mismatch) {
		t.Errorf("with a wrong request: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of the test was lost")
			}
		}()
		_ = s.Record(t.Context(), setColour(3), func(context.Context, string) error { panic("test") })
	}()
	// The session goes on after all of them.
	if err := s.Record(t.Context(), setColour(1), send(nil)); err != nil {
		t.Error(err)
	}
}

func TestHelperKilledWhileRecording(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	err := s.Record(t.Context(), setColour(1), func(ctx context.Context, _ string) error {
		if err := s.helper.cmd.Process.Kill(); err != nil {
			return err
		}
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if err == nil || !strings.Contains(err.Error(), "ended unexpectedly (signal: killed)") {
		t.Errorf("got %v", err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the test went on until its timeout: %v", err)
	}
	if err := s.Record(t.Context(), setColour(2), sendTo("/rooms/r('1')/lamps/2", `{"colour":"red"}`, nil)); err != nil {
		t.Errorf("the next interaction: %v", err)
	}
	if _, err := s.Finish(t.Context()); err == nil {
		t.Error("Finish gave a pact that lacks an interaction")
	}
}

func TestHelperHangs(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	err := s.Record(t.Context(), setColour(1), func(context.Context, string) error {
		s.helper.timeout = 300 * time.Millisecond
		return s.helper.cmd.Process.Signal(syscall.SIGSTOP)
	})
	if err == nil || !strings.Contains(err.Error(), "did not answer within 300ms") {
		t.Errorf("got %v", err)
	}
}

func TestTestIsBounded(t *testing.T) {
	t.Parallel()
	h := &helper{timeout: 50 * time.Millisecond, ended: make(chan struct{})}
	err := h.runTest(t.Context(), "", func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestCancelKillsHelper(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	s, err := Open(ctx, Options{Installation: Installation{Helper: helperProgram(t)}, Consumer: "c", Provider: "p", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Record(ctx, setColour(1), func(context.Context, string) error {
		cancel()
		<-s.helper.ended
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Record: %v", err)
	}
	if _, err := s.Finish(t.Context()); !errors.Is(err, context.Canceled) {
		t.Errorf("Finish: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFinishWithoutRecord(t *testing.T) {
	t.Parallel()
	if _, err := open(t, nil).Finish(t.Context()); err == nil || !strings.Contains(err.Error(), "no interaction was recorded") {
		t.Errorf("got %v", err)
	}
}

func TestFinishRefusesSecret(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"lamps.lamp", "return=rep", "/rooms/r('1')"} {
		s := open(t, func(o *Options) { o.Secrets = []string{secret} })
		if err := s.Record(t.Context(), setColour(1), send(nil)); err != nil {
			t.Fatal(err)
		}
		if data, err := s.Finish(t.Context()); err == nil || data != nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %d bytes, %v", secret, len(data), err)
		}
	}
}

// TestFinishKeepsWords: a short secret that is a part of the page's words costs no pact.
func TestFinishKeepsWords(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *Options) { o.Secrets = []string{"", "e", "lamp", "red"} })
	if err := s.Record(t.Context(), setColour(1), send(nil)); err != nil {
		t.Fatal(err)
	}
	if data, err := s.Finish(t.Context()); err != nil || len(data) == 0 {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
}

func TestOpenRefusesNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "a/b", `a\b`, "a\nb"} {
		if _, err := Open(t.Context(), Options{Installation: Installation{Helper: helperProgram(t)}, Consumer: name, Provider: "p"}); err == nil {
			t.Errorf("the name %q passed", name)
		}
	}
}

func TestHelperGetsNoEnvironment(t *testing.T) {
	t.Setenv("GRAPH_TOKEN", plantedToken)
	t.Setenv("PACT_DESCRIPTION", "filter")
	at := Installation{Library: "/lib", Env: os.LookupEnv}
	for _, line := range at.environment() {
		if strings.Contains(line, plantedToken) || strings.HasPrefix(line, "PACT_DESCRIPTION") {
			t.Errorf("the helper gets %s", line)
		}
	}
	s := open(t, func(o *Options) { o.Env = os.LookupEnv })
	err := s.Record(t.Context(), setColour(1), func(ctx context.Context, base string) error {
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.helper.cmd.Process.Pid))
		if err == nil && (bytes.Contains(env, []byte(plantedToken)) || bytes.Contains(env, []byte("PACT_DESCRIPTION")) || !bytes.Contains(env, []byte("PACT_DO_NOT_TRACK=true"))) {
			t.Errorf("the helper runs with %q", env)
		}
		return send(nil)(ctx, base)
	})
	if err != nil {
		t.Error(err)
	}
}

func BenchmarkRecord(b *testing.B) {
	s := open(b, nil)
	n := 0
	for b.Loop() {
		n++
		if err := s.Record(b.Context(), setColour(n), sendTo(fmt.Sprintf("/rooms/r('1')/lamps/%d", n), `{"colour":"red"}`, nil)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "interactions/s")
}

// BenchmarkPact measures a whole pact: start of the helper, recordings, the file.
func BenchmarkPact(b *testing.B) {
	for _, size := range []int{1, 10, 50, 200} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			helperProgram(b)
			for b.Loop() {
				s := open(b, nil)
				for n := range size {
					if err := s.Record(b.Context(), setColour(n), sendTo(fmt.Sprintf("/rooms/r('1')/lamps/%d", n), `{"colour":"red"}`, nil)); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := s.Finish(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

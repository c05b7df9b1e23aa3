package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// aging shows another value of the property in each answer that has the entity. Where stores is
// set, one that a client sends stays.
func aging(name string, stores bool, value func(n int) any) func(http.Handler) http.Handler {
	var mu sync.Mutex
	var kept any
	n := 0
	return rewritten(func(_ *http.Request, data []byte, status int, body []byte) []byte {
		var sent, shown map[string]any
		if status != http.StatusOK || json.Unmarshal(body, &shown) != nil {
			return body
		}
		mu.Lock()
		defer mu.Unlock()
		n++
		shown[name] = value(n)
		if json.Unmarshal(data, &sent) == nil && stores && sent[name] != nil {
			kept = sent[name]
		}
		if kept != nil {
			shown[name] = kept
		}
		body, _ = json.Marshal(shown)
		return body
	})
}

// rewritten changes the bodies of answers, by the request, what it sent, and the status.
func rewritten(edit func(r *http.Request, sent []byte, status int, body []byte) []byte) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(sent))
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			body := edit(r, sent, rec.Code, rec.Body.Bytes())
			for key, values := range rec.Header() {
				if key != "Content-Length" {
					w.Header()[key] = values
				}
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(body)
		})
	}
}

// TestPropertyThatAges: what is another in each answer, as a measured value or the time of the last
// contact, changes by itself. It is nobody's damage, and hides none: what a client can set of it, or
// what has no value any more, is told.
func TestPropertyThatAges(t *testing.T) {
	t.Parallel()
	number := func(n int) any { return 1000 + n }
	moment := func(n int) any { return fmt.Sprintf("2026-04-01T10:%02d:%02dZ", n/60%60, n%60) }
	lost := func(n int) any {
		if n > 14 {
			return nil
		}
		return n
	}
	for name, tt := range map[string]struct {
		row, failed string
		stores      bool
		value       func(n int) any
	}{
		"a number":                            {row: "|seen|Int32|What is measured. Read-only.|", value: number},
		"a date":                              {row: "|seen|DateTimeOffset|When it was last seen. Read-only.|", value: moment},
		"a date that is not called read-only": {row: "|seen|DateTimeOffset|When it was last seen.|", value: moment},
		"a client can set it":                 {row: "|seen|DateTimeOffset|When it was last seen. Read-only.|", value: moment, stores: true, failed: "UPD-09[seen] fail"},
		"it is lost":                          {row: "|seen|Int32|What is measured. Read-only.|", value: lost, failed: " fail "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fieldPlay{pages: pageOf(t, "|name|String|The name.|\n"+tt.row+"\n"+colorRow, answers200, nil), wrap: aging("seen", tt.stores, tt.value)}
			if err := p.play(t); err != nil {
				t.Fatal(err)
			}
			blamed := p.blamed()
			if tt.failed == "" && (blamed != nil || p.problems != nil || !slices.Contains(p.probes[0].Moves, "seen")) {
				t.Errorf("blamed: %s; problems %v; %+v", strings.Join(blamed, "\n"), p.problems, p.probes[0])
			}
			if tt.failed != "" && !strings.Contains(strings.Join(blamed, "\n"), tt.failed) {
				t.Errorf("nothing says %s: %s", tt.failed, strings.Join(blamed, "\n"))
			}
		})
	}
}

package client

import (
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"graphpact/internal/hostiletest"
	"graphpact/internal/transport"
)

// TestHostileFrames: whatever HTTP/2 frames a server sends, a request ends with its time
// limit, and the client can be closed.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	for _, f := range hostiletest.AllFrames() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			honest := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })
			srv := f.Serve(func(r *http.Request) bool { return r.URL.Path == "/bad" }, honest)
			defer srv.CloseClientConnections()
			ca := filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
				t.Fatal(err)
			}
			limit := time.Minute // what does not stall ends by itself, however slow the machine
			if f.Stalls {
				limit = 3 * time.Second
			}
			c := newClient(t, Config{BaseURL: srv.URL, TLS: transport.TLSFiles{CA: ca}, Timeout: limit})
			if ex := c.Do(t.Context(), Request{Method: "GET", Path: "/good"}); ex.Err != nil || ex.Proto != "HTTP/2.0" || string(ex.Body) != "{}" {
				t.Fatalf("an honest answer: %v, %s %s", ex.Err, ex.Proto, ex.Body)
			}
			ex := c.Do(t.Context(), Request{Method: "PATCH", Path: "/bad", Body: []byte("{}")})
			var send *SendError
			switch {
			case errors.As(ex.Err, &send):
				if (send.Cause == CauseTimeout) != f.Stalls || f.Resent && send.Cause != CauseCut {
					t.Errorf("%v", send)
				}
			case !ex.Truncated:
				t.Errorf("status %d, %v", ex.Status, ex.Err)
			}
			c.Close()
		})
	}
}

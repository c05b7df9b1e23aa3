package client

import (
	"net/http"
	"strings"
	"testing"

	"graphpact/internal/client/clienttest"
)

// TestGone: a target that gave good answers is looked for as often as the client gives up after,
// and one good answer is enough.
func TestGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		giveUp int
		script string // of the looks
		cause  GoneCause
		text   string
		looks  int
	}{
		"nothing listens":                {3, "xxxxx", GoneSilent, "connection refused (is the server up", 3},
		"timeouts":                       {3, "ttttt", GoneSilent, "timeout", 3},
		"it is back":                     {3, "xx.", "", "", 3},
		"it was there":                   {3, ".", "", "", 1},
		"401 for good":                   {3, "11", GoneLockedOut, "401 Unauthorized", 2},
		"403 for good":                   {3, "33", GoneLockedOut, "403 Forbidden", 2},
		"401 once":                       {3, "1.", "", "", 2},
		"401 for good, never gives up":   {-1, "11", GoneLockedOut, "401 Unauthorized", 2},
		"no answer, and never gives up":  {-1, "xxxxxxxx", "", "", 1},
		"a page of a gateway, each time": {3, "444444444444444", GoneGateway, "504 Gateway Timeout", 3},
		"put off for good":               {2, "999999", GoneGateway, "throttled: 429", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &clienttest.Script{Plan: "." + tc.script}
			clock := clienttest.NewClock()
			c := newClient(t, Config{BaseURL: "https://graph.example", Token: "t-o-k-e-n-42", Transport: p, GiveUp: tc.giveUp, RetryBudget: -1, Sleep: clock.Sleep, Now: clock.Now})
			look := Request{Method: http.MethodGet, Path: "/a"}
			c.Do(t.Context(), look)
			gone := c.Gone(t.Context(), look)
			if p.Sent != 1+tc.looks {
				t.Errorf("%d looks, want %d", p.Sent-1, tc.looks)
			}
			if tc.cause == "" {
				if gone != nil {
					t.Errorf("gone: %v", gone)
				}
				return
			}
			if gone == nil || gone.Cause != tc.cause || !strings.Contains(gone.Error(), "GET https://graph.example/a: "+tc.text) {
				t.Errorf("%+v", gone)
			}
			if n := c.Answered(); n != 1 {
				t.Errorf("%d good answers, want 1", n)
			}
		})
	}
}

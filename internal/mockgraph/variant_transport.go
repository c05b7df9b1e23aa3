package mockgraph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// slowness is far below the time limit of any client, and still far above what the
// server needs.
const slowness = 15 * time.Millisecond

// transportVariants are other ways to carry an answer.
func transportVariants() []Behaviour {
	framing := []string{"framing"}
	how := func(change func(w *wire)) hook {
		return onAny(func(_ *call, a *answer) { change(&a.wire) })
	}
	field := func(change func(c *call, h http.Header)) hook {
		return onAny(func(c *call, a *answer) { change(c, a.header) })
	}
	mediaType := func(value string) hook {
		return onAnswer(func(_ *call, a *answer) bool { return a.header.Get("Content-Type") != "" }, func(_ *call, a *answer) {
			a.header.Set("Content-Type", value)
		})
	}
	layout := func(change func(body []byte) []byte) hook {
		return onAnswer(hasBody, func(_ *call, a *answer) { a.wire.text = append(a.wire.text, change) })
	}
	return alike(Behaviour{Touches: []string{"throttling"}}, []Behaviour{
		{Name: "http2", Summary: "The server speaks TLS, and HTTP/2 with a client that does.", Touches: []string{"protocol"}, tls: true},
		{Name: "chunked", Summary: "Bodies come in chunks, without Content-Length.",
			Touches: framing, hook: how(func(w *wire) { w.chunked = true })},
		{Name: "trailer", Summary: "A trailer comes behind the last chunk of a body.",
			Touches: framing, hook: how(func(w *wire) {
				w.chunked, w.trailer = true, http.Header{"Server-Timing": {"total;dur=1"}}
			})},
		{Name: "gzip", Summary: "Bodies are compressed where the client accepts gzip.",
			Touches: []string{"coding"}, hook: how(func(w *wire) { w.gzip = true })},
		{Name: "slow", Summary: "Every answer takes its time, within the client's limit.",
			Touches: []string{"timing"}, hook: how(func(w *wire) { w.delay = slowness })},
		{Name: "connection-close", Summary: "The server ends the connection behind each answer.",
			Touches: []string{"connection"}, hook: field(func(_ *call, h http.Header) { h.Set("Connection", "close") })},
		{Name: "header-names-in-lower-case", Summary: "The names of the header fields are in lower case.",
			Touches: []string{"header-names"}, hook: how(func(w *wire) { w.lowerCase = true })},
		{Name: "extra-headers", Summary: "Answers carry header fields that the client does not know.",
			Touches: []string{"header"}, hook: field(func(_ *call, h http.Header) {
				h.Set("Strict-Transport-Security", "max-age=31536000")
				h.Set("X-Ms-Ags-Diagnostic", `{"ServerInfo":{"DataCenter":"Here","Slice":"E","Ring":"1"}}`)
				h.Add("Set-Cookie", "a=1; Path=/")
				h.Add("Set-Cookie", "b=2; Path=/")
				h.Set("Sunset", "Sat, 31 Dec 2039 23:59:59 GMT")
			})},
		{Name: "request-id-in-upper-case", Summary: "The request-id is a GUID in upper case.",
			Touches: []string{"request-id"}, hook: field(func(c *call, h http.Header) { h.Set("request-id", strings.ToUpper(c.id)) })},
		{Name: "client-request-id-in-upper-case", Summary: "The client-request-id comes back in upper case.",
			Touches: []string{"client-request-id"}, hook: field(func(c *call, h http.Header) {
				if c.clientID != "" {
					h.Set("client-request-id", strings.ToUpper(c.clientID))
				}
			})},
		{Name: "content-type-plain", Summary: "JSON is labelled as application/json without a parameter.",
			Touches: []string{"media-type"}, hook: mediaType("application/json")},
		{Name: "content-type-charset", Summary: "JSON is labelled as application/json with charset=utf-8.",
			Touches: []string{"media-type"}, hook: mediaType("application/json; charset=utf-8")},
		{Name: "content-type-in-capitals", Summary: "The media type is spelt in capitals, with a quoted charset.",
			Touches: []string{"media-type"}, hook: mediaType(`Application/JSON;Charset="UTF-8"`)},
		{Name: "json-indented", Summary: "JSON is spread over lines, with a line break behind it.",
			Touches: []string{"layout"}, hook: layout(func(b []byte) []byte {
				var out bytes.Buffer
				if json.Indent(&out, b, "", "\t") != nil {
					return b
				}
				return append(out.Bytes(), "\r\n"...)
			})},
		{Name: "json-escaped", Summary: "JSON is ASCII: each name and text begins with an escape.",
			Touches: []string{"layout"}, hook: layout(escaped)},
		{Name: "throttled-seconds", Summary: "The first read and the first update get 429, with Retry-After in seconds.",
			hook: atFirst(http.StatusTooManyRequests, "TooManyRequests", func(*call) string { return "1" })},
		{Name: "throttled-date", Summary: "The first read and the first update get 429, with Retry-After as a date.",
			hook: atFirst(http.StatusTooManyRequests, "TooManyRequests", func(c *call) string {
				return c.now.Add(time.Second).UTC().Format(http.TimeFormat)
			})},
		{Name: "unavailable-first", Summary: "The first read and the first update get 503, with Retry-After.",
			hook: atFirst(http.StatusServiceUnavailable, "ServiceUnavailable", func(*call) string { return "1" })},
		{Name: "gateway-now-and-then", Summary: "Every 41st request gets 502 or 504 and a web page from a gateway.", hook: gateway(41)},
		{Name: "conflict-when-quick", Summary: "An update less than a third of a second after another one of its entity gets 409.",
			Touches: []string{"throttling", "concurrency"}, hook: conflictWithin(time.Second / 3)},
		{Name: "options", Summary: "OPTIONS is answered with the methods that are allowed.",
			Touches: []string{"methods"}, hook: func(r *route) hooks {
				return hooks{before: func(c *call) *answer {
					if c.r.Method != http.MethodOptions {
						return nil
					}
					a := newAnswer(http.StatusOK)
					a.header.Set("Allow", r.allow()+", "+http.MethodOptions)
					return a
				}}
			}},
	})
}

// atFirst answers the first read and the first update with the status, to come back later.
func atFirst(status int, code string, retryAfter func(c *call) string) hook {
	return func(*route) hooks {
		var read, updated atomic.Bool
		return hooks{before: func(c *call) *answer {
			seen := &read
			if c.updates() {
				seen = &updated
			}
			if seen.Swap(true) {
				return nil
			}
			a := c.refuse(status, code, "The server is busy; come back later.")
			a.header.Set("Retry-After", retryAfter(c))
			return a
		}}
	}
}

// gateway answers every n-th request in place of the server, which never sees it.
func gateway(n int64) hook {
	return func(*route) hooks {
		var seen atomic.Int64
		return hooks{before: func(*call) *answer {
			switch i := seen.Add(1); {
			case i%n != 0:
				return nil
			case i%(2*n) == 0:
				return ofGateway(http.StatusGatewayTimeout)
			}
			return ofGateway(http.StatusBadGateway)
		}}
	}
}

// ofGateway is the answer of a gateway that got none from the server.
func ofGateway(status int) *answer {
	a := newAnswer(status)
	a.header.Set("Content-Type", "text/html")
	a.body = fmt.Appendf(nil, "<html><body><h1>%d %s</h1></body></html>", status, http.StatusText(status))
	return a
}

// conflictWithin refuses an update that comes too soon after the one before.
func conflictWithin(d time.Duration) hook {
	return func(r *route) hooks {
		done := &perPath[time.Time]{}
		return inStage(stageConditions, func(c *call, run stage) *answer {
			if c.now.Sub(done.get(c.path())) < d {
				return c.refuse(http.StatusConflict, "Conflict", "An update before this one is still under way.")
			}
			a := run(c)
			if a == nil {
				done.swap(c.path(), c.now)
			}
			return a
		})(r)
	}
}

// escaped writes the first character of each string of a JSON text, and everything
// beyond ASCII, as \u escapes (RFC 8259 7).
func escaped(b []byte) []byte {
	var out []byte
	inside, begins, inEscape := false, false, false
	for _, r := range string(b) {
		quote := r == '"' && !inEscape
		if !quote && r != '\\' && !inEscape && (begins || r >= utf8.RuneSelf) {
			for _, unit := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		} else {
			out = utf8.AppendRune(out, r)
		}
		inEscape = r == '\\' && !inEscape
		inside = inside != quote
		begins = inside && quote
	}
	return out
}

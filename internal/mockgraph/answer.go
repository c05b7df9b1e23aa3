package mockgraph

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mediaType is what Graph writes on its entities.
const mediaType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// answer is a whole response, made before a byte of it is sent: a stage that fails
// half-way leaves nothing half-written.
type answer struct {
	status int
	header http.Header
	body   []byte
	wire   wire
}

func newAnswer(status int) *answer { return &answer{status: status, header: http.Header{}} }

func (a *answer) withJSON(o Object) *answer {
	a.header.Set("Content-Type", "application/json")
	a.body = o.json()
	return a
}

// refuse gives an error answer in Graph's form (https://learn.microsoft.com/graph/errors).
func (c *call) refuse(status int, code, format string, args ...any) *answer {
	// Live Graph falls back to its own id where the client sent none.
	client := c.clientID
	if client == "" {
		client = c.id
	}
	inner := Object{
		{"date", quote(c.now.UTC().Format("2006-01-02T15:04:05"))},
		{"request-id", quote(c.id)},
		{"client-request-id", quote(client)},
	}
	failure := Object{
		{"code", quote(code)},
		{"message", quote(fmt.Sprintf(format, args...))},
		{"innerError", inner.json()},
	}
	return newAnswer(status).withJSON(Object{{"error", failure.json()}})
}

// replace takes over another answer, and is sent as before.
func (a *answer) replace(b *answer) { a.status, a.header, a.body = b.status, b.header, b.body }

// without leaves a field out that every answer carries.
func (a *answer) without(field string) { a.header[http.CanonicalHeaderKey(field)] = []string{} }

// edit changes the JSON object of the body; a body that is none stays.
func (a *answer) edit(change func(o Object) Object) {
	if len(a.body) == 0 {
		return
	}
	if o, err := parseObject(a.body); err == nil {
		a.body = change(o).json()
	}
}

func (a *answer) editError(change func(e Object) Object) {
	a.edit(func(o Object) Object { return o.set("error", change(splitObject(o.value("error"))).json()) })
}

// empty takes the body away, with what the header says of it: the status promises none.
func (a *answer) empty(status int) {
	a.status, a.body = status, nil
	a.header.Del("Content-Type")
}

// wire is how an answer is sent; the zero value is the plain way.
type wire struct {
	// delay comes before the answer.
	delay time.Duration
	// text are changes of the finished body, as another layout of its JSON, in order.
	text []func(body []byte) []byte
	// gzip compresses the body where the client accepts it.
	gzip bool
	// chunked leaves Content-Length out and sends the body in small pieces.
	chunked bool
	// trailer comes behind a chunked body.
	trailer http.Header
	// lowerCase writes the names of the header in lower case.
	lowerCase bool
	// cut ends the connection in the middle of the body.
	cut bool
	// date replaces the time of the Date header.
	date time.Time
	// raw are fields of the header that net/http would correct, with a body that it would
	// leave out: the answer is written by hand, on HTTP/1.1 only.
	raw bool
}

// send writes the answer with what every answer carries. A HEAD gets the header of
// the GET (RFC 9110 9.3.2); net/http leaves its body out.
func (c *call) send(w http.ResponseWriter, a *answer) {
	how := a.wire
	if how.delay > 0 && !c.wait(how.delay) {
		return
	}
	body := a.body
	for _, change := range how.text {
		body = change(body)
	}
	h := w.Header()
	c.common(h, how)
	for name, values := range a.header {
		h[name] = values // an empty list leaves the field out, and net/http adds none
	}
	if how.gzip && len(body) > 0 && strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
		body = compressed(body)
		h.Set("Content-Encoding", "gzip")
		h.Set("Vary", "Accept-Encoding")
	}
	hasBody := a.status != http.StatusNoContent && a.status != http.StatusNotModified
	if hasBody && !how.chunked {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	if how.raw && c.byHand(w, a.status, h, body) {
		return
	}
	for name := range how.trailer {
		h.Add("Trailer", name)
	}
	if how.lowerCase {
		toLowerCase(h)
	}
	w.WriteHeader(a.status)
	switch {
	case how.cut && hasBody:
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http's way to break a connection off
	case how.chunked && hasBody:
		pieces(w, body)
	default:
		_, _ = w.Write(body) // an error means that the client has gone
	}
	for name, values := range how.trailer {
		w.Header()[name] = values
	}
}

func (c *call) common(h http.Header, how wire) {
	date := c.now
	if !how.date.IsZero() {
		date = how.date
	}
	h.Set("request-id", c.id)
	if c.clientID != "" {
		h.Set("client-request-id", c.clientID)
	}
	h.Set("Date", date.UTC().Format(http.TimeFormat))
	h.Set("Cache-Control", "no-store")
	h.Set("OData-Version", "4.0")
}

// wait reports whether the client is still there after d.
func (c *call) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.r.Context().Done():
		return false
	}
}

func compressed(body []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return buf.Bytes()
}

// pieces writes a body in chunks of a few bytes.
func pieces(w http.ResponseWriter, body []byte) {
	const size = 64
	flush := http.NewResponseController(w)
	for part := range slices.Chunk(body, size) {
		if _, err := w.Write(part); err != nil {
			return
		}
		if flush.Flush() != nil {
			return
		}
	}
}

// toLowerCase spells the names of a header as HTTP/2 does. The names that net/http adds
// by itself are taken away from it by a nil value.
func toLowerCase(h http.Header) {
	for name, values := range h {
		lower := strings.ToLower(name)
		if lower == name || name == "Content-Length" || name == "Trailer" {
			continue
		}
		h[lower] = values
		delete(h, name)
		if name == "Content-Type" || name == "Date" {
			h[name] = nil
		}
	}
}

// byHand writes the answer itself and ends the connection. It reports false where the
// connection is not to be had, as in HTTP/2.
func (c *call) byHand(w http.ResponseWriter, status int, h http.Header, body []byte) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	var out bytes.Buffer
	h.Set("Connection", "close")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = h.Write(&out)
	out.WriteString("\r\n")
	out.Write(body)
	_, _ = conn.Write(out.Bytes())
	return true
}

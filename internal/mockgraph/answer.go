package mockgraph

import (
	"fmt"
	"net/http"
	"strconv"
)

// mediaType is what Graph writes on its entities.
const mediaType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// answer is a whole response, made before a byte of it is sent: a stage that fails
// half-way leaves nothing half-written.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func newAnswer(status int) *answer { return &answer{status: status, header: http.Header{}} }

// withJSON sets a JSON body.
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

// send writes the answer with what every answer carries. A HEAD gets the header of
// the GET (RFC 9110 9.3.2); net/http leaves its body out.
func (c *call) send(w http.ResponseWriter, a *answer) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("request-id", c.id)
	if c.clientID != "" {
		h.Set("client-request-id", c.clientID)
	}
	h.Set("Date", c.now.UTC().Format(http.TimeFormat))
	h.Set("Cache-Control", "no-store")
	h.Set("OData-Version", "4.0")
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone cannot be told
}

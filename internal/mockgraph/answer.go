package mockgraph

import (
	"fmt"
	"net/http"
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

// become takes another answer's place, and travels as before.
func (a *answer) become(b *answer) { a.status, a.header, a.body = b.status, b.header, b.body }

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

// empty takes the body away, with what the header says of it.
func (a *answer) empty() {
	a.body = nil
	a.header.Del("Content-Type")
}

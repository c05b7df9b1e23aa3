package client

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// preconditions remembers what later updates need to know of a target: whether it wants
// If-Match, and of each entity the last known entity tag. A client and those made from it share one.
type preconditions struct {
	required atomic.Bool // whether updates carry If-Match

	mu       sync.Mutex
	entities map[string]*tagged // by path, without the query
}

// tagged is what is known of one entity.
type tagged struct {
	tag string
	// fromUpdate is set where the answer to an update gave the tag. A GET that comes late
	// must not replace it by an older one.
	fromUpdate bool
	// none is set where a read has shown no tag: there is no use in another one.
	none bool
	// updated is when the last update was answered.
	updated time.Time
}

func (p *preconditions) entity(path string) *tagged {
	path, _, _ = strings.Cut(path, "?")
	e := p.entities[path]
	if e == nil {
		e = &tagged{}
		p.entities[path] = e
	}
	return e
}

// RequireIfMatch has every update carry the last known entity tag of its entity in
// If-Match, as a page asks for. An answer 428 (RFC 6585 3) has the same effect.
func (c *Client) RequireIfMatch() { c.known.required.Store(true) }

// IfMatchRequired reports whether updates carry If-Match.
func (c *Client) IfMatchRequired() bool { return c.known.required.Load() }

// conditional reports whether the client adds If-Match to the request where the target
// needs it: to an update that brings none of its own. A header without a value is one's own
// too: then none is sent.
func (c *Client) conditional(r Request) bool {
	_, own := r.Header["If-Match"]
	return r.Method == http.MethodPatch && !own && c.cfg.Header.Get("If-Match") == ""
}

// ifMatch is the entity tag that the request carries in If-Match; "" for none.
func (c *Client) ifMatch(r Request) string {
	if !c.conditional(r) || !c.IfMatchRequired() {
		return ""
	}
	c.known.mu.Lock()
	defer c.known.mu.Unlock()
	return c.known.entity(r.Path).tag
}

// learn takes note of the entity tag in a complete answer, and of the time of an update.
func (c *Client) learn(r Request, ex *Exchange) {
	read := (r.Method == http.MethodGet || r.Method == http.MethodHead) && ex.Status == http.StatusOK
	update := r.Method == http.MethodPatch
	if ex.Err != nil || !read && !update {
		return
	}
	tag := ETag(ex)
	c.known.mu.Lock()
	defer c.known.mu.Unlock()
	e := c.known.entity(r.Path)
	switch {
	case read && !e.fromUpdate && tag != "", update && ex.Status/100 == 2:
		e.tag, e.fromUpdate = tag, update && tag != ""
	}
	e.none = (read || e.none) && e.tag == ""
	if update {
		e.updated = c.cfg.Now()
	}
}

// forgetTag has the next GET say what the entity tag is.
func (c *Client) forgetTag(path string) {
	c.known.mu.Lock()
	defer c.known.mu.Unlock()
	e := c.known.entity(path)
	e.tag, e.fromUpdate = "", false
}

// readTag gets the entity tag of an entity that is going to be updated, where it is needed
// and not known. Whether there is one, the update will see.
func (c *Client) readTag(ctx context.Context, r Request) {
	if c.cfg.NoGet || !c.IfMatchRequired() || !c.conditional(r) || c.ifMatch(r) != "" || c.tagless(r.Path) {
		return
	}
	path, _, _ := strings.Cut(r.Path, "?")
	c.Do(ctx, Request{Purpose: "read the ETag that the update needs", Method: http.MethodGet, Path: path})
}

// tagless reports whether the last read of the entity has shown no tag.
func (c *Client) tagless(path string) bool {
	c.known.mu.Lock()
	defer c.known.mu.Unlock()
	return c.known.entity(path).none
}

// withTag answers 428 and 412 to an update that the client may add If-Match to: it reports
// whether there is a tag to send it again with. Each of the two is tried once.
func (c *Client) withTag(ctx context.Context, r Request, ex *Exchange) bool {
	sent := ex.RequestHeader.Get("If-Match")
	switch {
	case !c.conditional(r) || ex.retried(ex.Status) > 0:
		return false
	case ex.Status == http.StatusPreconditionRequired && sent == "":
		c.RequireIfMatch()
	case ex.Status == http.StatusPreconditionFailed && sent != "":
		c.forgetTag(r.Path)
	default:
		return false
	}
	c.readTag(ctx, r)
	if c.ifMatch(r) == "" {
		return false
	}
	ex.Retries = append(ex.Retries, Retry{Status: ex.Status})
	return true
}

// ETag is the entity tag in an answer: the ETag header, or the annotation in the body
// (OData 4.01 JSON Format 4.5.10); "" where there is none.
func ETag(ex *Exchange) string {
	if tag := ex.Header.Get("ETag"); tag != "" || !bytes.Contains(ex.Body, []byte(`"@odata.etag"`)) {
		return tag
	}
	object, err := DecodeObject(ex.Body)
	if err != nil {
		return ""
	}
	tag, _ := object["@odata.etag"].(string)
	if checkHeader("If-Match", tag) != nil {
		return ""
	}
	return tag
}

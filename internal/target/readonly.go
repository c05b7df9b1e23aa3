package target

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// ErrReadOnly is what a request that could write ends with on a client that only reads.
var ErrReadOnly = errors.New("the client is read-only")

// overrides are headers by which a request asks to be taken for one of another method.
var overrides = []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

// checkReadOnly holds a read-only client to the methods that a server must not take for
// a wish to change anything (RFC 9110 9.2.1); the rest of its safe ones nobody needs.
func (c *Client) checkReadOnly(ex *Exchange) error {
	if !c.cfg.ReadOnly {
		return nil
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, ex.Method) {
		return fmt.Errorf("%w: %s is not sent", ErrReadOnly, ex.Method)
	}
	for _, name := range overrides {
		if ex.RequestHeader.Get(name) != "" {
			return fmt.Errorf("%w: %s with the header %s is not sent", ErrReadOnly, ex.Method, name)
		}
	}
	return nil
}

// Package negative holds the negative controls of the suite: servers that are no Graph,
// as one that says 200 to everything. A suite that passes much on them does not look at
// what it is given, so each control writes down, exactly, what may pass on it and why.
//
// A control knows the entity that a run asks for and nothing else of the page.
package negative

import (
	"net/http"
	"time"
)

// Entity is what a run will ask a control for.
type Entity struct {
	// Body is the entity as the page would have it: one JSON object.
	Body []byte
}

// Control is a server that is no Graph.
type Control struct {
	// Name is stable, in lower case with hyphens, as "login-page".
	Name string
	// Summary says in one sentence what the server does.
	Summary string
	// Passes are the requirements that pass on it: each row that a page has for one of
	// them, and no other. One that passes beyond them, or does not pass, is a defect of the
	// suite.
	Passes []Pass
	// Timeout is how long a client should wait for an answer; 0 leaves that to the client.
	Timeout time.Duration
	// Handler makes the server.
	Handler func(Entity) http.Handler
}

// Pass is a requirement that may pass on a control.
type Pass struct {
	// ID is the id of the requirement, as "UPD-04".
	ID string `json:"id"`
	// Why says what is true of the server, so that the pass is an honest one.
	Why string `json:"why"`
}

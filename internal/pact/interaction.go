// Package pact makes the Pact of a run: interactions whose matchers are derived
// from the contract's schemas, the checks of what pact-go lets pass in silence,
// and the talk with the helper process that holds pact-go.
package pact

// Interaction is one request and response of the contract (Pact specification V4,
// Synchronous/HTTP).
type Interaction struct {
	// Description is unique within the pact together with the states.
	Description string   `json:"description"`
	States      []State  `json:"states"`
	Request     Request  `json:"request"`
	Response    Response `json:"response"`
	// Requirement and Sources go into the interaction's comments.
	Requirement string   `json:"-"`
	Sources     []string `json:"-"`
}

// State is a provider state.
type State struct {
	Name   string         `json:"name"`
	Params map[string]any `json:"params,omitempty"`
}

// Request is the expected request. Header values and Body may hold matchers.
type Request struct {
	Method string         `json:"method"`
	Path   string         `json:"path"`
	Header map[string]any `json:"header,omitempty"`
	// Body is a JSON value that may hold matchers; nil means no body.
	Body any `json:"body,omitempty"`
}

// Response is the promised response.
type Response struct {
	Status int            `json:"status"`
	Header map[string]any `json:"header,omitempty"`
	Body   any            `json:"body,omitempty"`
}

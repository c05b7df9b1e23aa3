// Package pact is the model of a Pact and what makes one: interactions whose matchers
// are derived from the contract's schemas, the reader of pact files, the checks of what
// pact-go accepts without a word, and the client of the helper process that holds pact-go.
package pact

import (
	"bytes"
	"encoding/json"
	"fmt"

	"graphpact/internal/pact/wire"
)

// Interaction is one request and response of a pact (Pact specification V4,
// Synchronous/HTTP). One that is to be written holds matchers, one that was read from a
// pact file holds examples.
type Interaction struct {
	// Description is unique within the pact together with the states.
	Description string
	States      []State
	Request     Request
	Response    Response
	// Requirement and Sources stand in the interaction's comments; empty in a pact of another tool.
	Requirement string
	Sources     []string
	// Notes say what the interaction cannot hold, a sentence each; they are in its comments.
	Notes []string

	// The rest is set by Parse alone.

	// Pact and Line are where the interaction stands: the name of the pact, which the
	// caller of Parse knows, and the line in it, from 1.
	Pact string
	Line int
	// Consumer and Provider are those of the pact.
	Consumer, Provider string
	// ConsumerVersion tells the pacts of several versions of one consumer apart, as
	// "1.4.2 (main)"; empty where there is one. The caller of Parse knows it.
	ConsumerVersion string
	// Type is the type that the file names; up to specification 3.0 there is none.
	Type string
	// Pending is set where a failure must not fail the provider (V4).
	Pending bool
	// Single is a pact file with this interaction and no other.
	Single []byte
}

// State is a provider state.
type State struct {
	Name   string         `json:"name"`
	Params map[string]any `json:"params,omitempty"`
}

// Request is the expected request. Header values and Body may hold matchers. Parse gives
// header names in canonical form, and leaves Body out.
type Request struct {
	Method string
	Path   string
	// PathFrom is the path with ${NAME} where a parameter NAME of the states stands: a
	// provider whose state handler answers with values of these names gets requests for ids
	// of its own. Empty where there is none, and after Parse.
	PathFrom string
	Header   map[string]any
	// Body is a JSON value that may hold matchers; nil means no body.
	Body any
}

// Response is the promised response. Parse gives header names in canonical form, and leaves Body out.
type Response struct {
	Status int
	Header map[string]any
	Body   any
}

// encode gives an interaction the form in which the helper reads it.
func encode(i Interaction) (wire.Interaction, error) {
	out := wire.Interaction{
		Description: i.Description,
		Request:     wire.HTTPPart{Method: i.Request.Method, Path: i.Request.Path},
		Response:    wire.HTTPPart{Status: i.Response.Status},
	}
	for _, s := range i.States {
		params := make(map[string]string, len(s.Params))
		for name, value := range s.Params {
			// The library reads each parameter as JSON where it can: the string "42"
			// stays a string only inside quotes.
			text, err := text(value)
			if err != nil {
				return wire.Interaction{}, fmt.Errorf("state %s, parameter %s: %w", s.Name, name, err)
			}
			params[name] = text
		}
		out.States = append(out.States, wire.EncodedState{Name: s.Name, Params: params})
	}
	if err := encodePart(&out.Request, i.Request.Header, i.Request.Body); err != nil {
		return wire.Interaction{}, fmt.Errorf("request: %w", err)
	}
	if err := encodePart(&out.Response, i.Response.Header, i.Response.Body); err != nil {
		return wire.Interaction{}, fmt.Errorf("response: %w", err)
	}
	return out, nil
}

func encodePart(part *wire.HTTPPart, header map[string]any, body any) error {
	part.Header = make(map[string]json.RawMessage, len(header))
	for name, value := range header {
		text, err := text(value)
		if err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
		part.Header[name] = json.RawMessage(text)
	}
	if body == nil {
		return nil
	}
	var err error
	if part.Body, err = text(body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// text is the JSON text of a value, on one line, with <, > and & as they are.
func text(value any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

package pact

import (
	"bytes"
	"encoding/json"
	"fmt"

	"graphpact/internal/pact/wire"
)

// encode puts an interaction into the form that crosses the pipe to the helper.
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
			// stays one only inside quotes.
			text, err := text(value)
			if err != nil {
				return wire.Interaction{}, fmt.Errorf("state %s, parameter %s: %w", s.Name, name, err)
			}
			params[name] = text
		}
		out.States = append(out.States, wire.State{Name: s.Name, Params: params})
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

//go:build cgo

package main

import (
	"encoding/json"
	"fmt"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/pact-foundation/pact-go/v2/models"

	"graphpact/internal/pact/wire"
)

// describe tells pact-go the interaction. Bodies and state parameters go in as Go
// strings: pact-go passes those on unchanged, and encodes everything else itself.
func describe(pact *consumer.V4HTTPMockProvider, i wire.Interaction) *consumer.V4InteractionWithResponse {
	builder := pact.AddInteraction().UponReceiving(i.Description)
	for _, s := range i.States {
		params := make(map[string]any, len(s.Params))
		for name, text := range s.Params {
			params[name] = text
		}
		builder.GivenWithParameter(models.ProviderState{Name: s.Name, Parameters: params})
	}
	return builder.
		WithCompleteRequest(consumer.Request{
			Method:  i.Request.Method,
			Path:    matchers.String(i.Request.Path),
			Headers: headers(i.Request.Header),
			Body:    body(i.Request.Body),
		}).
		WithCompleteResponse(consumer.Response{
			Status:  i.Response.Status,
			Headers: headers(i.Response.Header),
			Body:    body(i.Response.Body),
		})
}

// body is nil where there is none: pact-go tells the two apart.
func body(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func headers(in map[string]json.RawMessage) matchers.MapMatcher {
	out := make(matchers.MapMatcher, len(in))
	for name, raw := range in {
		out[name] = header(name, raw)
	}
	return out
}

// header makes a pact-go matcher of a string or a matcher object.
func header(name string, raw json.RawMessage) matchers.Matcher {
	var literal string
	if json.Unmarshal(raw, &literal) == nil {
		return matchers.String(literal)
	}
	var object matchers.StructMatcher
	if err := json.Unmarshal(raw, &object); err != nil {
		panic(fmt.Sprintf("header %s is neither a string nor an object: %v", name, err))
	}
	return object
}

// Package entity is one entity on the target: reading it, updating it, and
// comparing its states. It knows JSON and HTTP headers so that the step
// definitions need not.
package entity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/jsonpointer"
	"graphpact/internal/schema"
)

// Doer sends a request to the target.
type Doer interface {
	Do(ctx context.Context, r client.Request) *client.Exchange
}

// Subject is an entity of the Operation on a target.
type Subject struct {
	Client Doer
	Op     *contract.Operation
	// Path is the entity's path below the base URL, escaped.
	Path string
	// Select are the properties that each read names in $select; nil for none.
	Select []string
}

// Response is an exchange with its body read as JSON.
type Response struct {
	*client.Exchange
	// Object is the body where it is a JSON object, nil otherwise.
	Object map[string]any
	// BodyErr says why the body is no JSON object; nil when it is one.
	BodyErr error
	// Limited is set where BodyErr is a limit of our own reading, and says nothing
	// against the body.
	Limited bool
}

// Option changes a request.
type Option func(*client.Request)

// WithHeader sets a header of the request. A preference is added to those that the page requires
// (RFC 7240 2).
func WithHeader(name, value string) Option {
	return func(r *client.Request) {
		if required := r.Documented["Prefer"]; strings.EqualFold(name, "Prefer") && required != "" && !strings.Contains(required, "return=") {
			value = required + ", " + value
		}
		r.Header.Set(name, value)
	}
}

// WithAuth sends other credentials than the configured ones.
func WithAuth(a client.Auth) Option {
	return func(r *client.Request) { r.Auth = a }
}

// Read sends a GET for the entity.
func (s *Subject) Read(ctx context.Context, purpose string, opts ...Option) *Response {
	r := client.Request{Purpose: purpose, Method: http.MethodGet, Path: s.Path, Header: http.Header{}}
	if len(s.Select) > 0 {
		r.Path += "?" + SelectQuery(s.Select)
	}
	return s.send(ctx, r, opts)
}

// SelectQuery is the query that asks for the properties by name (OData 4.01 URL Conventions
// 5.1.3).
func SelectQuery(names []string) string {
	return "$select=" + url.QueryEscape(strings.Join(names, ","))
}

// Update sends the Operation with the properties in its body, and with what the page
// demands beside them.
func (s *Subject) Update(ctx context.Context, purpose string, body map[string]any, opts ...Option) *Response {
	data, err := Encode(s.Op.Body(body))
	if err != nil {
		return &Response{Exchange: &client.Exchange{Purpose: purpose, Err: err}}
	}
	return s.UpdateRaw(ctx, purpose, data, opts...)
}

// Encode is the JSON of a request body.
func Encode(body map[string]any) ([]byte, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding the request body: %w", err)
	}
	return data, nil
}

// UpdateRaw sends the Operation with exactly these bytes as its body.
func (s *Subject) UpdateRaw(ctx context.Context, purpose string, body []byte, opts ...Option) *Response {
	r := client.Request{
		Purpose: purpose, Method: s.Op.Method.Value, Path: s.Path, Body: body,
		Header: http.Header{"Content-Type": {s.Op.RequestMediaType.Value}}, Documented: s.Op.RequiredHeaders(),
	}
	return s.send(ctx, r, opts)
}

func (s *Subject) send(ctx context.Context, r client.Request, opts []Option) *Response {
	for _, o := range opts {
		o(&r)
	}
	return Decode(s.Client.Do(ctx, r))
}

// Decode reads the body of an exchange.
func Decode(ex *client.Exchange) *Response {
	res := &Response{Exchange: ex}
	switch {
	case ex.Err != nil:
		res.BodyErr = ex.Err
	case ex.Truncated:
		res.BodyErr = fmt.Errorf("the body is longer than the limit of %d bytes", len(ex.Body))
		res.Limited = true
	case len(ex.Body) == 0:
		res.BodyErr = fmt.Errorf("the body is empty")
	default:
		v, err := schema.Decode(ex.Body)
		obj, isObject := v.(map[string]any)
		var bad *schema.SyntaxError
		switch {
		case errors.As(err, &bad) && bad.Limit:
			res.BodyErr = fmt.Errorf("the body is more than is read: %s", bad.Message)
			res.Limited = true
		case err != nil:
			res.BodyErr = fmt.Errorf("the body is not JSON: %w", err)
		case !isObject:
			res.BodyErr = fmt.Errorf("the body is JSON, but no object")
		default:
			res.Object = obj
		}
	}
	return res
}

// ETag is the entity tag of a read: the ETag header, or the annotation in the body
// (OData 4.01 JSON Format 4.5.10); "" where the server gives none.
func (r *Response) ETag() string {
	if tag := r.Header.Get("ETag"); tag != "" {
		return tag
	}
	tag, _ := r.Object["@odata.etag"].(string)
	return tag
}

// IsAnnotation reports whether a member of a JSON object is an instance or property
// annotation, not a property (OData 4.01 JSON Format 4.5).
func IsAnnotation(name string) bool { return strings.Contains(name, "@") }

// Difference is a property that two states of an entity do not share.
type Difference struct {
	Name string
	// Pointer is the JSON Pointer (RFC 6901) of the property.
	Pointer string
	// Before and After are the values as JSON, or "(absent)".
	Before, After string
}

// Differences compares two states of an entity of the Operation, annotations and the
// named properties aside, sorted by pointer.
func Differences(op *contract.Operation, before, after map[string]any, except ...string) []Difference {
	all := maps.Clone(before)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, after)
	var out []Difference
	for name := range all {
		if IsAnnotation(name) || slices.Contains(except, name) {
			continue
		}
		b, inBefore := before[name]
		a, inAfter := after[name]
		if inBefore == inAfter && op.Same(name, b, a) {
			continue
		}
		out = append(out, Difference{name, jsonpointer.Of(name), Show(b, inBefore), Show(a, inAfter)})
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return out
}

// Show gives a value as JSON, or "(absent)".
func Show(v any, present bool) string {
	if !present {
		return "(absent)"
	}
	return schema.Text(v)
}

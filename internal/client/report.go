package client

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"graphpact/internal/mask"
	"graphpact/internal/result"
)

// What a report shows of a text of a check, as a value, and of a message, in bytes.
const (
	TextShown    = 1 << 10
	MessageShown = 4 << 10
)

const (
	// What a report shows of a header line and of a URL, in bytes.
	headerShown = 1 << 10
	urlShown    = 4 << 10
	// headersShown is how many header lines are shown.
	headersShown = 100
)

// Mask takes secrets out of any text: the token and the values of secret-looking
// headers, also where they are escaped or in base64, JSON members and name=value
// pairs whose name says secret, and credentials in URLs.
func (c *Client) Mask(s string) string { return c.mask.Mask(s) }

// Conceal takes the client's own credentials out of a text, in any encoding, and leaves
// all else: for what goes on to a program that has no business with them.
func (c *Client) Conceal(s string) string { return c.mask.MaskKnown(s) }

// Report makes an exchange fit for a report: secrets masked, bodies shortened to
// 2 KiB of valid UTF-8, control characters visible, headers sorted.
func (c *Client) Report(ex *Exchange) result.Exchange {
	r := result.Exchange{
		Purpose:    c.Line(ex.Purpose, headerShown),
		Request:    c.part(ex.Method+" "+ex.URL, ex.RequestHeader, ex.RequestBody, false),
		DurationMS: milliseconds(ex.Duration),
		Attempts:   ex.Attempts,
		Curl:       c.curl(ex),
	}
	if ex.Status != 0 {
		line := StatusLine(ex.Status)
		// A body that did not arrive in full may end within a secret.
		response := c.part(line, ex.Header, ex.Body, ex.Truncated || ex.Err != nil)
		response.Truncated = response.Truncated || ex.Truncated
		r.Response = &response
	}
	for _, retry := range ex.Retries {
		r.Retries = append(r.Retries, result.Retry{Status: retry.Status, WaitMS: milliseconds(retry.Wait)})
	}
	if ex.Err != nil {
		r.Error = c.Line(ex.Err.Error(), urlShown)
	}
	return r
}

// Line gives s as one masked line of at most limit bytes, with … where there was more, and
// control characters visible.
func (c *Client) Line(s string, limit int) string { return c.mask.Line(s, limit) }

func (c *Client) part(line string, h http.Header, body []byte, cut bool) result.HTTPPart {
	p := result.HTTPPart{Line: c.Line(line, urlShown), Headers: c.headerLines(h), BodyBytes: len(body)}
	p.Body, p.Truncated = c.mask.Body(body, cut)
	return p
}

// MaskHeader gives the header with secrets masked, whatever their length.
func (c *Client) MaskHeader(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			if c.secretHeader(name) {
				v = mask.Text
			}
			out[name] = append(out[name], c.Mask(v))
		}
	}
	return out
}

// headerLines gives "Name: value" lines, sorted by name, and in place of those that are
// too many one that counts them.
func (c *Client) headerLines(h http.Header) []string {
	var out []string
	more := 0
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			if len(out) == headersShown {
				more++
				continue
			}
			if c.secretHeader(name) {
				v = mask.Text
			}
			out = append(out, c.Line(name+": "+v, headerShown))
		}
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("… %d more header lines", more))
	}
	return out
}

// Excerpt gives s masked, and of a long text only the beginning: at most limit bytes, with
// … where there was more.
func (c *Client) Excerpt(s string, limit int) string { return c.mask.Excerpt(s, limit) }

// PlannedRequest is a request that is about to be sent, with secrets masked: what a dry run prints.
type PlannedRequest struct {
	Purpose string
	Method  string
	// Line is the method and the URL, as "PATCH https://…".
	Line string
	// Body is shortened as in a report.
	Body string
	// Curl is the whole request as a shell line.
	Curl string
}

func (c *Client) plan(ex *Exchange) PlannedRequest {
	body, _ := c.mask.Body(ex.RequestBody, false)
	return PlannedRequest{
		Purpose: c.Mask(ex.Purpose),
		Method:  ex.Method,
		Line:    c.Mask(ex.Method + " " + ex.URL),
		Body:    body,
		Curl:    c.curl(ex),
	}
}

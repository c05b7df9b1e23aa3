package target

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"graphpact/internal/result"
)

const (
	// What a report shows of a body, of a header line and of a URL, in bytes.
	bodyShown   = 2 << 10
	headerShown = 1 << 10
	urlShown    = 4 << 10
	// headersShown is how many header lines are shown.
	headersShown = 100
	// window is how much of a body is looked at to show bodyShown of it. Masking may
	// shorten the text, so it is more.
	window = 4 * bodyShown
	// hexShown is how many bytes of a body are shown that is no text.
	hexShown = 256
)

// lines says whether a text may have several.
type lines bool

const (
	oneLine   lines = false
	manyLines lines = true
)

// Mask takes secrets out of any text: the token and the values of secret-looking
// headers, also where they are escaped or in base64, JSON members and name=value
// pairs whose name says secret, and credentials in URLs.
func (c *Client) Mask(s string) string { return c.mask.text(s, false) }

// Conceal takes the client's own credentials out of a text, in any spelling, and leaves
// all else: for what goes on to a program that has no business with them.
func (c *Client) Conceal(s string) string { return c.mask.known(s, false) }

// Report makes an exchange fit for a report: secrets masked, bodies shortened to
// 2 KiB of valid UTF-8, control characters visible, headers sorted.
func (c *Client) Report(ex *Exchange) result.Exchange {
	r := result.Exchange{
		Purpose:    c.line(ex.Purpose, headerShown),
		Request:    c.part(ex.Method+" "+ex.URL, ex.RequestHeader, ex.RequestBody, false),
		DurationMS: milliseconds(ex.Duration),
		Attempts:   ex.Attempts,
		Curl:       c.curl(ex),
	}
	if ex.Status != 0 {
		line := strings.TrimSpace(fmt.Sprintf("%d %s", ex.Status, http.StatusText(ex.Status)))
		// A body that did not arrive in full may end within a secret.
		response := c.part(line, ex.Header, ex.Body, ex.Truncated || ex.Err != nil)
		response.Truncated = response.Truncated || ex.Truncated
		r.Response = &response
	}
	for _, retry := range ex.Retries {
		r.Retries = append(r.Retries, result.Retry{Status: retry.Status, WaitMS: milliseconds(retry.Wait)})
	}
	if ex.Err != nil {
		r.Error = c.line(ex.Err.Error(), urlShown)
	}
	return r
}

// Line gives s as one masked line of at most limit bytes, with … where there was more, and
// control characters visible.
func (c *Client) Line(s string, limit int) string { return c.line(s, limit) }

func (c *Client) part(line string, h http.Header, body []byte, cut bool) result.HTTPPart {
	p := result.HTTPPart{Line: c.line(line, urlShown), Headers: c.headerLines(h), BodyBytes: len(body)}
	p.Body, p.Truncated = c.showBody(body, cut)
	return p
}

// headerLines gives "Name: value" lines, sorted by name, and in place of those that are
// too many one that counts them.
func (c *Client) headerLines(h http.Header) []string {
	var out []string
	more := 0
	for _, name := range sortedNames(h) {
		for _, v := range h[name] {
			if len(out) == headersShown {
				more++
				continue
			}
			if c.secretHeader(name) {
				v = masked
			}
			out = append(out, c.line(name+": "+v, headerShown))
		}
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("… %d more header lines", more))
	}
	return out
}

// Excerpt gives s masked, and of a long text only the beginning: at most limit bytes,
// with … where there was more.
func (c *Client) Excerpt(s string, limit int) string {
	cut := len(s) > 4*limit // masking may shorten the text
	if cut {
		s = s[:4*limit]
	}
	s = c.mask.text(s, cut)
	if cut || len(s) > limit {
		s = trimPartialRune(s[:min(len(s), limit)]) + "…"
	}
	return strings.Clone(s) // a part of a long text would keep all of it
}

// line gives s as one masked line of at most limit bytes, with … where there was more.
func (c *Client) line(s string, limit int) string {
	shown, more := visible(c.Mask(s), limit, oneLine)
	if shown = c.mask.known(shown, false); more {
		shown += "…"
	}
	return shown
}

// showBody gives the body as text and reports whether it holds less than all.
func (c *Client) showBody(body []byte, cut bool) (shown string, short bool) {
	if len(body) > window {
		body, cut, short = body[:window], true, true
	}
	text := c.mask.text(string(body), cut)
	if cut {
		text = trimPartialRune(text)
	}
	var over bool
	if utf8.ValidString(text) {
		shown, over = visible(text, bodyShown, manyLines)
	} else {
		over = len(text) > hexShown
		shown = "not UTF-8, in hex: " + hex.EncodeToString([]byte(text[:min(len(text), hexShown)]))
	}
	// Once more: an escape or hex digits may spell what the raw bytes did not.
	return c.mask.known(shown, false), short || over
}

// trimPartialRune takes off a character that the end of the text cuts in two.
func trimPartialRune(s string) string {
	for i := len(s) - 1; i >= 0 && i >= len(s)-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			if !utf8.FullRuneInString(s[i:]) {
				return s[:i]
			}
			break
		}
	}
	return s
}

// visible writes characters that do not show, or that change how others show, as
// \u and four digits, and bytes that are no UTF-8 as \x and two. It gives up to limit
// bytes and reports whether there was more.
func visible(s string, limit int, l lines) (shown string, more bool) {
	var out strings.Builder
	for i, r := range s {
		size := utf8.RuneLen(r)
		var piece string
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			piece = fmt.Sprintf(`\x%02x`, s[i])
		case unicode.IsPrint(r), l == manyLines && (r == '\n' || r == '\t'):
			piece = s[i : i+size]
		case r > 0xffff:
			piece = fmt.Sprintf(`\U%08x`, r)
		default:
			piece = fmt.Sprintf(`\u%04x`, r)
		}
		if out.Len()+len(piece) > limit {
			return out.String(), true
		}
		out.WriteString(piece)
	}
	return out.String(), false
}

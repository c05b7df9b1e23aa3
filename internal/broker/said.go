package broker

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
	"unicode"
)

// saidLimit bounds what is quoted of the broker's own words, in characters.
const saidLimit = 2000

// said gives the broker's own words for a failure, ": " before them; "" where it says
// nothing that a person could read.
func (c *Client) said(a *answer) string {
	var parts []string
	if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); strings.HasPrefix(kind, "text/plain") {
		parts = []string{string(a.body)}
	}
	// The broker's forms: errors as a list or by field, notices, problem details
	// (RFC 9457), {error:{message}}.
	var body struct {
		Errors  json.RawMessage `json:"errors"`
		Error   json.RawMessage `json:"error"`
		Notices []Notice        `json:"notices"`
		Title   string          `json:"title"`
		Detail  string          `json:"detail"`
	}
	if json.Unmarshal(a.body, &body) == nil {
		for _, n := range body.Notices {
			parts = append(parts, n.Text)
		}
		parts = append(parts, texts("", body.Errors)...)
		parts = append(parts, texts("", body.Error)...)
		if len(parts) == 0 {
			parts = append(parts, body.Title, body.Detail)
		}
	}
	var out []string
	for _, p := range parts {
		p = strings.TrimSpace(c.clean(p))
		// Brokers repeat a notice under errors, after the name of the field.
		repeated := slices.ContainsFunc(out, func(before string) bool { return strings.HasSuffix(p, before) })
		if p != "" && !repeated {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return ""
	}
	words := []rune(strings.Join(out, "; "))
	if len(words) > saidLimit {
		words = append(words[:saidLimit], '…')
	}
	return ": " + string(words)
}

// texts gathers the strings of a JSON value in order, each with its field's name.
func texts(name string, raw json.RawMessage) []string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return gather(name, v)
}

func gather(name string, v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		if name != "" && name != "message" {
			v = name + ": " + v
		}
		return []string{v}
	case []any:
		for _, item := range v {
			out = append(out, gather(name, item)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == "timestamp" || key == "reference" {
				continue // of the broker's log, which the reader cannot see
			}
			out = append(out, gather(key, v[key])...)
		}
	case nil:
	default:
		return []string{fmt.Sprint(v)}
	}
	return out
}

// clean makes a text that came from outside fit to print: without secrets, and
// without the control characters that would move a terminal's cursor.
func (c *Client) clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, c.Mask(s))
}

package contract

import (
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/graphdoc"
	"graphpact/internal/lazyregexp"
)

var (
	// someUpdates says that a header is required of some updates alone.
	someUpdates = lazyregexp.New(`(?i)\brequired\b[^.;]*\b(?:if|when|whenever|only|unless|where|for|by)\b|\b(?:if|when|unless)\b[^.;]*\brequired\b`)
	// valueBefore is a header whose description is its value, as in "return=representation. Required."
	valueBefore = lazyregexp.New(`^([a-z0-9-]+|[A-Za-z0-9][^\s{}<>]*[=/;][^\s{}<>]*?)[.,;]?\s+(?i:required)\.?$`)
	// standInValue tells what a person is to replace: {token}, <id>, "…".
	standInValue = lazyregexp.New(`[{}<>…]|\.\.\.|^(?i:string|guid|uuid|integer|int\d*|number|boolean|bool|date|datetime\w*|text|value|token|etag|url|id|\w+id|required|optional)$`)
	// headerValue is what a header may hold (RFC 9110 5.5), as far as it is plain ASCII.
	headerValue = lazyregexp.New(`^[!-~](?:[ -~]{0,998}[!-~])?$`)
	// fieldName is the name of a header (RFC 9110 5.1).
	fieldName = lazyregexp.New("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	// ofCaller names a header that identifies the caller: no page knows its value.
	ofCaller = lazyregexp.New(`(?i)key|token|secret|auth|cookie|session|signature|credential`)
)

// ownHeaders are set from what is sent, or have rules of their own.
var ownHeaders = []string{"authorization", "content-type", "content-length", "host", "connection", "transfer-encoding", "if-match", "if-none-match", "client-request-id", "user-agent"}

// headers reads the table of headers.
func (b *builder) headers() {
	for _, h := range b.page.Headers {
		out := Header{Name: h.Name.Value, Description: h.Description.Value, Required: h.Required, Source: b.at(h.Name.Line)}
		out.Conditional = h.Required && someUpdates().MatchString(h.Description.Value)
		if out.demanded() {
			if out.Value = b.headerValue(h); out.Value == "" {
				b.find(ClassHeaderValueUnknown, h.Name.Line, "It is not sent; --header sends one.",
					"The page requires the header %s and names no value of it.", short(out.Name))
			}
		}
		b.op.Headers = append(b.op.Headers, out)
	}
	if strings.Contains(strings.ToLower(b.op.RequiredHeaders()["Prefer"]), "return=") {
		// Each update carries the preference, so what the page ties to it may come.
		for i := range b.op.Success.Alternatives {
			b.op.Success.Alternatives[i].OnlyWithPrefer = false
		}
	}
}

// demanded reports whether each update needs the header, and nothing else sets it.
func (h Header) demanded() bool {
	return h.Required && !h.Conditional && !slices.Contains(ownHeaders, strings.ToLower(h.Name))
}

// headerValue gives the value of a required header: the one of the request example, the first one
// in back-ticks, or the one that the row begins with.
func (b *builder) headerValue(h graphdoc.Header) string {
	name := h.Name.Value
	if ofCaller().MatchString(name) || !fieldName().MatchString(name) {
		return ""
	}
	var named []string
	if b.sent != nil {
		for _, f := range b.sent.Headers {
			if strings.EqualFold(f.Key, name) {
				named = append(named, f.Value.Value)
			}
		}
	}
	for _, code := range h.Codes {
		if key, value, ok := strings.Cut(code, ":"); ok && strings.EqualFold(strings.TrimSpace(key), name) {
			code = strings.TrimSpace(value)
		}
		named = append(named, code)
	}
	if m := valueBefore().FindStringSubmatch(h.Description.Value); m != nil {
		named = append(named, m[1])
	}
	for _, v := range named {
		if !strings.EqualFold(v, name) && headerValue().MatchString(v) && !standInValue().MatchString(v) && !isPlaceholder("", v) {
			return v
		}
	}
	return ""
}

// RequiredHeaders gives the headers that the page requires of each update, with the values that it
// names; not those that are set from what is sent.
func (o *Operation) RequiredHeaders() map[string]string {
	out := map[string]string{}
	for _, h := range o.Headers {
		if h.Value != "" {
			out[http.CanonicalHeaderKey(h.Name)] = h.Value
		}
	}
	return out
}

// HeadersWithoutValue gives the headers that the page requires of each update and names no value of.
func (o *Operation) HeadersWithoutValue() (out []Header) {
	for _, h := range o.Headers {
		if h.demanded() && h.Value == "" {
			out = append(out, h)
		}
	}
	return out
}

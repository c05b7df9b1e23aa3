package mockgraph

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

func (s *Server) represent(c *call) *answer {
	status, shows := http.StatusOK, true
	var applied []string
	if c.updates() {
		status, shows = updateStatus(c.route.op.Success), answersBody(c.route.op.Success)
		switch c.prefer.ret {
		case "minimal":
			status, shows = http.StatusNoContent, false
			applied = append(applied, "return=minimal")
		case "representation":
			if shows = true; status == http.StatusNoContent {
				status = http.StatusOK
			}
			applied = append(applied, "return=representation")
		}
	}
	a := newAnswer(status)
	a.header.Set("ETag", c.record.etag)
	if c.prefer.beyond && slices.ContainsFunc(c.route.op.Properties, func(p contract.Property) bool { return hasBeyond(p.Type) }) {
		applied = append(applied, "include-unknown-enum-members")
	}
	if len(applied) > 0 {
		a.header["Preference-Applied"] = applied
	}
	if status == http.StatusNoContent {
		// Without a body the header names the entity (OData 4.01 Protocol 8.3.4).
		a.header.Set("OData-EntityId", s.origin(c)+s.cfg.BasePath+c.route.template.expand(c.record.params))
	}
	if !shows {
		return a
	}
	a.header.Set("Content-Type", mediaType)
	a.body = s.entity(c).json()
	return a
}

// updateStatus is the status of a successful update. Where the page names none it is 204 for one
// that promises no body (OData 4.01 Protocol 11.4.3), else 200.
func updateStatus(promised contract.Success) int {
	switch {
	case promised.Status != 0:
		return promised.Status
	case promised.Body.Value:
		return http.StatusOK
	}
	return http.StatusNoContent
}

// answersBody reports whether a successful update is answered with the entity: not where the page
// promises 204, or 200 without a body.
func answersBody(promised contract.Success) bool {
	status := updateStatus(promised)
	return status != http.StatusNoContent && (status != http.StatusOK || promised.Body.Value)
}

// entity is the entity with its control information (JSON Format 4.5).
func (s *Server) entity(c *call) Object {
	out := Object{
		{"@odata.context", quote(s.contextURL(c))},
		{"@odata.etag", quote(c.record.etag)},
	}
	for _, m := range c.record.body {
		if !c.prefer.beyond {
			m.Value = c.route.hideBeyond(m)
		}
		out = append(out, m)
	}
	return out
}

// hideBeyond hides enum members beyond the sentinel from a client that has not asked for
// them (Graph guidelines, evolvable enums).
func (r *route) hideBeyond(m Member) json.RawMessage {
	p, ok := r.op.Property(m.Name)
	if !ok || !hasBeyond(p.Type) {
		return m.Value
	}
	sentinel := slices.IndexFunc(p.Type.Enum, func(e contract.Member) bool { return e.Sentinel })
	if sentinel < 0 {
		return m.Value
	}
	hide := func(raw json.RawMessage) json.RawMessage {
		value, ok := text(raw)
		if ok && slices.ContainsFunc(p.Type.Enum, func(e contract.Member) bool { return e.Beyond && e.Value == value }) {
			return quote(p.Type.Enum[sentinel].Value)
		}
		return raw
	}
	if !p.Type.Collection || !isArray(m.Value) {
		return hide(m.Value)
	}
	list := items(m.Value)
	for i := range list {
		list[i] = hide(list[i])
	}
	return joinArray(list)
}

func joinArray(list []json.RawMessage) json.RawMessage {
	out := json.RawMessage{'['}
	for i, item := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return append(out, ']')
}

// origin is the server as the client addressed it. Only HTTP/1.0 may leave the
// host out; the address of the socket is taken then.
func (s *Server) origin(c *call) string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	host := c.r.Host
	if local, ok := c.r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && host == "" {
		host = local.String()
	}
	return scheme + "://" + host
}

// preferences are what a client asks for in Prefer (RFC 7240, OData 4.01 Protocol
// 8.2.8); what the server does not know is not among them.
type preferences struct {
	// ret is "minimal" or "representation", or empty.
	ret string
	// beyond is include-unknown-enum-members (Graph guidelines, evolvable enums).
	beyond bool
}

func parsePrefer(fields []string) preferences {
	var p preferences
	for _, preference := range splitList(strings.Join(fields, ",")) {
		preference, _, _ = strings.Cut(preference, ";")
		name, value, _ := strings.Cut(preference, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "return":
			// Of a preference given twice the first counts (RFC 7240 2).
			if p.ret == "" && (value == "minimal" || value == "representation") {
				p.ret = value
			}
		case "include-unknown-enum-members":
			p.beyond = true
		}
	}
	return p
}

// splitList splits a header field at the commas outside quoted strings.
func splitList(field string) []string {
	var out []string
	start, quoted, escaped := 0, false, false
	for i := range len(field) {
		switch c := field[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			out = append(out, field[start:i])
			start = i + 1
		}
	}
	return append(out, field[start:])
}

// contextURL is the URL of the entity's type. A server of several versions has each as the
// first segment of the path.
func (s *Server) contextURL(c *call) string {
	root, below := s.origin(c)+s.cfg.BasePath, 0
	if prefix := c.route.op.Path.Below; prefix != "" {
		root, below = root+prefix, strings.Count(prefix, "/")
	}
	return root + "/$metadata#" + c.route.template.context(c.record.params, below)
}

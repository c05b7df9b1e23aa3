package mockgraph

import "strings"

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

package mask

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// maskMembers masks the values of JSON members with a secret-looking name. It works
// on the text, so that it sees broken and cut JSON too, and leaves the rest as it is.
func maskMembers(s string) string {
	var out strings.Builder
	done := 0
	for open := strings.IndexByte(s, '"'); open >= 0 && open < len(s); {
		end := stringEnd(s, open)
		colon := skipSpace(s, end)
		next := max(end-1, open+1)
		if colon < len(s) && s[colon] == ':' && secretMember(unquote(s[open:end])) {
			value := skipSpace(s, colon+1)
			if stop := valueEnd(s, value); stop > value && !plain(s[value:stop]) {
				out.WriteString(s[done:value])
				out.WriteString(`"` + Text + `"`)
				done, next = stop, stop
			}
		}
		// Each pair of neighbouring quotes is looked at, not each string: a stray quote
		// would swap what is inside and outside.
		at := strings.IndexByte(s[next:], '"')
		if at < 0 {
			break
		}
		open = next + at
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// plain reports whether the JSON value can hold no secret.
func plain(v string) bool { return v == "null" || v == "true" || v == "false" }

// stringEnd gives the index after the string that opens at s[i], len(s) where it does
// not close.
func stringEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

func skipSpace(s string, i int) int {
	return len(s) - len(strings.TrimLeft(s[i:], " \t\r\n"))
}

// valueEnd gives the index after the JSON value at s[i], len(s) where it does not end.
func valueEnd(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = stringEnd(s, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			i++
			continue
		}
		// A string or a closing bracket just went by.
		i++
		if depth == 0 {
			return i
		}
	}
	return len(s)
}

func unquote(s string) string {
	var name string
	if strings.IndexByte(s, '\\') >= 0 && json.Unmarshal([]byte(s), &name) == nil {
		return name
	}
	return strings.Trim(s, `"`)
}

// secretMember reports whether a JSON member of that name holds a secret. For most
// words only the end of the name counts: Graph has passwordPolicies and its like.
func secretMember(name string) bool {
	name = fold(name)
	if strings.Contains(name, "secret") {
		return true
	}
	for _, end := range []string{"password", "passphrase", "passcode", "token", "apikey", "privatekey", "accesskey", "connectionstring", "clientassertion", "authorization", "cookie"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// SecretQuery reports whether a query parameter of that name carries a credential: also
// the key of an Azure function (code), of Google's APIs (key), and a signed URL's sig.
func SecretQuery(name string) bool {
	return SecretHeader(name) || secretMember(name) || slices.Contains([]string{"code", "key", "sig", "signature"}, fold(name))
}

// fold takes out what the same name differs in between services.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// SecretHeader reports whether a header of that name carries a credential.
func SecretHeader(name string) bool {
	name = fold(name)
	for _, word := range []string{"authorization", "cookie", "token", "secret", "password", "apikey", "functionskey", "subscriptionkey", "accesskey", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

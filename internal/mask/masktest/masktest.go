// Package masktest is for tests that no secret leaks.
package masktest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"
)

// Planted is a token with every character that some escape changes.
const Planted = `eyJ0eXAi/Planted+Token&"quoted"<x>=\end.sig-nature_%41`

// Encodings are ways in which a server may send a secret back, by name.
func Encodings(t testing.TB, secret string) map[string]string {
	inJSON, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	inner := strings.Trim(string(inJSON), `"`)
	twice, err := json.Marshal(inner)
	if err != nil {
		t.Fatal(err)
	}
	var percent, lowPercent, unicodes, wide strings.Builder
	for _, b := range []byte(secret) {
		fmt.Fprintf(&percent, "%%%02X", b)
		fmt.Fprintf(&lowPercent, "%%%02x", b)
		fmt.Fprintf(&unicodes, `\u%04x`, b)
	}
	for _, u := range utf16.Encode([]rune(secret)) {
		wide.WriteByte(byte(u))
		wide.WriteByte(byte(u >> 8))
	}
	return map[string]string{
		"raw":            secret,
		"lower case":     strings.ToLower(secret),
		"path escape":    url.PathEscape(secret),
		"query escape":   url.QueryEscape(secret),
		"twice escaped":  url.QueryEscape(url.QueryEscape(secret)),
		"all percent":    percent.String(),
		"lower percent":  lowPercent.String(),
		"JSON":           inner,
		"JSON, slashes":  strings.ReplaceAll(inner, "/", `\/`),
		"JSON twice":     strings.Trim(string(twice), `"`),
		"JSON, all":      unicodes.String(),
		"Go quoted":      strings.Trim(fmt.Sprintf("%q", secret), `"`),
		"HTML":           html.EscapeString(secret),
		"UTF-16":         wide.String(),
		"base64":         base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 of auth": base64.StdEncoding.EncodeToString([]byte("Bearer " + secret)),
		"base64, later":  base64.RawURLEncoding.EncodeToString([]byte("ab " + secret + " more")),
		"base64, escaped": url.QueryEscape(
			base64.StdEncoding.EncodeToString([]byte("x" + secret))),
	}
}

// NoSecret looks for the secrets in a text, also once the text is decoded.
func NoSecret(t *testing.T, text string, secrets ...string) {
	t.Helper()
	forms := []string{text, strings.ReplaceAll(text, "\x00", "")}
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		forms = append(forms, fmt.Sprint(value))
	}
	for _, decode := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
		if plain, err := decode(text); err == nil {
			forms = append(forms, plain)
		}
	}
	for _, secret := range secrets {
		marshalled, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		needles := []string{
			secret, strings.ToLower(secret), url.PathEscape(secret), url.QueryEscape(secret),
			strings.Trim(string(marshalled), `"`), strings.Trim(fmt.Sprintf("%q", secret), `"`),
			base64.RawStdEncoding.EncodeToString([]byte(secret))[:len(secret)],
			secret[2:10], // not even a good part of it
		}
		for _, form := range forms {
			for _, n := range needles {
				if strings.Contains(form, n) {
					t.Fatalf("%q stands in %q", n, form)
				}
			}
		}
	}
}

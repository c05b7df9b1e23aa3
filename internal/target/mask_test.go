package target

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"
)

// spellings are ways in which a server may echo a secret.
func spellings(t testing.TB, secret string) map[string]string {
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

func TestMaskSpellings(t *testing.T) {
	const key = "k3y/of+the=house"
	c := newClient(t, Config{BaseURL: "https://graph.example", Token: planted, Header: http.Header{"X-Api-Key": {key}}})
	for _, secret := range []string{planted, key} {
		for name, text := range spellings(t, secret) {
			got := c.Mask("<<" + text + ">>")
			if !strings.HasPrefix(got, "<<***") || !strings.HasSuffix(got, ">>") || len(got) > len("<<***%3D%3D>>") {
				t.Errorf("%s of %s: %s became %s", name, secret, text, got)
			}
		}
	}
}

func TestMask(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://graph.example", Token: "tok-en-42", Header: http.Header{
		"Cookie":   {"session=long-cookie-value; b=short"},
		"X-Secret": {"Key first-part"},
		"X-Plain":  {"seen-by-all"},
	}})
	for _, tc := range []struct{ in, want string }{
		{"", ""},
		{"nothing here: seen-by-all", "nothing here: seen-by-all"},
		{"tok-en-42 TOK-EN-42tok-en-42", "*** ******"},
		{"tok-en-4 ok-en-42", "tok-en-4 ok-en-42"},
		{"the cookie long-cookie-value; short", "the cookie ***; short"},
		{"session=long-cookie-value; b=short", "***"},
		{"Key first-part, first-part", "***, ***"},
		{`{"password":"a\"b","x":1}`, `{"password":"***","x":1}`},
		{`{"passwordProfile": {"password" : "x"}, "Client_Secret":5}`, `{"passwordProfile": {"password" : "***"}, "Client_Secret":"***"}`},
		{`{"accessToken":{"a":["}",{"b":"]"}]},"x":[1]}`, `{"accessToken":"***","x":[1]}`},
		{`{"secrets":["a","b"],"secretText":null,"isSecret":true}`, `{"secrets":"***","secretText":null,"isSecret":true}`},
		{`{"pass\u0077ord":"x"}`, `{"pass\u0077ord":"***"}`},
		{`{"passwordPolicies":"none","tokens":"x","note":"password"}`, `{"passwordPolicies":"none","tokens":"x","note":"password"}`},
		{`{"a: 1, "password": "x"}`, `{"a: 1, "password": "***"}`},
		{`{"password": "cut o`, `{"password": "***"`},
		{`{"password": {"a": 1`, `{"password": "***"`},
		{`{"password": 12}`, `{"password": "***"}`},
		{`{"password": bare, "b": 2}`, `{"password": "***", "b": 2}`},
		{`{"password":`, `{"password":`},
		{`{"a":["x","y"],"b":{"password":"x"}}`, `{"a":["x","y"],"b":{"password":"***"}}`},
		{"grant=x&client_secret=abc&b=1", "grant=x&client_secret=***&b=1"},
		{"https://h/#access_token=abc", "https://h/#access_token=***"},
		{"see https://me:pw@h/x and a@b", "see https://***@h/x and a@b"},
		{"100% \\ & + %2 %zz \\u00 &amp", "100% \\ & + %2 %zz \\u00 &amp"},
	} {
		if got := c.Mask(tc.in); got != tc.want {
			t.Errorf("Mask(%q)\n got %q\nwant %q", tc.in, got, tc.want)
		}
	}
}

func TestMaskWithoutSecrets(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://graph.example"})
	if got := c.Mask("any text, *** too"); got != "any text, *** too" {
		t.Errorf("got %q", got)
	}
}

func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"Authorization": true, "Cookie": true, "Set-Cookie": true, "Proxy-Authorization": true, "X-Functions-Key": true,
		"api-key": true, "X-Auth-Token": true, "Client-Secret": true, "X_Password": true, "Ocp-Apim-Subscription-Key": true,
		"Www-Authenticate": false, "Content-Type": false, "Request-Id": false, "Etag": false,
	} {
		if got := secretHeader(name); got != want {
			t.Errorf("secretHeader(%s) = %v", name, got)
		}
	}
}

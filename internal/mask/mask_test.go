package mask

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"graphpact/internal/mask/masktest"
)

func TestMaskEncodings(t *testing.T) {
	t.Parallel()
	const key = "k3y/of+the=house"
	m := New(append(HeaderSecrets(http.Header{"X-Api-Key": {key}}), masktest.Planted)...)
	for _, secret := range []string{masktest.Planted, key} {
		for name, text := range masktest.Encodings(t, secret) {
			got := m.Mask("<<" + text + ">>")
			if !strings.HasPrefix(got, "<<***") || !strings.HasSuffix(got, ">>") || len(got) > len("<<***%3D%3D>>") {
				t.Errorf("%s of %s: %s became %s", name, secret, text, got)
			}
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	m := New(append(HeaderSecrets(http.Header{
		"Cookie":   {"session=long-cookie-value; b=short"},
		"X-Secret": {"Key first-part"},
		"X-Plain":  {"seen-by-all"},
	}), "tok-en-42")...)
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
		if got := m.Mask(tc.in); got != tc.want {
			t.Errorf("Mask(%q)\n got %q\nwant %q", tc.in, got, tc.want)
		}
	}
}

// TestShortSecrets: a secret that innocent words may hold is masked where it is a value.
func TestShortSecrets(t *testing.T) {
	t.Parallel()
	for secret, cases := range map[string][][2]string{
		"e": {
			{"the entity is there", "the entity is there"},
			{`{"e":"e","name":"entered", "list": ["e", "ee"]}`, `{"e":"***","name":"entered", "list": ["***", "ee"]}`},
			{`{"e" : 1}`, `{"e" : 1}`},
			{"e", "***"},
		},
		"tok": {
			{"token tok, tok", "token tok, tok"},
			{"X-Echo: tok", "X-Echo: ***"},
			{"X-Echo: Bearer TOK", "X-Echo: Bearer ***"},
			{"Bearer tok", "Bearer ***"},
			{"curl -H 'X-Echo: tok' -H 'X-Tok: tokyo' https://h/tok", "curl -H 'X-Echo: ***' -H 'X-Tok: tokyo' https://h/tok"},
			{"X-Echo: a tok", "X-Echo: a ***"},
			{"the name tok", "the name tok"},
			{`{"in":"{\\"a\\":\\"tok\\"}"}`, `{"in":"{\\"a\\":\\"***\\"}"}`},
			{"dG9r", "dG9r"},
			{"https://h/x?a=tok&b=1", "https://h/x?a=tok&b=1"},
		},
		"1234567":  {{`a 1234567 "1234567"`, `a 1234567 "***"`}},
		"12345678": {{`a 12345678b`, `a ***b`}},
	} {
		m := New(secret)
		for _, tc := range cases {
			if got := m.Mask(tc[0]); got != tc[1] {
				t.Errorf("with the secret %s: Mask(%q)\n got %q\nwant %q", secret, tc[0], got, tc[1])
			}
		}
	}
}

func TestMaskWithoutSecrets(t *testing.T) {
	t.Parallel()
	m := New()
	if got := m.Mask("any text, *** too"); got != "any text, *** too" {
		t.Errorf("got %q", got)
	}
}

func TestSecretNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Authorization": true, "Cookie": true, "Set-Cookie": true, "Proxy-Authorization": true, "X-Functions-Key": true,
		"api-key": true, "X-Auth-Token": true, "Client-Secret": true, "X_Password": true, "Ocp-Apim-Subscription-Key": true,
		"Www-Authenticate": false, "Content-Type": false, "Request-Id": false, "Etag": false,
	} {
		if got := SecretHeader(name); got != want {
			t.Errorf("SecretHeader(%s) = %v", name, got)
		}
	}
}

// TestMaskWhileLearning: under the race detector, and without a token lost.
func TestMaskWhileLearning(t *testing.T) {
	t.Parallel()
	m := New()
	m.Learn("first-token-00")
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 20 {
				token := fmt.Sprintf("token-%02d-of-%02d", i, g)
				m.Learn(token)
				if got := m.Mask("<" + token + ">"); got != "<***>" {
					t.Errorf("%s became %s", token, got)
				}
			}
		})
	}
	all.Wait()
	if n := len(m.Tokens()); n != 161 {
		t.Errorf("%d tokens are known, want 161", n)
	}
	for name, text := range masktest.Encodings(t, "token-19-of-07") {
		if got := m.Mask("<" + text + ">"); !strings.HasPrefix(got, "<***") {
			t.Errorf("%s: %s became %s", name, text, got)
		}
	}
}

// TestMaskKnown: what only looks like a secret stays.
func TestMaskKnown(t *testing.T) {
	t.Parallel()
	m := New("the/real+token")
	const in = `{"password":"stays","a":"the/real+token","b":"the%2Freal%2Btoken"}`
	if got, want := m.MaskKnown(in), `{"password":"stays","a":"***","b":"***"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzPairs: no text with a pair is taken for one without.
func FuzzPairs(f *testing.F) {
	for _, s := range []string{"sig=x", "access_to\u212aen=x", "\u017fig=x", "a.password=x", "API-KEY=x", "charset=utf-8"} {
		f.Add(s)
	}
	m := New()
	f.Fuzz(func(t *testing.T, s string) {
		if m.pairs.MatchString(s) && !mayHavePair(s) {
			t.Errorf("%q has a pair", s)
		}
	})
}

package mask

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// spellings are ways in which a server may send a secret, or a part of it, back.
var spellings = map[string]func(*rand.Rand, string) string{
	"hex":         func(_ *rand.Rand, s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":         func(_ *rand.Rand, s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"hex, colons": func(_ *rand.Rand, s string) string { return spaced(s, ":") },
	"hex, spaces": func(_ *rand.Rand, s string) string { return spaced(s, " ") },
	"hex, 0x":     func(_ *rand.Rand, s string) string { return spaced(s, ", 0x") },
	`hex, \x`:     func(_ *rand.Rand, s string) string { return spaced(s, `\x`) },
	"percent":     func(_ *rand.Rand, s string) string { return spaced(s, "%") },
	"base64 in lines": func(r *rand.Rand, s string) string {
		return lined(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", r.IntN(3))+s)), 20+r.IntN(60), "\n")
	},
	"base64 in lines of mail": func(_ *rand.Rand, s string) string {
		return lined(base64.StdEncoding.EncodeToString([]byte(s)), 76, "\r\n")
	},
	"base64 in lines of JSON": func(r *rand.Rand, s string) string {
		text, _ := json.Marshal(lined(base64.URLEncoding.EncodeToString([]byte(s)), 20+r.IntN(60), "\n"))
		return string(text)
	},
	"in lines": func(r *rand.Rand, s string) string { return lined(s, 13+r.IntN(20), "\n") },
	// No line holds a run.
	"in short lines":         func(r *rand.Rand, s string) string { return lined(s, 1+r.IntN(minRun-1), "\n") },
	"in short lines of mail": func(r *rand.Rand, s string) string { return lined(s, 1+r.IntN(minRun-1), "\r\n") },
	"in short lines of JSON": func(r *rand.Rand, s string) string { return lined(s, 1+r.IntN(minRun-1), `\n`) },
	"beginning":              func(r *rand.Rand, s string) string { return s[:minRun+r.IntN(len(s)-minRun)] },
	"end":                    func(r *rand.Rand, s string) string { return s[r.IntN(len(s)-minRun):] },
	"a run":                  func(r *rand.Rand, s string) string { i := r.IntN(len(s) - minRun); return s[i : i+minRun] },
	"a run of hex": func(r *rand.Rand, s string) string {
		i := r.IntN(len(s) - minRun)
		return hex.EncodeToString([]byte(s[i : i+minRun]))
	},
	"a run in upper case": func(r *rand.Rand, s string) string {
		i := r.IntN(len(s) - minRun)
		return strings.ToUpper(s[i : i+minRun])
	},
}

func spaced(s, before string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%s%02x", before, c)
	}
	return b.String()
}

func lined(s string, width int, end string) string {
	var b strings.Builder
	for len(s) > width {
		b.WriteString(s[:width] + end)
		s = s[width:]
	}
	return b.String() + s
}

// between is what the spellings put between the characters of a secret, or around them.
var between = strings.NewReplacer(", 0x", "", `\x`, "", `\n`, "", `\r`, "", "\r", "", "\n", "", " ", "", ":", "", "%", "", `"`, "", "(", "", ")", "")

// TestMaskSpellings: for any secret and any spelling, less than a run is left of it, also
// where it is all of the text.
func TestMaskSpellings(t *testing.T) {
	t.Parallel()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/="
	for name, spell := range spellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(200) {
				r := rand.New(rand.NewPCG(seed, 7))
				secret := make([]byte, 24+r.IntN(200))
				for i := range secret {
					secret[i] = letters[r.IntN(len(letters))]
				}
				m := New("another-secret-"+name, string(secret))
				text := spell(r, string(secret))
				if seed%2 == 0 {
					text = "(" + text + ")"
				}
				got := m.Mask(text)
				left := strings.Trim(strings.ReplaceAll(got, Text, ""), "()\"\r\n ")
				run := slices.ContainsFunc(strings.Split(got, Text), func(piece string) bool { return len(between.Replace(piece)) >= minRun })
				if !strings.Contains(got, Text) || len(left) > 2*minRun || run {
					t.Fatalf("seed %d: %s\n%s\nbecame %s", seed, secret, text, got)
				}
			}
		})
	}
}

// FuzzRuns: no text is masked that has no run of the secret, and none that has is left.
func FuzzRuns(f *testing.F) {
	f.Add("a text with the-long-secret-of-al in it", "the-long-secret-of-all")
	f.Add("nothing", "the-long-secret-of-all")
	f.Add("\\\\u0041\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	f.Fuzz(func(t *testing.T, text, secret string) {
		got := newRuns([]string{secret}).mask(text)
		folded := string(foldText(secret).bytes)
		for i := 0; i+minRun <= len(folded); i++ {
			if run := folded[i : i+minRun]; !strings.Contains(run, "*") && strings.Contains(string(foldText(got).bytes), run) {
				t.Errorf("%q is left in %q of %q", run, got, text)
			}
		}
	})
}

func TestMaskRunsLeaveTheRest(t *testing.T) {
	t.Parallel()
	m := New("0123456789-secret-abcdef")
	for in, want := range map[string]string{
		"a text\nof two lines":                  "a text\nof two lines",
		"0123456789- and -secret-abc":           "0123456789- and -secret-abc", // eleven of its characters
		"0123456789-s, 0123456789-secret-a":     "***, ***",
		`{"a":"0123456789\n-secret","b":"c"}`:   `{"a":"***","b":"c"}`,
		"id 30313233-3435-3637-3839-2d73656372": "id ***",
		"6fc3bd39-5bbb-4ad3-9d3e-1f2a3b4c5d6e":  "6fc3bd39-5bbb-4ad3-9d3e-1f2a3b4c5d6e",
	} {
		if got := m.Mask(in); got != want {
			t.Errorf("Mask(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	token := strings.Repeat("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6", 40)
	m := New(token)
	body := strings.Repeat(`{"id":"b7de8b3c-ec68-451a-bcb4-8ced21fb4fd6","readinessStatus":"ready"}`, 30)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		m.Mask(body)
	}
}

func BenchmarkNew(b *testing.B) {
	token := strings.Repeat("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6", 40)
	for b.Loop() {
		New(token)
	}
}

// BenchmarkExchange masks what a report shows of one exchange.
func BenchmarkExchange(b *testing.B) {
	m := New()
	m.Learn("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6IjEifQ." + strings.Repeat("eyJhdWQiOiJodHRwczovL2dyYXBoIiwiaXNzIjoiaHR0cHM6Ly9zdHMi", 16) + ".c2lnbmF0dXJl-_0")
	url := "https://graph.example/beta/shops/b7de8b3c-ec68-451a-bcb4-8ced21fb4fd6/widgets/w-1?$select=id,displayName,createdDateTime"
	lines := []string{
		"read back", "PATCH " + url, "200 OK", "curl -sS -X PATCH -H 'Content-Type: application/json' --data-raw '{\"state\":\"ready\"}' '" + url + "'",
		"Accept: application/json;odata.metadata=minimal", "Authorization: ***", "Client-Request-Id: 6f0c8b3c-ec68-451a-bcb4-8ced21fb4fd6",
		"Content-Type: application/json; charset=utf-8", "User-Agent: graphpact/1.0", "Cache-Control: no-cache", "Date: Mon, 23 Nov 2026 16:00:00 GMT",
		"Etag: W/\"17\"", "Request-Id: 9a418b3c-ec68-451a-bcb4-8ced21fb4fd6", "Odata-Version: 4.0",
	}
	body := []byte(`{"@odata.context":"https://graph.example/beta/$metadata#shops('1')/widgets/$entity","@odata.etag":"W/\"17\"","id":"w-1",` +
		`"displayName":"The first widget of the shop","createdDateTime":"2024-03-22T21:28:02.7164229Z","lastModifiedDateTime":"2024-03-22T21:28:02.7164229Z",` +
		`"state":"ready","owner":{"id":"b7de8b3c-ec68-451a-bcb4-8ced21fb4fd6","email":"someone@example.org"},"tags":["red","green"],"count":17}`)
	for b.Loop() {
		for _, line := range lines {
			m.Line(line, 1<<10)
		}
		m.Body(body, false)
		m.Body([]byte(`{"state":"ready"}`), false)
	}
}

package client

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client/clienttest"
	"graphpact/internal/mask/masktest"
	"graphpact/internal/result"
)

func TestReportGolden(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{BaseURL: "https://graph.example/beta", Token: "tok-en-42", Header: http.Header{"X-Api-Key": {"k3y-of-house"}}})
	report := c.Report(&Exchange{
		Purpose: "update with tok-en-42",
		Method:  "PATCH",
		URL:     "https://graph.example/beta/things/1",
		RequestHeader: http.Header{
			"Authorization": {"Bearer tok-en-42"}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
			"X-Api-Key": {"k3y-of-house"}, "Client-Request-Id": {"11111111-2222-4333-8444-555555555555"},
		},
		RequestBody: []byte(`{"password":"x","note":"it's"}`),
		Status:      400,
		Proto:       "HTTP/1.1",
		Header: http.Header{
			"Set-Cookie": {"a=1", "b=2"}, "Content-Type": {"application/json"},
			"Www-Authenticate": {`Bearer realm="x", error="invalid_token"`}, "X-Odd": {"a\tb\u202ec\xff"},
		},
		Body:     []byte("{\r\n\t\"error\": \"bad k3y-of-house \x1b[31m\"}"),
		Duration: 1500 * time.Microsecond,
		Attempts: 2,
		Err:      errors.New("broke with tok-en-42"),
	})
	got, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.golden.json", append(got, '\n'))
}

func TestReportWithoutResponse(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{BaseURL: "https://graph.example"})
	r := c.Report(&Exchange{Method: "GET", URL: "https://graph.example/a", Err: errors.New("refused")})
	if r.Response != nil || r.Error != "refused" || r.Request.Line != "GET https://graph.example/a" {
		t.Errorf("got %+v", r)
	}
}

// What a report shows of a body, and how much it looks at, in bytes.
const (
	bodyShown = 2 << 10
	window    = 4 * bodyShown
	hexShown  = 256
)

func TestReportBody(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{BaseURL: "https://graph.example", Token: "tok-en-42"})
	for name, tc := range map[string]struct {
		body      string
		cut       bool
		want      string
		truncated bool
	}{
		"empty":              {"", false, "", false},
		"exactly":            {strings.Repeat("x", bodyShown), false, strings.Repeat("x", bodyShown), false},
		"one more":           {strings.Repeat("x", bodyShown+1), false, strings.Repeat("x", bodyShown), true},
		"before a character": {strings.Repeat("x", bodyShown-1) + "é", false, strings.Repeat("x", bodyShown-1), true},
		"large":              {strings.Repeat("é", 1<<20), false, strings.Repeat("é", bodyShown/2), true},
		"large, odd":         {"x" + strings.Repeat("é", 1<<20), false, "x" + strings.Repeat("é", bodyShown/2-1), true},
		"masks, then cuts":   {strings.Repeat("tok-en-42", 400), false, strings.Repeat("***", 400), false},
		"secret at the edge": {strings.Repeat("tok-en-42", 2000)[:window+5], false, strings.Repeat("*", bodyShown), true},
		"cut in a secret":    {"say tok-en", true, "say ***", true},
		"cut in an escape":   {`say tok-\u0065n-4\u00`, true, "say ***", true},
		"cut, no secret":     {"say tok", true, "say tok", true},
		"cut in a character": {"say \xc3", true, "say ", true},
		"not UTF-8":          {"\xff\xfe\x00a", false, "not UTF-8, in hex: fffe0061", false},
		"not UTF-8, long":    {strings.Repeat("\xff", 300), false, "not UTF-8, in hex: " + strings.Repeat("ff", hexShown), true},
		"not UTF-8, secret":  {"\xfftok-en-42", false, "not UTF-8, in hex: ff2a2a2a", false},
		"controls":           {"a\x00b\x1b\u0085\u2028\U000e0001\n\tc\r", false, "a\\u0000b\\u001b\\u0085\\u2028\\U000e0001\n\tc\\u000d", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.Report(&Exchange{Status: 200, Body: []byte(tc.body), Truncated: tc.cut}).Response
			if diff := cmp.Diff(tc.want, got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if got.Truncated != tc.truncated || got.BodyBytes != len(tc.body) {
				t.Errorf("truncated %v, %d bytes", got.Truncated, got.BodyBytes)
			}
		})
	}
}

// TestReportSecretInHex has bytes that only the report's own hex shows.
func TestReportSecretInHex(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{BaseURL: "https://graph.example", Token: "fffedead"})
	got := c.Report(&Exchange{Status: 200, Body: []byte("a\xff\xfe\xde\xadb")}).Response.Body
	if want := "not UTF-8, in hex: 61***62"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNoTokenLeaks plants the token, in every encoding, wherever a server can put
// it, and looks for it in all that leaves the package.
func TestNoTokenLeaks(t *testing.T) {
	t.Parallel()
	const key = "k3y/of+the=house"
	for name, text := range masktest.Encodings(t, masktest.Planted+" "+key) {
		t.Run(name, func(t *testing.T) {
			srv := clienttest.NewSpy(t, func(w http.ResponseWriter, r *http.Request) {
				h := w.Header()
				inline := strings.NewReplacer("\x00", "", "\n", "").Replace(text)
				h.Set("X-Echo", inline)
				h.Set("Www-Authenticate", "Bearer error="+inline)
				h.Set("Set-Cookie", "a="+inline)
				h.Set("Location", "https://elsewhere.example/?t="+inline)
				switch r.URL.Path {
				case "/redirect":
					w.WriteHeader(302)
				case "/cut":
					h.Set("Content-Length", "100000")
				case "/401", "/404", "/500":
					w.WriteHeader(map[string]int{"/401": 401, "/404": 404, "/500": 500}[r.URL.Path])
				}
				_, _ = io.WriteString(w, `{"echo":"`+text+`"}`+text)
			})
			c := newClient(t, Config{Sleep: clienttest.NewClock().Sleep, BaseURL: srv.URL, Token: masktest.Planted, Header: http.Header{"X-Api-Key": {key}}})
			for _, path := range []string{"/200", "/redirect", "/cut", "/401", "/404", "/500"} {
				path += "?t=" + url.QueryEscape(masktest.Planted)
				ex := c.Do(t.Context(), Request{
					Purpose: text, Method: "PATCH", Path: path, Body: []byte(text),
					Header: http.Header{"X-Note": {url.PathEscape(masktest.Planted)}},
				})
				out, err := json.Marshal(c.Report(ex))
				if err != nil {
					t.Fatal(err)
				}
				masktest.NoSecret(t, string(out), masktest.Planted, key)
				if ex.Err != nil {
					masktest.NoSecret(t, ex.Err.Error(), masktest.Planted, key)
				}
				if _, err := c.Preflight(t.Context(), path); err != nil {
					masktest.NoSecret(t, err.Error(), masktest.Planted, key)
				}
			}
		})
	}
}

// TestNoTokenLeaksInErrors has servers and transports that put the token into errors
// of net/http.
func TestNoTokenLeaksInErrors(t *testing.T) {
	t.Parallel()
	answer := func(raw string) string {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, raw)
				_ = conn.Close()
			}
		}()
		return "http://" + l.Addr().String()
	}
	fail := clienttest.RoundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Get", URL: "https://h/?t=" + masktest.Planted, Err: errors.New("no")}
	})
	for name, cfg := range map[string]Config{
		"protocol":  {BaseURL: answer(masktest.Planted + " 200 OK\r\n\r\n")},
		"status":    {BaseURL: answer("HTTP/1.1 " + masktest.Planted + "\r\n\r\n")},
		"header":    {BaseURL: answer("HTTP/1.1 200 OK\r\n" + masktest.Planted + "\r\n\r\n")},
		"length":    {BaseURL: answer("HTTP/1.1 200 OK\r\nContent-Length: " + masktest.Planted + "\r\n\r\n")},
		"encoding":  {BaseURL: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + masktest.Planted + "\r\n\r\n")},
		"transport": {BaseURL: "https://graph.example", Transport: fail},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Token = masktest.Planted
			c := newClient(t, cfg)
			ex := c.Do(t.Context(), Request{Method: "GET", Path: "/a"})
			if ex.Err == nil {
				t.Fatal("no error")
			}
			for err := ex.Err; err != nil; err = errors.Unwrap(err) {
				masktest.NoSecret(t, err.Error(), masktest.Planted)
			}
			masktest.NoSecret(t, fmt.Sprintf("%+v %#v", ex.Err, ex.Err), masktest.Planted)
			out, err := json.Marshal(c.Report(ex))
			if err != nil {
				t.Fatal(err)
			}
			masktest.NoSecret(t, string(out), masktest.Planted)
		})
	}
}

func FuzzReport(f *testing.F) {
	f.Add("X-Echo", masktest.Planted, []byte(`{"echo":"`+masktest.Planted+`","password":"`), 200, false)
	f.Add("Location", url.QueryEscape(masktest.Planted), []byte(url.PathEscape(masktest.Planted)), 302, true)
	f.Add(masktest.Planted, "\xff\u202e", []byte("\xff\x00"+masktest.Planted), 0, true)
	f.Add("Set-Cookie", "", []byte(`"\`), 999, false)
	f.Add("", "%25%", []byte(`{"token":[{"a":"]`), 200, true)
	f.Add("A", base64.StdEncoding.EncodeToString([]byte(masktest.Planted)), []byte("eyJ0\x00\\u"), 200, true)
	c := newClient(f, Config{BaseURL: "https://graph.example", Token: masktest.Planted, Header: http.Header{"X-Api-Key": {"k3y/of+the=house"}}})
	f.Fuzz(func(t *testing.T, name, value string, body []byte, status int, truncated bool) {
		r := c.Report(&Exchange{
			Purpose: value, Method: "PATCH", URL: "https://graph.example/" + url.PathEscape(value),
			RequestHeader: http.Header{name: {value}}, RequestBody: body, Status: status,
			Header: http.Header{name: {value}}, Body: body, Truncated: truncated, Err: errors.New(value),
		})
		texts := []string{r.Purpose, r.Error, r.Curl, r.Request.Line, r.Request.Body}
		texts = append(texts, r.Request.Headers...)
		if r.Response != nil {
			texts = append(texts, r.Response.Line, r.Response.Body)
			texts = append(texts, r.Response.Headers...)
			if len(r.Response.Body) > bodyShown+len("not UTF-8, in hex: ") {
				t.Errorf("a body of %d bytes", len(r.Response.Body))
			}
		}
		for i, text := range texts {
			if !utf8.ValidString(text) {
				t.Errorf("text %d is no UTF-8: %q", i, text)
			}
			if strings.Contains(text, masktest.Planted) || strings.Contains(text, "k3y/of+the=house") {
				t.Errorf("text %d holds a secret: %q", i, text)
			}
		}
	})
}

func BenchmarkReport(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"1","createdDateTime":"2024-03-22T21:28:02.7164229Z","values":["`+strings.Repeat("x", 1000)+`"]}`)
	}))
	b.Cleanup(srv.Close)
	token := "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9." + strings.Repeat("AbCd0123", 150)
	c := newClient(b, Config{BaseURL: srv.URL, Token: token})
	ex := c.Do(b.Context(), Request{Method: "PATCH", Path: "/a", Body: []byte("{}")})
	if ex.Err != nil {
		b.Fatal(ex.Err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = c.Report(ex)
	}
}

// BenchmarkReportHostile has bodies that are made to be slow to search.
func BenchmarkReportHostile(b *testing.B) {
	c := newClient(b, Config{BaseURL: "https://graph.example", Token: masktest.Planted})
	for name, piece := range map[string]string{
		"backslashes": `\`, "percents": "%", "escaped percents": "25", "quotes": `"`, "escaped quotes": `\"`,
		"names": `"password":`, "brackets": `"token":[`, "nearly": masktest.Planted[:len(masktest.Planted)-1], "ampersands": "&#101", "base64": "ZXlK",
	} {
		body := []byte("%" + strings.Repeat(piece, 1<<20/len(piece)))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = c.Report(&Exchange{Status: 200, Body: body, RequestBody: body[:64<<10]})
			}
		})
	}
}

func TestReportMarksRetries(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{BaseURL: "https://graph.example"})
	got := c.Report(&Exchange{Status: 200, Attempts: 3, Retries: []Retry{{429, 1500 * time.Millisecond}, {503, time.Second}}})
	want := []result.Retry{{Status: 429, WaitMS: 1500}, {Status: 503, WaitMS: 1000}}
	if diff := cmp.Diff(want, got.Retries); diff != "" || got.Attempts != 3 {
		t.Errorf("%d attempts, retries (-want +got):\n%s", got.Attempts, diff)
	}
}

package credential

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counted is a source that gives tokens of a life, or errors.
type counted struct {
	now  func() time.Time
	life time.Duration
	asks int
	err  error
}

func (s *counted) Token(context.Context) (Token, error) {
	s.asks++
	if s.err != nil {
		return Token{}, s.err
	}
	t := Token{Value: fmt.Sprintf("token-%d", s.asks)}
	if s.life != 0 {
		t.Expires = s.now().Add(s.life)
	}
	return t, nil
}

func TestKeep(t *testing.T) {
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		life time.Duration
		// first is the last second at which the first token is given.
		first time.Duration
	}{
		"an hour":        {time.Hour, 55*time.Minute - time.Second},
		"five minutes":   {5 * time.Minute, 4*time.Minute - time.Second},
		"ten seconds":    {10 * time.Second, 7 * time.Second},
		"unknown":        {0, 5*time.Minute - time.Second},
		"old from birth": {-time.Hour, 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			now := start
			s := &counted{now: func() time.Time { return now }, life: tc.life}
			c := Keep(s, s.now)
			for _, step := range []struct {
				at   time.Duration
				want string
			}{{0, "token-1"}, {tc.first, "token-1"}, {tc.first + time.Second, "token-2"}} {
				now = start.Add(step.at)
				if got, err := c.Token(t.Context()); err != nil || got != step.want {
					t.Errorf("after %s: %s %v, want %s", step.at, got, err, step.want)
				}
			}
		})
	}
}

// TestKeepThroughAnOutage: a good token is used on, and the source is not asked at each
// request.
func TestKeepThroughAnOutage(t *testing.T) {
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	now := start
	s := &counted{now: func() time.Time { return now }, life: time.Hour}
	c := Keep(s, s.now)
	at := func(d time.Duration) string {
		now = start.Add(d)
		got, err := c.Token(t.Context())
		if err != nil {
			return err.Error()
		}
		return got
	}
	at(0)
	s.err = errors.New("outage")
	for _, d := range []time.Duration{56 * time.Minute, 56*time.Minute + time.Second, 59*time.Minute + 59*time.Second} {
		if got := at(d); got != "token-1" {
			t.Errorf("after %s: %s", d, got)
		}
	}
	if s.asks != 3 {
		t.Errorf("the source was asked %d times, want 3", s.asks)
	}
	if got := at(time.Hour); got != "outage" {
		t.Errorf("an expired token was given: %s", got)
	}
	for range 3 {
		at(time.Hour + time.Second)
	}
	if s.asks != 4 {
		t.Errorf("a source that fails was asked %d times, want 4", s.asks)
	}
	s.err = nil
	if got := at(time.Hour + time.Minute); got != "token-5" {
		t.Errorf("after the outage: %s", got)
	}
}

func TestKeepConcurrent(t *testing.T) {
	s := &counted{now: time.Now, life: time.Hour}
	c := Keep(s, nil)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if got, err := c.Token(t.Context()); err != nil || got != "token-1" {
				t.Errorf("%s %v", got, err)
			}
		})
	}
	all.Wait()
}

// slow is a source that waits for its context.
type slow struct{ started chan struct{} }

func (s slow) Token(ctx context.Context) (Token, error) {
	close(s.started)
	<-ctx.Done()
	return Token{}, ctx.Err()
}

func TestWaitingCanBeCalledOff(t *testing.T) {
	s := slow{make(chan struct{})}
	c := Keep(s, nil)
	first, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := c.Token(first)
		done <- err
	}()
	<-s.started
	second, stopSecond := context.WithCancel(t.Context())
	stopSecond()
	if _, err := c.Token(second); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// jwtOf makes a token of claims.
func jwtOf(t testing.TB, claims map[string]any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT","nonce":"x"}`)) + "." + enc.EncodeToString(body) + "." + enc.EncodeToString([]byte("signature"))
}

func TestFile(t *testing.T) {
	path := writeFile(t, "token", "")
	set := Settings{Method: MethodFile, TokenFile: path}
	c, err := set.Open()
	if err != nil {
		t.Fatal(err)
	}
	token := jwtOf(t, map[string]any{"exp": time.Now().Add(time.Hour).Unix()})
	for _, step := range []struct{ text, want string }{
		{"", path + ": empty"},
		{"{\"accessToken\":\"hidden\"}", path + ": JSON; expected the bare token"},
		{"Bearer hidden", path + ": more than one word; expected the bare token, without the word Bearer"},
		{strings.Repeat("x", maxToken+1), "longer than a token can be"},
		{"opaque-1\n", "opaque-1"},
		{" opaque-2 ", "opaque-2"},
		{token, token},
		{"", token}, // half written
	} {
		if err := os.WriteFile(path, []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := c.Token(t.Context())
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, step.want) || strings.Contains(got, "hidden") {
			t.Errorf("%.40q: got %.80q, want %.80q", step.text, got, step.want)
		}
	}
	for _, bad := range []string{filepath.Dir(path), path + ".gone"} {
		c, err := Settings{Method: MethodFile, TokenFile: bad}.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "--auth token-file: ") || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestCommand(t *testing.T) {
	environ := append(os.Environ(), "SECRET=eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln")
	for name, tc := range map[string]struct{ line, want string }{
		"token":          {`printf '%s\n' tok-en`, "tok-en"},
		"no shell":       {`printf '%s' '$HOME;`, "Unterminated"},
		"words":          {`printf %s "a'b" `, "a'b"},
		"expanded not":   {`printf %s '$HOME'`, "$HOME"},
		"environment":    {`sh -c 'printf %s "$SECRET" | cut -c1-5'`, "eyJhb"},
		"fails":          {`sh -c 'echo "no: $SECRET" >&2; exit 3'`, "--auth token-command: sh: exit status 3: no: ***"},
		"no program":     {`graphpact-no-such-program x`, "graphpact-no-such-program cannot be run: executable file not found"},
		"nothing":        {`true`, "true printed what is no token: empty"},
		"JSON":           {`echo '{"accessToken":"x"}'`, "echo printed what is no token: JSON; expected the bare token (of the Azure CLI: --query accessToken -o tsv)"},
		"endless":        {`sh -c 'yes | head -c 200000'`, "longer than a token can be"},
		"without end":    {`yes`, "yes printed what is no token: longer than a token can be"},
		"talks too much": {`sh -c 'yes 12345678 | head -c 100000 >&2; exit 1'`, "12345678 12345678"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Settings{Method: MethodCommand, TokenCommand: tc.line, Environ: environ}.Open()
			got := ""
			if err == nil {
				got, err = c.Token(t.Context())
			}
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.want) || len(got) > 600 {
				t.Errorf("got %.600q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestCommandIsBounded(t *testing.T) {
	c := command{argv: []string{"sh", "-c", "exec 2>/dev/null; sleep 30 & sleep 30"}, environ: os.Environ(), within: 50 * time.Millisecond}
	begin := time.Now()
	_, err := c.Token(t.Context())
	if err == nil || err.Error() != "sh did not end within 50ms" {
		t.Errorf("%v", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestReadClaims(t *testing.T) {
	at := time.Unix(1800000000, 0)
	full := Claims{
		Audience: []string{"https://graph.microsoft.com"}, Issuer: "https://sts.example/t/", Tenant: "t", App: "a",
		Roles: []string{"Lamp.Read.All", "Lamp.ReadWrite.All"}, Expires: at, NotBefore: at,
	}
	for name, tc := range map[string]struct {
		token string
		want  Claims
		ok    bool
	}{
		"application": {jwtOf(t, map[string]any{
			"aud": "https://graph.microsoft.com", "iss": "https://sts.example/t/", "tid": "t", "appid": "a",
			"roles": []string{"Lamp.Read.All", "Lamp.ReadWrite.All"}, "exp": at.Unix(), "nbf": at.Unix(), "extra": map[string]any{"x": 1},
		}), full, true},
		"delegated":        {jwtOf(t, map[string]any{"aud": []string{"a", "b"}, "scp": "A.B C.D", "azp": "z"}), Claims{Audience: []string{"a", "b"}, App: "z", Scopes: []string{"A.B", "C.D"}}, true},
		"scopes in a list": {jwtOf(t, map[string]any{"scp": []string{"A.B", "C.D"}}), Claims{Scopes: []string{"A.B", "C.D"}}, true},
		"unknown alg":      {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"NEW1"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"tid":"t"}`)) + ".x", Claims{Tenant: "t"}, true},
		"opaque":           {"EwBwA8l6BAAU", Claims{}, false},
		"encrypted":        {"a.b.c.d.e", Claims{}, false},
		"dots":             {"a.b.c", Claims{}, false},
		"empty":            {"", Claims{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := ReadClaims(tc.token)
			if diff := cmp.Diff(tc.want, got); diff != "" || ok != tc.ok {
				t.Errorf("%v, (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func FuzzReadClaims(f *testing.F) {
	f.Add(jwtOf(f, map[string]any{"aud": []string{"a"}, "exp": 1.8e9, "scp": "A B", "roles": "x"}))
	f.Add(jwtOf(f, map[string]any{"exp": 1e300, "nbf": -1e300}))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		c, ok := ReadClaims(token)
		if !ok && !cmp.Equal(c, Claims{}) {
			t.Errorf("an opaque token says %+v", c)
		}
		for _, s := range append(c.Scopes, c.Roles...) {
			if s == "" || strings.ContainsAny(s, " \n\t") {
				t.Errorf("%q is no permission", s)
			}
		}
	})
}

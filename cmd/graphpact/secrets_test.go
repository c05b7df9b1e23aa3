package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graphpact/internal/cli"
	"graphpact/internal/mask/masktest"
)

// randomSecret gives a secret of characters that encodings treat in different ways and that a
// header can carry.
func randomSecret(r *rand.Rand) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	const odd = plain + "-._~+/=%!*'()<>\"\\$,;:@{}|^"
	n := 12 + r.IntN(30)
	var b strings.Builder
	for i := range n {
		set := odd
		if i < 10 { // which NoSecret looks for by itself
			set = plain
		}
		b.WriteByte(set[r.IntN(len(set))])
	}
	return b.String()
}

// TestSecretsSentBack: an endpoint that sends each secret of a run back, in any spelling and
// any part of an answer, brings none of them into an output: the token, the value of a header,
// and what stands in the environment alone. A query parameter with a secret's name is refused.
func TestSecretsSentBack(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			token, header, environment := strings.Trim(strings.Map(tokenCharacter, randomSecret(r)), "="), randomSecret(r), randomSecret(r)
			secrets := []string{token, header, environment}
			v := newVictim(t)
			honest := v.mock
			var spellings []map[string]string
			for _, s := range secrets {
				spellings = append(spellings, masktest.Encodings(t, s))
			}
			names := slices.Sorted(maps.Keys(spellings[0]))
			turn := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				req.Header.Set("Authorization", "Bearer "+hostileToken)
				if req.Method == http.MethodGet {
					honest.ServeHTTP(w, req)
					return
				}
				name := names[turn%len(names)]
				turn++
				var said []string
				for _, s := range spellings {
					said = append(said, s[name])
				}
				all := strings.Join(said, "\n")
				rec := httptest.NewRecorder()
				honest.ServeHTTP(rec, req)
				maps.Copy(w.Header(), rec.Header())
				w.Header().Del("Content-Length")
				w.Header().Set("X-Said", strings.Map(headerCharacter, all))
				var entity map[string]any
				if json.Unmarshal(rec.Body.Bytes(), &entity) != nil || turn%5 == 0 {
					w.WriteHeader(rec.Code)
					_, _ = io.WriteString(w, all) // no JSON
					return
				}
				entity["id"], entity[all], entity["note"] = all, all, said
				w.WriteHeader(rec.Code)
				_ = json.NewEncoder(w).Encode(entity)
			}))
			defer srv.Close()
			dir := t.TempDir()
			args := []string{"run", "--no-pact", "--endpoint", srv.URL + v.mock.BasePath(), "--out", dir, "--header", "X-Api-Key=" + header, "--settle", "1ms"}
			var out strings.Builder
			code := cli.Run(t.Context(), append(args, paramArgs(v.params())...), []string{"GRAPH_TOKEN=" + token, "OTHER_SECRET=" + environment}, strings.NewReader(""), &out, &out)
			if code == cli.ExitConformant || turn < len(names) {
				t.Fatalf("exit code %d after %d updates\n%s", code, turn, cutOutput(out.String()))
			}
			texts := []string{out.String()}
			files, err := filepath.Glob(filepath.Join(dir, "*.*"))
			if err != nil || len(files) < 4 {
				t.Fatal(files, err)
			}
			for _, f := range files {
				data, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				texts = append(texts, string(data))
			}
			for _, text := range texts {
				for _, line := range strings.Split(text, "\n") {
					masktest.NoSecret(t, line, secrets...)
				}
			}
		})
	}
}

// tokenCharacter leaves the characters of a token (RFC 6750 2.1).
func tokenCharacter(r rune) rune {
	if strings.ContainsRune("-._~+/=", r) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

// headerCharacter leaves what a header may hold.
func headerCharacter(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '_'
	}
	return r
}

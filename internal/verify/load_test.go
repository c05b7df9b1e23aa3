package verify

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graphpact/internal/pact"
)

func load(tb testing.TB, name string) *pact.File {
	tb.Helper()
	pacts, err := Load([]string{filepath.Join("testdata", name)})
	if err != nil {
		tb.Fatal(err)
	}
	return pacts[0]
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const names = `"consumer":{"name":"c"},"provider":{"name":"p"}`
	tests := map[string]struct{ data, want string }{
		"empty":             {``, "bad.json: not a pact file"},
		"broken":            {`{"consumer":`, "bad.json: not a pact file"},
		"more behind":       {`{` + names + `,"interactions":[]} x`, "bad.json: not a pact file"},
		"another document":  {`{"openapi":"3.1.0"}`, "names no consumer and provider"},
		"a list":            {`[]`, "not a pact file"},
		"no consumer":       {`{"provider":{"name":"p"},"interactions":[{}]}`, "names no consumer"},
		"empty name":        {`{"consumer":{"name":""},"provider":{"name":"p"},"interactions":[{}]}`, "names no consumer"},
		"specification":     {`{` + names + `,"interactions":[{}],"metadata":{"pactSpecification":{"version":"9.0"}}}`, `specification "9.0"`},
		"old form of it":    {`{` + names + `,"interactions":[{}],"metadata":{"pactSpecificationVersion":"10"}}`, `specification "10"`},
		"nothing in it":     {`{` + names + `,"interactions":[]}`, "without an interaction"},
		"messages":          {`{` + names + `,"messages":[{}]}`, "pact of messages"},
		"plugin":            {`{` + names + `,"interactions":[{}],"metadata":{"plugins":[{"name":"x"}]}}`, "needs a plugin"},
		"message in V4":     {"{" + names + ",\n\"interactions\":[\n{\"type\":\"Asynchronous/Messages\",\"description\":\"d\"}]}", `bad.json:3: interaction 1: "d" is of type Asynchronous/Messages`},
		"no request":        {`{` + names + `,"interactions":[{"description":"d"}]}`, "no request and response"},
		"path":              {`{` + names + `,"interactions":[{"description":"d","request":{"path":"x"},"response":{}}]}`, "does not start with a slash"},
		"wrong description": {`{` + names + `,"interactions":[{"description":7}]}`, "interaction 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse("bad.json", []byte(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Load([]string{dir}); !errors.Is(err, ErrNoPacts) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Load([]string{filepath.Join(dir, "missing")}); err == nil || errors.Is(err, ErrNoPacts) || !strings.Contains(err.Error(), "--pact") {
		t.Errorf("a missing file: %v", err)
	}
	odd := filepath.Join(dir, "a[b]*")
	for name, data := range map[string]string{"b.json": "x", "a.json": "y", "c.txt": "z"} {
		if err := os.MkdirAll(odd, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(odd, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load([]string{odd})
	if err == nil || strings.Count(err.Error(), "not a pact file") != 2 || strings.Contains(err.Error(), "c.txt") {
		t.Errorf("two broken files: %v", err)
	}
	pacts, err := Load([]string{"testdata/v3.json", "testdata/v2.json"})
	if err != nil || len(pacts) != 2 || pacts[0].Name != "testdata/v3.json" {
		t.Errorf("%v, %v", pacts, err)
	}
}

package verify

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func load(tb testing.TB, name string) *Pact {
	tb.Helper()
	pacts, err := Load([]string{filepath.Join("testdata", name)})
	if err != nil {
		tb.Fatal(err)
	}
	return pacts[0]
}

func TestParseV4(t *testing.T) {
	p := load(t, "v4.json")
	if p.Consumer != "graphpact" || p.Provider != "microsoft-graph" || len(p.Interactions) != 10 {
		t.Fatalf("%s, %s, %d interactions", p.Consumer, p.Provider, len(p.Interactions))
	}
	got := p.Interactions[3]
	want := Interaction{
		Pact: "testdata/v4.json", Line: got.Line, Consumer: "graphpact", Provider: "microsoft-graph",
		Description: "a documented value is accepted: readinessStatus = notReady",
		States: []State{{Name: "a provisioningFlow exists", Params: map[string]any{
			"outboundProvisioningFlowSetId": "4219b1b4-e9b2-8e3d-b6c8-09201c63da7c",
			"provisioningFlowId":            "beb163a6-d435-82a9-a7b9-9156f43c9679",
			"readinessStatus":               "ready",
		}}},
		Method: "PATCH", Status: 200,
		Path:        "/external/industryData/outboundProvisioningFlowSets/4219b1b4-e9b2-8e3d-b6c8-09201c63da7c/provisioningFlows/beb163a6-d435-82a9-a7b9-9156f43c9679",
		Header:      map[string]string{"Authorization": "Bearer <token>", "Content-Type": "application/json"},
		Requirement: "UPD-01[readinessStatus=notReady]", Sources: got.Sources,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Interaction{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got.Sources) == 0 || !strings.HasPrefix(got.Sources[0], "provisioningflow-update.md:") {
		t.Errorf("sources %q", got.Sources)
	}
	data, err := os.ReadFile("testdata/v4.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range p.Interactions {
		if line := strings.Split(string(data), "\n")[i.Line-1]; strings.TrimSpace(line) != "{" {
			t.Errorf("%q is said to stand in line %d, which is %q", i.Description, i.Line, line)
		}
		again, err := Parse("single", i.single)
		if err != nil || len(again.Interactions) != 1 || again.Interactions[0].Description != i.Description {
			t.Errorf("%q alone: %v, %+v", i.Description, err, again)
		}
		var whole map[string]any
		if err := json.Unmarshal(i.single, &whole); err != nil || whole["metadata"] == nil {
			t.Errorf("%q alone has lost the metadata: %v", i.Description, err)
		}
	}
}

func TestParseEarlierVersions(t *testing.T) {
	v3 := load(t, "v3.json").Interactions[0]
	if v3.Method != "GET" || v3.Path != "/lamps/7" || len(v3.States) != 1 || v3.States[0].Params["id"] != "7" {
		t.Errorf("v3: %+v", v3)
	}
	v2 := load(t, "v2.json")
	if diff := cmp.Diff([]State{{Name: "a lamp is there"}}, v2.Interactions[0].States); diff != "" {
		t.Error(diff)
	}
	if i := v2.Interactions[1]; i.Method != "DELETE" || i.Status != 204 || i.States != nil || i.Line != 11 {
		t.Errorf("v2: %+v", i)
	}
}

func TestParseRefuses(t *testing.T) {
	const names = `"consumer":{"name":"c"},"provider":{"name":"p"}`
	tests := map[string]struct{ data, want string }{
		"empty":             {``, "bad.json: not a pact file"},
		"broken":            {`{"consumer":`, "bad.json: not a pact file"},
		"more behind":       {`{` + names + `,"interactions":[]} x`, "bad.json: not a pact file"},
		"another document":  {`{"openapi":"3.1.0"}`, "names no consumer and provider"},
		"a list":            {`[]`, "not a pact file"},
		"no consumer":       {`{"provider":{"name":"p"},"interactions":[{}]}`, "names no consumer"},
		"empty name":        {`{"consumer":{"name":""},"provider":{"name":"p"},"interactions":[{}]}`, "names no consumer"},
		"nothing in it":     {`{` + names + `,"interactions":[]}`, "without an interaction"},
		"messages":          {`{` + names + `,"messages":[{}]}`, "pact of messages"},
		"plugin":            {`{` + names + `,"interactions":[{}],"metadata":{"plugins":[{"name":"x"}]}}`, "needs a plugin"},
		"specification":     {`{` + names + `,"interactions":[{}],"metadata":{"pactSpecification":{"version":"9.0"}}}`, `specification "9.0"`},
		"old form of it":    {`{` + names + `,"interactions":[{}],"metadata":{"pactSpecificationVersion":"10"}}`, `specification "10"`},
		"message in V4":     {"{" + names + ",\n\"interactions\":[\n{\"type\":\"Asynchronous/Messages\",\"description\":\"d\"}]}", `bad.json:3: interaction 1: "d" is of type Asynchronous/Messages`},
		"no request":        {`{` + names + `,"interactions":[{"description":"d"}]}`, "no request and response"},
		"path":              {`{` + names + `,"interactions":[{"description":"d","request":{"path":"x"},"response":{}}]}`, "does not start with a slash"},
		"wrong description": {`{` + names + `,"interactions":[{"description":7}]}`, "interaction 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("bad.json", []byte(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
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

func FuzzParse(f *testing.F) {
	for _, i := range []string{`{"request":{},"response":{}}`, `{"providerState":"s","request":{"headers":{"A":["b"]}},"response":{"status":1}}`} {
		f.Add([]byte(`{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[` + i + `]}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("x.json", data)
		if err != nil {
			return
		}
		for _, i := range p.Interactions {
			again, err := Parse("y.json", i.single)
			if err != nil || len(again.Interactions) != 1 {
				t.Fatalf("an interaction alone is no pact: %v\n%s", err, i.single)
			}
		}
	})
}

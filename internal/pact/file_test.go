package pact

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// parseTestdata reads a pact file of package verify's testdata.
func parseTestdata(t *testing.T, name string) *File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../verify/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseV4(t *testing.T) {
	t.Parallel()
	p := parseTestdata(t, "v4.json")
	if p.Consumer != "graphpact" || p.Provider != "microsoft-graph" || len(p.Interactions) != 10 {
		t.Fatalf("%s, %s, %d interactions", p.Consumer, p.Provider, len(p.Interactions))
	}
	got := p.Interactions[3]
	want := Interaction{
		Line: got.Line, Type: typeHTTP, Consumer: "graphpact", Provider: "microsoft-graph",
		Description: "a documented value is accepted: readinessStatus = notReady",
		States: []State{{Name: "a provisioningFlow exists", Params: map[string]any{
			"outboundProvisioningFlowSetId": "4219b1b4-e9b2-8e3d-b6c8-09201c63da7c",
			"provisioningFlowId":            "beb163a6-d435-82a9-a7b9-9156f43c9679",
			"readinessStatus":               "ready",
		}}},
		Request: Request{
			Method: "PATCH",
			Path:   "/external/industryData/outboundProvisioningFlowSets/4219b1b4-e9b2-8e3d-b6c8-09201c63da7c/provisioningFlows/beb163a6-d435-82a9-a7b9-9156f43c9679",
			Header: map[string]any{"Authorization": "Bearer <token>", "Content-Type": "application/json"},
		},
		Response:    Response{Status: 200, Header: map[string]any{"Content-Type": "application/json"}},
		Requirement: "UPD-01[readinessStatus=notReady]", Sources: got.Sources,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Interaction{}, "Single")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got.Sources) == 0 || !strings.HasPrefix(got.Sources[0], "provisioningflow-update.md:") {
		t.Errorf("sources %q", got.Sources)
	}
	data, err := os.ReadFile("../verify/testdata/v4.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range p.Interactions {
		if line := strings.Split(string(data), "\n")[i.Line-1]; strings.TrimSpace(line) != "{" {
			t.Errorf("%q is said to stand in line %d, which is %q", i.Description, i.Line, line)
		}
		again, err := Parse(i.Single)
		if err != nil || len(again.Interactions) != 1 || again.Interactions[0].Description != i.Description {
			t.Errorf("%q alone: %v, %+v", i.Description, err, again)
		}
		var whole map[string]any
		if err := json.Unmarshal(i.Single, &whole); err != nil || whole["metadata"] == nil {
			t.Errorf("%q alone has lost the metadata: %v", i.Description, err)
		}
	}
}

func TestParseEarlierVersions(t *testing.T) {
	t.Parallel()
	v3 := parseTestdata(t, "v3.json").Interactions[0]
	if v3.Request.Method != "GET" || v3.Request.Path != "/lamps/7" || len(v3.States) != 1 || v3.States[0].Params["id"] != "7" {
		t.Errorf("v3: %+v", v3)
	}
	v2 := parseTestdata(t, "v2.json")
	if diff := cmp.Diff([]State{{Name: "a lamp is there"}}, v2.Interactions[0].States); diff != "" {
		t.Error(diff)
	}
	if i := v2.Interactions[1]; i.Request.Method != "DELETE" || i.Response.Status != 204 || i.States != nil || i.Line != 11 {
		t.Errorf("v2: %+v", i)
	}
}

// What other libraries write, in the forms that they have.
func TestParseOtherLibraries(t *testing.T) {
	t.Parallel()
	parse := func(t *testing.T, interaction string) Interaction {
		t.Helper()
		f, err := Parse([]byte(`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[` + interaction + `],"metadata":{"pactSpecification":{"version":"4.0"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		return f.Interactions[0]
	}
	i := parse(t, `{"description":"d","request":{"method":"GET","path":"/x","headers":[]},"response":{"status":200,"headers":[]}}`)
	if len(i.Request.Header)+len(i.Response.Header) > 0 {
		t.Errorf("no headers as an empty list: %+v", i)
	}
	i = parse(t, `{"description":"d","provider_state":"a lamp is there","request":{"method":"get","path":"/x"},"response":{}}`)
	if diff := cmp.Diff([]State{{Name: "a lamp is there"}}, i.States); diff != "" {
		t.Error(diff)
	}
	for _, comments := range []string{`"said"`, `{"text":"said"}`, `{"references":{"graphpact":7}}`, `["said"]`, `null`} {
		i = parse(t, `{"description":"d","comments":`+comments+`,"request":{"path":"/x"},"response":{}}`)
		if i.Requirement != "" || i.Sources != nil {
			t.Errorf("comments %s: %+v", comments, i)
		}
	}
}

// The library sends a query only in the form that the file's specification has.
func TestParseQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ specification, query, want string }{
		{"2.0.0", `"q=p&q=a%20b"`, `"q=p&q=a%20b"`},
		{"2.0.0", `{"r":"s","q":["p","a b&"],"n":1,"e":[""],"v":null}`, `"e=&n=1&q=p&q=a+b%26&r=s&v"`},
		{"1.0", `{"q":[true]}`, `"q=true"`},
		{"3.0.0", `{"q":["p",null],"r":"s"}`, `{"q":["p",null],"r":"s"}`},
		{"3.0.0", `{"q":[1.50,true],"r":7,"s":"t"}`, `{"q":["1.50","true"],"r":["7"],"s":["t"]}`},
		{"4.0", `"q=p"`, `"q=p"`},
		{"", `{"q":["p"]}`, `{"q":["p"]}`},
		{"2.0.0", `null`, `null`},
	} {
		f, err := Parse([]byte(`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"request":{"path":"/x","query":` + tt.query +
			`,"body":1.50},"response":{}}],"metadata":{"pactSpecification":{"version":"` + tt.specification + `"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Interactions []struct {
				Request struct{ Query, Body json.RawMessage }
			}
		}
		if err := json.Unmarshal(f.Interactions[0].Single, &got); err != nil {
			t.Fatal(err)
		}
		r := got.Interactions[0].Request
		if want := strings.ReplaceAll(tt.want, "&", `\u0026`); string(r.Query) != want || string(r.Body) != "1.50" {
			t.Errorf("%s %s: %s, want %s; body %s", tt.specification, tt.query, r.Query, want, r.Body)
		}
	}
	_, err := Parse([]byte(`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"request":{"path":"/x","query":{"q":[{}]}},"response":{}}]}`))
	if err == nil || !strings.Contains(err.Error(), "line 1, interaction 1: the query: the value of q") {
		t.Error(err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"": "", "{": "", "[]": "", "{}": "names no consumer and provider",
		`{"metadata":{"pactSpecification":{"version":"4.0"}},"messages":[]}`:                                       "names no consumer and provider",
		`{"consumer":{"name":"c"},"provider":{"name":"p"}} x`:                                                      "",
		"{\"consumer\":{\"name\":\"c\"},\"provider\":{\"name\":\"p\"},\n\"interactions\":[\n{\"description\":7}]}": "line 3, interaction 1",
	} {
		if _, err := Parse([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func TestCheckV4(t *testing.T) {
	t.Parallel()
	const names = `"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[]`
	for data, want := range map[string]string{
		`{` + names + `,"metadata":{"pactSpecification":{"version":"4.0"}}}`:   "",
		`{` + names + `,"metadata":{"pactSpecification":{"version":"3.0.0"}}}`: `specification "3.0.0" instead of 4.0`,
		`{` + names + `}`: `specification "" instead of 4.0`,
		`{` + names + `,"metadata":{"pactSpecification":{"version":"4.0"}},"messages":[]}`: "does not know: messages",
	} {
		f, err := Parse([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.CheckV4(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, i := range []string{`{"request":{},"response":{}}`, `{"providerState":"s","request":{"headers":{"A":["b"]}},"response":{"status":1}}`} {
		f.Add([]byte(`{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[` + i + `]}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			return
		}
		for _, i := range p.Interactions {
			again, err := Parse(i.Single)
			if err != nil || len(again.Interactions) != 1 {
				t.Fatalf("an interaction alone is no pact: %v\n%s", err, i.Single)
			}
		}
	})
}

func TestCheckSecrets(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/lamps.pact.json")
	if err != nil {
		t.Fatal(err)
	}
	clean, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := clean.CheckSecrets(); err != nil {
		t.Errorf("a pact with the placeholder: %v", err)
	}

	const token = "s3cret-0123456789-abcdef"
	dirty, err := Parse([]byte(strings.Replace(string(data), "Bearer <token>", "Bearer "+token, 1)))
	if err != nil {
		t.Fatal(err)
	}
	err = dirty.CheckSecrets()
	if err == nil || !strings.Contains(err.Error(), "request/headers/Authorization/0") {
		t.Fatalf("the place is not named: %v", err)
	}
	if strings.Contains(err.Error(), token) {
		t.Errorf("the error holds the token: %v", err)
	}
}

// TestParseLetterCase: readers of JSON differ on the letter case of members, so what could
// be read in two ways is refused, or not read at all.
func TestParseLetterCase(t *testing.T) {
	t.Parallel()
	const failing = `[{"description":"a","request":{"path":"/"},"response":{"status":500}}]`
	pact := func(more string) string {
		return `{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":` + failing + more + `}`
	}
	for more, want := range map[string]string{
		`,"INTERACTIONS":[]`:                `the member "INTERACTIONS": write it "interactions"`,
		`,"interactions":[]`:                `duplicate member "interactions"`,
		`,"Metadata":{"plugins":[{}]}`:      `the member "Metadata"`,
		`,"Consumer":{"name":"d"}`:          `the member "Consumer"`,
		`,"metadata":{"a":1,"a":2}`:         `duplicate member "a"`,
		`,"metadata":{"b":[{"x":1,"x":1}]}`: `duplicate member "x"`,
	} {
		if _, err := Parse([]byte(pact(more))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", more, err, want)
		}
	}
	f, err := Parse([]byte(strings.NewReplacer(
		`"status":500`, `"status":500,"STATUS":200`, `"path":"/"`, `"path":"/","Path":"/other","METHOD":"DELETE"`,
		`"description":"a"`, `"description":"a","Description":"b","comments":{"Text":["Source: x"]}`,
	).Replace(pact(`,"_links":{},"extra":1`))))
	if err != nil {
		t.Fatal(err)
	}
	i := f.Interactions[0]
	if i.Description != "a" || i.Response.Status != 500 || i.Request.Path != "/" || i.Request.Method != "GET" || len(i.Sources) > 0 {
		t.Errorf("%+v", i)
	}
	var alone map[string]json.RawMessage
	if err := json.Unmarshal(i.Single, &alone); err != nil || alone["_links"] != nil || alone["extra"] != nil {
		t.Errorf("the library gets %s, %v", i.Single, err)
	}
}

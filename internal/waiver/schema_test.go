package waiver

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"graphpact/schemas"
	"graphpact/schemas/schematest"
)

// asJSON gives the YAML as an editor's schema checker sees it: a date is text (YAML 1.2).
func asJSON(t testing.TB, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return asJSON(t, n.Content[0])
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = asJSON(t, n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, asJSON(t, c))
		}
		return out
	}
	if n.ShortTag() == "!!timestamp" {
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if i, isInt := v.(int); isInt {
		return json.Number(string(rune('0' + i%10)))
	}
	return v
}

// TestSchemaAgreesWithTheReader holds the schema and the reader to each other: what one
// accepts the other does, and what one refuses the other does. Only what a JSON Schema
// cannot say is left to the reader: the same entry twice, and YAML of its own.
func TestSchemaAgreesWithTheReader(t *testing.T) {
	t.Parallel()
	s := schematest.Compile(t, schemas.Waivers)
	with := func(line string) string { return entry("", "") + "    " + line + "\n" }
	for name, tc := range map[string]struct {
		data string
		ok   bool
	}{
		"good":                 {good, true},
		"comments alone":       {"# nothing\nnull\n", true},
		"no entries":           {"waivers: []\n", true},
		"nothing below":        {"waivers:\n", true},
		"an endpoint":          {with("endpoint: https://graph.example/beta"), true},
		"with a port":          {with("endpoint: http://127.0.0.1:8080"), true},
		"of IPv6":              {with("endpoint: http://[::1]:8080/beta"), true},
		"an operation":         {with("operation: PATCH /lamps/{lampId}"), true},
		"a quoted date":        {entry("expires", "expires: '2028-02-29'"), true},
		"a row":                {entry("requirement", "requirement: 'UPD-01[a=b c]'"), true},
		"words in brackets":    {entry("reason", "reason: see <the wiki> for more"), true},
		"a list":               {"- requirement: UPD-02\n", false},
		"a misspelt top":       {"waiver: []\n", false},
		"an empty mapping":     {"{}\n", false},
		"no list":              {"waivers: UPD-02\n", false},
		"a word":               {"waivers:\n  - UPD-02\n", false},
		"an unknown key":       {with("owners: x"), false},
		"no requirement":       {entry("requirement", ""), false},
		"no reason":            {entry("reason", ""), false},
		"no owner":             {entry("owner", ""), false},
		"no date":              {entry("expires", ""), false},
		"an empty owner":       {entry("owner", "owner:"), false},
		"a blank reason":       {entry("reason", "reason: '  '"), false},
		"a number":             {entry("owner", "owner: 42"), false},
		"a truth":              {entry("reason", "reason: true"), false},
		"a list of owners":     {entry("owner", "owner: [a, b]"), false},
		"a placeholder":        {entry("reason", "reason: "+placeholderReason), false},
		"another":              {entry("owner", "owner: "+placeholderOwner), false},
		"the 30th of February": {entry("expires", "expires: '2026-02-30'"), false},
		"a time":               {entry("expires", "expires: 2026-12-31T12:00:00Z"), false},
		"another form":         {entry("expires", "expires: 31.12.2026"), false},
		"two words":            {entry("requirement", "requirement: UPD 02"), false},
		"half a row":           {entry("requirement", "requirement: 'UPD-01[a'"), false},
		"an empty row":         {entry("requirement", "requirement: 'UPD-01[]'"), false},
		"a host":               {with("endpoint: graph.example/beta"), false},
		"ftp":                  {with("endpoint: ftp://graph.example"), false},
		"a query":              {with("endpoint: https://graph.example/?a=b"), false},
		"a user":               {with("endpoint: https://me@graph.example/"), false},
		"an operation's path":  {with("operation: /lamps"), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("w.yaml", []byte(tc.data))
			if (err == nil) != tc.ok {
				t.Errorf("the reader says %v", err)
			}
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(tc.data), &doc); err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(asJSON(t, &doc)); (err == nil) != tc.ok {
				t.Errorf("the schema says %v", err)
			}
		})
	}
}

// TestSchemaNamesTheKeys: the reader and the schema know the same keys, and need the
// same of them.
func TestSchemaNamesTheKeys(t *testing.T) {
	t.Parallel()
	data, err := schemas.FS.ReadFile(schemas.Waivers)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Definitions map[string]struct {
			Properties map[string]struct{ Description string }
			Required   []string
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k, p := range doc.Definitions["waiver"].Properties {
		keys = append(keys, k)
		if strings.TrimSpace(p.Description) == "" {
			t.Errorf("%s has no description", k)
		}
	}
	known := slices.Clone(entryKeys)
	slices.Sort(known)
	slices.Sort(keys)
	if !slices.Equal(keys, known) || !slices.Equal(doc.Definitions["waiver"].Required, needed) {
		t.Errorf("the schema has %v and needs %v, the reader %v and %v", keys, doc.Definitions["waiver"].Required, known, needed)
	}
}

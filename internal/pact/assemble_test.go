package pact

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAssembleRefuses gives assemble files that the library should never leave. Each
// case changes a real file.
func TestAssembleRefuses(t *testing.T) {
	t.Parallel()
	type pactJSON struct {
		Consumer     participant      `json:"consumer"`
		Interactions []map[string]any `json:"interactions"`
		Metadata     map[string]any   `json:"metadata"`
		Provider     participant      `json:"provider"`
	}
	entry := func(f *pactJSON) map[string]any { return f.Interactions[0] }
	tests := []struct {
		name   string
		change func(*pactJSON)
		want   string
	}{
		{"nothing", func(*pactJSON) {}, ""},
		{"another specification", func(f *pactJSON) { f.Metadata["pactSpecification"] = map[string]any{"version": "3.0.0"} }, `specification "3.0.0" instead of 4.0`},
		{"another consumer", func(f *pactJSON) { f.Consumer.Name = "x" }, `the names are "x" and "provider"`},
		{"no interaction", func(f *pactJSON) { f.Interactions = nil }, "0 interactions"},
		{"two interactions", func(f *pactJSON) { f.Interactions = append(f.Interactions, entry(f)) }, "2 interactions"},
		{"another type", func(f *pactJSON) { entry(f)["type"] = "Asynchronous/Messages" }, "the type"},
		{"another description", func(f *pactJSON) { entry(f)["description"] = "x" }, "the description"},
		{"retyped parameter", func(f *pactJSON) {
			entry(f)["providerStates"].([]any)[0].(map[string]any)["params"].(map[string]any)["id"] = 42
		}, "the states"},
		{"lost state", func(f *pactJSON) { delete(entry(f), "providerStates") }, "the states"},
		{"another method", func(f *pactJSON) { entry(f)["request"].(map[string]any)["method"] = "PUT" }, "the method"},
		{"another path", func(f *pactJSON) { entry(f)["request"].(map[string]any)["path"] = "/" }, "the path"},
		{"another status", func(f *pactJSON) { entry(f)["response"].(map[string]any)["status"] = 204 }, "the status"},
		{"lost rules of the request", func(f *pactJSON) { delete(entry(f)["request"].(map[string]any), "matchingRules") }, "the number of rules for the request: 0 instead of 2"},
		{"lost rule of the response", func(f *pactJSON) {
			delete(entry(f)["response"].(map[string]any)["matchingRules"].(map[string]any)["body"].(map[string]any), "$.id")
		}, "the number of rules for the response"},
	}
	// The pact of one interaction, as the library leaves it but for our own additions.
	data, err := os.ReadFile(filepath.Join("testdata", "lamps.pact.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var f pactJSON
			if err := decode(data, &f); err != nil {
				t.Fatal(err)
			}
			f.Interactions = f.Interactions[1:2]
			tt.change(&f)
			changed, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "part.json"), string(changed), 0o644)
			_, err = assemble(Options{Consumer: "consumer", Provider: "provider"}, []recorded{{setColour(1), dir}})
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}

	if _, err := assemble(Options{Consumer: "consumer", Provider: "provider"}, []recorded{{setColour(1), t.TempDir()}}); err == nil || !strings.Contains(err.Error(), "left 0 files instead of one") {
		t.Errorf("without a file: %v", err)
	}
}

func TestKeyFollowsIdentity(t *testing.T) {
	t.Parallel()
	a, b := setColour(1), setColour(1)
	b.Response.Status, b.Requirement = 204, "other"
	if key(a) != key(b) {
		t.Error("the key changes with the response")
	}
	b.States = nil
	if key(a) == key(b) {
		t.Error("the key does not change with the states")
	}
}

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPagesNarrowed reads the flags that say how much of a page is tested, and with what,
// from the command line, the environment and the settings file.
func TestPagesNarrowed(t *testing.T) {
	t.Parallel()
	const doc = "../harness/testdata/lamp-update.md"
	file := filepath.Join(t.TempDir(), "graphpact.yaml")
	if err := os.WriteFile(file, []byte("values:\n  label: '5'\n  level: [20, 30]\nexclude: [tags]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		environ []string
		args    []string
		values  string // of label and level beside none
		partial []string
		problem string
	}{
		{"flags", nil, []string{"--value", "label=North light", "--value", `level=20`, "--value", "level=30", "--exclude", "tags"},
			"North light 20 30", []string{"lamp-update.md without tags"}, ""},
		{"file", nil, []string{"--config", file}, "5 20 30", []string{"lamp-update.md without tags"}, ""},
		{"environment", []string{"GRAPHPACT_VALUES=label=A, B\nlevel=[20,30]", "GRAPHPACT_EXCLUDE=tags,steps"}, nil,
			"A, B 20 30", []string{"lamp-update.md without steps, tags"}, ""},
		{"no value", nil, []string{"--value", "label"}, "", nil, `--value "label": write it as NAME=JSON`},
		{"no such property", nil, []string{"--value", "lable=1"}, "", nil, "did you mean label?"},
		{"a path below 1", nil, []string{"--path", "-1"}, "", nil, "--path -1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := &app{environ: tt.environ}
			var got *runOptions
			out, err := parse(t, a, a.newRunCommand(func(_ context.Context, o *runOptions) error { got = o; return nil }), append([]string{"--doc", doc}, tt.args...)...)
			if err != nil {
				t.Fatal(err, out)
			}
			pages, err := got.pages.load()
			if tt.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Fatalf("error is %v, want %s", err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var values []string
			label, _ := pages.Operations[0].Property("label")
			level, _ := pages.Operations[0].Property("level")
			for _, v := range append(label.Values(nil, 1), level.Values(nil, 2)...) {
				values = append(values, fmt.Sprint(v.JSON))
			}
			if diff := cmp.Diff(tt.values, strings.Join(values, " ")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.partial, pages.Narrowed); diff != "" {
				t.Error(diff)
			}
			if repeat := got.repeat("UPD-01"); len(tt.args) > 2 && !strings.Contains(repeat, "--value 'label=North light' --value level=20 --value level=30 --exclude tags") {
				t.Errorf("the line that repeats the run loses values: %s", repeat)
			}
		})
	}
}

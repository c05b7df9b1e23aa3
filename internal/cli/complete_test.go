package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestCompletions: what may stand behind a flag or a command is offered to the shell.
func TestCompletions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
		// directive is the number that cobra prints last: 4 for no files, 6 for no files and
		// no space, 0 for files, 16 for folders.
		directive string
	}{
		"commands":            {[]string{"can"}, "can-i-deploy", ":4"},
		"requirements":        {[]string{"run", "--only", "UPD-0"}, "UPD-02", ":4"},
		"rows":                {[]string{"run", "--only", "UPD-01["}, "UPD-01[readinessStatus=ready]", ":4"},
		"explained":           {[]string{"explain", "UPD-0"}, "UPD-06", ":4"},
		"tags":                {[]string{"list", "--tags", "@m"}, "@must", ":4"},
		"faults":              {[]string{"mock", "--fault", "status"}, "status-204", ":4"},
		"variants":            {[]string{"mock", "--variant", "gz"}, "gzip", ":4"},
		"trials":              {[]string{"selftest", "--only", "empty-o"}, "empty-object", ":4"},
		"path parameters":     {[]string{"doctor", "--param", "prov"}, "provisioningFlowId=", ":6"},
		"properties":          {[]string{"run", "--property", ""}, "readinessStatus", ":4"},
		"values":              {[]string{"run", "--value", ""}, "readinessStatus=", ":6"},
		"auth":                {[]string{"verify", "--auth", "az"}, "azure-cli", ":4"},
		"states":              {[]string{"verify", "--filter-state", ""}, "a provisioningFlow exists", ":4"},
		"formats":             {[]string{"selftest", "--format", ""}, "markdown", ":4"},
		"reports":             {[]string{"run", "--report", ""}, "junit", ":4"},
		"compared":            {[]string{"compare", "--fail-on", ""}, "untested", ":4"},
		"entities":            {[]string{"selftest", "--entities", ""}, "one", ":4"},
		"a page that is none": {[]string{"run", "--doc", "none.md", "--only", ""}, "", ":4"},
		"files":               {[]string{"run", "--doc", ""}, "", ":0"},
		"folders":             {[]string{"run", "--out", ""}, "", ":16"},
		"nothing":             {[]string{"run", "--consumer", ""}, "", ":4"},
		"shells":              {[]string{"completion", "f"}, "fish", ":4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if code := Run(t.Context(), append([]string{"__complete"}, c.args...), nil, strings.NewReader(""), &out, new(bytes.Buffer)); code != ExitConformant {
				t.Fatalf("exit code %d", code)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if got := lines[len(lines)-1]; got != c.directive {
				t.Errorf("directive %s, not %s", got, c.directive)
			}
			if offered := func(line string) bool { v, _, _ := strings.Cut(line, "\t"); return v == c.want }; c.want != "" && !slices.ContainsFunc(lines, offered) {
				t.Errorf("no %q in %q", c.want, lines)
			}
		})
	}
}

package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, reportPage)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		out     string
		start   error
		started []string
		err     string
	}{
		"a report":   {out: dir, started: []string{"firefox", file}},
		"no report":  {out: t.TempDir(), err: "there is no report.html in "},
		"no browser": {out: dir, start: errors.New("not there"), started: []string{"firefox", file}, err: "BROWSER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var started []string
			a := &app{environ: []string{"BROWSER=firefox"}}
			cmd := a.newOpenCommand(func(_ context.Context, program string, args ...string) error {
				started = append([]string{program}, args...)
				return c.start
			})
			out, err := parse(t, a, cmd, "--out", c.out)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if !slices.Equal(started, c.started) {
				t.Errorf("started %q, want %q", started, c.started)
			}
			if c.started != nil && !strings.Contains(out, file) {
				t.Errorf("the file is not printed: %q", out)
			}
		})
	}
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ system, own, want string }{
		{"linux", "", "xdg-open"},
		{"darwin", "", "open"},
		{"windows", "", "rundll32"},
		{"linux", "firefox", "firefox"},
	} {
		if got, _ := browser(c.system, c.own); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.system, c.own, got, c.want)
		}
	}
}

package main

import (
	"io"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// onTerminal runs the program on a terminal of so many columns, and gives what it wrote.
func onTerminal(t *testing.T, cmd *exec.Cmd, columns int) []byte {
	t.Helper()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: uint16(columns)})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := io.ReadAll(terminal) // its error is that the program has ended
	_ = cmd.Wait()
	_ = terminal.Close()
	return out
}

// screen plays what a program wrote into a terminal that is wide enough for every line, and gives
// its rows.
func screen(out []byte) []string {
	lines := strings.Split(string(out), "\n")
	wide := 1
	for _, line := range lines {
		wide = max(wide, len(line))
	}
	emulator := vt.NewEmulator(wide, len(lines)+10)
	_, _ = emulator.Write(out)
	rows := strings.Split(emulator.String(), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return rows
}

// tooWide gives the rows that a terminal of so many columns would break. What is there to be
// copied, as a line for curl, is whole.
func tooWide(rows []string, columns int) []string {
	var wide []string
	for _, row := range rows {
		text := strings.TrimSpace(row)
		copied := slices.ContainsFunc([]string{"curl ", "repeat ", "> ", "graphpact "}, func(s string) bool { return strings.HasPrefix(text, s) })
		if ansi.StringWidth(row) > columns && !copied {
			wide = append(wide, row)
		}
	}
	return wide
}

// Nothing that people read goes over the edge of a terminal, in any command, and no escape
// sequence is written to one that understands none.
func TestTerminalColumns(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	mock, op := testMock(t, "terminal-test-token")
	srv := httptest.NewServer(faults["drift"](mock))
	t.Cleanup(srv.Close)
	p.env = append(p.env, "GRAPH_TOKEN=terminal-test-token")
	endpoint := append([]string{"--no-pact", "--endpoint", srv.URL + mock.BasePath()}, paramArgs(mock.Params(op))...)
	for name, args := range map[string][]string{
		"help":     {"--help"},
		"run-help": {"run", "--help"},
		"list":     {"list"},
		"explain":  {"explain", "UPD-01"},
		"run":      {"run", "--no-pact"},
		"failure":  append([]string{"run"}, endpoint...),
		"dry-run":  append([]string{"run", "--dry-run"}, endpoint...),
		"doctor":   append([]string{"doctor"}, endpoint...),
		"selftest": {"selftest", "--only", "status-204", "--pairs", "0", "--entities", "fresh"},
		"faults":   {"selftest", "--list"},
		"rules":    {"lint", "--rules"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, columns := range []int{80, 200} {
				out := onTerminal(t, p.command(t.Context(), args...), columns)
				if wide := tooWide(screen(out), columns); len(wide) > 0 {
					t.Errorf("at %d columns:\n%s", columns, strings.Join(wide, "\n"))
				}
			}
			cmd := p.command(t.Context(), args...)
			cmd.Env = append(slices.Clone(cmd.Env), "TERM=dumb")
			if out := string(onTerminal(t, cmd, 40)); strings.Contains(out, "\x1b") {
				t.Errorf("an escape sequence for a terminal that understands none:\n%q", out)
			}
		})
	}
}

//go:build unix

package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// What progress leaves on a terminal is what the run printed, and nothing of its own line, however
// narrow the terminal is and when it is made narrower or wider.
func TestProgressOnTerminal(t *testing.T) {
	t.Parallel()
	for name, widths := range map[string][]int{
		"80": {80}, "200": {200}, "40": {40}, "20": {20}, "5": {5},
		"resized": {80, 30, 12, 120, 30, 80},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terminal, tty, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			written := make(chan []byte)
			go func() {
				all, _ := io.ReadAll(terminal) // ends with an error when the other side is closed
				written <- all
			}()
			at := time.Unix(0, 0)
			p := &progress{w: tty, terminal: true, total: 12, unit: "scenarios", now: func() time.Time { return at }, started: at, told: at}
			var want, shown []string
			for i := range p.total {
				width := widths[i%len(widths)]
				if err := pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: uint16(width)}); err != nil {
					t.Fatal(err)
				}
				at = at.Add(3 * time.Second)
				line := fmt.Sprintf("s%d", i)
				want = append(want, line)
				p.around(func() { fmt.Fprintln(tty, line) })
				if p.drawn {
					shown = append(shown, p.fitting(at))
					if n := len(shown[i]); n == 0 || n >= width {
						t.Errorf("%q is %d columns on a terminal of %d", shown[i], n, width)
					}
				}
			}
			p.end()
			if err := tty.Close(); err != nil {
				t.Fatal(err)
			}
			out := <-written
			_ = terminal.Close()
			for _, line := range shown {
				if !strings.Contains(string(out), line) {
					t.Errorf("%q was not drawn", line)
				}
			}
			emulator := vt.NewEmulator(200, p.total+1)
			_, _ = emulator.Write(out)
			if diff := cmp.Diff(strings.Join(want, "\n"), strings.TrimSpace(emulator.String())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

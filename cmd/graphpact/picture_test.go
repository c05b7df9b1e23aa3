package main

import (
	"fmt"
	"html"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/google/go-cmp/cmp"
)

// TestTerminalPicture: docs/terminal.svg is what the program shows on a terminal of 80 columns,
// played in an emulator. `go test ./cmd/graphpact -run TestTerminalPicture -update` makes it anew.
func TestTerminalPicture(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	mock, op := testMock(t, "picture-test-token")
	srv := httptest.NewServer(faults["drift"](mock))
	t.Cleanup(srv.Close)
	p.env = append(p.env, "GRAPH_TOKEN=picture-test-token")
	params := mock.Params(op)
	args := append([]string{"run", "--no-pact", "--parallel", "1", "--report", "html", "--only", "UPD-02", "--only", "UPD-06", "--only", "UPD-20", "--only", "UPD-38"},
		"--endpoint", srv.URL+mock.BasePath(), "--param", "outboundProvisioningFlowSetId="+params["outboundProvisioningFlowSetId"], "--param", "provisioningFlowId="+params["provisioningFlowId"])
	out := string(onTerminal(t, p.command(t.Context(), args...), 80))
	// What differs between two runs, each by something of its kind.
	for pattern, instead := range map[string]string{
		`\d+(\.\d+)? m?s\b`:                  "2.0 ms",
		`127\.0\.0\.1:\d+`:                   "127.0.0.1:8081",
		`graphpact(/| )(devel|v[0-9]\S*)`:    "graphpact${1}v1.0.0",
		`run(\x1b\[0m)?       [0-9a-f-]{36}`: "run${1}       2b1c5f0e-7a1d-4c55-9f3a-6f2d1c8b7a90",
		`Date: [^\r\n]*GMT`:                  "Date: Mon, 02 Mar 2026 09:14:27 GMT",
		`(?i)(request-id: )[0-9a-f-]{36}`:    "${1}8d2a4f60-1b7e-4c39-a5d1-0e9f3b6c7a21",
		`W/"[^"]*"`:                          `W/"JYrfY4u1"`,
		`expires: \d{4}-\d\d-\d\d`:           "expires: 2026-06-01",
	} {
		out = regexp.MustCompile(pattern).ReplaceAllString(out, instead)
	}
	picture := filepath.Join(projectRoot(t), "docs/terminal.svg")
	got := svg("graphpact run --endpoint http://127.0.0.1:8081/beta …", out)
	if *update {
		if err := os.WriteFile(picture, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/terminal.svg (-) is not what the program shows (+); -update makes it anew:\n%s", diff)
	}
}

// svg draws what a program wrote to a terminal of 80 columns, below the command.
func svg(command, out string) []byte {
	const columns, cell, line, margin = 80, 8.4, 18, 12
	emulator := vt.NewEmulator(columns, strings.Count(out, "\n")+20)
	_, _ = emulator.Write([]byte(out))
	rows := emulator.Height()
	for rows > 0 && strings.TrimSpace(text(emulator, rows-1)) == "" {
		rows--
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" role="img" aria-label="A run on a terminal">
<rect width="100%%" height="100%%" rx="6" fill="#1e1e1e"/>
<g font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#d4d4d4">
<text x="%d" y="%d" xml:space="preserve">$ %s</text>
`, columns*cell+2*margin, (rows+1)*line+2*margin, margin, margin+line-4, html.EscapeString(command))
	for y := range rows {
		for from := 0; from < columns; {
			style, to := emulator.CellAt(from, y).Style, from
			var run strings.Builder
			for to < columns {
				c := emulator.CellAt(to, y)
				if !c.Style.Equal(&style) {
					break
				}
				run.WriteString(c.Content)
				to += max(c.Width, 1)
			}
			if s := strings.TrimRight(run.String(), " "); s != "" {
				fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%d\" xml:space=\"preserve\"%s>%s</text>\n", margin+float64(from)*cell, margin+(y+2)*line-4, paint(style), html.EscapeString(s))
			}
			from = to
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return []byte(b.String())
}

// text is a row of the emulator.
func text(emulator *vt.Emulator, y int) string {
	var b strings.Builder
	for x := range emulator.Width() {
		b.WriteString(emulator.CellAt(x, y).Content)
	}
	return b.String()
}

// paint gives the attributes of a style.
func paint(s uv.Style) string {
	out := ""
	if index, ok := s.Fg.(ansi.BasicColor); ok {
		out += ` fill="` + map[ansi.BasicColor]string{ansi.Red: "#f14c4c", ansi.Green: "#23d18b", ansi.Yellow: "#e5e510"}[index] + `"`
	}
	if s.Attrs&uv.AttrBold != 0 {
		out += ` font-weight="bold"`
	}
	if s.Attrs&uv.AttrFaint != 0 {
		out += ` opacity="0.6"`
	}
	return out
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/hint"
)

// reportPage is the report that a browser shows.
const reportPage = "report.html"

func (a *app) newOpenCommand(start func(ctx context.Context, program string, args ...string) error) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Open the last report in a browser",
		Long: `open shows the report that the last run wrote, ` + reportPage + `, in a browser: the one
that the variable BROWSER names, or that of the system. It prints the file too.

Exit codes:
  0    the browser was started
  2    there is no report, or no browser to start`,
		Example: `  graphpact open
  graphpact open --out reports/verify`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := filepath.Abs(filepath.Join(dir, reportPage))
			if err != nil {
				return err
			}
			if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
				return hint.Errorf("`graphpact run` writes one; --out names another folder", "there is no %s in %s", reportPage, dir)
			} else if err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, file)
			own, _ := a.env("BROWSER")
			program, args := browser(runtime.GOOS, own)
			if err := start(cmd.Context(), program, append(args, file)...); err != nil {
				return hint.Errorf("open the file in a browser, or name one with the variable BROWSER", "starting %s: %w", program, err)
			}
			return nil
		},
	}
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&dir, "out", "reports", "`DIR` with the reports")
	})
	return cmd
}

// browser gives the program that opens a file in a browser, and its arguments.
func browser(system, own string) (program string, args []string) {
	switch {
	case own != "":
		return own, nil
	case system == "darwin":
		return "open", nil
	case system == "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	}
	return "xdg-open", nil
}

func startProgram(_ context.Context, program string, args ...string) error {
	cmd := exec.Command(program, args...) //nolint:noctx // it is meant to go on
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

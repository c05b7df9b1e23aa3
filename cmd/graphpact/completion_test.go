package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCompletionInShells: real shells take the scripts, and offer what there is. Bash is
// asked through its completion function, fish by its own command, and zsh with a key press
// on a pseudo-terminal.
func TestCompletionInShells(t *testing.T) {
	t.Parallel()
	bin := buildBinaries(t)
	const bashCompletion = "/usr/share/bash-completion/bash_completion"
	for shell, c := range map[string]struct{ needs, script string }{
		"bash": {bashCompletion, `source ` + bashCompletion + `
			source <(graphpact completion bash)
			COMP_WORDS=(graphpact mock --fault status-20) COMP_CWORD=3 COMP_LINE="${COMP_WORDS[*]}"
			COMP_POINT=${#COMP_LINE}
			__start_graphpact 2>/dev/null
			printf '%s\n' "${COMPREPLY[@]}"`},
		"fish": {"", `graphpact completion fish | source; complete -C "graphpact mock --fault status-20"`},
		"zsh": {"", `zmodload zsh/zpty
			zpty z 'zsh -f -i'
			zpty -w z 'PS1=; autoload -Uz compinit; compinit -u -d $ZDOTDIR/dump; source <(graphpact completion zsh); echo RE""ADY'
			zpty -r z out '*READY*'
			zpty -w -n z $'graphpact mock --fault status-20\t\t'
			zpty -r z out '*status-200*status-204*'
			print -r -- "$out"
			zpty -d z`},
	} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			program, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not here", shell)
			}
			if _, err := os.Stat(c.needs); c.needs != "" && err != nil {
				t.Skipf("%s is not here", c.needs)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, "-c", c.script)
			cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "ZDOTDIR="+t.TempDir(), "TERM=xterm", "HOME="+t.TempDir())
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, want := range []string{"status-200", "status-204"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %s in %s", want, out)
				}
			}
		})
	}
}

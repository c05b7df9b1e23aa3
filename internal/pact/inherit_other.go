//go:build !windows

package pact

import (
	"os"
	"os/exec"
)

// passReplies gives the process the file on which it is to reply, as wire.ReplyFD.
func passReplies(cmd *exec.Cmd, replies *os.File) error {
	cmd.ExtraFiles = []*os.File{replies}
	return nil
}

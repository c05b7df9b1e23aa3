package pact

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"graphpact/internal/pact/wire"
)

// passReplies gives the process the file on which it is to reply: os/exec has no ExtraFiles on
// Windows, so the handle is inherited, and a variable says which one it is.
func passReplies(cmd *exec.Cmd, replies *os.File) error {
	handle := syscall.Handle(replies.Fd())
	if err := syscall.SetHandleInformation(handle, syscall.HANDLE_FLAG_INHERIT, syscall.HANDLE_FLAG_INHERIT); err != nil {
		return os.NewSyscallError("SetHandleInformation", err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{AdditionalInheritedHandles: []syscall.Handle{handle}}
	cmd.Env = append(cmd.Env, wire.EnvReplyHandle+"="+strconv.FormatUint(uint64(handle), 10))
	return nil
}

package pact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"graphpact/internal/pact/wire"
)

// helper is a running helper process.
type helper struct {
	cmd     *exec.Cmd
	stdin   *os.File
	replies *os.File
	timeout time.Duration
	// output is the end of what the process printed, the native library above all.
	output *tail

	mu      sync.Mutex
	lastID  uint64
	pending map[uint64]chan wire.Reply
	// killed says why we ended the process ourselves.
	killed error

	// ended is closed when the process is gone; err then says why.
	ended chan struct{}
	err   error
}

// process starts a helper when one is needed, and anew where one has ended. Its owner
// guards it with a lock.
type process struct {
	helper *helper
	start  func() (*helper, error)
	// ended says why there will be no helper any more, nil where there may be one; end
	// ends the helper, with the reason.
	ended func() error
	end   context.CancelCauseFunc
}

// newProcess starts nothing yet. The end of ctx ends the helper.
func newProcess(ctx context.Context, at Installation, timeout time.Duration) process {
	ctx, end := context.WithCancelCause(ctx)
	return process{
		start: func() (*helper, error) { return startHelper(ctx, at, timeout) },
		ended: func() error { return context.Cause(ctx) },
		end:   end,
	}
}

// running gives a helper that runs.
func (p *process) running() (*helper, error) {
	if err := p.ended(); err != nil {
		return nil, err
	}
	if p.helper != nil {
		select {
		case <-p.helper.ended:
		default:
			return p.helper, nil
		}
	}
	h, err := p.start()
	if err != nil {
		return nil, err
	}
	p.helper = h
	return h, nil
}

// startHelper starts the helper and waits for its hello. The end of ctx kills it; each
// wait for it ends after the timeout.
func startHelper(ctx context.Context, at Installation, timeout time.Duration) (*helper, error) {
	h := &helper{
		timeout: timeout,
		output:  &tail{},
		pending: map[uint64]chan wire.Reply{},
		ended:   make(chan struct{}),
	}
	requests, stdin, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", at.Helper, err)
	}
	replies, out, err := os.Pipe()
	if err != nil {
		_, _ = requests.Close(), stdin.Close()
		return nil, fmt.Errorf("starting %s: %w", at.Helper, err)
	}
	h.stdin, h.replies = stdin, replies
	h.cmd = exec.CommandContext(ctx, at.Helper)
	h.cmd.Stdin = requests
	h.cmd.Stdout, h.cmd.Stderr = h.output, h.output
	h.cmd.Env = at.environment()
	h.cmd.Cancel = h.stop
	h.cmd.WaitDelay = time.Second
	if err = passReplies(h.cmd, out); err == nil {
		err = h.cmd.Start()
	}
	_, _ = requests.Close(), out.Close()
	if err != nil {
		_, _ = stdin.Close(), replies.Close()
		return nil, fmt.Errorf("starting %s: %w", at.Helper, err)
	}

	hello := make(chan wire.Reply, 1)
	h.pending[0] = hello
	go h.read(ctx)
	reply, err := h.wait(ctx, 0, hello)
	if err == nil {
		err = checkHello(reply, at.Library)
	}
	if err != nil {
		h.kill(err)
		<-h.ended
		return nil, err
	}
	return h, nil
}

// environment is the whole environment of the helper. The native library and pact-go read
// filters, broker addresses and log settings from theirs, and the token of the endpoint
// under test must not be there.
func (at Installation) environment() []string {
	env := []string{
		"PACT_LOG_LEVEL=OFF",
		"PACT_DO_NOT_TRACK=true",
		"NO_PROXY=localhost,127.0.0.1",
		"no_proxy=localhost,127.0.0.1",
		// The library looks for plugins in a folder, else on the network, and runs them. There
		// is no such folder, and no way to another machine.
		"PACT_PLUGIN_DIR=" + filepath.Join(at.Library, "no-plugins"),
		"HTTP_PROXY=" + noProxy, "http_proxy=" + noProxy, "HTTPS_PROXY=" + noProxy, "https_proxy=" + noProxy,
		"ALL_PROXY=" + noProxy, "all_proxy=" + noProxy,
		// Before the folders in the binary, of which some are pact-go's.
		"LD_LIBRARY_PATH=" + at.Library, "DYLD_LIBRARY_PATH=" + at.Library,
	}
	for _, folder := range []string{"TMPDIR", "TEMP", "TMP"} { // Windows has the last two
		if tmp := at.lookup(folder); tmp != "" {
			env = append(env, folder+"="+tmp)
		}
	}
	return env
}

// noProxy is the address of a proxy that no machine has (RFC 1122 3.2.1.3).
const noProxy = "http://0.0.0.0:1"

// checkHello makes sure that the helper holds the library that we chose, and in the
// version that graphpact is made for.
func checkHello(reply wire.Reply, library string) error {
	var hello wire.Hello
	if err := json.Unmarshal(reply.Result, &hello); err != nil {
		return fmt.Errorf("%s says something else than hello: %w; `make build` makes one that fits", helperName, err)
	}
	if hello.Library != hello.Pinned {
		return fmt.Errorf("the Pact library in %s is of version %s, and graphpact is made for %s; `make deps` fetches it",
			library, hello.Library, hello.Pinned)
	}
	if hello.Path == "" {
		return nil
	}
	ours, err := os.Stat(filepath.Join(library, libraryName(runtime.GOOS)))
	if err != nil {
		return fmt.Errorf("the Pact library is gone: %w", err)
	}
	loaded, err := os.Stat(hello.Path)
	if err != nil || !os.SameFile(ours, loaded) {
		return fmt.Errorf("the helper loaded the Pact library from %s instead of %s", hello.Path, library)
	}
	return nil
}

// read hands out the replies until the helper ends, and then sets err.
func (h *helper) read(ctx context.Context) {
	dec := json.NewDecoder(h.replies)
	for {
		var reply wire.Reply
		if err := dec.Decode(&reply); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
				h.kill(fmt.Errorf("%s sent something that is no reply: %w; `make build` makes one that fits", helperName, err))
			}
			break
		}
		h.mu.Lock()
		waiting := h.pending[reply.ID]
		delete(h.pending, reply.ID)
		h.mu.Unlock()
		if waiting != nil {
			waiting <- reply
		}
	}
	_, _ = h.replies.Close(), h.stdin.Close()
	waited := h.cmd.Wait()
	h.mu.Lock()
	killed := h.killed
	h.mu.Unlock()
	switch {
	case killed != nil:
		h.err = killed
	case ctx.Err() != nil:
		h.err = context.Cause(ctx)
	default:
		h.err = h.exitError(waited)
	}
	close(h.ended)
}

// exitError describes the unexpected end of the helper with the end of its output.
func (h *helper) exitError(waited error) error {
	output := maskBearer(strings.TrimSpace(h.output.String()))
	// glibc, musl and macOS, in this order.
	for _, sign := range []string{"error while loading shared libraries", "Error loading shared library", "Library not loaded"} {
		if _, reason, found := strings.Cut(output, sign); found {
			reason, _, _ = strings.Cut(strings.TrimLeft(reason, ": "), "\n")
			return fmt.Errorf("%w: the Pact library cannot be loaded (%s); `make deps` fetches it anew", ErrMissing, reason)
		}
	}
	how := "without an error"
	if waited != nil {
		how = waited.Error()
	}
	if output == "" {
		return fmt.Errorf("%s ended unexpectedly (%s)", helperName, how)
	}
	return fmt.Errorf("%s ended unexpectedly (%s); the end of its output:\n%s", helperName, how, output)
}

// call asks for an operation and waits for the result, which goes into result where
// that is not nil. It returns the ID of the request.
func (h *helper) call(ctx context.Context, op string, args, result any) (uint64, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	answer := make(chan wire.Reply, 1)
	h.mu.Lock()
	h.lastID++
	id := h.lastID
	h.pending[id] = answer
	err = h.write(wire.Request{ID: id, Op: op, Args: raw})
	h.mu.Unlock()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		h.kill(h.timeoutError())
	}
	// Any other failure to write means that the process is gone; wait says why.
	reply, err := h.wait(ctx, id, answer)
	switch {
	case err != nil:
		return id, err
	case reply.Error != "":
		return id, fmt.Errorf("%s: %s", op, reply.Error)
	case result == nil:
		return id, nil
	}
	if err := json.Unmarshal(reply.Result, result); err != nil {
		return id, fmt.Errorf("%s: reading the reply: %w", op, err)
	}
	return id, nil
}

// write sends a request as one line. The caller holds the lock.
func (h *helper) write(req wire.Request) error {
	line, err := json.Marshal(req)
	if err != nil {
		return err
	}
	// A helper that hangs does not empty its pipe.
	if err := h.stdin.SetWriteDeadline(time.Now().Add(h.timeout)); err != nil && !errors.Is(err, os.ErrNoDeadline) { // as pipes of Windows
		return err
	}
	_, err = h.stdin.Write(append(line, '\n'))
	return err
}

// wait waits for one reply, for the end of the helper, or for the timeout, which ends the helper.
func (h *helper) wait(ctx context.Context, id uint64, answer <-chan wire.Reply) (wire.Reply, error) {
	timer := time.NewTimer(h.timeout)
	defer timer.Stop()
	select {
	case reply := <-answer:
		return reply, nil
	case <-h.ended:
		// The last reply may have come just before the end.
		select {
		case reply := <-answer:
			return reply, nil
		default:
			return wire.Reply{}, h.err
		}
	case <-ctx.Done():
		h.mu.Lock()
		delete(h.pending, id)
		h.mu.Unlock()
		return wire.Reply{}, context.Cause(ctx)
	case <-timer.C:
		err := h.timeoutError()
		h.kill(err)
		return wire.Reply{}, err
	}
}

func (h *helper) timeoutError() error {
	return fmt.Errorf("%s did not answer within %v and was ended", helperName, h.timeout)
}

// kill ends the process at once; its callers get the error why.
func (h *helper) kill(why error) {
	h.mu.Lock()
	if h.killed == nil {
		h.killed = why
	}
	h.mu.Unlock()
	// It fails only when the process is gone already.
	_ = h.stop()
}

// stop kills the process and ends the wait for its replies, also where another process
// has inherited the pipe.
func (h *helper) stop() error {
	_ = h.replies.SetReadDeadline(time.Now())
	return h.cmd.Process.Kill()
}

// close asks the helper to end, and waits for it.
func (h *helper) close(ctx context.Context) error {
	if _, err := h.call(ctx, wire.OpClose, struct{}{}, nil); err != nil {
		h.kill(err)
		<-h.ended
		return err
	}
	select {
	case <-h.ended:
	case <-time.After(h.timeout):
		h.kill(h.timeoutError())
		<-h.ended
	}
	return nil
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// tailSize is how much of the output is kept, in bytes.
const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - tailSize; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}

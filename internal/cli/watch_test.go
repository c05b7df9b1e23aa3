package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// awaited is what a program prints, to wait for.
type awaited struct {
	mu   sync.Mutex
	more *sync.Cond
	text strings.Builder
}

func newOutput() *awaited {
	o := &awaited{}
	o.more = sync.NewCond(&o.mu)
	return o
}

func (o *awaited) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.more.Broadcast()
	return o.text.Write(p)
}

// await waits for a text, and gives what came up to its end; that is not given again.
func (o *awaited) await(t *testing.T, want string) string {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if before, after, found := strings.Cut(o.text.String(), want); found {
			o.text.Reset()
			o.text.WriteString(after)
			return before
		}
		if t.Context().Err() != nil {
			t.Fatalf("no %q in %s", want, o.text.String())
		}
		o.more.Wait()
	}
}

// TestRunWatch: a run that watches runs again what a change of a page touches, all of it
// after a change of the settings, and goes on after a page that is broken for a while.
func TestRunWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page, err := os.ReadFile("../../fixtures/docs/provisioningflow-update.md")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil { // as an editor does
			t.Fatal(err)
		}
		return path
	}
	first := write("one-update.md", string(page))
	second := write("two-update.md", strings.ReplaceAll(string(page), "provisioningFlows", "otherFlows"))
	settings := write("settings.yaml", "")
	out := newOutput()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	code := make(chan int)
	go func() {
		args := []string{
			"run", "--watch", "--no-pact", "--only", "UPD-02", "--doc", first, "--doc", second, "--config", settings,
			"--out", filepath.Join(dir, "reports"),
		}
		code <- Run(ctx, args, nil, strings.NewReader(""), out, io.Discard)
	}()
	totals := regexp.MustCompile(`totals +(\d+) scenario`)
	next := func(want string) {
		t.Helper()
		if got := totals.FindStringSubmatch(out.await(t, "watching 3 files")); got == nil || got[1] != want {
			t.Errorf("totals %q, want %s", got, want)
		}
	}
	next("2")
	write("two-update.md", strings.ReplaceAll(string(page), "provisioningFlows", "changedFlows"))
	out.await(t, "changed: "+second)
	next("1")
	write("two-update.md", "# Update nothing\n")
	out.await(t, "changed: "+second)
	out.await(t, "watching 3 files")
	write("settings.yaml", "parallel: 1\n")
	out.await(t, "changed: "+settings)
	next("1") // the other page is broken
	cancel()
	if got := <-code; got != ExitInterrupted {
		t.Errorf("exit code %d", got)
	}
}

func TestRunWatchNothing(t *testing.T) {
	t.Parallel()
	out := newOutput()
	settings := filepath.Join(t.TempDir(), "settings.yaml")
	if code := Run(t.Context(), []string{"run", "--watch", "--config", settings}, nil, strings.NewReader(""), io.Discard, out); code != ExitUsage {
		t.Errorf("exit code %d", code)
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	before := map[string]fileVersion{"same": {at, 1}, "gone": {at, 1}, "grown": {at, 1}, "touched": {at, 1}}
	now := map[string]fileVersion{"same": {at, 1}, "grown": {at, 2}, "touched": {at.Add(1), 1}, "new": {at, 1}}
	files, known := changed(before, now)
	if want := []string{"grown", "new", "touched"}; !slices.Equal(files, want) {
		t.Errorf("changed %q, want %q", files, want)
	}
	if files, _ := changed(known, now); files != nil {
		t.Errorf("a second look finds %q", files)
	}
}

package cli

import (
	"context"
	"io"
	"testing"
)

// TestAgree: an interrupt ends the wait for an answer.
func TestAgree(t *testing.T) {
	r, _ := io.Pipe() // nobody answers
	a := &app{stdin: r, stderr: io.Discard}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := a.agree(ctx, &writeOptions{}, "https://graph.test/beta", "?"); ok || err == nil {
		t.Errorf("%v, %v", ok, err)
	}
	for env, want := range map[string]bool{"CI=true": true, "CI=1": true, "CI=False": false, "CI=0": false, "CI=": false, "TF_BUILD=True": true, "JENKINS_URL=http://j": true, "X=y": false} {
		if a.environ = []string{env}; a.ci() != want {
			t.Errorf("%s: %v", env, !want)
		}
	}
}

//go:build cgo

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/pact/wire"
)

// talk runs serve and gives what it answers, line by line, to the lines of a script.
// Each line waits for its answer: requests run side by side.
func talk(t *testing.T, ops map[string]operation, script ...string) (answers []string, err error) {
	t.Helper()
	in, requests := io.Pipe()
	replies, out := io.Pipe()
	result := make(chan error, 1)
	go func() {
		result <- serve(in, out, wire.Hello{Library: "1"}, ops)
		_ = in.Close()
		_ = out.Close()
	}()
	lines := bufio.NewScanner(replies)
	lines.Scan()
	answers = append(answers, lines.Text())
	for _, line := range script {
		if _, err := io.WriteString(requests, line+"\n"); err != nil {
			t.Fatal(err)
		}
		if lines.Scan() {
			answers = append(answers, lines.Text())
		}
	}
	_ = requests.Close()
	return answers, <-result
}

func TestServe(t *testing.T) {
	ops := map[string]operation{
		"double": typed(func(_ uint64, n int) (int, error) { return 2 * n, nil }),
		"fail":   func(uint64, json.RawMessage) (any, error) { return nil, errors.New("it failed") },
		"panic":  func(uint64, json.RawMessage) (any, error) { panic("help") },
	}
	got, err := talk(t, ops,
		`{"id":1,"op":"double","args":4}`,
		`{"id":2,"op":"double","args":"four"}`,
		`{"id":3,"op":"fail"}`,
		`{"id":4,"op":"panic"}`,
		`{"id":5,"op":"sing"}`,
		`{"id":6,"op":"close"}`,
	)
	if err != nil {
		t.Error(err)
	}
	want := []string{
		`{"id":0,"result":{"pactGo":"","library":"1","pinned":""}}`,
		`{"id":1,"result":8}`,
		`{"id":2,"error":"reading the arguments: json: cannot unmarshal string into Go value of type int"}`,
		`{"id":3,"error":"it failed"}`,
		`{"id":4,"error":"pact-go panicked: help"}`,
		`{"id":5,"error":"unknown operation \"sing\"; graphpact and graphpact-pact are of different versions: run make build"}`,
		`{"id":6,"result":{}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestServeEndsWithInput(t *testing.T) {
	if _, err := talk(t, nil); err != nil {
		t.Errorf("end of input: %v", err)
	}
	if _, err := talk(t, nil, "garbage"); err == nil || !strings.Contains(err.Error(), "reading a request") {
		t.Errorf("garbage: %v", err)
	}
}

func TestEndOfUnknownPlay(t *testing.T) {
	if _, err := new(mockServers).end(1, wire.MockStop{Start: 7}); err == nil {
		t.Error("a mock server that was never started has ended")
	}
}

func TestGreeting(t *testing.T) {
	hello, err := greeting()
	if err != nil {
		t.Fatal(err)
	}
	if hello.Library == "" || hello.Library != hello.Pinned {
		t.Errorf("library %q, pinned %q; run make deps", hello.Library, hello.Pinned)
	}
}

func TestPinnedVersion(t *testing.T) {
	if got, err := pinnedVersion("# version 1\nversion 1.2.3\nlinux-x64 version\n"); got != "1.2.3" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := pinnedVersion("# none\n"); err == nil {
		t.Error("pins without a version passed")
	}
}

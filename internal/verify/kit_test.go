package verify

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/pact"
)

// plantedToken is what nothing may show.
const plantedToken = "planted-4711-token-0815"

const pageFile = "../../fixtures/docs/provisioningflow-update.md"

func source(t *testing.T, line int) string {
	t.Helper()
	return fmt.Sprintf("%s:%d", filepath.Base(pageFile), line)
}

func newCatalog(tb testing.TB) *Catalog {
	tb.Helper()
	conv, err := convention.Load()
	if err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(pageFile)
	if err != nil {
		tb.Fatal(err)
	}
	page, err := graphdoc.Parse(pageFile, data)
	if err != nil {
		tb.Fatal(err)
	}
	op, err := contract.FromRequestLine(page, conv, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return &Catalog{Operations: []*contract.Operation{op}, Conventions: conv, TokenFrom: "the token in GRAPH_TOKEN", TokenHint: "put one into GRAPH_TOKEN"}
}

func newClient(tb testing.TB, base string, change func(*client.Config)) *client.Client {
	tb.Helper()
	cfg := client.Config{BaseURL: base, Token: plantedToken, Timeout: time.Minute, RetryBudget: -1}
	if change != nil {
		change(&cfg)
	}
	c, err := client.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

// built is the helper program, built once for all tests.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// library starts the real helper with the real Pact library.
func library(tb testing.TB) *pact.Verifier {
	tb.Helper()
	built.once.Do(func() {
		// The helper outlives the test that builds it: TestMain removes it.
		if built.dir, built.err = os.MkdirTemp("", "graphpact-verify-test-"); built.err != nil { //nolint:usetesting // see above
			return
		}
		build := exec.CommandContext(context.WithoutCancel(tb.Context()), "go", "build", "-ldflags", "-s -w", "-o", filepath.Join(built.dir, "graphpact-pact"), "../../cmd/graphpact-pact")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("building the helper (make deps fetches the Pact library): %w\n%s", err, out)
		}
	})
	if built.err != nil {
		tb.Fatal(built.err)
	}
	v, err := pact.OpenVerifier(tb.Context(), pact.VerifierOptions{
		Installation:   pact.Installation{Helper: filepath.Join(built.dir, "graphpact-pact"), Library: "../../.pact/lib"},
		RequestTimeout: time.Minute,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(v.Close)
	return v
}

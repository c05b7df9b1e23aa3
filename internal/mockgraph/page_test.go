package mockgraph

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graphpact/fixtures"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// readPage gives the Operation of a page, or nil for a page that has none.
func readPage(t *testing.T, file string, data []byte, conv *convention.Set) *contract.Operation {
	t.Helper()
	page, err := graphdoc.Parse(file, data)
	if err != nil {
		t.Logf("left out: %v", err)
		return nil
	}
	op, err := contract.FromRequestLine(page, conv, 0)
	if err != nil {
		t.Logf("left out: %v", err)
		return nil
	}
	return op
}

func fixtureFiles(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	names, err := fs.Glob(fixtures.FS, pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		if out[name], err = fs.ReadFile(fixtures.FS, name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// The project's own page with the project's own seed.
func TestFixturePage(t *testing.T) {
	t.Parallel()
	conv := conventions(t)
	var seeds []Seed
	for name, data := range fixtureFiles(t, "entities/*.json") {
		s, err := ReadSeeds(data, name)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, s...)
	}
	for name, data := range fixtureFiles(t, "docs/*.md") {
		op := readPage(t, name, data, conv)
		if op == nil {
			t.Fatalf("%s is no page", name)
		}
		b := serve(t, func(c *Config) { c.Operations, c.Seeds = []*contract.Operation{op}, seeds })
		used := false
		for _, s := range seeds {
			used = used || s.Path == op.Path.Template
		}
		if !used {
			t.Errorf("%s has no seed", name)
		}
		updateAll(b, op, conv)
		updateMembers(b, op)
	}
}

// Any page can be served without a seed, and what is served is what it promises.
func TestPagesOfTheCorpus(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "shared", "docs")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("Microsoft's pages are not here: %v", err)
	}
	conv := conventions(t)
	served := 0
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "-update.md") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			op := readPage(t, filepath.Base(path), data, conv)
			if op == nil {
				return
			}
			served++
			updateAll(serve(t, func(c *Config) { c.Operations, c.Seeds = []*contract.Operation{op}, nil }), op, conv)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if served < 80 {
		t.Errorf("%d pages were served; 84 could be when this test was written", served)
	}
}

// updateAll reads the first entity, and sets each property that the contract can
// find another value for: three packages must agree on what the page means.
func updateAll(b *bench, op *contract.Operation, conv *convention.Set) {
	b.tb.Helper()
	promised := compile(b.tb, op, conv)
	path := b.server.BasePath() + b.server.routes[0].template.expand(b.server.Params(op))
	for _, p := range op.Settable() {
		entity := b.want(b.send("GET", path, ""), 200).body
		conforms(b.tb, promised, entity)
		value, ok := p.Other(decoded(b.tb, entity)[p.Name])
		if !ok {
			continue
		}
		body, err := json.Marshal(map[string]any{p.Name: value})
		if err != nil {
			b.tb.Fatal(err)
		}
		b.want(b.send(op.Method.Value, path, string(body)), updateStatus(op.Success))
		after := decoded(b.tb, b.send("GET", path, "").body)
		if !schema.Equal(after[p.Name], decoded(b.tb, string(body))[p.Name]) {
			b.tb.Errorf("%s is %v after %s", p.Name, after[p.Name], body)
		}
		if wrong, ok := p.WrongType(); ok {
			unchanged := b.expectUnchanged()
			body, err := json.Marshal(map[string]any{p.Name: wrong})
			if err != nil {
				b.tb.Fatal(err)
			}
			b.refused(b.send(op.Method.Value, path, string(body)), 400, "BadRequest")
			unchanged()
		}
	}
}

// updateMembers sets each member of each enum, and no value beside them.
func updateMembers(b *bench, op *contract.Operation) {
	b.tb.Helper()
	path := b.server.BasePath() + b.server.routes[0].template.expand(b.server.Params(op))
	tried := 0
	for _, p := range op.Settable() {
		for _, m := range p.Type.SettableMembers() {
			b.want(b.send(op.Method.Value, path, string(Object{{p.Name, quote(m.Value)}}.json())), 200)
			if got := b.get(path, p.Name); got != string(quote(m.Value)) {
				b.tb.Errorf("%s is %s, want %s", p.Name, got, m.Value)
			}
			tried++
		}
		unchanged := b.expectUnchanged()
		if value, ok := p.Undocumented(); ok {
			b.refused(b.send(op.Method.Value, path, string(Object{{p.Name, quote(value)}}.json())), 400, "BadRequest")
		}
		if value, ok := p.WrongCase(nil); ok {
			b.refused(b.send(op.Method.Value, path, string(Object{{p.Name, quote(value)}}.json())), 400, "BadRequest")
		}
		if value, ok := p.Sentinel(); ok {
			b.want(b.send(op.Method.Value, path, string(Object{{p.Name, quote(value)}}.json())), 200)
		}
		unchanged()
	}
	if tried == 0 {
		b.tb.Error("the page has no enum member to set")
	}
}

func compile(tb testing.TB, op *contract.Operation, conv *convention.Set) *schema.Schema {
	tb.Helper()
	data, err := contract.ResponseSchema(op, conv)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := schema.Compile("response", data)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func conforms(tb testing.TB, s *schema.Schema, body string) {
	tb.Helper()
	violations, err := s.Validate([]byte(body))
	if err != nil {
		tb.Error(err)
	}
	for _, v := range violations {
		tb.Errorf("the entity does not keep the promise: %+v", v)
	}
}

func decoded(tb testing.TB, data string) map[string]any {
	tb.Helper()
	v, err := schema.Decode([]byte(data))
	if err != nil {
		tb.Fatal(err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		tb.Fatalf("no object: %s", data)
	}
	return m
}

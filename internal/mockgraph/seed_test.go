package mockgraph

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/fixtures"
	"graphpact/internal/contract"
)

func TestReadSeeds(t *testing.T) {
	t.Parallel()
	body := func(s string) Object { return object(t, s) }
	want := []Seed{
		{Path: "/a/{x}", Entities: []Entity{{Params: map[string]string{"x": "1"}, Body: body(`{"b":1,"a":[2]}`)}}},
		{Path: "/b", Entities: []Entity{{Params: map[string]string{}, Body: body(`{}`)}}},
	}
	got, err := ReadSeeds([]byte(`[
		{"path": "/a/{x}", "entities": [{"params": {"x": "1"}, "body": {"b": 1, "a": [ 2 ]}}]},
		{"entities": [{"body": {}}], "operation": "PATCH /b"}]`), "two.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadSeedsErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", "s.json:1: malformed JSON"},
		{"no seed", "[]", "s.json:1: the file has no seed"},
		{"scalar", "1", "s.json:1: a seed must be an object"},
		{"empty object", "\n{\n}", "s.json:3: the seed that ends here needs"},
		{"syntax", "{\n\"path\": \"/a\",\n}", "s.json:3: malformed JSON"},
		{"unknown name", "{\"path\":\"/a\",\n\"entites\":[]}", `s.json:2: unknown name "entites" in a seed`},
		{"unknown name in an entity", "{\"path\":\"/a\",\n\"entities\":[\n{\"param\":{}}]}", `s.json:3: unknown name "param" in an entity`},
		{"name twice", "{\"path\":\"/a\",\n\"path\":\"/a\"}", "s.json:2: duplicate name \"path\""},
		{"operation and path", "{\"path\":\"/a\",\n\"operation\":\"PATCH /a\"}", "s.json:2: a seed has"},
		{"operation without method", "{\n\"operation\":\"/a\"}", "s.json:2: operation must look like"},
		{"path with method", "{\n\"path\":\"PATCH /a\"}", "s.json:2: path must look like"},
		{"path is no text", "{\n\"path\":1}", "s.json:2: path must be a string"},
		{"no entity", "{\"path\":\"/a\",\"entities\":[]\n}", "s.json:2: the seed that ends here needs"},
		{"entities", "{\"path\":\"/a\",\n\"entities\":{}}", "s.json:2: entities must be an array"},
		{"no body", "{\"path\":\"/a\",\"entities\":[{\n}]}", "s.json:2: the entity that ends here has no body"},
		{"body is no object", "{\"path\":\"/a\",\"entities\":[\n{\"body\":[]}]}", "s.json:2: body: "},
		{"param is no text", "{\"path\":\"/a\",\"entities\":[\n{\"params\":{\n\"x\":1}}]}", "s.json:3: the parameter x must be a string"},
		{"trailing", "{}\n{}", "s.json:2: malformed JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadSeeds([]byte(tt.file), "s.json")
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzReadSeeds(f *testing.F) {
	f.Add([]byte(widgetSeed))
	f.Add([]byte(`[{"path":"/a","entities":[{"body":{}}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		seeds, err := ReadSeeds(data, "f.json")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.json:") {
				t.Errorf("the error does not name the line: %v", err)
			}
			return
		}
		for _, s := range seeds {
			for _, e := range s.Entities {
				if !json.Valid(e.Body.json()) {
					t.Errorf("the body is not JSON: %s", e.Body.json())
				}
			}
		}
	})
}

func TestFixtureSeeds(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(fixtures.FS, "entities/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no seed in the fixtures: %v", err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(fixtures.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		seeds, err := ReadSeeds(data, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range seeds {
			tmpl, err := compileTemplate(contract.Path{Template: s.Path})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := newStore(tmpl, "id", s.Entities); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			if len(s.Entities) < 2 {
				t.Errorf("%s has %d entities for %s; a suite wants another one beside its own", file, len(s.Entities), s.Path)
			}
		}
	}
}

// allTypes is an Operation with each Edm type, alone and in a collection.
func allTypes() *contract.Operation {
	op := widget()
	op.ResponseType.Value = "microsoft.graph.workshop.roundWidget"
	for _, name := range []string{
		"Boolean", "Byte", "SByte", "Int16", "Int32", "Int64", "Single", "Double", "Decimal", "String", "Guid",
		"Date", "TimeOfDay", "DateTimeOffset", "Duration", "Binary", "Stream", "Other",
	} {
		for _, collection := range []bool{false, true} {
			p := contract.Property{Name: "p" + name, Listed: true, Type: contract.Type{Name: name, Edm: "Edm." + name, Collection: collection}}
			if collection {
				p.Name += "s"
			}
			p.Nullable.Value = contract.NullableNo
			op.Properties = append(op.Properties, p)
		}
	}
	return op
}

func TestSeedFor(t *testing.T) {
	t.Parallel()
	for _, template := range []string{
		"/shelves/{shelfId}/widgets/{widgetId}", "/settings", "/a/{id}/b/{id2}", "/a/{id | name}/settings",
		"/a(key='{key}')/b/{n}:/{path}:/c", "/a/{id}/microsoft.graph.widget",
	} {
		t.Run(template, func(t *testing.T) {
			op := allTypes()
			op.Path = contract.Path{Template: template}
			seed := SeedFor(op, conventions(t), start)
			if diff := cmp.Diff(seed, SeedFor(op, conventions(t), start)); diff != "" {
				t.Errorf("not the same twice: %s", diff)
			}
			// New holds seeds to the page; every property can be sent back as it is.
			b := serve(t, func(c *Config) { c.Operations, c.Seeds = []*contract.Operation{op}, nil })
			path := "/beta" + b.server.routes[0].template.expand(b.server.Params(op))
			entity := b.want(b.send("GET", path, ""), 200).body
			if got := b.get(path, "@odata.type"); got != `"#microsoft.graph.workshop.roundWidget"` {
				t.Errorf("@odata.type %s", got)
			}
			for _, p := range op.Properties {
				value, ok := object(t, entity).Get(p.Name)
				if !ok {
					t.Errorf("no value for %s", p.Name)
					continue
				}
				b.want(b.send("PATCH", path, string(Object{{p.Name, value}}.json())), 200)
			}
			if param, ok := b.server.routes[0].template.keyParam(); ok && b.get(path, "id") != string(quote(b.server.Params(op)[param])) {
				t.Error("the key is not the last parameter")
			}
		})
	}
}

func TestSeedForDates(t *testing.T) {
	t.Parallel()
	body := SeedFor(widget(), conventions(t), start).Entities[0].Body
	var at [2]time.Time
	for i, name := range []string{"createdDateTime", "lastModifiedDateTime"} {
		raw, _ := body.Get(name)
		s, _ := text(raw)
		parsed, err := time.Parse("2006-01-02T15:04:05.0000000Z", s)
		if err != nil {
			t.Fatal(err)
		}
		at[i] = parsed
	}
	if !at[0].Before(at[1]) || !at[1].Before(start) {
		t.Errorf("created %s, modified %s, now %s", at[0], at[1], start)
	}
}

func TestSeedForWithoutKeyOnThePage(t *testing.T) {
	t.Parallel()
	op := widget()
	op.Properties = op.Properties[1:]
	seed := SeedFor(op, conventions(t), start)
	id, _ := seed.Entities[0].Body.Get("id")
	if s, _ := text(id); s == "" || s != seed.Entities[0].Params["widgetId"] {
		t.Errorf("key %s, parameters %v", id, seed.Entities[0].Params)
	}
}

func TestNewErrors(t *testing.T) {
	t.Parallel()
	seeds := func(s string) []Seed {
		out, err := ReadSeeds([]byte(s), "x.json")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	entities := func(list string) []Seed {
		return seeds(`{"path":"/shelves/{shelfId}/widgets/{widgetId}","entities":[` + list + `]}`)
	}
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"token", func(c *Config) { c.Token = "" }, "token must not be empty"},
		{"conventions", func(c *Config) { c.Conventions = nil }, "conventions are missing"},
		{"no Operation", func(c *Config) { c.Operations = nil }, "no Operation"},
		{"base path without a slash", func(c *Config) { c.BasePath = "beta" }, `base path "beta"`},
		{"base path with a slash behind", func(c *Config) { c.BasePath = "/beta/" }, `base path "/beta/"`},
		{"base path of the control endpoints", func(c *Config) { c.BasePath = "/_graphpact" }, "taken"},
		{"method", func(c *Config) { c.Operations[0].Method.Value = "" }, "widget-update.md: \"\" is no method"},
		{"path", func(c *Config) { c.Operations[0].Path = contract.Path{Template: "x"} }, `"x" does not start`},
		{"parameter twice", func(c *Config) { c.Operations[0].Path = contract.Path{Template: "/a/{id}/{id}"} }, "{id} twice"},
		{"empty segment", func(c *Config) { c.Operations[0].Path = contract.Path{Template: "/a//b"} }, "empty segment"},
		{"same path", func(c *Config) { c.Operations = append(c.Operations, widget()) }, "same path as widget-update.md"},
		{"missing parameter", func(c *Config) { c.Seeds = entities(`{"params":{"shelfId":"a"},"body":{}}`) }, "no value for the parameter widgetId"},
		{"unknown parameter", func(c *Config) {
			c.Seeds = entities(`{"params":{"shelfId":"a","widgetId":"b","x":"y"},"body":{}}`)
		}, "no parameter x"},
		{"other key", func(c *Config) { c.Seeds = entities(`{"params":{"shelfId":"a","widgetId":"b"},"body":{"id":"c"}}`) }, `id is "c" in the body and "b" in the path`},
		{"same entity", func(c *Config) {
			c.Seeds = entities(`{"params":{"shelfId":"a","widgetId":"b"},"body":{}},{"params":{"shelfId":"a","widgetId":"b"},"body":{}}`)
		}, "same parameters"},
		{"wrong value", func(c *Config) {
			c.Seeds = entities(`{"params":{"shelfId":"a","widgetId":"b"},"body":{"stage":"ajar"}}`)
		}, `entity 1 of /shelves/{shelfId}/widgets/{widgetId}: the property stage`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Operations: []*contract.Operation{widget()}, Conventions: conventions(t), Token: token}
			tt.change(&cfg)
			_, err := New(cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestSeedAt(t *testing.T) {
	t.Parallel()
	op, conv := widget(), conventions(t)
	seeds, err := ReadSeeds([]byte(widgetSeed), "widget.json")
	if err != nil {
		t.Fatal(err)
	}
	params := map[string]string{"shelfId": "low", "widgetId": "w9"}
	moved := SeedAt(seeds[0], op, conv, params)
	b := serve(t, func(c *Config) {
		c.Operations = []*contract.Operation{op}
		c.Seeds = append([]Seed{moved}, seeds...)
	})
	if diff := cmp.Diff(params, b.server.Params(op)); diff != "" {
		t.Error(diff)
	}
	if got := b.get("/beta/shelves/low/widgets/w9", "id"); got != `"w9"` {
		t.Errorf("key %s", got)
	}
	if got := b.get("/beta/shelves/low/widgets/w9", "title"); got != `"first"` {
		t.Errorf("title %s", got)
	}
	b.want(b.send("GET", first, ""), 200)
}

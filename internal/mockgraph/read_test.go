package mockgraph

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
)

func TestReadEntity(t *testing.T) {
	t.Parallel()
	b := serve(t)
	r := b.want(b.send("GET", first, ""), 200)
	etag := r.header.Get("ETag")
	if !regexp.MustCompile(`^W/"[^"]+"$`).MatchString(etag) {
		t.Errorf("ETag %q is not a weak one", etag)
	}
	if got := r.header.Get("Content-Type"); got != "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	want := `{"@odata.context":"` + b.url + `/beta/$metadata#shelves('top')/widgets/$entity",` +
		`"@odata.etag":` + string(quote(etag)) + `,"@odata.type":"#microsoft.graph.workshop.roundWidget","id":"w1",` +
		`"createdDateTime":"2026-01-02T03:04:05.1234567Z","lastModifiedDateTime":"2026-01-02T03:04:05.1234567Z",` +
		`"title":"first","serial":"S-1","stage":"open","stages":["open","unknownFutureValue"],"tags":["x"],` +
		`"details":{"a":1,"b":{"c":2}},"count":7,"ready":false}`
	if diff := cmp.Diff(want, r.body); diff != "" {
		t.Error(diff)
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	t.Parallel()
	b := serve(t)
	get, head := b.send("GET", first, ""), b.send("HEAD", first, "")
	b.want(head, 200)
	if head.body != "" {
		t.Errorf("HEAD has a body: %s", head.body)
	}
	get.header.Del("request-id")
	head.header.Del("request-id")
	if diff := cmp.Diff(get.header, head.header); diff != "" {
		t.Error(diff)
	}
}

func TestRouting(t *testing.T) {
	t.Parallel()
	b := serve(t)
	unchanged := b.expectUnchanged()
	for _, tt := range []struct {
		name, method, path string
		status             int
		code               string
	}{
		{"another entity, escaped", "GET", second, 200, ""},
		{"unknown entity", "GET", "/beta/shelves/top/widgets/w2", 404, "ResourceNotFound"},
		{"unknown parent", "GET", "/beta/shelves/low/widgets/w1", 404, "ResourceNotFound"},
		{"other case of a key", "GET", "/beta/shelves/top/widgets/W1", 404, "ResourceNotFound"},
		{"unknown path", "GET", "/beta/racks/top", 404, "ResourceNotFound"},
		{"collection", "GET", "/beta/shelves/top/widgets", 404, "ResourceNotFound"},
		{"trailing slash", "GET", first + "/", 404, "ResourceNotFound"},
		{"no base path", "GET", strings.TrimPrefix(first, "/beta"), 404, "ResourceNotFound"},
		{"other base path", "GET", "/v1.0" + strings.TrimPrefix(first, "/beta"), 404, "ResourceNotFound"},
		{"double slash", "GET", strings.Replace(first, "/shelves", "//shelves", 1), 404, "ResourceNotFound"},
		{"root", "GET", "/", 404, "ResourceNotFound"},
		{"update of an unknown entity", "PATCH", "/beta/shelves/top/widgets/w2", 404, "ResourceNotFound"},
		{"update below an unknown parent", "PATCH", "/beta/shelves/low/widgets/w1", 404, "ResourceNotFound"},
		{"delete", "DELETE", first, 405, "MethodNotAllowed"},
		{"put", "PUT", first, 405, "MethodNotAllowed"},
		{"post", "POST", first, 405, "MethodNotAllowed"},
		{"lower-case method", "patch", first, 405, "MethodNotAllowed"},
		{"system query option", "GET", first + "?$select=id", 501, "NotImplemented"},
		{"custom query option", "GET", first + "?x=y", 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			body := ""
			if tt.method != "GET" {
				body = `{"title":"x"}`
			}
			r := b.send(tt.method, tt.path, body)
			if tt.code == "" {
				b.want(r, tt.status)
				return
			}
			b.refused(r, tt.status, tt.code)
			if tt.status == 405 && r.header.Get("Allow") != "GET, HEAD, PATCH" {
				t.Errorf("Allow: %q", r.header.Get("Allow"))
			}
		})
	}
	unchanged()
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	b := serve(t)
	unchanged := b.expectUnchanged()
	for _, tt := range []struct{ name, field, challenge string }{
		{"none", "Authorization:", `Bearer realm="graphpact"`},
		{"wrong", "Authorization: Bearer nonsense", `Bearer realm="graphpact", error="invalid_token"`},
		{"longer", "Authorization: Bearer " + token + "x", `Bearer realm="graphpact", error="invalid_token"`},
		{"shorter", "Authorization: Bearer " + token[1:], `Bearer realm="graphpact", error="invalid_token"`},
		{"other scheme", "Authorization: Basic " + token, `Bearer realm="graphpact", error="invalid_token"`},
		{"no scheme", "Authorization: " + token, `Bearer realm="graphpact", error="invalid_token"`},
		{"empty token", "Authorization: Bearer", `Bearer realm="graphpact", error="invalid_token"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := b.in(t)
			// The token comes first: nothing tells a stranger what exists.
			for _, path := range []string{first, "/beta/nowhere", "/_graphpact/state", "/_graphpact/reset"} {
				for _, method := range []string{"GET", "PATCH", "PUT"} {
					r := b.send(method, path, `{"title":"x"}`, tt.field)
					b.refused(r, 401, "InvalidAuthenticationToken")
					if got := r.header.Get("WWW-Authenticate"); got != tt.challenge {
						t.Errorf("%s %s: WWW-Authenticate %q, want %q", method, path, got, tt.challenge)
					}
				}
			}
		})
	}
	unchanged()
	b.want(b.send("GET", first, "", "Authorization: bearer "+token), 200) // RFC 9110 11.1
}

func TestEveryAnswerCarries(t *testing.T) {
	t.Parallel()
	b := serve(t)
	guidV4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for _, tt := range []struct {
		method, path, body string
		status             int
		fields             []string
	}{
		{"GET", first, "", 200, nil},
		{"HEAD", first, "", 200, nil},
		{"PATCH", first, `{}`, 200, nil},
		{"PATCH", first, `{}`, 204, []string{"Prefer: return=minimal"}},
		{"PATCH", first, `[`, 400, nil},
		{"GET", first, "", 401, []string{"Authorization:"}},
		{"GET", "/nowhere", "", 404, nil},
		{"DELETE", first, "", 405, nil},
		{"GET", first, "", 304, []string{"If-None-Match: *"}},
		{"PATCH", first, `{}`, 412, []string{`If-Match: "no"`}},
		{"PATCH", first, `{}`, 415, []string{"Content-Type: text/plain"}},
		{"GET", "/_graphpact/state", "", 200, nil},
	} {
		for _, clientID := range []string{"", "my id 1"} {
			r := b.want(b.send(tt.method, tt.path, tt.body, append(slices.Clone(tt.fields), "client-request-id: "+clientID)...), tt.status)
			got := map[string]string{}
			for _, name := range []string{"Date", "Cache-Control", "OData-Version", "client-request-id"} {
				got[name] = r.header.Get(name)
			}
			want := map[string]string{
				"Date": start.Format(http.TimeFormat), "Cache-Control": "no-store", "OData-Version": "4.0", "client-request-id": clientID,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s: %s", tt.method, tt.path, diff)
			}
			id := r.header.Get("request-id")
			if !guidV4.MatchString(id) || seen[id] {
				t.Errorf("%s %s: request-id %q is no GUID, or came before", tt.method, tt.path, id)
			}
			seen[id] = true
		}
	}
}

func TestBasePathAndTwoOperations(t *testing.T) {
	t.Parallel()
	other := widget()
	other.Page = "me-update.md"
	other.Path = contract.Path{Template: "/shelves/{shelfId}/widgets/special"}
	b := serve(t, func(c *Config) {
		c.BasePath = "/v1.0"
		c.Operations = append(c.Operations, other)
	})
	if b.server.BasePath() != "/v1.0" {
		t.Errorf("base path %q", b.server.BasePath())
	}
	shelf := b.server.Params(other)["shelfId"]
	r := b.want(b.send("GET", "/v1.0/shelves/"+shelf+"/widgets/special", ""), 200)
	if !strings.Contains(r.body, `/v1.0/$metadata#shelves('`+shelf+`')/widgets/special"`) {
		t.Errorf("context of a single entity: %s", r.body)
	}
	b.want(b.send("GET", "/v1.0/shelves/top/widgets/w1", ""), 200)
	b.want(b.send("GET", first, ""), 404)
}

func TestContextURL(t *testing.T) {
	t.Parallel()
	params := map[string]string{"a": "x", "b": "it's/a b", "c": "y"}
	for path, want := range map[string]string{
		"/sets/{a}":                "sets/$entity",
		"/sets/{b}/flows/{c}":      "sets('it%27%27s%2Fa%20b')/flows/$entity",
		"/sets/{a}/settings":       "sets('x')/settings",
		"/me":                      "me",
		"/apps(id='{a}')/keys/{c}": "apps(id='x')/keys/$entity",
	} {
		tmpl, err := compileTemplate(contract.Path{Template: path})
		if err != nil {
			t.Fatal(err)
		}
		if got := tmpl.context(params, 0); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

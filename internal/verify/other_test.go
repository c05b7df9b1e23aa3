package verify

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"graphpact/internal/result"
)

// What pacts of other libraries have and graphpact's own do not: the path "/", a query as an
// object in an early version, a HEAD whose answer tells a length.
func TestOtherLibraries(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.String() {
		case "GET /v1/", "GET /v1/?a=1", "GET /v1/lamps?a=1&b=2":
		case "HEAD /v1/lamps":
			w.Header().Set("Content-Length", "1234")
		default:
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer srv.Close()
	p, err := Parse("other.json", []byte(`{"consumer":{"name":"app"},"provider":{"name":"lamps"},"interactions":[
		{"description":"root","request":{"method":"GET","path":"/"},"response":{"status":200}},
		{"description":"root with a query","request":{"method":"GET","path":"/","query":"a=1"},"response":{"status":200}},
		{"description":"no path","request":{"method":"GET"},"response":{"status":200}},
		{"description":"a query as an object","request":{"method":"GET","path":"/lamps","query":{"a":["1"],"b":"2"}},"response":{"status":200}},
		{"description":"a length","request":{"method":"HEAD","path":"/lamps"},"response":{"status":200,"headers":{"Content-Length":"1234"}}},
		{"description":"another length","request":{"method":"HEAD","path":"/lamps"},"response":{"status":200,"headers":{"Content-Length":"1235"}}}
		],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	r := &Runner{Library: library(t), Client: newClient(t, srv.URL+"/v1", nil), States: stateless{}, Catalog: newCatalog(t)}
	reqs, err := r.Run(t.Context(), p.Interactions, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range reqs {
		want := result.Pass
		if q.Scenario == "another length" {
			want = result.Fail
		}
		if q.Verdict != want {
			t.Errorf("%s: %s %s %+v", q.Scenario, q.Verdict, q.Reason, q.Checks)
		}
	}
}

package contract

import (
	"fmt"
	"testing"

	"graphpact/internal/graphdoc"
)

// TestExampleURLs says which request line the URL of an example fits.
func TestExampleURLs(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	p.Requests, p.Examples = nil, nil
	for i, path := range []string{"/me/gadget", "/gadgets/{id}", "/shops/{id}/gadgets('{tag}')", "/files/root:/{path}:/book", "/gadgets/{id}/photo/$value", "/users/{id | tag}/tools/{id}"} {
		p.Requests = append(p.Requests, graphdoc.RequestLine{Method: text(10+i, "PATCH"), Path: text(10+i, path)})
	}
	p.Requests[4].Method.Value = "PUT"
	for url, want := range map[string]int{
		"https://example.com/v1.0/me/gadget":           1,
		"https://example.com/beta/Me/Gadget":           1,
		"https://example.com/v1.0/me/gadget?$select=a": 1,
		"/gadgets/17":                                        2,
		"https://example.com/v1.0/gadgets('17')":             2,
		"https://example.com/v1.0/gadgets(id='17')":          2,
		"https://example.com/v1.0/gadgets/{id | tag}":        2,
		"https://example.com/v1.0/shops/1/gadgets/a":         3,
		"https://example.com/v1.0/shops('1')/gadgets('a')":   3,
		"https://example.com/v1.0/files/root:/a/b/c.x:/book": 4,
		"https://example.com/v1.0/files/root:/a/b/c.x/book":  0,
		"https://example.com/v1.0/gadgets/1/photo/$value":    5,
		"https://example.com/v1.0/gadgets":                   0,
		"https://example.com/v1.0/users/me/gadget":           1,
		"https://example.com/v1.0/me/tools/7":                6,
		"https://example.com/v1.0/me":                        0,
		"https://example.com/v1.0/gadgets/1/parts":           0,
		"https://example.com/v1.0/lamps/1":                   0,
	} {
		p.Examples = []graphdoc.Message{{Kind: "request", Line: 40, Method: "PATCH", URL: url}}
		o := operation(t, p)
		if got := o.Examples[0].RequestLine; got != want {
			t.Errorf("%s: request line %d, want %d", url, got, want)
		}
	}
}

// TestOtherServices: an example of another method at another host is no defect of the page.
func TestOtherServices(t *testing.T) {
	t.Parallel()
	fitting := graphdoc.Message{Kind: "request", Line: 40, Method: "PATCH", URL: "https://example.com/v1.0/gadgets/1"}
	for _, tt := range []struct {
		method, url string
		alone       bool
		want        string
	}{
		{"POST", "https://shop.example.org/hook/1", false, ""},
		{"POST", "https://EXAMPLE.com/v1.0/hook/1", false, "example-url:60"},
		{"POST", "/hook/1", false, "example-url:60"},
		{"PATCH", "https://shop.example.org/hook/1", false, "example-url:60"},
		{"POST", "https://shop.example.org/hook/1", true, "example-url:60"},
	} {
		p := tidyPage()
		p.Examples = []graphdoc.Message{fitting, {Kind: "request", Line: 60, Method: tt.method, URL: tt.url}}
		if tt.alone {
			p.Examples = p.Examples[1:]
		}
		got := ""
		for _, f := range operation(t, p).Findings {
			if f.Class == ClassExampleURL {
				got = fmt.Sprintf("%s:%d", f.Class, f.Source.Line)
			}
		}
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.method, tt.url, got, tt.want)
		}
	}
}

// TestEveryExampleCounts: what the second example of an update sends is known, and what a
// GET shows, or an error, is no property.
func TestEveryExampleCounts(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	p.Examples = append(p.Examples,
		graphdoc.Message{Kind: "request", Line: 60, Method: "PATCH", URL: "/gadgets/1", JSON: obj(61, mem("mode", str(62, "off")), mem("second", str(63, "x")))},
		graphdoc.Message{Kind: "response", Line: 70, Code: 400, JSON: obj(71, mem("error", obj(72)))},
		graphdoc.Message{Kind: "request", Line: 80, Method: "GET", URL: "/gadgets/1"},
		graphdoc.Message{Kind: "response", Line: 90, Code: 200, JSON: obj(91, mem("third", str(92, "x")))},
	)
	o := operation(t, p)
	second, known := o.Property("second")
	if !known || second.Sent.Source.Line != 63 {
		t.Errorf("second is %+v", second)
	}
	for _, name := range []string{"error", "third"} {
		if _, known := o.Property(name); known {
			t.Errorf("%s is a property", name)
		}
	}
	mode, _ := o.Property("mode")
	if len(mode.Named) != 2 || mode.Sent.Source.Line != 44 {
		t.Errorf("mode is named %v, and sent on line %d", mode.Named, mode.Sent.Source.Line)
	}
	// The first pair describes the operation, unless a request line is asked for.
	p.Requests = append(p.Requests, graphdoc.RequestLine{Method: text(11, "PATCH"), Path: text(11, "/me/gadget")})
	p.Examples[2].URL = "/me/gadget"
	for n, want := range map[int]int{0: 40, 1: 40, 2: 60} {
		b := builder{page: p, conv: conventions(t), op: &Operation{}}
		if err := b.choose(n); err != nil {
			t.Fatal(err)
		}
		b.examples(n)
		if got := b.sent.Line; got != want {
			t.Errorf("request line %d: the example of line %d, want %d", n, got, want)
		}
	}
}

package client

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		template, want, err string
		params              map[string]string
	}{
		{template: "", want: ""},
		{template: "/a/b", want: "/a/b"},
		{template: "/a/{x}/b/{y}", params: map[string]string{"x": "1", "y": "2", "z": "3"}, want: "/a/1/b/2"},
		{template: "/{x}{y}{x}", params: map[string]string{"x": "1", "y": "2"}, want: "/121"},
		{template: "/a/{x}", params: map[string]string{"x": "a/b ?#%é{y}'"}, want: "/a/a%2Fb%20%3F%23%25%C3%A9%7By%7D%27"},
		{template: "/a('{x}')", params: map[string]string{"x": "..."}, want: "/a('...')"},
		{template: "/{y}/{x}/{y}/{z}", params: map[string]string{"z": "1"}, err: "no value for x, y; give each as --param"},
		{template: "/{x}", params: map[string]string{"x": ""}, err: "no value for x"},
		{template: "/{x}", params: map[string]string{"x": ".."}, err: `the value ".." of x`},
		{template: "/{x}", params: map[string]string{"x": "."}, err: `the value "." of x`},
		{template: "/{x}", params: map[string]string{"x": "a/../../b"}, err: `the value "a/../../b" of x`},
		{template: "/{x}", params: map[string]string{"x": `..\b`}, err: "would change the path"},
		{template: "/{x}", params: map[string]string{"x": "%2e%2E"}, err: "would change the path"},
		{template: "/{x}", params: map[string]string{"x": "a%252F..%252Fb"}, err: "would change the path"},
		{template: "/{x}", params: map[string]string{"x": "..;a=1"}, err: "would change the path"},
		{template: "/{x}", params: map[string]string{"x": "a..b;c/...%"}, want: "/a..b%3Bc%2F...%25"},
		{template: "/{x", err: "a { without"},
		{template: "/{}", err: "a { without"},
		{template: "/{a{b}", err: "a { without"},
		{template: "/a}/{b}", err: "a } without"},
	} {
		got, err := Expand(tc.template, tc.params)
		switch {
		case tc.err == "" && err != nil, tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err) || !strings.Contains(err.Error(), tc.template)):
			t.Errorf("%s: error %v, want %q", tc.template, err, tc.err)
		case got != tc.want:
			t.Errorf("%s: got %s, want %s", tc.template, got, tc.want)
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	params := map[string]string{"x": "1", "y": "2", "w": "3", "v": "4"}
	if diff := cmp.Diff([]string{"v", "w"}, Unknown(params, "/{x}", "/a/{y}/{x}", "/{broken")); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
	if got := Unknown(params, "/{x}/{y}/{v}/{w}"); got != nil {
		t.Errorf("got %v, want none", got)
	}
	if len(params) != 4 {
		t.Error("the caller's parameters changed")
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		template, path string
		want           bool
	}{
		{"/sets/{setId}/flows/{flowId}", "/sets/1/flows/a%2Fb", true},
		{"/sets/{setId}/flows/{flowId}", "/sets/1/flows/2/more", false},
		{"/sets/{setId}/flows/{flowId}", "/sets//flows/2", false},
		{"/sets/{setId}", "/bags/1", false},
		{"/rooms('{id}')/{a}-{b}", "/rooms('x')/1-2", true},
		{"/rooms('{id}')/{a}-{b}", "/rooms('x')/12", false},
		{"/me", "/me", true},
		{"/me/{id", "/me/1", false},
		{"/me/{id}", "/me/%zz", false},
	}
	for _, tt := range tests {
		if got := Matches(tt.template, tt.path); got != tt.want {
			t.Errorf("Matches(%q, %q) = %t", tt.template, tt.path, got)
		}
	}
}

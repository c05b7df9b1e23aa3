package graphdoc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequestLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line, method, path string
		params             []string
	}{
		{"PATCH /groups/{id}", "PATCH", "/groups/{id}", []string{"id"}},
		{"  PATCH   /groups/{id}   ", "PATCH", "/groups/{id}", []string{"id"}},
		{"PATCH https://graph.microsoft.com/v1.0/groups/{id}", "PATCH", "/groups/{id}", []string{"id"}},
		{"PATCH https://graph.microsoft.com/BETA/groups", "PATCH", "/groups", nil},
		{"PATCH graph.microsoft.com/beta/groups", "PATCH", "/groups", nil},
		{"PATCH /v1.0/groups", "PATCH", "/groups", nil},
		{"PATCH /betas/groups", "PATCH", "/betas/groups", nil},
		{"PATCH applications/{id}", "PATCH", "/applications/{id}", []string{"id"}},
		{"PUT /users/{id | userPrincipalName}/photo/$value", "PUT", "/users/{id | userPrincipalName}/photo/$value", []string{"id | userPrincipalName"}},
		{"PATCH /a/{id}/b/{id}", "PATCH", "/a/{id}/b/{id}", []string{"id", "id"}},
		{"PATCH /organization/{tenant id}/branding", "PATCH", "/organization/{tenant id}/branding", []string{"tenant id"}},
		{"PATCH /me/drive/root:/{item-path}:/workbook", "PATCH", "/me/drive/root:/{item-path}:/workbook", []string{"item-path"}},
		{"PATCH /a/tables(name='my table')/x HTTP/1.1", "PATCH", "/a/tables(name='my table')/x", nil},
		{"PATCH /a/{id}?$select={x}", "PATCH", "/a/{id}", []string{"id"}},
		{"PATCH /a/<id> (deprecated)", "PATCH", "/a/<id>", nil},
		{"PATCH /a/{id // not closed", "PATCH", "/a/{id", nil},
		{"PATCH /a/microsoft.graph.b/{c-id}", "PATCH", "/a/microsoft.graph.b/{c-id}", []string{"c-id"}},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			p := parse(t, "# Update x\n## HTTP request\n``` http\n"+tt.line+"\n```\n")
			want := []RequestLine{{Method: Text{tt.method, 4}, Path: Text{tt.path, 4}}}
			for _, name := range tt.params {
				want[0].Params = append(want[0].Params, Text{name, 4})
			}
			if diff := cmp.Diff(want, p.Requests); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRequestLinesKeepTheOrderOfAllBlocks(t *testing.T) {
	t.Parallel()
	p := parse(t, "# Update x\n## HTTP request\nFor me:\n```\nPATCH /me\n\nPUT /me\nAccept: x\n```\n1. For others:\n   ```http\n   PATCH /users/{id}\n   ```\n\nText.\n\n"+
		"    PATCH /groups/{id}\n\n> ```\n> PATCH /devices\n> ```\n")
	var got []string
	for _, r := range p.Requests {
		got = append(got, r.Method.Value+" "+r.Path.Value)
	}
	want := []string{"PATCH /me", "PUT /me", "PATCH /users/{id}", "PATCH /groups/{id}", "PATCH /devices"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, line := range []int{5, 7, 12, 17, 20} {
		if i < len(p.Requests) && p.Requests[i].Path.Line != line {
			t.Errorf("%s stands on line %d, got %d", got[i], line, p.Requests[i].Path.Line)
		}
	}
}

func TestRequestLineWithoutPath(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"PATCH ** Entity URI for thing not found", "PATCH ?x=1", "PATCH https://graph.microsoft.com/beta/", "PATCH /"} {
		p := parse(t, "# Update x\n## HTTP request\n```\n"+line+"\n```\n")
		if len(p.Requests) != 0 {
			t.Errorf("%s: read as %v", line, p.Requests)
		}
		if len(p.Oddities) != 1 || p.Oddities[0].Class != OddityRequestLine || p.Oddities[0].Line != 4 ||
			!strings.Contains(p.Oddities[0].Text, line) {
			t.Errorf("%s: oddities %v", line, p.Oddities)
		}
	}
}

package target

import "testing"

func TestMatches(t *testing.T) {
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

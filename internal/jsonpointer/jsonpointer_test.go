package jsonpointer

import (
	"slices"
	"testing"
)

func TestPointer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{""}, "/"},
		{[]string{"a/b~c", "0"}, "/a~1b~0c/0"},
		{[]string{"~1", "~01"}, "/~01/~001"}, // "~01" is "~1" and not "/"
		{[]string{"@odata.type"}, "/@odata.type"},
	} {
		if got := Of(tt.names...); got != tt.want {
			t.Errorf("Of(%q) = %q, want %q", tt.names, got, tt.want)
		}
		if got := Split(tt.want); !slices.Equal(got, tt.names) {
			t.Errorf("Split(%q) = %q, want %q", tt.want, got, tt.names)
		}
	}
}

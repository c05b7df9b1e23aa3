// Package jsonpointer writes and reads JSON Pointers (RFC 6901).
package jsonpointer

import "strings"

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Of gives the pointer to the value below the names; "", the whole document, without any.
func Of(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteByte('/')
		b.WriteString(Escape(name))
	}
	return b.String()
}

// Escape makes a name a reference token (section 3).
func Escape(name string) string { return escaper.Replace(name) }

// Split gives the names of a pointer, unescaped (section 4).
func Split(pointer string) []string {
	if pointer == "" {
		return nil
	}
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, token := range names {
		names[i] = unescaper.Replace(token)
	}
	return names
}

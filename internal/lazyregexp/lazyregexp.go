// Package lazyregexp makes regular expressions that are compiled when they are first used.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New gives a function that compiles the expression at its first call, and panics there where
// it is none. Compiling the expressions of a page's prose takes milliseconds, which a start of
// the program that reads no page must not pay.
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// Package doctor looks for what would keep a run from reaching its target: the name, the
// connection, TLS, the clock, and the token. Each check says in one line what was found
// and, where it is wrong, what to do. No text holds a secret.
package doctor

import (
	"graphpact/internal/hint"
	"graphpact/internal/result"
)

// Check is what was found about one thing.
type Check struct {
	// Name is what was looked at, in a word or two.
	Name string `json:"name"`
	// Verdict is pass, warn, fail, or skip for what could not be checked.
	Verdict result.Verdict `json:"verdict"`
	Found   string         `json:"found"`
	// Hint says what to do; empty where nothing is wrong.
	Hint string `json:"hint,omitempty"`
}

func pass(name, found string) Check       { return Check{Name: name, Verdict: result.Pass, Found: found} }
func warn(name, found, todo string) Check { return Check{name, result.Warn, found, todo} }
func fail(name, found, todo string) Check { return Check{name, result.Fail, found, todo} }

// Failed is a check that ended with the error; its hint is that of the error.
func Failed(name string, err error) Check {
	found, todo := hint.Of(err)
	return fail(name, found, todo)
}

// NotChecked says why something could not be looked at.
func NotChecked(name, why string) Check {
	return Check{Name: name, Verdict: result.Skip, Found: "not checked: " + why}
}

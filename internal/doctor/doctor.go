// Package doctor looks for what would keep a run from reaching its target: the name, the
// connection, TLS, the clock, and the token. Each check says in one line what was found
// and, where it is wrong, how to mend it. No text holds a secret.
package doctor

import "graphpact/internal/result"

// Check is what was found about one thing.
type Check struct {
	// Name is what was looked at, in a word or two.
	Name string `json:"name"`
	// Verdict is pass, warn, fail, or skip for what could not be checked.
	Verdict result.Verdict `json:"verdict"`
	Found   string         `json:"found"`
	// Mend says what to do; empty where nothing is wrong.
	Mend string `json:"mend,omitempty"`
}

func pass(name, found string) Check       { return Check{Name: name, Verdict: result.Pass, Found: found} }
func warn(name, found, mend string) Check { return Check{name, result.Warn, found, mend} }
func fail(name, found, mend string) Check { return Check{name, result.Fail, found, mend} }

// NotChecked says why something could not be looked at.
func NotChecked(name, why string) Check {
	return Check{Name: name, Verdict: result.Skip, Found: "not checked: " + why}
}

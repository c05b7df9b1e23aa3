package pact

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/pact/wire"
)

// MismatchError says that the requests sent to the mock server were not the one that
// the interaction expects.
type MismatchError struct {
	// Interaction is the interaction's description.
	Interaction string
	// Mismatches are in a fixed order. None holds a credential.
	Mismatches []Mismatch
}

// Mismatch is one way in which a request departed from the interaction.
type Mismatch struct {
	// Method and Path are the expected request's where no request came, and else the sent one's.
	Method, Path string
	// Part is where the request differs, as "body $.state", "header Content-Type" or
	// "path"; empty where the whole request is missing or unexpected.
	Part string
	// Expected and Actual are short texts; empty where the library gives none.
	Expected, Actual string
	// Text says it in one sentence.
	Text string
	// Missing is set when no request came.
	Missing bool
}

// Error lists the mismatches, each with a line for what was expected and what came.
func (e *MismatchError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "interaction %q: the request is not the one that the Pact expects", e.Interaction)
	for _, m := range e.Mismatches {
		fmt.Fprintf(&b, "\n  %s %s", m.Method, m.Path)
		if m.Part != "" {
			fmt.Fprintf(&b, ", %s", m.Part)
		}
		fmt.Fprintf(&b, ": %s", m.Text)
		if m.Expected != "" || m.Actual != "" {
			fmt.Fprintf(&b, "\n    expected: %s\n    actual:   %s", m.Expected, m.Actual)
		}
	}
	return b.String()
}

// onlyMissing reports whether all there is to say is that no request came.
func (e *MismatchError) onlyMissing() bool {
	return !slices.ContainsFunc(e.Mismatches, func(m Mismatch) bool { return !m.Missing })
}

// newMismatchError puts the library's mismatches into our words; nil where there are none.
func newMismatchError(description string, found []wire.Mismatch) *MismatchError {
	if len(found) == 0 {
		return nil
	}
	e := &MismatchError{Interaction: description}
	for _, w := range found {
		whole := Mismatch{Method: w.Method, Path: w.Path, Text: w.Type}
		switch w.Type {
		case "missing-request":
			whole.Missing = true
			whole.Text = "the request was not sent"
		case "request-not-found":
			whole.Text = "the request was sent, and is not expected"
		}
		if len(w.Mismatches) == 0 {
			e.Mismatches = append(e.Mismatches, whole)
		}
		for _, d := range w.Mismatches {
			e.Mismatches = append(e.Mismatches, Mismatch{
				Method:   w.Method,
				Path:     w.Path,
				Part:     part(d),
				Expected: maskBearer(string(d.Expected)),
				Actual:   maskBearer(string(d.Actual)),
				Text:     maskBearer(d.Text),
			})
		}
	}
	slices.SortStableFunc(e.Mismatches, func(a, b Mismatch) int {
		return strings.Compare(a.Method+" "+a.Path+" "+a.Part+" "+a.Text, b.Method+" "+b.Path+" "+b.Part+" "+b.Text)
	})
	return e
}

// part names the part of the request: "BodyMismatch" at $.a is "body $.a".
func part(d wire.Detail) string {
	name := strings.ToLower(strings.TrimSuffix(d.Type, "Mismatch"))
	switch {
	case d.Header != "":
		return name + " " + d.Header
	case d.Path != "":
		return name + " " + d.Path
	}
	return name
}

// bearer finds a credential in text. The placeholder is none: it has angle brackets.
var bearer = regexp.MustCompile(`(?i)\b(bearer)\s+[._~+/=-]*[A-Za-z0-9][A-Za-z0-9._~+/=-]*`)

func maskBearer(s string) string { return bearer.ReplaceAllString(s, "$1 ***") }

// Package hint keeps what to do about an error apart from what is wrong, so that a report
// can show the two in places of their own.
package hint

import (
	"errors"
	"fmt"
	"strings"
)

// Error is an error with a hint. Its text is the problem and the hint, with "; " between.
type Error struct {
	problem error
	hint    string
}

// Errorf makes an error of the hint and the problem, which is formatted as by fmt.Errorf.
func Errorf(hint, problem string, args ...any) error {
	return &Error{problem: fmt.Errorf(problem, args...), hint: hint}
}

func (e *Error) Error() string { return e.problem.Error() + "; " + e.hint }

// Unwrap gives the problem.
func (e *Error) Unwrap() error { return e.problem }

// Hint says what to do.
func (e *Error) Hint() string { return e.hint }

// Of gives the text of the error without its hint, and the hint. The hint is that of the
// first error in the chain with a method Hint, and "" where the text does not end with it.
func Of(err error) (problem, hint string) {
	text := err.Error()
	var hinted interface {
		error
		Hint() string
	}
	if errors.As(err, &hinted) {
		if hint = hinted.Hint(); hint != "" {
			if before, ok := strings.CutSuffix(text, "; "+hint); ok {
				return before, hint
			}
		}
	}
	return text, ""
}

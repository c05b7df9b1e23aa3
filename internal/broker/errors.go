package broker

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says in a word what went wrong with the broker.
type Kind string

// The kinds.
const (
	// Unreachable: no complete answer came.
	Unreachable Kind = "unreachable"
	// Cancelled: the caller's context ended.
	Cancelled Kind = "cancelled"
	// Unauthenticated: 401 or 403.
	Unauthenticated Kind = "unauthenticated"
	// NotBroker: what answers is no Pact Broker, or a broken one: HTML, broken HAL, a
	// link that is missing or leads elsewhere.
	NotBroker Kind = "not-a-broker"
	// NotFound: 404 for something that the caller named.
	NotFound Kind = "not-found"
	// Conflict: 409; the broker holds something else under that name and version.
	Conflict Kind = "conflict"
	// Refused: any other 4xx; the broker names what is wrong with the request.
	Refused Kind = "refused"
	// Server: 5xx, or 429, after the retries.
	Server Kind = "server"
)

// Error says why an operation failed. Neither its text nor that of the error it wraps
// holds a secret.
type Error struct {
	Kind        Kind
	Method, URL string
	// Status is the broker's, 0 where there is none.
	Status int
	// Link is the HAL relation that is missing or broken; "" where it is none of that.
	Link string
	// Text is what is wrong in plain words; with what the broker said, if it did.
	Text string
	// Err is the error beneath; nil where there is none, or where it holds a secret.
	Err error
}

func (e *Error) Error() string {
	s := "broker: "
	if e.Method != "" {
		s += e.Method + " " + e.URL + ": "
	}
	if e.Status != 0 {
		s += fmt.Sprintf("%d %s: ", e.Status, http.StatusText(e.Status))
	}
	return s + e.Text
}

// Unwrap gives the error beneath.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the broker's error in err, "" where there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

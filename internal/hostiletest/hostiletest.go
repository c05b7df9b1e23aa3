// Package hostiletest holds the ways in which an endpoint may be hostile or broken, each as
// a handler in front of an honest one. It is for tests: they play each
// against the program and hold it to bounds of time and memory. docs/hostile.md is what came of it.
package hostiletest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
)

// Behaviour is a way to answer.
type Behaviour struct {
	// Name is how tests and documents call it, as "endless-body".
	Name string
	// What says what it does, in a few words.
	What string
	// Legal is set where HTTP and OData allow it, so that no verdict may suffer by it.
	Legal bool
	// Wrap puts it in the way of an honest handler, which some have no use for.
	Wrap func(honest http.Handler) http.Handler
}

// All gives each behaviour, in an order that stays.
func All() []Behaviour {
	return slices.Concat(bodies(), documents(), headers(), connections(), throttles(), clocks())
}

// Elsewhere answers each request with a redirect to another place.
func Elsewhere(location string) Behaviour {
	return Behaviour{Name: "redirect-elsewhere", What: "a redirect to another host, which would like the token", Wrap: always(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})}
}

// When lets the hostile handler answer the requests that the choice picks, and the
// honest one all others.
func When(pick func(*http.Request) bool, hostile, honest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pick(r) {
			hostile.ServeHTTP(w, r)
		} else {
			honest.ServeHTTP(w, r)
		}
	})
}

// always is a behaviour that asks no honest handler.
func always(h http.HandlerFunc) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler { return h }
}

// raw is a behaviour below net/http: it writes to the connection itself, after the
// request was read, and the connection ends when it returns. What it writes to a client
// that has gone is lost, and the error tells it so.
func raw(talk func(c *net.TCPConn) error) func(http.Handler) http.Handler {
	return always(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer func() { _ = c.Close() }()
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = talk(tcp)
		}
	})
}

// says is a raw behaviour that writes the text and hangs up.
func says(text string) func(http.Handler) http.Handler {
	return raw(func(c *net.TCPConn) error {
		_, err := io.WriteString(c, text)
		return err
	})
}

const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// flood writes the piece over and over, so many times (endlessly where it is 0), behind the opening.
func flood(opening, piece string, times int) func(http.Handler) http.Handler {
	return raw(func(c *net.TCPConn) error {
		w := bufio.NewWriterSize(c, 1<<16)
		if _, err := w.WriteString(opening); err != nil {
			return err
		}
		for i := 0; times == 0 || i < times; i++ {
			if _, err := w.WriteString(piece); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// waitForClient returns when the client has hung up.
func waitForClient(c net.Conn) error {
	_, err := c.Read(make([]byte, 1))
	return err
}

func chunk(data string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(data), data) }

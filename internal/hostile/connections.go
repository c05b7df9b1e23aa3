package hostile

import (
	"io"
	"net"
	"net/http"
	"time"
)

// connections are those that stall or break.
func connections() []Behaviour {
	return []Behaviour{
		{Name: "silence", What: "no answer at all", Wrap: silentAfter("")},
		{Name: "drip-header", What: "the header a byte a second", Wrap: drip("", ok+"Content-Length: 2\r\n\r\n{}")},
		{Name: "drip-body", What: "the body a byte a second", Wrap: drip(ok+"Content-Length: 1000\r\n\r\n", `{"a":"`)},
		{Name: "stall-in-body", What: "half a body, and then nothing", Wrap: silentAfter(ok + "Content-Length: 1000\r\n\r\n{\"a\":")},
		{Name: "reset-at-once", What: "the connection reset before the status line", Wrap: reset("")},
		{Name: "reset-in-body", What: "the connection reset in the middle of the body", Wrap: reset(ok + "Content-Length: 1000\r\n\r\n{\"a\":")},
		{Name: "closed-at-once", What: "the connection closed before the status line", Wrap: says("")},
	}
}

// silentAfter says the text and then nothing more.
func silentAfter(text string) func(http.Handler) http.Handler {
	return raw(func(c *net.TCPConn) error {
		if _, err := io.WriteString(c, text); err != nil {
			return err
		}
		return waitForClient(c)
	})
}

// reset says the text and breaks the connection without a goodbye.
func reset(text string) func(http.Handler) http.Handler {
	return raw(func(c *net.TCPConn) error {
		if _, err := io.WriteString(c, text); err != nil {
			return err
		}
		return c.SetLinger(0)
	})
}

// drip says the opening at once and the rest a byte a second, over and over, until the
// client has had enough.
func drip(opening, rest string) func(http.Handler) http.Handler {
	return raw(func(c *net.TCPConn) error {
		if _, err := io.WriteString(c, opening); err != nil {
			return err
		}
		gone := make(chan error, 1)
		go func() { gone <- waitForClient(c) }()
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for i := 0; ; i++ {
			if _, err := io.WriteString(c, rest[i%len(rest):i%len(rest)+1]); err != nil {
				return err
			}
			select {
			case <-tick.C:
			case err := <-gone:
				return err
			}
		}
	})
}

package hostiletest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	mega = 1 << 20
	giga = 1 << 30
)

// bodies are those that are too long, or not as they are declared.
func bodies() []Behaviour {
	piece := strings.Repeat("x", 1<<15)
	return []Behaviour{
		{Name: "endless-body", What: "a JSON string that never ends, chunked",
			Wrap: flood(ok+"Transfer-Encoding: chunked\r\n\r\n"+chunk(`{"a":"`), chunk(piece), 0)},
		{Name: "gigabyte-declared", What: "a body of 1 GB, declared by its Content-Length",
			Wrap: flood(ok+fmt.Sprintf("Content-Length: %d\r\n\r\n", giga), piece, giga/len(piece))},
		{Name: "gigabyte-chunked", What: "a body of 1 GB in chunks",
			Wrap: flood(ok+"Transfer-Encoding: chunked\r\n\r\n", chunk(piece), giga/len(piece))},
		{Name: "gzip-bomb", What: "1 MB of gzip that becomes 1 GB", Wrap: gzipBomb()},
		{Name: "gzip-broken", What: "a body that says it is gzip and is not",
			Wrap: says(ok + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")},
		{Name: "length-too-long", What: "a Content-Length of more than comes",
			Wrap: says(ok + "Content-Length: 1000\r\n\r\n{}")},
		{Name: "length-too-short", What: "a Content-Length that cuts the body",
			Wrap: says(ok + "Content-Length: 5\r\n\r\n{\"a\":\"" + strings.Repeat("x", 1000) + `"}`)},
		{Name: "length-twice", What: "two Content-Lengths that differ",
			Wrap: says(ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ")},
		{Name: "length-negative", What: "a Content-Length of -1",
			Wrap: says(ok + "Content-Length: -1\r\n\r\n{}")},
		{Name: "chunk-broken", What: "a chunk whose length is no number",
			Wrap: says(ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n")},
		{Name: "trailer-flood", What: "1 MB of trailers behind the body",
			Wrap: flood(ok+"Transfer-Encoding: chunked\r\n\r\n"+chunk("{}")+"0\r\n", "X-Trailer: "+strings.Repeat("t", 1000)+"\r\n", 1000)},
	}
}

// gzipBomb is made of equal members, one behind the other (RFC 1952 2.2).
func gzipBomb() func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler {
		var member bytes.Buffer
		z := gzip.NewWriter(&member)
		_, _ = z.Write(bytes.Repeat([]byte("x"), 16*mega)) // a bytes.Buffer takes all
		_ = z.Close()
		text := member.String()
		return flood(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", ok, len(text)*giga/(16*mega)), text, giga/(16*mega))(nil)
	}
}

// headers are status lines and headers that are too many, too long or none at all.
func headers() []Behaviour {
	list := []Behaviour{
		{Name: "megabyte-header", What: "a header of 1 MB",
			Wrap: says(ok + "X-Long: " + strings.Repeat("h", mega) + "\r\n\r\n{}")},
		{Name: "header-flood", What: "100,000 header lines", Wrap: flood(ok, "X-Line: 1\r\n", 100_000)},
		{Name: "header-endless", What: "header lines without an end", Wrap: flood(ok, "X-Line: 1\r\n", 0)},
		{Name: "cookie-flood", What: "1,000 cookies", Legal: true, Wrap: rewrite(func(h http.Header, body []byte) []byte {
			for i := range 1000 {
				h.Add("Set-Cookie", fmt.Sprintf("c%d=%s", i, strings.Repeat("v", 20)))
			}
			return body
		})},
		{Name: "header-escapes", What: "terminal escapes and bytes that are no UTF-8 in headers",
			Wrap: says("HTTP/1.1 200 \x1b[2J\xff\r\nContent-Type: \x1b]0;owned\x07\xff\r\nContent-Length: 2\r\n\r\n{}")},
		{Name: "interim-flood", What: "103 Early Hints without an end", Wrap: flood("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0)},
		{Name: "switching-protocols", What: "101 Switching Protocols, and then nothing", Wrap: silentAfter("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")},
		{Name: "http-0.9", What: "a body without a status line", Wrap: says("<html>hello</html>")},
		{Name: "redirect-loop", What: "a redirect to itself", Wrap: always(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(http.StatusFound)
		})},
		{Name: "status-quotes", What: "a status line of 60,000 quotes", Wrap: says("HTTP/1.1 " + strings.Repeat(`"`, 60_000) + "\r\n\r\n")},
	}
	for _, status := range []string{"999", "000", "-1", "099", "20", "2000", "abc"} {
		list = append(list, Behaviour{
			Name: "status" + map[bool]string{true: "", false: "-"}[status[0] == '-'] + status, What: "the status " + status,
			Wrap: says("HTTP/1.1 " + status + " Odd\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
		})
	}
	return list
}

// throttles ask the client to come back at a time that makes no sense.
func throttles() []Behaviour {
	var list []Behaviour
	for _, t := range []struct{ name, what, after string }{
		{"retry-decade", "503 and a Retry-After of ten years", "315360000"},
		{"retry-overflow", "503 and a Retry-After of more seconds than there are numbers", "99999999999999999999"},
		{"retry-negative", "503 and a Retry-After of -5", "-5"},
		{"retry-nonsense", "503 and a Retry-After of soon", "soon"},
		{"retry-far-date", "503 and a Retry-After in the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT"},
	} {
		list = append(list, Behaviour{Name: t.name, What: t.what, Wrap: always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", t.after)
			w.WriteHeader(http.StatusServiceUnavailable)
		})})
	}
	return list
}

// connections are those that stall or break.
func connections() []Behaviour {
	return []Behaviour{
		{Name: "no-answer", What: "no answer at all", Wrap: silentAfter("")},
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

// reset says the text and resets the connection.
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

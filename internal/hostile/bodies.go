package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
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

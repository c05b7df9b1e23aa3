package hostile

import (
	"fmt"
	"net/http"
	"strings"
)

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

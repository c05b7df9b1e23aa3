package har

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// The limits of what is written, in bytes: of one body, and of all entries together.
const (
	MaxBody    = 256 << 10
	maxEntries = 192 << 20
)

// leftOut begins the comment on a body that is not the one that was sent.
const leftOut = "left out: "

// Recorded is an exchange to write. Secrets are masked by whoever has them.
type Recorded struct {
	Purpose, Method, URL, Proto string
	Started                     time.Time
	Duration                    time.Duration
	RequestHeader               http.Header
	RequestBody                 string
	// Status is 0 where no answer came; Err says why.
	Status         int
	ResponseHeader http.Header
	ResponseBody   string
	Truncated      bool
	Err            string
	// Attempts is how often it was sent; the last answer is the one recorded.
	Attempts int
}

// Recorder gathers exchanges. Its methods may be called from many goroutines.
type Recorder struct {
	mu      sync.Mutex
	entries []stored
	size    int
	dropped int
}

type stored struct {
	at   time.Time
	json json.RawMessage
}

// Add records an exchange.
func (r *Recorder) Add(x *Recorded) {
	data, err := json.Marshal(entry(x)) // no value of an Entry fails
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || r.size+len(data) > maxEntries {
		r.dropped++
		return
	}
	r.size += len(data)
	r.entries = append(r.entries, stored{x.Started, data})
}

// Bytes gives the recording so far, in the order in which the exchanges began.
func (r *Recorder) Bytes(by Creator) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortStableFunc(r.entries, func(a, b stored) int { return a.at.Compare(b.at) })
	head, err := json.Marshal(by)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"log":{"version":%q,"creator":%s,"entries":[`, Version, head)
	for i, e := range r.entries {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(e.json)
	}
	b.WriteString("\n]")
	if r.dropped > 0 {
		fmt.Fprintf(&b, `,"comment":"%d more exchanges are left out: the recording has reached %d MB"`, r.dropped, maxEntries>>20)
	}
	b.WriteString("}}\n")
	return b.Bytes(), nil
}

func entry(x *Recorded) *Entry {
	ms := float64(x.Duration) / float64(time.Millisecond)
	proto := x.Proto
	if proto == "" {
		proto = "unknown"
	}
	e := &Entry{
		StartedDateTime: x.Started.UTC(), Time: ms, Timings: Timings{0, ms, 0}, Comment: x.Purpose,
		Request: Request{
			Method: x.Method, URL: x.URL, HTTPVersion: proto, Cookies: []Pair{}, Headers: pairs(x.RequestHeader), QueryString: query(x.URL),
			HeadersSize: -1, BodySize: len(x.RequestBody),
		},
		Response: Response{
			Status: x.Status, StatusText: http.StatusText(x.Status), HTTPVersion: proto, Cookies: []Pair{}, Headers: pairs(x.ResponseHeader),
			Content:     Content{Size: len(x.ResponseBody), MimeType: x.ResponseHeader.Get("Content-Type")},
			RedirectURL: x.ResponseHeader.Get("Location"), HeadersSize: -1, BodySize: -1,
		},
	}
	if x.Attempts > 1 {
		e.Comment += fmt.Sprintf("; sent %d times, this is the last answer", x.Attempts)
	}
	if x.Err != "" {
		e.Comment += "; " + x.Err
	}
	if x.RequestBody != "" {
		text, why := body(x.RequestBody, false)
		e.Request.PostData = &PostData{MimeType: x.RequestHeader.Get("Content-Type"), Text: text, Params: []Pair{}, Comment: why}
	}
	e.Response.Content.Text, e.Response.Content.Comment = body(x.ResponseBody, x.Truncated)
	return e
}

// body gives as much of a body as is written, and what to say where that is not all of it.
func body(text string, truncated bool) (shown, why string) {
	switch {
	case !utf8.ValidString(text):
		return "", leftOut + "it is no text"
	case len(text) > MaxBody:
		return "", fmt.Sprintf(leftOut+"it has %d bytes, and %d are the limit", len(text), MaxBody)
	case truncated:
		return "", leftOut + "it is longer than what was read of it"
	}
	return text, ""
}

func pairs(h http.Header) []Pair {
	out := []Pair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, Pair{name, strings.ToValidUTF8(v, "\ufffd")})
		}
	}
	return out
}

func query(of string) []Pair {
	out := []Pair{}
	u, err := url.Parse(of)
	if err != nil {
		return out
	}
	for _, part := range strings.Split(u.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		if name == "" {
			continue
		}
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 == nil && err2 == nil {
			out = append(out, Pair{n, v})
		}
	}
	return out
}

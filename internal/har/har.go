// Package har reads and writes recordings of HTTP traffic in HAR 1.2
// (http://www.softwareishard.com/blog/har-12-spec/), the format that browsers and proxies save.
package har

import (
	"time"
)

// Version is the version of the format.
const Version = "1.2"

// Creator is the program that made the recording.
type Creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Entry is one exchange.
type Entry struct {
	StartedDateTime time.Time `json:"startedDateTime"`
	// Time is in milliseconds, as are the Timings.
	Time     float64  `json:"time"`
	Request  Request  `json:"request"`
	Response Response `json:"response"`
	Cache    struct{} `json:"cache"`
	Timings  Timings  `json:"timings"`
	Comment  string   `json:"comment,omitempty"`
}

// Request is what was sent.
type Request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []Pair    `json:"cookies"`
	Headers     []Pair    `json:"headers"`
	QueryString []Pair    `json:"queryString"`
	PostData    *PostData `json:"postData,omitempty"`
	// HeadersSize and BodySize are in bytes, -1 where they are not known.
	HeadersSize int `json:"headersSize"`
	BodySize    int `json:"bodySize"`
}

// Pair is a header, a cookie, or a parameter of a query.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PostData is the body of a request.
type PostData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	// Params are those of a form; a JSON body has none.
	Params  []Pair `json:"params"`
	Comment string `json:"comment,omitempty"`
	// Encoding is base64 where Text is that: no part of HAR 1.2, and some programs write it.
	Encoding string `json:"encoding,omitempty"`
}

// Response is what came back; its Status is 0 where nothing did.
type Response struct {
	Status      int     `json:"status"`
	StatusText  string  `json:"statusText"`
	HTTPVersion string  `json:"httpVersion"`
	Cookies     []Pair  `json:"cookies"`
	Headers     []Pair  `json:"headers"`
	Content     Content `json:"content"`
	RedirectURL string  `json:"redirectURL"`
	HeadersSize int     `json:"headersSize"`
	BodySize    int     `json:"bodySize"`
}

// Content is the body of a response.
type Content struct {
	// Size is that of the body in bytes, decompressed.
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	// Encoding is base64 where Text is that.
	Encoding string `json:"encoding,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

// Timings say how long the parts of an exchange took, -1 where that does not apply.
type Timings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MaxFile is the limit of a recording, in bytes.
const MaxFile = 256 << 20

// Exchange is one exchange of a recording, as HTTP has it.
type Exchange struct {
	// Place is where it is, as "traffic.har: entry 3".
	Place          string
	Started        time.Time
	Method, URL    string
	RequestHeader  http.Header
	RequestBody    []byte
	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte
	// Incomplete says why a body is not the one that was sent, as one that the recording does
	// not hold; empty where both are whole.
	Incomplete string
}

// Read reads a recording; name is the file's, for errors. Members that HAR 1.2 does not know
// are passed over, and so is what a program left out that is not needed here.
func Read(name string, data []byte) ([]Exchange, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some programs write one, against RFC 8259
	var doc struct {
		Log *struct {
			Version string
			Entries []json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s is no HAR: %w", name, err)
	}
	if doc.Log == nil {
		return nil, fmt.Errorf("%s is no HAR: it has no log", name)
	}
	if v := doc.Log.Version; v != "" && !strings.HasPrefix(v, "1.") {
		return nil, fmt.Errorf("%s is HAR %.10q, and 1.2 is read", name, v)
	}
	out := make([]Exchange, 0, len(doc.Log.Entries))
	for i, raw := range doc.Log.Entries {
		place := fmt.Sprintf("%s: entry %d", name, i+1)
		x, err := exchange(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		x.Place = place
		out = append(out, *x)
	}
	return out, nil
}

func exchange(raw json.RawMessage) (*Exchange, error) {
	var e struct {
		StartedDateTime string
		Request         Request
		Response        Response
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	if e.Request.Method == "" || e.Request.URL == "" {
		return nil, errors.New("the request has no method or no URL")
	}
	x := &Exchange{
		Method: e.Request.Method, URL: e.Request.URL, Status: e.Response.Status,
		RequestHeader: header(e.Request.Headers), ResponseHeader: header(e.Response.Headers),
	}
	if e.StartedDateTime != "" {
		var err error
		if x.Started, err = time.Parse(time.RFC3339Nano, e.StartedDateTime); err != nil {
			return nil, fmt.Errorf("startedDateTime %.40q is no time", e.StartedDateTime)
		}
	}
	var err error
	if p := e.Request.PostData; p != nil {
		if x.RequestBody, err = decode(p.Text, p.Encoding); err != nil {
			return nil, fmt.Errorf("the body of the request: %w", err)
		}
		if p.Text == "" && e.Request.BodySize > 0 {
			x.Incomplete = "the recording does not hold the body of the request"
		}
		if p.Comment != "" && strings.HasPrefix(p.Comment, leftOut) {
			x.Incomplete = "the body of the request: " + p.Comment
		}
	} else if e.Request.BodySize > 0 {
		x.Incomplete = "the recording does not hold the body of the request"
	}
	c := e.Response.Content
	if x.ResponseBody, err = decode(c.Text, c.Encoding); err != nil {
		return nil, fmt.Errorf("the body of the answer: %w", err)
	}
	switch {
	case strings.HasPrefix(c.Comment, leftOut):
		x.Incomplete = "the body of the answer: " + c.Comment
	case c.Text == "" && c.Size > 0:
		x.Incomplete = "the recording does not hold the body of the answer"
	}
	return x, nil
}

func decode(text, encoding string) ([]byte, error) {
	switch strings.ToLower(encoding) {
	case "":
		return []byte(text), nil
	case "base64":
		return base64.StdEncoding.DecodeString(text)
	}
	return nil, fmt.Errorf("unknown encoding %.20q", encoding)
}

func header(pairs []Pair) http.Header {
	h := http.Header{}
	for _, p := range pairs {
		if !strings.HasPrefix(p.Name, ":") { // a pseudo-header of HTTP/2
			h.Add(p.Name, p.Value)
		}
	}
	return h
}

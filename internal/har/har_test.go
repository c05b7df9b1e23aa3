package har

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"graphpact/schemas/schematest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validate holds a recording to the fields of HAR 1.2.
func validate(t *testing.T, data []byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/har-1.2.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s := schematest.CompileData(t, "har", text)
	recording, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if err := s.Validate(recording); err != nil {
		t.Errorf("%v\n%s", err, data)
	}
}

func recorded(change func(*Recorded)) *Recorded {
	x := &Recorded{
		Purpose: "the update under test", Method: "PATCH", URL: "https://lamps.example/beta/lamps/7?$select=color&x=a%20b", Proto: "HTTP/2.0",
		Started: time.Date(2026, 11, 23, 16, 0, 0, 5e6, time.UTC), Duration: 12500 * time.Microsecond, Attempts: 1,
		RequestHeader: http.Header{"Content-Type": {"application/json"}, "Authorization": {"***"}}, RequestBody: `{"color":"blue"}`,
		Status: 200, ResponseHeader: http.Header{"Content-Type": {"application/json"}, "Etag": {`"a"`}}, ResponseBody: `{"id":"7"}`,
	}
	if change != nil {
		change(x)
	}
	return x
}

// TestRoundTrip: what is written is HAR 1.2, and is read as what it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		change     func(*Recorded)
		incomplete string
	}{
		{"an update", nil, ""},
		{"a GET", func(x *Recorded) { x.Method, x.RequestBody = "GET", "" }, ""},
		{"no answer", func(x *Recorded) {
			x.Status, x.ResponseHeader, x.ResponseBody, x.Proto, x.Err = 0, nil, "", "", "refused"
		}, ""},
		{"204", func(x *Recorded) { x.Status, x.ResponseBody = 204, "" }, ""},
		{"sent twice", func(x *Recorded) { x.Attempts = 2 }, ""},
		{"cut short", func(x *Recorded) { x.Truncated = true }, "the body of the answer: left out: it is longer than what was read of it"},
		{"no text", func(x *Recorded) { x.ResponseBody = "\xff\xfe" }, "the body of the answer: left out: it is no text"},
		{"a long body", func(x *Recorded) { x.RequestBody = strings.Repeat("a", MaxBody+1) }, "the body of the request: left out: it has 262145 bytes, and 262144 are the limit"},
		{"an odd header", func(x *Recorded) { x.ResponseHeader.Set("X", "\xff") }, ""},
		{"an odd query", func(x *Recorded) { x.URL += "&%zz=1&&a" }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := recorded(tc.change)
			var r Recorder
			r.Add(want)
			data, err := r.Bytes(Creator{"graphpact", "1.2.3"})
			if err != nil {
				t.Fatal(err)
			}
			if tc.name != "an odd query" { // which is no URI, and was sent as it is
				validate(t, data)
			}
			all, err := Read("x.har", data)
			if err != nil || len(all) != 1 {
				t.Fatalf("%v, %v", all, err)
			}
			got := all[0]
			if got.Method != want.Method || got.URL != want.URL || got.Status != want.Status || !got.Started.Equal(want.Started) || got.Incomplete != tc.incomplete {
				t.Errorf("%+v", got)
			}
			if tc.incomplete == "" && (string(got.RequestBody) != want.RequestBody || string(got.ResponseBody) != want.ResponseBody) {
				t.Errorf("bodies %q, %q", got.RequestBody, got.ResponseBody)
			}
			if got.Place != "x.har: entry 1" || got.RequestHeader.Get("Authorization") != "***" {
				t.Errorf("%s, %v", got.Place, got.RequestHeader)
			}
		})
	}
}

func TestRecorderStopsInTime(t *testing.T) {
	t.Parallel()
	r := Recorder{size: maxEntries}
	r.Add(recorded(nil))
	data, err := r.Bytes(Creator{"graphpact", "1"})
	if err != nil || !strings.Contains(string(data), "1 more exchanges are left out") {
		t.Errorf("%s, %v", data, err)
	}
	validate(t, data)
}

// TestReadOfOthers: what browsers and proxies write.
func TestReadOfOthers(t *testing.T) {
	t.Parallel()
	all, err := Read("x.har", []byte("\ufeff"+`{"log":{"version":"1.2","pages":[],"_own":1,"entries":[
		{"startedDateTime":"2026-11-23T17:00:00.5+01:00","_initiator":{},"request":{"method":"GET","url":"https://a.example/","headers":[{"name":":path","value":"/"},{"name":"accept","value":"*/*"}]},
		 "response":{"status":200,"content":{"size":2,"text":"e30=","encoding":"base64"}}},
		{"request":{"method":"PATCH","url":"https://a.example/","bodySize":5},"response":{"status":200,"content":{"size":7}}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Exchange{
		{
			Place: "x.har: entry 1", Started: time.Date(2026, 11, 23, 16, 0, 0, 5e8, time.UTC), Method: "GET", URL: "https://a.example/",
			RequestHeader: http.Header{"Accept": {"*/*"}}, Status: 200, ResponseHeader: http.Header{}, ResponseBody: []byte("{}"),
		},
		{
			Place: "x.har: entry 2", Method: "PATCH", URL: "https://a.example/", RequestHeader: http.Header{}, Status: 200, ResponseHeader: http.Header{},
			ResponseBody: []byte{}, Incomplete: "the recording does not hold the body of the answer",
		},
	}
	for i := range all {
		all[i].Started = all[i].Started.UTC()
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ data, want string }{
		{"", "x.har is no HAR"},
		{"{}", "it has no log"},
		{`{"log":{"version":"2.0"}}`, `HAR "2.0", and 1.2 is read`},
		{`{"log":{"entries":[{}]}}`, "entry 1: the request has no method or no URL"},
		{`{"log":{"entries":[{"startedDateTime":"today","request":{"method":"GET","url":"/"}}]}}`, `startedDateTime "today" is no time`},
		{`{"log":{"entries":[{"request":{"method":"GET","url":"/"},"response":{"content":{"text":"!","encoding":"base64"}}}]}}`, "the body of the answer: illegal base64"},
		{`{"log":{"entries":[{"request":{"method":"GET","url":"/"},"response":{"content":{"text":"x","encoding":"rot13"}}}]}}`, `unknown encoding "rot13"`},
		{`{"log":{"entries":[{"request":7}]}}`, "entry 1: json: cannot unmarshal"},
	} {
		if _, err := Read("x.har", []byte(tc.data)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.data, err, tc.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	var r Recorder
	r.Add(recorded(nil))
	data, err := r.Bytes(Creator{"graphpact", "1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := Read("x.har", data)
		for _, x := range all {
			if err == nil && (x.Method == "" || x.URL == "" || x.Place == "") {
				t.Errorf("%+v", x)
			}
		}
	})
}

package recording

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/har"
	"graphpact/internal/result"
	"graphpact/internal/schema"
)

// newJudge makes a judge of the made-up widget page.
func newJudge(t testing.TB) *Judge {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile("../contract/testdata/widget-update.md")
	must(err)
	page, err := graphdoc.Parse("widget-update.md", data)
	must(err)
	conv, err := convention.Load()
	must(err)
	op, err := contract.FromRequestLine(page, conv, 0)
	must(err)
	compile := func(data []byte, err error) *schema.Schema {
		must(err)
		s, err := schema.Compile("test", data)
		must(err)
		return s
	}
	c, err := client.New(client.Config{BaseURL: "https://recording.invalid"})
	must(err)
	return &Judge{
		Operation: op, Conventions: conv, Response: compile(contract.ResponseSchema(op, conv)), Error: compile(contract.ErrorSchema(conv)),
		Report: c.Report, Excerpt: func(s string) string { return c.Excerpt(s, 512) }, Repeat: "graphpact check x.har",
	}
}

const path = "/v1/shops/1/widgets/w-1"

// say makes an exchange: "GET 200", "PATCH 204 If-Match=a ETag=b", with the bodies.
func say(line, sent, got string) har.Exchange {
	words := strings.Fields(line)
	x := har.Exchange{
		Place: line, Method: words[0], URL: "https://shop.example/api" + path, RequestHeader: http.Header{}, ResponseHeader: http.Header{},
		RequestBody: []byte(sent), ResponseBody: []byte(got),
	}
	_, _ = fmt.Sscan(words[1], &x.Status)
	for _, w := range words[2:] {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "ETag":
			x.ResponseHeader.Set(name, value)
		case "url":
			x.URL = value
		case "incomplete":
			x.Incomplete = "the recording does not hold the body"
		default:
			x.RequestHeader.Set(name, value)
		}
	}
	return x
}

// widget is an entity, with what differs from the usual one.
func widget(change ...string) string {
	all := map[string]string{
		"id": `"w-1"`, "colour": `"red"`, "label": `"a"`, "lastModifiedDateTime": `"2026-03-22T21:28:02Z"`,
		"shades": `["light"]`, "count": `3`, "size": `{"width":2}`, "score": `2.5`,
	}
	for _, c := range change {
		name, value, _ := strings.Cut(c, "=")
		all[name] = value
	}
	var parts []string
	for name, value := range all {
		if value != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", name, value))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestRequirements(t *testing.T) {
	t.Parallel()
	const later = `lastModifiedDateTime="2026-03-22T21:29:02Z"`
	update := say("PATCH 200", `{"colour":"green"}`, widget(`colour="green"`, later))
	before, after := say("GET 200", "", widget()), say("GET 200", "", widget(`colour="green"`, later))
	for _, tc := range []struct {
		name string
		all  []har.Exchange
		want string // ID:verdict of all that are not skipped
	}{
		{"a whole conversation", []har.Exchange{before, update, after}, "REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-05:pass REC-06:pass REC-08:pass"},
		{"nothing of the page", []har.Exchange{say("GET 200 url=https://shop.example/other", "", "{}"), say("DELETE 204", "", "")}, ""},
		{"an update alone", []har.Exchange{update}, "REC-01:pass REC-02:pass REC-03:pass"},
		{"another status", []har.Exchange{say("PATCH 204", `{"colour":"green"}`, "")}, "REC-01:fail REC-02:pass"},
		{"a status that was preferred", []har.Exchange{say("PATCH 204 Prefer=return=minimal", `{"colour":"green"}`, "")}, "REC-01:pass REC-02:pass"},
		{"an answer that breaks the page", []har.Exchange{say("PATCH 200", `{"colour":"green"}`, widget(`colour=7`))}, "REC-01:pass REC-02:fail REC-03:fail"},
		{"an answer that is no JSON", []har.Exchange{say("PATCH 200", `{"colour":"green"}`, "<html>")}, "REC-01:pass REC-02:fail"},
		{"an answer that shows something else", []har.Exchange{say("PATCH 200", `{"colour":"green"}`, widget())}, "REC-01:pass REC-02:pass REC-03:fail"},
		{"a value that the page does not let a client set", []har.Exchange{say("PATCH 200", `{"colour":"unknownFutureValue"}`, widget())}, "REC-01:pass REC-02:pass"},
		{"a GET that breaks the page", []har.Exchange{say("GET 200", "", widget(`label=7`))}, "REC-04:fail"},
		{"a GET of a part", []har.Exchange{say("GET 200 url=https://shop.example"+path+"?$select=label", "", `{"label":"a"}`)}, "REC-04:pass"},
		{"a GET that is not there", []har.Exchange{say("GET 404", "", "")}, ""},
		{"an update that is not shown, and nobody knows why", []har.Exchange{before, update, say("GET 200", "", widget(later))}, "REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-05:warn REC-06:pass REC-08:pass"},
		{
			"an update that is not shown, as the ETag proves",
			[]har.Exchange{before, say("PATCH 200 ETag=b", `{"colour":"green"}`, widget(`colour="green"`, later)), say("GET 200 ETag=b", "", widget(later))},
			"REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-05:fail REC-06:pass REC-08:pass",
		},
		{"something else changed, and nobody knows why", []har.Exchange{before, update, say("GET 200", "", widget(`colour="green"`, later, `label="b"`))}, "REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-05:pass REC-06:warn REC-08:pass"},
		{
			"something else changed, as the ETags prove",
			[]har.Exchange{
				say("GET 200 ETag=a", "", widget()), say("PATCH 200 If-Match=a ETag=b", `{"colour":"green"}`, widget(`colour="green"`, later)),
				say("GET 200 ETag=b", "", widget(`colour="green"`, later, `label="b"`)),
			},
			"REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-05:pass REC-06:fail REC-08:pass",
		},
		{
			"only one ETag, which proves nothing",
			[]har.Exchange{before, say("PATCH 200 If-Match=a ETag=b", `{"colour":"green"}`, widget(`colour="green"`, later)), say("GET 200 ETag=b", "", widget(`colour="green"`, later, `label="b"`))},
			"REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-05:pass REC-06:warn REC-08:pass",
		},
		{
			"something changed that the page does not name, as a counter of the server's own",
			[]har.Exchange{
				say("GET 200 ETag=a", "", widget(`visits=1`)), say("PATCH 200 If-Match=a ETag=b", `{"colour":"green"}`, widget(`colour="green"`, later)),
				say("GET 200 ETag=b", "", widget(`colour="green"`, later, `visits=2`)),
			},
			"REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-05:pass REC-08:pass",
		},
		{"two updates between two GETs", []har.Exchange{before, update, update, after}, "REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-08:pass"},
		{"of another entity", []har.Exchange{before, update, say("GET 200 url=https://shop.example/v1/shops/1/widgets/w-2", "", widget(`id="w-2"`))}, "REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-08:pass"},
		{"the modification moved back in an answer", []har.Exchange{after, say("PATCH 200", `{"colour":"green"}`, widget(`colour="green"`))}, "REC-01:pass REC-02:pass REC-03:pass REC-04:pass REC-08:fail"},
		{"the modification moved back in a GET, which may be late", []har.Exchange{after, before}, "REC-04:pass REC-08:warn"},
		{"a refusal as it should be", []har.Exchange{say("PATCH 400", `{"colour":7}`, `{"error":{"code":"badRequest","message":"no"}}`)}, "REC-09:pass"},
		{"a refusal without a reason", []har.Exchange{say("PATCH 400", `{"colour":7}`, `{}`)}, "REC-09:fail"},
		{"a refusal of a gateway", []har.Exchange{say("PATCH 429", `{}`, "slow down"), say("PATCH 503", `{}`, "")}, ""},
		{"a body that was not saved", []har.Exchange{say("PATCH 200 incomplete=", `{"colour":"green"}`, "")}, "REC-01:pass"},
		{"no answer", []har.Exchange{say("PATCH 0", `{"colour":"green"}`, "")}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := newJudge(t)
			var got []string
			reqs := j.Requirements(tc.all)
			for _, q := range reqs {
				if q.Verdict != result.Skip {
					got = append(got, q.ID+":"+string(q.Verdict))
				} else if q.Reason == "" {
					t.Errorf("%s does not say why it could not be told", q.ID)
				}
				for _, c := range q.Checks {
					if c.Exchange > len(q.Exchanges) || c.Verdict != result.Pass && c.Exchange == 0 {
						t.Errorf("%s: the check %q points to exchange %d of %d", q.ID, c.Name, c.Exchange, len(q.Exchanges))
					}
				}
			}
			if len(reqs) != 9 || strings.Join(got, " ") != tc.want {
				t.Errorf("\n got %s\nwant %s", strings.Join(got, " "), tc.want)
			}
		})
	}
}

// TestManyFailures: a recording with thousands of failures gives a report that can be read.
func TestManyFailures(t *testing.T) {
	t.Parallel()
	var all []har.Exchange
	for range 500 {
		all = append(all, say("PATCH 204", `{"colour":"green"}`, ""))
	}
	q := newJudge(t).Requirements(all)[0]
	if q.Verdict != result.Fail || len(q.Exchanges) != maxFailures || q.Checks[len(q.Checks)-1].Name != "480 more of these" {
		t.Errorf("%s, %d exchanges, %+v", q.Verdict, len(q.Exchanges), q.Checks[len(q.Checks)-1])
	}
}

func TestLoadFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("02.request", "PATCH /v1/shops/1/widgets/w-1 HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n\r\n{\"colour\":\"green\"}\n")
	write("02.response", "HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"colour\":\"green\"}\n")
	write("01.request", "GET http://shop.example/v1/shops/1/widgets/w-1 HTTP/1.1\r\nHost: shop.example\r\n\r\n")
	write("01.response", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	write("README.txt", "not looked at")
	all, err := Load(dir)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	if all[0].URL != "http://shop.example/v1/shops/1/widgets/w-1" || string(all[0].ResponseBody) != "{}" {
		t.Errorf("%+v", all[0])
	}
	if all[1].URL != "https://shop.example/v1/shops/1/widgets/w-1" || string(all[1].RequestBody) != `{"colour":"green"}` || string(all[1].ResponseBody) != `{"colour":"green"}` || all[1].Status != 200 {
		t.Errorf("%+v", all[1])
	}
	for _, tc := range []struct{ name, content, want string }{
		{"03.request", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "03.response"},
		{"03.request", "no request", "03.request is no HTTP request"},
		{"04.response", "HTTP/1.1 200 OK\r\n\r\n", "04.response has no request beside it"},
		{"05.har", "{}", "05.har is no HAR: it has no log"},
	} {
		write(tc.name, tc.content)
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
		if err := os.Remove(filepath.Join(dir, tc.name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no exchange") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestLoadOrdersByTime(t *testing.T) {
	t.Parallel()
	var rec har.Recorder
	at := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	for i, d := range []time.Duration{2, 0, 1} {
		rec.Add(&har.Recorded{Method: "GET", URL: fmt.Sprintf("https://a.example/%d", i), Started: at.Add(d * time.Second), Status: 200})
	}
	data, err := rec.Bytes(har.Creator{Name: "graphpact", Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.har")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := Load(file)
	if err != nil || len(all) != 3 || all[0].URL != "https://a.example/1" || all[2].URL != "https://a.example/0" {
		t.Errorf("%+v, %v", all, err)
	}
}

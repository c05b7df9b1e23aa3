package hostiletest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"
)

// documents are bodies that are JSON, or nearly, and a trap for who reads them. They
// change the object that the honest handler answers with.
func documents() []Behaviour {
	flooded := membersFlood()
	return []Behaviour{
		{Name: "deep-json", What: "JSON nested 100,000 deep", Wrap: members(func(m []member) []member {
			return append(m, member{`"deep"`, strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)})
		})},
		{Name: "nested-json", What: "JSON nested 600 deep, more than graphpact reads", Wrap: members(func(m []member) []member {
			return append(m, member{`"deep"`, strings.Repeat("[", 600) + strings.Repeat("]", 600)})
		})},
		{Name: "huge-exponent", What: "1e999999999 as the value of every property", Wrap: values("1e999999999")},
		{Name: "tiny-exponent", What: "1e-999999999 as the value of every property", Wrap: values("1e-999999999")},
		{Name: "long-number", What: "a number of 100,000 digits as the value of every property", Wrap: values(strings.Repeat("9", 100_000))},
		{Name: "long-string", What: "a string of 200 KB as the value of every property", Wrap: values(`"` + strings.Repeat("x", 200_000) + `"`)},
		{Name: "quotes", What: "a string of 100,000 escaped quotes as the value of every property", Wrap: values(`"` + strings.Repeat(`\"`, 100_000) + `"`)},
		{Name: "million-items", What: "an array of 400,000 numbers as the value of every property", Wrap: values("[" + strings.Repeat("0,", 400_000) + "0]")},
		{Name: "invalid-utf8", What: "bytes in every string that are no UTF-8", Wrap: values("\"\xff\xfe\xc3\"")},
		{Name: "duplicate-keys", What: "every property twice", Wrap: members(func(m []member) []member { return slices.Concat(m, m) })},
		{Name: "million-members", What: "as many properties as go into 4 MB", Wrap: members(func(m []member) []member {
			return append(m, member{`"flood"`, flooded})
		})},
		{Name: "long-name", What: "a property with a name of 100 KB", Legal: true, Wrap: members(func(m []member) []member {
			return append(m, member{`"` + strings.Repeat("n", 100_000) + `"`, "1"})
		})},
		{Name: "control-characters", What: "control characters and terminal escapes in every string", Wrap: values(`"` + escapes + `"`)},
		{Name: "hostile-extra", What: "control characters and terminal escapes in a property that the page does not name", Legal: true, Wrap: members(func(m []member) []member {
			return append(m, member{`"` + escapes + `"`, `"` + escapes + `"`})
		})},
	}
}

// escapes sets the title of a terminal, clears it, turns the direction of the text,
// ends a comment, a CDATA section and a code block, all in JSON's own escapes.
const escapes = `\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u0000\u007f\r\n]]>--></script>\u0060\u0060\u0060|\ufffe`

// member is a member of a JSON object, as text.
type member struct{ name, value string }

// members changes the members of each object that the honest handler answers with.
func members(change func([]member) []member) func(http.Handler) http.Handler {
	return rewrite(func(_ http.Header, body []byte) []byte {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if t, err := d.Token(); err != nil || t != json.Delim('{') {
			return body
		}
		var all []member
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return body
			}
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				return body
			}
			text, _ := name.(string)
			all = append(all, member{strconv.Quote(text), string(value)})
		}
		var out bytes.Buffer
		for i, m := range change(all) {
			out.WriteByte("{,"[min(i, 1)])
			out.WriteString(m.name)
			out.WriteByte(':')
			out.WriteString(m.value)
		}
		out.WriteByte('}')
		return out.Bytes()
	})
}

// values gives every property the same value.
func values(value string) func(http.Handler) http.Handler {
	return members(func(m []member) []member {
		for i := range m {
			m[i].value = value
		}
		return m
	})
}

// membersFlood is the text of so many members behind a value that they nearly fill 4 MB.
func membersFlood() string {
	var b strings.Builder
	b.WriteByte('0')
	for i := uint64(0); b.Len() < 4*mega-4096; i++ {
		b.WriteString(`,"` + strconv.FormatUint(i, 36) + `":0`)
	}
	return b.String()
}

// clocks are endpoints whose clock is wrong: the Date header and every time in a body.
func clocks() []Behaviour {
	return []Behaviour{
		{Name: "clock-ahead", What: "a clock that is a day ahead", Legal: true, Wrap: shifted(24 * time.Hour)},
		{Name: "clock-behind", What: "a clock that is a day behind", Legal: true, Wrap: shifted(-24 * time.Hour)},
	}
}

func shifted(by time.Duration) func(http.Handler) http.Handler {
	inBody := func(m []member) []member {
		for i := range m {
			text := strings.Trim(m[i].value, `"`)
			if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
				m[i].value = strconv.Quote(at.Add(by).Format(time.RFC3339Nano))
			}
		}
		return m
	}
	return func(honest http.Handler) http.Handler {
		return rewrite(func(h http.Header, body []byte) []byte {
			h.Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
			return body
		})(members(inBody)(honest))
	}
}

// rewrite changes the header and the body of what the honest handler answers.
func rewrite(change func(h http.Header, body []byte) []byte) func(http.Handler) http.Handler {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			honest.ServeHTTP(rec, r)
			h := rec.Header().Clone()
			body := change(h, rec.Body.Bytes())
			h.Del("Content-Length")
			maps.Copy(w.Header(), h)
			w.WriteHeader(rec.Code)
			if rec.Code != http.StatusNoContent {
				_, _ = w.Write(body) // an error means that the client has gone
			}
		})
	}
}

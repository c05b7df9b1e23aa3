package contract

import (
	"slices"
	"strings"

	"graphpact/internal/graphdoc"
)

// ExampleUse says what an example message of a page is to the Operation.
type ExampleUse string

// The uses of an example.
const (
	ExampleUpdate ExampleUse = "update" // a request of the operation
	ExampleAnswer ExampleUse = "answer" // a success answer to one
	ExampleError  ExampleUse = "error"  // an answer that is no success
	ExampleOther  ExampleUse = "other"  // belongs to another operation, as the GET that follows an update
)

// Example is an HTTP message of the page's examples.
type Example struct {
	Use ExampleUse
	// RequestLine is the number of the request line that the URL of a request fits; 0 where
	// there is none, and for an answer.
	RequestLine int
	// Source is the start line of the message.
	Source Source
}

// Header is a row of the page's header table.
type Header struct {
	Name, Description string
	// Required is set where the row says so, and Conditional where it says so for some updates.
	Required, Conditional bool
	// Value is what an update carries where the row says so for each: one that the request example
	// sends, or that the row names; empty where the page names none.
	Value  string
	Source Source
}

// Answer is a status that the page's prose or a table of it names.
type Answer struct {
	Status int
	// Text is the sentence or the row that names it.
	Text   string
	Source Source
}

// examples says what each example is, and picks the pair of messages that describes the
// Operation: the first request with its method, or where a request line was asked for the
// first that fits it, and the first success answer that follows.
func (b *builder) examples(n int) {
	use := ExampleAnswer // of an answer without a request
	hosts := map[string]bool{}
	var misfits []*graphdoc.Message
	for i := range b.page.Examples {
		m := &b.page.Examples[i]
		e := Example{Source: b.at(m.Line)}
		switch {
		case m.Kind == graphdoc.KindRequest:
			e.RequestLine = b.fitting(m)
			use = ExampleOther
			if strings.EqualFold(m.Method, b.op.Method.Value) {
				use = ExampleUpdate
			}
			e.Use = use
			if e.RequestLine > 0 {
				hosts[hostOf(m.URL)] = true
			} else if len(b.op.RequestLines) > 0 {
				misfits = append(misfits, m)
			}
		case use == ExampleOther:
			e.Use = ExampleOther
		case m.Code == 0 || isSuccess(m.Code):
			e.Use = ExampleAnswer
		default:
			e.Use = ExampleError
		}
		b.op.Examples = append(b.op.Examples, e)
	}
	b.misfits(misfits, hosts)
	b.sent, b.shown = b.pair(n)
	if b.sent == nil && n > 0 {
		b.sent, b.shown = b.pair(0)
	}
	if b.sent == nil && b.shown == nil {
		// A page whose examples have another method than its request line shows an answer all
		// the same.
		b.shown = b.answerToAny()
	}
}

// misfits finds the examples whose URL fits no request line. One of another method at another
// host than the examples that do fit shows a call of another service, and is no defect.
func (b *builder) misfits(messages []*graphdoc.Message, hosts map[string]bool) {
	for _, m := range messages {
		assumed := "It is no example of this operation."
		if strings.EqualFold(m.Method, b.op.Method.Value) {
			assumed = "Its body counts as one of this operation."
		} else if host := hostOf(m.URL); host != "" && len(hosts) > 0 && !hosts[host] {
			continue
		}
		path, _ := graphdoc.PathOf(m.URL)
		b.find(ClassExampleURL, m.Line, assumed, "The example sends %s, which fits no request line of the page.", short(m.Method+" "+path))
	}
}

// hostOf is the host of a URL in lower case, "" where it names none.
func hostOf(url string) string {
	_, rest, absolute := strings.Cut(url, "://")
	if !absolute {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return strings.ToLower(host)
}

// answerToAny gives the first success answer that follows no GET, and makes it one to an update.
func (b *builder) answerToAny() *graphdoc.Message {
	method := ""
	for i := range b.page.Examples {
		m := &b.page.Examples[i]
		if m.Kind == graphdoc.KindRequest {
			method = m.Method
		} else if !strings.EqualFold(method, "GET") && isSuccess(m.Code) {
			b.op.Examples[i].Use = ExampleAnswer
			return m
		}
	}
	return nil
}

// pair gives the first request of the operation that fits the nth request line, any for 0,
// and the first success answer behind it.
func (b *builder) pair(n int) (sent, shown *graphdoc.Message) {
	from := 0
	for i, e := range b.op.Examples {
		if e.Use == ExampleUpdate && (n == 0 || e.RequestLine == n) {
			sent, from = &b.page.Examples[i], i+1
			break
		}
	}
	for i := from; i < len(b.op.Examples); i++ {
		if b.op.Examples[i].Use == ExampleAnswer {
			return sent, &b.page.Examples[i]
		}
	}
	return sent, nil
}

// messagesOf gives the messages of the given uses, in the page's order.
func (b *builder) messagesOf(uses ...ExampleUse) []*graphdoc.Message {
	var out []*graphdoc.Message
	for i, e := range b.op.Examples {
		if slices.Contains(uses, e.Use) {
			out = append(out, &b.page.Examples[i])
		}
	}
	return out
}

// fitting gives the number of the request line that the URL of an example fits, one of its
// method before any other; 0 where there is none.
func (b *builder) fitting(m *graphdoc.Message) int {
	path, ok := graphdoc.PathOf(m.URL)
	if !ok {
		return 0
	}
	sent := signedIn(keySegments(path))
	found := 0
	for _, l := range b.op.RequestLines {
		template := signedIn(keySegments(l.Path.Template))
		// What is there for the user who has signed in is there for each user.
		asUser := len(sent) > 0 && sent[0] == me && fits(template, append([]string{"users"}, sent...))
		if !asUser && !fits(template, sent) {
			continue
		}
		if strings.EqualFold(l.Method.Value, m.Method) {
			return l.Number
		}
		if found == 0 {
			found = l.Number
		}
	}
	return found
}

// me stands for the user who has signed in (Microsoft Graph REST API, /me).
const me = "me"

// signedIn writes users/me as me.
func signedIn(segments []string) []string {
	if len(segments) > 1 && strings.EqualFold(segments[0], "users") && strings.EqualFold(segments[1], me) {
		return segments[1:]
	}
	return segments
}

// keySegments cuts a path, with keys in brackets as segments of their own: /lamps('a') is
// /lamps/a (OData 4.01 URL Conventions 4.3.6).
func keySegments(path string) []string {
	var out []string
	for _, s := range splitPath(strings.Trim(path, "/")) {
		name, key, inBrackets := strings.Cut(s, "(")
		if !inBrackets || name == "" {
			out = append(out, s)
			continue
		}
		key = strings.TrimSuffix(key, ")")
		if _, value, named := strings.Cut(key, "="); named && !strings.HasSuffix(key, "=") {
			key = value
		}
		out = append(out, name, strings.Trim(key, "' "))
	}
	return out
}

// fits reports whether a URL is one of the template. A parameter takes the place of a part
// of a segment; one between colons may be a path of its own, up to the next colon.
func fits(template, sent []string) bool {
	for _, t := range template {
		if strings.HasSuffix(t, ":") && strings.Contains(t, "{") {
			end := slices.IndexFunc(sent, func(s string) bool { return strings.HasSuffix(s, ":") })
			if end < 0 {
				return false
			}
			sent = sent[end+1:]
			continue
		}
		if len(sent) == 0 || !fitsSegment(t, sent[0]) {
			return false
		}
		sent = sent[1:]
	}
	return len(sent) == 0
}

func fitsSegment(template, sent string) bool {
	head, rest, isParam := strings.Cut(template, "{")
	if !isParam {
		return strings.EqualFold(template, sent)
	}
	_, tail, _ := strings.Cut(rest, "}")
	return sent != "" && len(sent) >= len(head)+len(tail) &&
		strings.EqualFold(sent[:len(head)], head) && strings.EqualFold(sent[len(sent)-len(tail):], tail)
}

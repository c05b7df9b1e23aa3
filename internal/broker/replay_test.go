package broker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker/brokertest"
)

// The recordings of a real Pact Broker lie beside the project.
const recordings = "../../../shared/broker/recorded"

// notImitated is what the fake answers otherwise than the recordings. Each entry must be
// needed: one that no exchange uses fails the test.
var notImitated = []struct {
	flow   string // a pattern of path.Match
	steps  []int  // nil for all
	at     string // the place in the answer, a pattern; "" for the whole exchange, which is not sent
	reason string
}{
	{"webhooks", []int{2, 3, 4, 17, 18, 19, 21, 22, 25}, "", "webhooks: no command of ours makes or reads one"},
	{"webhooks-refused", nil, "", "webhooks: no command of ours makes or reads one"},
	{"bad-deployment", []int{40, 41, 42, 43, 44, 45, 46, 47}, "", "webhooks: no command of ours makes or reads one"},
	{"webhooks", []int{5, 7, 10, 14, 20}, "/notices*", "what a publication says of webhooks"},
	{"webhooks", []int{5, 7, 10, 14, 20}, "/logs*", "what a publication says of webhooks"},
	{"index", []int{6}, "", "pages for a browser"},
	{"pact", []int{14, 16}, "", "pages for a browser, and a difference as text"},
	{"environments-seeded", nil, "/_embedded/deployedVersions", "the example applications that a new broker brings along"},
	{"publish", nil, "/notices/1/text", "the difference of two pacts is for people, and the broker's shows no additions"},
	{"selection", []int{28}, "/_embedded/pacts/*/shortDescription", "the broker writes the insides of its process"},
}

// recording is a flow: what was asked of an empty broker, and its answers.
type recording struct {
	Flow   string `json:"flow"`
	Broker struct {
		Settings map[string]any `json:"settings"`
	} `json:"broker"`
	Steps []struct {
		Step      int        `json:"step"`
		As        string     `json:"as"`
		Exchanges []exchange `json:"exchanges"`
	} `json:"steps"`
}

type exchange struct {
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
		Text    string            `json:"text"`
	} `json:"request"`
	Response recordedAnswer `json:"response"`
}

type recordedAnswer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
	Text    string            `json:"text"`
	Cut     bool              `json:"cut"`
	SameAs  *struct {
		File string `json:"file"`
		Step int    `json:"step"`
	} `json:"sameAs"`
}

// TestReplay sends every recorded request to the fake, and compares status, headers that
// a client reads, links, notices and bodies with the recorded answers. Dates and uuids
// are other ones; what the fake made in place of a recorded uuid stands for it from then
// on. SHAs, addresses with metadata and numbers are the same.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recordings, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("the recordings of a real Pact Broker are not beside the project, in ../shared/broker/recorded")
	}
	flows := map[string]recording{}
	for _, f := range files {
		flows[filepath.Base(f)] = readRecording(t, f)
	}
	used := make([]bool, len(notImitated))
	for name, flow := range flows {
		t.Run(flow.Flow, func(t *testing.T) {
			p := &player{t: t, flows: flows, name: name, flow: flow, ids: map[string]string{}, used: used}
			p.play()
		})
	}
	if !t.Failed() {
		for i, u := range used {
			if !u {
				t.Errorf("not imitated, and not needed: %+v", notImitated[i])
			}
		}
	}
}

func readRecording(t *testing.T, file string) recording {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return r
}

// player plays one flow.
type player struct {
	t     *testing.T
	flows map[string]recording
	name  string
	flow  recording
	ids   map[string]string // what the fake made, by the recorded uuid
	used  []bool
}

func (p *player) play() {
	url := p.start()
	for _, step := range p.flow.Steps {
		for _, e := range step.Exchanges {
			if p.excused(step.Step, "") {
				continue
			}
			what := fmt.Sprintf("step %d: %s %s", step.Step, e.Request.Method, e.Request.Path)
			want := e.Response
			if want.SameAs != nil {
				want = p.same(e)
			}
			p.compare(step.Step, what, want, p.send(url, step.As, e))
		}
	}
}

// start starts a broker with the flow's settings, behind a proxy where the flow has one.
func (p *player) start() string {
	set := p.flow.Broker.Settings
	text := func(name string) string { s, _ := set[name].(string); return s }
	s := brokertest.StartWith(brokertest.Settings{
		AllowModification: set["allow_dangerous_contract_modification"] == true, BaseURL: text("base_url"), Prefix: text("mounted at"), NoEnvironments: text("seed_example_data") == "",
	})
	p.t.Cleanup(s.Stop)
	if text("basic_auth") != "" {
		s.RequireUsers("rw:right", "ro:right", set["allow_public_read"] == true)
	}
	switch {
	case strings.HasPrefix(p.flow.Flow, "prefix-proxied"):
		return p.proxy(s, "/tools/pact-broker", "")
	case strings.HasPrefix(p.flow.Flow, "proxied-other-host"):
		return p.proxy(s, "", "behind.example")
	}
	return s.URL
}

// proxy takes the prefix away, and asks the broker under another host where one is given.
func (p *player) proxy(s *brokertest.Server, prefix, host string) string {
	target, err := url.Parse(s.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, prefix) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<html><head><title>404 Not Found</title></head></html>")
			return
		}
		(&httputil.ReverseProxy{Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL.Path = strings.TrimPrefix(pr.In.URL.Path, prefix)
			pr.Out.URL.RawPath = strings.TrimPrefix(pr.In.URL.RawPath, prefix)
			pr.SetURL(target)
			pr.Out.Host = pr.In.Host
			if host != "" {
				pr.Out.Host = host
			}
		}}).ServeHTTP(w, r)
	}))
	p.t.Cleanup(srv.Close)
	return srv.URL
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// ours puts the fake's uuids in place of the recorded ones.
func (p *player) ours(s string) string {
	return uuids.ReplaceAllStringFunc(s, func(id string) string {
		if mine := p.ids[id]; mine != "" {
			return mine
		}
		return id
	})
}

func (p *player) send(base, as string, e exchange) recordedAnswer {
	body := p.ours(string(e.Request.Body))
	if e.Request.Text != "" {
		body = e.Request.Text
	}
	target, err := url.Parse(base)
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), e.Request.Method, base, bytes.NewReader([]byte(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	pathPart, query, _ := strings.Cut(p.ours(e.Request.Path), "?")
	req.URL = &url.URL{Scheme: target.Scheme, Host: target.Host, Opaque: pathPart, RawQuery: query}
	req.Host = "broker.example"
	for name, value := range e.Request.Headers {
		req.Header.Set(name, value)
	}
	credentials(req, as)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	a := recordedAnswer{Status: resp.StatusCode, Headers: map[string]string{}}
	for name := range resp.Header {
		a.Headers[name] = resp.Header.Get(name)
	}
	if strings.Contains(resp.Header.Get("Content-Type"), "json") && len(data) > 0 {
		if err := json.Unmarshal(data, &a.Body); err != nil {
			p.t.Fatalf("%s: %v", data, err)
		}
	} else {
		a.Text = string(data)
	}
	return a
}

// credentials sets those that the recording has masked.
func credentials(req *http.Request, as string) {
	masked := req.Header.Get("Authorization")
	switch {
	case masked == "" || strings.HasPrefix(masked, "Bearer") || as == "another scheme":
	case as == "broken base64":
		req.Header.Set("Authorization", "Basic §")
	case as == "rw, wrong password":
		req.SetBasicAuth("rw", "wrong")
	case as == "ro":
		req.SetBasicAuth("ro", "right")
	default:
		req.SetBasicAuth("rw", "right")
	}
}

// same is the recorded answer to the same request in another step.
func (p *player) same(e exchange) recordedAnswer {
	flow := p.flow
	if e.Response.SameAs.File != "" {
		flow = p.flows[e.Response.SameAs.File]
	}
	bare := func(x exchange) string {
		address, _, _ := strings.Cut(x.Request.Path, "?")
		return x.Request.Method + strings.TrimSuffix(strings.TrimPrefix(address, "/tools/pact-broker"), "/")
	}
	for _, step := range flow.Steps {
		for _, x := range slices.Backward(step.Exchanges) {
			if step.Step == e.Response.SameAs.Step && bare(x) == bare(e) && x.Response.SameAs == nil {
				return x.Response
			}
		}
	}
	p.t.Fatalf("%s: no answer in step %d of %q", e.Request.Path, e.Response.SameAs.Step, e.Response.SameAs.File)
	return recordedAnswer{}
}

// compare reports each place where the answers differ.
func (p *player) compare(step int, what string, want, got recordedAnswer) {
	p.t.Helper()
	if want.Status != 0 && want.Status != got.Status {
		p.t.Errorf("%s: status %d, the broker's is %d\n%v", what, got.Status, want.Status, got.Body)
		return
	}
	if want.Cut {
		return
	}
	for _, name := range []string{"Content-Type", "Location", "Allow", "Www-Authenticate"} {
		if w, g := p.plain(want.Headers[name]), p.plain(got.Headers[name]); w != g && want.Headers != nil {
			p.learn(want.Headers[name], got.Headers[name])
			if w, g = p.plain(want.Headers[name]), p.plain(got.Headers[name]); w != g {
				p.t.Errorf("%s: %s %q, the broker's is %q", what, name, g, w)
			}
		}
	}
	for _, d := range p.differences("", want.Body, got.Body) {
		if !p.excused(step, d.at) {
			p.t.Errorf("%s: at %s\n  fake   %s\n  broker %s", what, d.at, d.got, d.want)
		}
	}
	if !strings.Contains(want.Text, "cut by the recorder") && want.Text != got.Text {
		p.t.Errorf("%s: %s", what, cmp.Diff(want.Text, got.Text))
	}
}

type difference struct{ at, want, got string }

// differences walks two JSON values. Links and embedded lists keep their order.
func (p *player) differences(at string, want, got any) []difference {
	show := func(v any) string {
		data, _ := json.Marshal(v)
		if len(data) > 600 {
			data = append(data[:600], "…"...)
		}
		return string(data)
	}
	unequal := []difference{{at, show(want), show(got)}}
	switch w := want.(type) {
	case map[string]any:
		g, isObject := got.(map[string]any)
		if !isObject {
			return unequal
		}
		var out []difference
		for name := range w {
			if _, there := g[name]; !there {
				out = append(out, difference{at + "/" + name, show(w[name]), "(none)"})
			} else {
				out = append(out, p.differences(at+"/"+name, w[name], g[name])...)
			}
		}
		for name := range g {
			if _, there := w[name]; !there {
				out = append(out, difference{at + "/" + name, "(none)", show(g[name])})
			}
		}
		return out
	case []any:
		g, isList := got.([]any)
		if !isList || len(g) != len(w) {
			return unequal
		}
		var out []difference
		for i := range w {
			out = append(out, p.differences(fmt.Sprintf("%s/%d", at, i), w[i], g[i])...)
		}
		return out
	case string:
		g, isText := got.(string)
		if !isText {
			return unequal
		}
		if p.learn(w, g); p.plain(w) != p.plain(g) && !strings.HasSuffix(at, "/error/reference") {
			return unequal
		}
		return nil
	}
	if show(want) != show(got) {
		return unequal
	}
	return nil
}

// learn remembers which uuid of the fake stands for a recorded one.
func (p *player) learn(want, got string) {
	theirs, mine := uuids.FindAllString(want, -1), uuids.FindAllString(got, -1)
	if len(theirs) != len(mine) {
		return
	}
	for i := range theirs {
		if p.ids[theirs[i]] == "" {
			p.ids[theirs[i]] = mine[i]
		}
	}
}

var (
	dates      = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$`)
	days       = regexp.MustCompile(`\d\d/\d\d/\d{4}`)
	references = regexp.MustCompile(`reference [A-Za-z]{10}$`)
	parserSays = regexp.MustCompile(`^(JSON::ParserError - ).*`)
)

// plain is a text without what differs from run to run.
func (p *player) plain(s string) string {
	if dates.MatchString(s) {
		return "(date)"
	}
	s = parserSays.ReplaceAllString(s, "$1")
	return references.ReplaceAllString(days.ReplaceAllString(p.ours(s), "(day)"), "(reference)")
}

// excused reports whether the list allows the difference.
func (p *player) excused(step int, at string) bool {
	for i, n := range notImitated {
		flow, _ := path.Match(n.flow, p.flow.Flow)
		place := n.at == at
		if n.at != "" && at != "" {
			place = regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(n.at), `\*`, ".*") + "$").MatchString(at)
		}
		if flow && place && (n.steps == nil || slices.Contains(n.steps, step)) {
			p.used[i] = true
			return true
		}
	}
	return false
}

package verify

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/pact"
	"graphpact/internal/providerstate"
)

// placeholder is the Authorization header that is in a pact for the real one.
const placeholder = "Bearer " + pact.PlaceholderToken

// maxRequest bounds the body of a request that is forwarded, in bytes.
const maxRequest = 16 << 20

// forwarder sends the requests of the Pact library to the provider. It listens on
// 127.0.0.1, in clear and without a credential, and sends through a client.Client. Its
// paths begin with a random word, so that no other program on the machine uses the token through it.
type forwarder struct {
	client *client.Client
	secret string
	server *http.Server
	addr   net.Addr
	done   chan struct{}

	mu  sync.Mutex
	job *job
}

// job is the interaction that is being verified.
type job struct {
	// do sends a request to the provider.
	do          func(client.Request) *client.Exchange
	interaction pact.Interaction
	setup       *providerstate.Setup
	// body may change the body of the request, and says what it has put in; nil changes none.
	body      func([]byte) (out []byte, replaced []string)
	replaced  []string
	exchanges []*client.Exchange
}

func startForwarder(ctx context.Context, client *client.Client) (*forwarder, error) {
	var config net.ListenConfig
	socket, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the forwarder: %w", err)
	}
	f := &forwarder{client: client, secret: rand.Text(), addr: socket.Addr(), done: make(chan struct{})}
	f.server = &http.Server{
		Handler: f, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		DisableGeneralOptionsHandler: true,
	}
	go func() {
		defer close(f.done)
		_ = f.server.Serve(socket) // it ends with close
	}()
	return f, nil
}

func (f *forwarder) close() {
	_ = f.server.Close() // nothing is under way that is still wanted
	<-f.done
}

func (f *forwarder) providerURL() string {
	return "http://" + f.addr.String() + "/" + f.secret + "/provider"
}
func (f *forwarder) stateURL() string { return "http://" + f.addr.String() + "/" + f.secret + "/state" }

// begin makes j the interaction that is being verified; end gives what was sent.
func (f *forwarder) begin(j *job) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.job = j
}

func (f *forwarder) end() []*client.Exchange {
	f.mu.Lock()
	defer f.mu.Unlock()
	j := f.job
	f.job = nil
	return j.exchanges
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	j := f.job
	f.mu.Unlock()
	path := r.URL.EscapedPath()
	switch {
	case j == nil:
		http.NotFound(w, r)
	case path == "/"+f.secret+"/state":
		j.values(w)
	case path == "/"+f.secret+"/provider", strings.HasPrefix(path, "/"+f.secret+"/provider/"):
		// The library leaves the slash out where the pact's path is nothing else.
		f.forward(w, r, j, cmp.Or(strings.TrimPrefix(path, "/"+f.secret+"/provider"), "/"))
	default:
		http.NotFound(w, r)
	}
}

// values answers a state change: the state has been set up already, and here are the
// values that the pact may want from it (Pact's "provider state" generators).
func (j *job) values(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	values := j.setup.Values
	if values == nil {
		values = map[string]any{}
	}
	_ = json.NewEncoder(w).Encode(values) // a client that has gone gets no answer
}

// forward sends the request to the provider and hands its answer back as it is: a
// redirect is an answer too.
func (f *forwarder) forward(w http.ResponseWriter, r *http.Request, j *job, path string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "graphpact cannot forward the request: "+err.Error(), http.StatusBadGateway)
		return
	}
	var replaced []string
	if j.body != nil {
		body, replaced = j.body(body)
	}
	ex := j.send(j.request(r, path, body))
	if ex.Err == nil && ex.Truncated {
		ex.Err = errors.New("the body of the answer is longer than the limit")
	}
	f.mu.Lock()
	j.exchanges, j.replaced = append(j.exchanges, ex), replaced
	f.mu.Unlock()
	if ex.Err != nil {
		// The verdict comes from the exchange; the library only has to end.
		http.Error(w, "graphpact got no complete answer of the provider", http.StatusBadGateway)
		return
	}
	for name, values := range j.handed(ex.Header) {
		for _, v := range values {
			w.Header().Add(name, f.client.Conceal(v))
		}
	}
	if length := ex.Header.Get("Content-Length"); r.Method == http.MethodHead && length != "" {
		w.Header().Set("Content-Length", length) // of the body that a GET would have
	}
	w.WriteHeader(ex.Status)
	_, _ = io.WriteString(w, f.client.Conceal(string(ex.Body)))
}

// maxLines is how many header lines of an answer the library is given. Its HTTP library takes
// a hundred, and gives up on an answer that has more, which is legal.
const maxLines = 64

// handed are the headers of an answer that the library gets: all but those that belong to
// the connection. Of an answer with many they are those that it compares, which the pact
// names, and the one that says how to read the body.
func (j *job) handed(h http.Header) http.Header {
	out, lines := http.Header{}, 0
	for name, values := range h {
		if !hopByHop[name] {
			out[name] = values
			lines += len(values)
		}
	}
	if lines > maxLines {
		maps.DeleteFunc(out, func(name string, _ []string) bool {
			_, named := j.interaction.Response.Header[name]
			return !named && name != "Content-Type"
		})
	}
	return out
}

func (j *job) send(r client.Request) *client.Exchange {
	for _, before := range j.setup.Before {
		if err := before(r); err != nil {
			return &client.Exchange{Purpose: r.Purpose, Method: r.Method, URL: r.Path, RequestBody: r.Body, Err: err}
		}
	}
	return j.do(r)
}

// hopByHop are the headers that belong to one connection (RFC 9110 7.6.1) or to the
// bytes as they were sent there.
var hopByHop = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true, "Trailer": true,
	"Transfer-Encoding": true, "Upgrade": true, "Content-Length": true,
}

// request is the pact's request as the provider gets it: with the token in place of
// the placeholder, and with the ids of the provider's own entity. Headers that the
// pact does not name are the library's, and stay behind.
func (j *job) request(r *http.Request, path string, body []byte) client.Request {
	path = rewrite(path, j.setup.Paths)
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	out := client.Request{
		Purpose: "the request of the interaction", Method: r.Method, Path: path, Header: http.Header{}, Auth: client.AuthNone,
	}
	if len(body) > 0 {
		out.Body = body
	}
	for name, values := range r.Header {
		if _, named := j.interaction.Request.Header[name]; named || name == "Content-Type" {
			out.Header[name] = values
		}
	}
	switch auth := r.Header.Get("Authorization"); auth {
	case "":
	case placeholder:
		out.Auth = client.AuthToken
	default:
		out.Auth = client.AuthAsGiven
	}
	return out
}

// rewrite puts the provider's own path in the place of the pact's, also at the
// beginning of a longer one. paths has the provider's by the pact's.
func rewrite(path string, paths map[string]string) string {
	plain, best, to := normalPath(path), "", ""
	for from, own := range paths {
		from = normalPath(from)
		if len(from) > len(best) && (plain == from || strings.HasPrefix(plain, from+"/")) {
			best, to = from, own
		}
	}
	if best == "" {
		return path
	}
	return to + plain[len(best):]
}

// normalPath gives an escaped path its normal form: clients differ in what they escape.
func normalPath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if plain, err := url.PathUnescape(p); err == nil {
			parts[i] = url.PathEscape(plain)
		}
	}
	return strings.Join(parts, "/")
}

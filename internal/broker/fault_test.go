package broker_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/broker"
	"graphpact/internal/broker/brokertest"
)

func TestFaults(t *testing.T) {
	for fault, tc := range map[string]struct {
		kind broker.Kind
		want string
	}{
		"html":          {broker.NotBroker, "web page"},
		"broken-hal":    {broker.NotBroker, "not the HAL"},
		"no-links":      {broker.NotBroker, "pb:publish-contracts"},
		"bad-template":  {broker.NotBroker, `asks for "region"`},
		"too-long":      {broker.NotBroker, "longer than"},
		"500":           {broker.Server, "500 Internal Server Error"},
		"forbidden":     {broker.Unauthenticated, "not yours"},
		"slow":          {broker.Unreachable, "no complete answer within 100ms"},
		"redirect-away": {broker.NotBroker, "leads away"},
		"links-away":    {broker.NotBroker, "the link pb:publish-contracts leads away"},
		"redirect-post": {broker.NotBroker, "would lose the request"},
		"says-nothing":  {broker.NotBroker, "nothing shows that the pacts were published"},
		"dies":          {broker.Unreachable, "closed the connection"},
		"cuts":          {broker.Unreachable, "closed the connection"},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := startBroker(t)
			setFault(t, s, fault)
			c := newClient(t, s.URL, func(c *broker.Config) {
				c.Token = "secret-of-the-broker"
				if fault == "slow" { // which answers after this time however fast the machine is
					c.Timeout = 100 * time.Millisecond
				}
			})
			_, err := c.Publish(t.Context(), publication(t, "1"))
			wantKind(t, err, tc.kind, tc.want)
			if s.Published("consumer", "provider", "1") != nil {
				t.Error("something was published")
			}
		})
	}
}

func TestMissingLinkIsNamed(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	setFault(t, s, "no-links")
	_, err := newClient(t, s.URL).Publish(t.Context(), publication(t, "1"))
	var e *broker.Error
	if !errors.As(err, &e) || e.Link != "pb:publish-contracts" {
		t.Errorf("%+v", e)
	}
}

// TestRetries: a GET is tried again, a POST is sent once.
func TestRetries(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	setFault(t, s, "flaky")
	c := newClient(t, s.URL)
	publish(t, c, publication(t, "1"))
	if got := methods(s.Requests()); !cmp.Equal(got, "GET GET GET POST") {
		t.Errorf("sent %s", got)
	}

	s = startBroker(t)
	c = newClient(t, s.URL)
	if _, err := c.Environments(t.Context()); err != nil { // the index is read now
		t.Fatal(err)
	}
	setFault(t, s, "500")
	before := len(s.Requests())
	_, err := c.Publish(t.Context(), publication(t, "1"))
	wantKind(t, err, broker.Server)
	if n := len(s.Requests()) - before; n != 1 {
		t.Errorf("a POST was sent %d times", n)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(srv.Close)
	var waits []time.Duration
	c := newClient(t, srv.URL, func(c *broker.Config) {
		c.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	})
	_, err := c.Environments(t.Context())
	wantKind(t, err, broker.Server)
	if want := []time.Duration{7 * time.Second, 14 * time.Second}; !cmp.Equal(waits, want) {
		t.Errorf("waited %v, want %v", waits, want)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, "http://127.0.0.1:1").Environments(t.Context())
	wantKind(t, err, broker.Unreachable, "GET http://127.0.0.1:1/: connection refused, so nothing was sent")
	var e *broker.Error
	if !errors.As(err, &e) || !e.NothingSent || e.Hint == "" {
		t.Errorf("%+v", e)
	}
	s := startBroker(t)
	setFault(t, s, "cuts")
	_, err = newClient(t, s.URL).Environments(t.Context())
	if !errors.As(err, &e) || e.NothingSent {
		t.Errorf("it was sent: %+v", e)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	setFault(t, s, "slow")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := newClient(t, s.URL).Environments(ctx)
	wantKind(t, err, broker.Cancelled)
}

func TestSameOriginRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	setFault(t, s, "redirect")
	publish(t, newClient(t, s.URL), publication(t, "1"))
	if s.Published("consumer", "provider", "1") == nil {
		t.Error("the POST was lost in the redirect")
	}
}

// TestCredentialsStay: a redirect or a link to another origin gets no request at all.
func TestCredentialsStay(t *testing.T) {
	t.Parallel()
	asked := 0
	away := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(away.Close)
	for name, h := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, away.URL, http.StatusTemporaryRedirect)
		},
		"link": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"_links":{"pb:publish-contracts":{"href":%q}}}`, away.URL)
		},
	} {
		srv := httptest.NewServer(h)
		_, err := newClient(t, srv.URL, func(c *broker.Config) { c.Token = "t0ken" }).Publish(t.Context(), publication(t, "1"))
		srv.Close()
		wantKind(t, err, broker.NotBroker)
		if asked > 0 {
			t.Errorf("%s: the other origin was asked", name)
		}
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	as := func(f func(*broker.Config)) *broker.Client { return newClient(t, s.URL, f) }
	nobody := func(*broker.Config) {}
	token := func(token string) func(*broker.Config) { return func(c *broker.Config) { c.Token = token } }
	user := func(name, password string) func(*broker.Config) {
		return func(c *broker.Config) { c.Username, c.Password = name, password }
	}
	read := func(f func(*broker.Config)) error { _, err := as(f).Environments(t.Context()); return err }
	write := func(f func(*broker.Config)) error {
		_, err := as(f).Publish(t.Context(), publication(t, "1"))
		return err
	}

	s.RequireToken("right")
	if err := read(token("right")); err != nil {
		t.Error(err)
	}
	wantKind(t, read(nobody), broker.Unauthenticated, "asks for credentials")
	wantKind(t, read(token("wrong")), broker.Unauthenticated, "refuses the credentials")

	s.RequireUsers("rw:pass", "ro:pass", false)
	if err := write(user("rw", "pass")); err != nil {
		t.Error(err)
	}
	if err := read(user("ro", "pass")); err != nil {
		t.Error(err)
	}
	wantKind(t, read(user("rw", "wrong")), broker.Unauthenticated, "refuses the credentials")
	wantKind(t, write(user("ro", "pass")), broker.MayNotWrite, "may not write")
	wantKind(t, as(user("ro", "pass")).RecordDeployment(t.Context(), broker.Deployment{Pacticipant: "consumer", Version: "1", Environment: "test"}), broker.MayNotWrite)
	if _, err := as(user("ro", "pass")).PactsForVerification(t.Context(), "provider", broker.PactQuery{}); err != nil {
		t.Errorf("selecting changes nothing: %v", err)
	}
	err := read(token("a-token"))
	wantKind(t, err, broker.Unauthenticated, "takes no bearer token")
	if hint := hintOf(err); !strings.Contains(hint, "PACT_BROKER_USERNAME") {
		t.Errorf("hint %q", hint)
	}

	s.RequireUsers("rw:pass", "", true)
	wantKind(t, write(nobody), broker.Unauthenticated, "lets everybody read")
	wantKind(t, write(user("rw", "wrong")), broker.MayNotWrite)
}

// TestWrongPath: a path under which there is no broker, and links that lack the prefix
// under which a proxy has it.
func TestWrongPath(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL+"/pact")
	_, err := c.Environments(t.Context())
	wantKind(t, err, broker.NotBroker, "no Pact Broker at this address")
	_, err = c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "a", Version: "1", Latest: true})
	wantKind(t, err, broker.NotBroker, "no Pact Broker at this address")

	mounted := brokertest.StartWith(brokertest.Settings{Prefix: "/tools/pact-broker"})
	t.Cleanup(mounted.Stop)
	publish(t, newClient(t, mounted.URL+"/tools/pact-broker"), publication(t, "1"))
	_, err = newClient(t, mounted.URL).Environments(t.Context())
	wantKind(t, err, broker.NotBroker)
	lost := brokertest.StartWith(brokertest.Settings{Prefix: "/tools/pact-broker", BaseURL: mounted.URL})
	t.Cleanup(lost.Stop)
	_, err = newClient(t, lost.URL+"/tools/pact-broker").Publish(t.Context(), publication(t, "2"))
	wantKind(t, err, broker.NotBroker)
}

// TestSecretsStayOut: a broker that echoes the credentials, in whatever form, gets
// them into no error and no notice.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"pa55/word+of~mine", "pw1"} {
		secretStaysOut(t, password)
	}
}

// TestShortPasswordInBase64: one that is too short to be found by its parts.
func TestShortPasswordInBase64(t *testing.T) {
	t.Parallel()
	c := newClient(t, "http://127.0.0.1:1", func(c *broker.Config) { c.Username, c.Password = "me", "0" })
	if got := c.Mask("you sent Basic bWU6MA=="); strings.Contains(got, "bWU6MA") {
		t.Error(got)
	}
}

func secretStaysOut(t *testing.T, password string) {
	t.Helper()
	pair := base64.StdEncoding.EncodeToString([]byte("me:" + password))
	forms := []string{password, url.QueryEscape(password), url.PathEscape(password), pair, strings.TrimRight(pair, "=")}
	for status, contentType := range map[int]string{
		200: "application/hal+json", 201: "text/html", 302: "", 400: "application/hal+json", 401: "text/plain", 404: "text/plain",
		409: "text/plain", 418: "application/problem+json", 500: "application/hal+json",
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_, _ = fmt.Fprintf(w, `{"_links":{"pb:publish-contracts":{"href":"/p?key=%s"}}}`, url.QueryEscape(password))
				return
			}
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Location", "/next?password="+url.QueryEscape(password))
			w.WriteHeader(status)
			echo := strings.Join(append(forms, r.Header.Get("Authorization")), " ")
			if contentType == "text/plain" {
				_, _ = fmt.Fprint(w, echo)
				return
			}
			_, _ = fmt.Fprintf(w, `{"_links":{},"notices":[{"type":"info","text":%q}],"errors":{%q:[%q]},"detail":%q}`, echo, password, echo, echo)
		}))
		c := newClient(t, srv.URL, func(c *broker.Config) { c.Username, c.Password = "me", password })
		out, err := c.Publish(t.Context(), publication(t, "1"))
		srv.Close()
		text := fmt.Sprintf("%v %+v %#v", err, err, out)
		if err == nil && status >= 300 {
			t.Errorf("%d: no error", status)
		}
		for _, form := range forms {
			if strings.Contains(text, form) {
				t.Errorf("%d: %q stands in %s", status, form, text)
			}
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"_links":{"pb:publish-contracts":{"href":"/x/{y}"}},"notices":[{"text":"a"}],"summary":{"deployable":null},"matrix":[{}]}`, 200)
	f.Add(`{"errors":{"a":["b",1,null]}}`, 400)
	f.Add(`{"_links":{"pb:environments":[{"href":"//other"}]},"_embedded":{"environments":[{}]}}`, 200)
	f.Fuzz(func(t *testing.T, body string, status int) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		c, err := broker.New(broker.Config{BaseURL: "http://broker.invalid",
			Sleep: func(context.Context, time.Duration) error { return nil },
			Transport: answers(func(r *http.Request) *http.Response {
				rec := httptest.NewRecorder()
				rec.Code = status
				rec.Body.WriteString(body)
				resp := rec.Result()
				resp.Request = r
				return resp
			})})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		_, _ = c.Publish(ctx, broker.Publication{})
		_, _ = c.PactsForVerification(ctx, "p", broker.PactQuery{})
		_, _ = c.Environments(ctx)
		_ = c.RecordDeployment(ctx, broker.Deployment{Environment: "test"})
		a, err := c.CanIDeploy(ctx, broker.Question{Latest: true})
		if err == nil && a.Deployable == broker.Yes && !strings.Contains(strings.ToLower(body), "deployable") {
			t.Errorf("yes from %q", body)
		}
	})
}

type answers func(*http.Request) *http.Response

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

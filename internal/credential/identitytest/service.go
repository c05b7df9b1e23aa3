// Package identitytest is an identity service for tests: the part of Microsoft Entra ID
// that clients of the Azure SDK speak with, on loopback over https, and beside it what
// GitHub Actions and App Service offer their jobs. It checks what it is sent, and issues
// tokens that it knows again.
package identitytest

import (
	"crypto"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What the service knows.
const (
	Tenant   = "11111111-2222-3333-4444-555555555555"
	ClientID = "66666666-7777-8888-9999-000000000000"
	// Exchange is the audience of an assertion of another issuer.
	Exchange = "api://AzureADTokenExchange"
)

// Service is a running identity service.
type Service struct {
	*httptest.Server
	// Secret is the client's secret; Assertion and Job are what Kubernetes and GitHub say
	// of it, and Request is the token to ask GitHub with; Header is that of App Service.
	Secret, Assertion, Job, Request, Header string
	// Key is the public key of the client's certificate.
	Key crypto.PublicKey

	mu     sync.Mutex
	life   time.Duration
	claims jwt.MapClaims
	refuse func(http.ResponseWriter, *http.Request) bool
	issued []issued
	// pending is how often a device code is still unknown to its user.
	pending int
	asked   []url.Values
}

type issued struct {
	token   string
	expires time.Time
}

// New starts a service whose tokens live for so long. The caller closes it.
func New(life time.Duration) *Service {
	s := &Service{
		Secret: "s3cret/" + rand.Text(), Request: "request-" + rand.Text(), Header: "header-" + rand.Text(),
		Assertion: sign(jwt.MapClaims{"sub": "system:serviceaccount:a:b", "jti": rand.Text()}),
		Job:       sign(jwt.MapClaims{"sub": "repo:o/r:ref:refs/heads/main", "jti": rand.Text()}),
		life:      life, pending: 1,
		claims: jwt.MapClaims{"aud": "https://graph.microsoft.com", "tid": Tenant, "appid": ClientID, "roles": []string{"Lamp.ReadWrite.All"}},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/devicecode", s.deviceCode)
	mux.HandleFunc("GET /job", s.job)
	mux.HandleFunc("GET /msi/token", s.managed)
	s.Server = httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that trust nobody break off
	s.StartTLS()
	return s
}

// WriteCA writes the service's own certificate as PEM.
func (s *Service) WriteCA(file string) error {
	block := &pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}
	return os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}

// Life sets how long the tokens to come live.
func (s *Service) Life(life time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = life
}

// Refuse lets f answer requests for a token; it gives false for those that it leaves.
func (s *Service) Refuse(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = f
}

// Tokens gives all that were issued, in order.
func (s *Service) Tokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, i := range s.issued {
		out = append(out, i.token)
	}
	return out
}

// Asked gives the parameters of all requests for a token.
func (s *Service) Asked() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Secrets gives all that must stand nowhere.
func (s *Service) Secrets() []string {
	return append([]string{s.Secret, s.Assertion, s.Job, s.Request, s.Header}, s.Tokens()...)
}

// Guard lets only those requests through to h that carry a token of the service which
// has not expired; others get a 401, and are counted.
func (s *Service) Guard(h http.Handler, refused func()) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !s.good(token) {
			if slices.Contains(s.Tokens(), token) {
				refused() // it has expired
			}
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("request-id", rand.Text())
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error":{"code":"InvalidAuthenticationToken","message":"Access token is missing or expired."}}`)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (s *Service) good(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.issued, func(i issued) bool { return i.token == token && time.Now().Before(i.expires) })
}

func (s *Service) discovery(w http.ResponseWriter, r *http.Request) {
	base := s.URL + "/" + r.PathValue("tenant")
	reply(w, http.StatusOK, map[string]any{
		"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"token_endpoint": base + "/oauth2/v2.0/token", "device_authorization_endpoint": base + "/oauth2/v2.0/devicecode",
	})
}

func (s *Service) token(w http.ResponseWriter, r *http.Request) {
	if !s.note(w, r) {
		return
	}
	switch grant := r.PostForm.Get("grant_type"); {
	case r.PathValue("tenant") != Tenant:
		deny(w, "invalid_request", "AADSTS90002: Tenant '"+r.PathValue("tenant")+"' not found. Trace ID: x")
	case r.PostForm.Get("client_id") != ClientID:
		deny(w, "unauthorized_client", "AADSTS700016: Application with identifier '"+r.PostForm.Get("client_id")+"' was not found in the directory. Trace ID: x")
	case grant == "client_credentials" && r.PostForm.Has("client_assertion"):
		if err := s.checkAssertion(r.PostForm.Get("client_assertion")); err != nil {
			deny(w, "invalid_client", "AADSTS700027: "+err.Error()+" Trace ID: x")
			return
		}
		s.issue(w, false)
	case grant == "client_credentials":
		if r.PostForm.Get("client_secret") != s.Secret {
			// As a careless service would, it says what it was sent.
			deny(w, "invalid_client", "AADSTS7000215: Invalid client secret provided: "+r.PostForm.Get("client_secret")+" Trace ID: x")
			return
		}
		s.issue(w, false)
	case grant == "urn:ietf:params:oauth:grant-type:device_code", grant == "device_code":
		s.mu.Lock()
		s.pending--
		waiting := s.pending >= 0
		s.mu.Unlock()
		if waiting {
			reply(w, http.StatusBadRequest, map[string]any{"error": "authorization_pending", "error_description": "AADSTS70016: pending"})
			return
		}
		s.issue(w, true)
	case grant == "refresh_token":
		s.issue(w, true)
	default:
		deny(w, "unsupported_grant_type", "AADSTS70003: "+grant)
	}
}

// note keeps what was asked, and lets Refuse answer.
func (s *Service) note(w http.ResponseWriter, r *http.Request) bool {
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return false
	}
	s.mu.Lock()
	s.asked = append(s.asked, r.Form)
	refuse := s.refuse
	s.mu.Unlock()
	return refuse == nil || !refuse(w, r)
}

// checkAssertion takes what another issuer says of the client, and what the client signs
// with the key of its certificate.
func (s *Service) checkAssertion(assertion string) error {
	if assertion == s.Assertion || assertion == s.Job {
		return nil
	}
	if s.Key == nil {
		return fmt.Errorf("no certificate is known")
	}
	_, err := jwt.Parse(assertion, func(t *jwt.Token) (any, error) {
		if t.Header["x5t"] == nil && t.Header["x5t#S256"] == nil {
			return nil, fmt.Errorf("the assertion does not name its certificate")
		}
		return s.Key, nil
	}, jwt.WithValidMethods([]string{"RS256", "PS256"}), jwt.WithExpirationRequired(), jwt.WithSubject(ClientID),
		jwt.WithIssuer(ClientID), jwt.WithAudience(s.URL+"/"+Tenant+"/oauth2/v2.0/token"))
	return err
}

func (s *Service) issue(w http.ResponseWriter, user bool) {
	token, life := s.make(user)
	answer := map[string]any{"token_type": "Bearer", "expires_in": int(life.Seconds()), "ext_expires_in": int(life.Seconds()), "access_token": token}
	if user {
		answer["refresh_token"] = "refresh-" + rand.Text()
		answer["scope"] = "https://graph.microsoft.com/.default"
		answer["id_token"] = sign(jwt.MapClaims{
			"iss": s.URL + "/" + Tenant + "/v2.0", "aud": ClientID, "sub": "user", "oid": "user", "tid": Tenant, "preferred_username": "ada@example.org",
			"exp": time.Now().Add(life).Unix(), "iat": time.Now().Unix(),
		})
		answer["client_info"] = clientInfo
	}
	reply(w, http.StatusOK, answer)
}

// clientInfo is {"uid":"user","utid":"11111111-2222-3333-4444-555555555555"} in base64.
const clientInfo = "eyJ1aWQiOiJ1c2VyIiwidXRpZCI6IjExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NTU1NTU1NSJ9"

func (s *Service) make(user bool) (string, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	claims := jwt.MapClaims{"iss": s.URL + "/" + Tenant + "/v2.0", "jti": rand.Text(), "exp": time.Now().Add(s.life).Unix()}
	for name, v := range s.claims {
		claims[name] = v
	}
	if user {
		delete(claims, "roles")
		claims["scp"] = "Lamp.ReadWrite.All"
	}
	token := sign(claims)
	s.issued = append(s.issued, issued{token, time.Now().Add(s.life)})
	return token, s.life
}

func (s *Service) deviceCode(w http.ResponseWriter, r *http.Request) {
	if !s.note(w, r) {
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"device_code": "device-" + rand.Text(), "user_code": "USER-CODE", "verification_uri": "https://login.example/device",
		"expires_in": 60, "interval": 1, "message": "To sign in, open https://login.example/device and enter the code USER-CODE.",
	})
}

// job is what GitHub Actions answers a job that asks who it is.
func (s *Service) job(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+s.Request || r.URL.Query().Get("audience") != Exchange {
		http.Error(w, "no: "+r.Header.Get("Authorization"), http.StatusForbidden)
		return
	}
	reply(w, http.StatusOK, map[string]any{"value": s.Job, "count": 1})
}

// managed is the managed identity of App Service
// (https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference).
func (s *Service) managed(w http.ResponseWriter, r *http.Request) {
	if !s.note(w, r) {
		return
	}
	if r.Header.Get("X-IDENTITY-HEADER") != s.Header {
		http.Error(w, "no: "+r.Header.Get("X-IDENTITY-HEADER"), http.StatusUnauthorized)
		return
	}
	token, life := s.make(false)
	reply(w, http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer", "resource": r.Form.Get("resource"), "client_id": ClientID,
		"expires_on": fmt.Sprint(time.Now().Add(life).Unix()),
	})
}

func sign(claims jwt.MapClaims) string {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("a key that nobody checks"))
	if err != nil {
		panic(err) // claims that are no JSON: the package's own mistake
	}
	return token
}

func deny(w http.ResponseWriter, code, description string) {
	reply(w, http.StatusUnauthorized, map[string]any{"error": code, "error_description": description})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone cannot be told
}

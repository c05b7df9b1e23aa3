package brokertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

type object = map[string]any

// handler routes by the escaped path, so that a branch with a slash is one segment.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, f := range map[string]func(r *http.Request) (int, any){
		"GET /{$}":                 s.index,
		"POST /contracts/publish":  s.publish,
		"GET /environments":        s.listEnvironments,
		"GET /environments/{name}": s.environment,
		"GET /environments/{name}/deployed-versions/currently-deployed":              s.deployed,
		"GET /environments/{name}/released-versions/currently-supported":             s.released,
		"GET /pacticipants/{pacticipant}":                                            s.pacticipant,
		"GET /pacticipants/{pacticipant}/versions/{version}":                         s.showVersion,
		"PUT /pacticipants/{pacticipant}/branches/{branch}/versions/{version}":       s.putBranch,
		"POST /pacticipants/{pacticipant}/versions/{version}/deployed/{environment}": s.recordDeployment,
		"POST /pacticipants/{pacticipant}/versions/{version}/released/{environment}": s.recordRelease,
		"POST /pacts/provider/{provider}/for-verification":                           s.forVerification,
		"GET /pacts/{provider}/{consumer}/{version}":                                 s.showPact,
		"POST /pacts/{provider}/{consumer}/{version}/results":                        s.addResult,
		"GET /can-i-deploy": s.canIDeploy,
		"GET /matrix":       s.matrix,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			status, body := f(r)
			write(w, status, body)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.requests = append(s.requests, Request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), body})
		fault, authorized := s.fault, s.authorized
		s.mu.Unlock()
		if fault != nil && fault.answer(s, w, r) {
			return
		}
		if authorized != nil && !authorized(r) {
			w.Header().Set("WWW-Authenticate", `Basic realm="Pact Broker"`)
			write(w, http.StatusUnauthorized, object{"error": object{"message": "you sent " + r.Header.Get("Authorization")}})
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		mux.ServeHTTP(w, r)
	})
}

func write(w http.ResponseWriter, status int, body any) {
	if text, ok := body.(string); ok {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
		return
	}
	w.Header().Set("Content-Type", "application/hal+json;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (s *Server) link(path string) object { return object{"href": s.URL + path} }

func (s *Server) index(*http.Request) (int, any) {
	return http.StatusOK, object{"_links": object{
		"self":                               s.link("/"),
		"pb:publish-contracts":               s.link("/contracts/publish"),
		"pb:environments":                    s.link("/environments"),
		"pb:pacticipant-version":             s.link("/pacticipants/{pacticipant}/versions/{version}"),
		"pb:metrics":                         "a broken link that nobody needs",
		"curies":                             []object{{"name": "pb", "href": s.URL + "/doc/{rel}", "templated": true}},
		"pb:provider-pacts-for-verification": s.link("/pacts/provider/{provider}/for-verification"),
		"pb:can-i-deploy-pacticipant-version-to-environment": s.link("/can-i-deploy?pacticipant={pacticipant}&version={version}&environment={environment}"),
	}}
}

func notFound() (int, any) {
	return http.StatusNotFound, object{"error": "The requested document was not found on this server."}
}

func refused(text string) (int, any) {
	return http.StatusBadRequest, object{"errors": object{"base": []string{text}}}
}

func (s *Server) pacticipant(r *http.Request) (int, any) {
	path := "/pacticipants/" + url.PathEscape(r.PathValue("pacticipant"))
	return http.StatusOK, object{"_links": object{"pb:branch-version": s.link(path + "/branches/{branch}/versions/{version}")}}
}

func (s *Server) putBranch(r *http.Request) (int, any) {
	s.version(r.PathValue("pacticipant"), r.PathValue("version")).branch = r.PathValue("branch")
	return http.StatusCreated, object{}
}

func (s *Server) showVersion(r *http.Request) (int, any) {
	v := s.find(r.PathValue("pacticipant"), r.PathValue("version"))
	if v == nil {
		return notFound()
	}
	var deploy, release []object
	for _, e := range s.environments {
		path := s.URL + "/pacticipants/" + url.PathEscape(v.pacticipant) + "/versions/" + url.PathEscape(v.number)
		deploy = append(deploy, object{"name": e, "href": path + "/deployed/" + e})
		release = append(release, object{"name": e, "href": path + "/released/" + e})
	}
	return http.StatusOK, object{"number": v.number, "_links": object{"pb:record-deployment": deploy, "pb:record-release": release}}
}

package brokertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

type object = map[string]any

// reply is an answer.
type reply struct {
	status   int
	body     any // JSON; nil for none
	location string
	kind     string // the media type; empty for HAL
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

// made is the answer to a creation: the address of what was made is its self link.
func made(body object) reply {
	self := body["_links"].(object)["self"].(object)
	return reply{status: http.StatusCreated, body: body, location: self["href"].(string)}
}

const (
	mediaHAL  = "application/hal+json;charset=utf-8"
	plainJSON = "application/json;charset=utf-8"
)

func notFound() reply {
	return reply{status: http.StatusNotFound, kind: plainJSON, body: object{"error": "The requested document was not found on this server."}}
}

// unknown is the answer to a name that nobody has.
func unknown(what, name string) reply {
	return reply{status: http.StatusNotFound, body: object{"error": fmt.Sprintf("No %s with name '%s' found", what, name)}}
}

// refused is a 400 with the errors by field, or as a list.
func refused(errs any) reply {
	return reply{status: http.StatusBadRequest, body: object{"errors": errs}}
}

// broken is the answer to what the broker did not think of.
func broken() reply {
	const reference = "abcdefghij"
	return reply{status: http.StatusInternalServerError, body: object{"error": object{
		"message": "An error has occurred. The details have been logged with the reference " + reference, "reference": reference}}}
}

// fieldErrors gathers errors by field.
type fieldErrors map[string][]string

func (e fieldErrors) add(field, format string, args ...any) {
	e[field] = append(e[field], fmt.Sprintf(format, args...))
}

type handler = func(r *http.Request) reply

// routes has the methods by path. The router takes the escaped path, so that a branch
// with a slash is one segment.
func (s *Server) routes() map[string]map[string]handler {
	const (
		pacticipant = "/pacticipants/{pacticipant}"
		version     = pacticipant + "/versions/{version}"
		pact        = "/pacts/provider/{provider}/consumer/{consumer}"
		byContent   = pact + "/pact-version/{sha}"
		placed      = "/environments/{uuid}/"
	)
	get, post, put, patch := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch
	return map[string]map[string]handler{
		"/{$}":                         {get: s.index},
		"/diagnostic/status/heartbeat": {get: s.heartbeat},
		"/contracts/publish":           {post: s.publish},
		"/can-i-deploy":                {get: s.canIDeploy},
		"/matrix":                      {get: s.matrix},
		"/matrix/provider/{provider}/consumer/{consumer}": {get: s.matrixOfPair},

		"/pacticipants":                       {get: s.listPacticipants, post: s.createPacticipant},
		pacticipant:                           {get: s.showPacticipant, patch: s.updatePacticipant},
		pacticipant + "/latest-version":       {get: s.latestVersion},
		pacticipant + "/latest-version/{tag}": {get: s.latestVersion},
		pacticipant + "/versions":             {get: s.listVersions},
		version:                               {get: s.showVersion, put: s.putVersion},
		version + "/tags/{tag}":               {put: s.putTag},
		pacticipant + "/branches/{branch}/versions/{version}":                {get: s.showBranchVersion, put: s.putBranchVersion},
		version + "/deployed-versions/environment/{uuid}":                    {get: s.placementsOfVersion, post: s.place},
		version + "/released-versions/environment/{uuid}":                    {post: s.place},
		"/deployed-versions/{uuid}":                                          {patch: s.endPlacement},
		"/released-versions/{uuid}":                                          {patch: s.endPlacement},
		"/environments":                                                      {get: s.listEnvironments, post: s.createEnvironment},
		"/environments/{uuid}":                                               {get: s.showEnvironment, put: s.updateEnvironment, http.MethodDelete: s.deleteEnvironment},
		placed + "deployed-versions/currently-deployed":                      {get: s.listPlacements},
		placed + "released-versions/currently-supported":                     {get: s.listPlacements},
		"/pacts/provider/{provider}/for-verification":                        {get: s.forVerification, post: s.forVerification},
		"/pacts/provider/{provider}/latest":                                  {get: s.latestPactsOf},
		pact + "/version/{version}":                                          {get: s.showPact, put: s.putPact},
		pact + "/latest":                                                     {get: s.showPact},
		pact + "/latest/{tag}":                                               {get: s.showPact},
		pact + "/branch/{branch}/latest":                                     {get: s.showPact},
		byContent:                                                            {get: s.showPact},
		byContent + "/metadata/{metadata}":                                   {get: s.showPact},
		byContent + "/verification-results":                                  {post: s.publishResult},
		byContent + "/metadata/{metadata}/verification-results":              {post: s.publishResult},
		byContent + "/verification-results/latest":                           {get: s.latestResult},
		"/verification-results/consumer/{consumer}/version/{version}/latest": {get: s.latestResults},
	}
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for path, methods := range s.routes() {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, methods) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { write(w, notFound()) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.requests = append(s.requests, Request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), body})
		fault, access := s.fault, s.access
		s.mu.Unlock()
		if fault != nil && fault.answer(s, w, r) {
			return
		}
		reading := r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/for-verification")
		if access != nil {
			if status := access(r, !reading); status != 0 {
				w.Header().Set("Content-Type", "text/plain")
				if status == http.StatusUnauthorized {
					w.Header().Set("WWW-Authenticate", `Basic realm="Restricted area"`)
				}
				w.WriteHeader(status)
				return
			}
		}
		if !underPrefix(r, s.set.Prefix) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "Not Found: "+r.URL.Path)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.base = s.linkBase(r)
		mux.ServeHTTP(w, r)
	})
}

// underPrefix takes the prefix off the path; false where the path has another.
func underPrefix(r *http.Request, prefix string) bool {
	if prefix == "" {
		return true
	}
	path, under := strings.CutPrefix(r.URL.Path, prefix)
	if !under || path != "" && path[0] != '/' {
		return false
	}
	if path == "" {
		path = "/"
	}
	r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
	r.URL.Path = path
	return true
}

// linkBase is what links begin with: the setting, or the address that was asked, as the
// proxies in between tell it.
func (s *Server) linkBase(r *http.Request) string {
	if s.set.BaseURL != "" {
		return s.set.BaseURL
	}
	scheme, _, _ := strings.Cut(s.URL, ":")
	host := r.Host
	if v := r.Header.Get("X-Forwarded-Host"); v != "" {
		host = v
	}
	if v := r.Header.Get("X-Forwarded-Proto"); v != "" {
		scheme = v
	}
	return scheme + "://" + host + s.set.Prefix
}

// serve checks the method and the media types, and writes the answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, methods map[string]handler) {
	f := methods[r.Method]
	accept := r.Header.Get("Accept")
	isPact := strings.HasPrefix(r.URL.Path, "/pacts/") && r.PathValue("consumer") != "" && r.Method == http.MethodGet
	takes := accept == "" || strings.Contains(accept, "*/*") || strings.Contains(accept, "application/hal+json") ||
		(r.Method == http.MethodPut || strings.HasPrefix(r.URL.Path, "/pacts/")) && strings.Contains(accept, "application/json")
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isJSON := kind == "application/json" || kind == "application/merge-patch+json"
	switch {
	case f == nil:
		allow := append(slices.Sorted(maps.Keys(methods)), http.MethodOptions)
		w.Header().Set("Allow", strings.Join(allow, ", "))
		w.WriteHeader(http.StatusMethodNotAllowed)
	case !isJSON && r.Method != http.MethodGet && r.Method != http.MethodDelete:
		w.Header().Set("Content-Type", mediaHAL)
		w.WriteHeader(http.StatusUnsupportedMediaType)
	case !takes:
		w.WriteHeader(http.StatusNotAcceptable)
	default:
		a := f(r)
		if isPact && a.status == http.StatusOK && !strings.Contains(accept, "hal+json") && accept != "" && !strings.Contains(accept, "*/*") {
			a.kind = plainJSON
		}
		write(w, a)
	}
}

func write(w http.ResponseWriter, a reply) {
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	if a.kind == "" {
		a.kind = mediaHAL
	}
	w.Header().Set("Content-Type", a.kind)
	w.WriteHeader(a.status)
	_ = encoder(w).Encode(a.body)
}

func encoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}

// input reads a body. An empty one is an empty object; a body that is not JSON, or no
// object, has the answer that the broker gives.
func input(r *http.Request, noObject reply) (object, *reply) {
	data, _ := io.ReadAll(r.Body)
	if len(bytes.TrimSpace(data)) == 0 {
		return object{}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("unexpected end of input")
		}
		return nil, &reply{status: http.StatusBadRequest, body: object{"error": "JSON::ParserError - " + err.Error()}}
	}
	if in, isObject := v.(object); isObject {
		return in, nil
	}
	return nil, &noObject
}

// text is a member that is a string, "" where it is absent or something else.
func text(in object, name string) string {
	v, _ := in[name].(string)
	return v
}

// escape leaves only the unreserved characters (RFC 3986 2.3).
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// at is an address of the broker, of segments that are escaped.
func (s *Server) at(segments ...string) string {
	var b strings.Builder
	b.WriteString(s.base)
	for _, seg := range segments {
		b.WriteString("/" + escape(seg))
	}
	return b.String()
}

// link is a HAL link. The title and the name may be empty; a template's braces stay.
func link(href, title, name string) object {
	l := object{"href": href}
	if title != "" {
		l["title"] = title
	}
	if name != "" {
		l["name"] = name
	}
	return l
}

// template is a link with variables.
func template(href, title string) object {
	return object{"href": href, "title": title, "templated": true}
}

func self(href string) object { return object{"self": object{"href": href}} }

func (s *Server) curies(context string) []object {
	return []object{{"name": "pb", "href": s.base + "/doc/{rel}?context=" + context, "templated": true}}
}

func (s *Server) heartbeat(*http.Request) reply {
	return reply{status: http.StatusOK, kind: "application/hal+json", body: object{"ok": true, "_links": self(s.at("diagnostic", "status", "heartbeat"))}}
}

// index is the broker's entry.
func (s *Server) index(*http.Request) reply {
	const (
		pact        = "/pacts/provider/{provider}/consumer/{consumer}"
		provider    = "/pacts/provider/{provider}"
		pacticipant = "/pacticipants/{pacticipant}"
	)
	links := object{}
	for _, l := range []struct{ rel, path, title string }{
		{"self", "", "Index"},
		{"pb:publish-pact", pact + "/version/{consumerApplicationVersion}", "Publish a pact"},
		{"pb:publish-contracts", "/contracts/publish", "Publish contracts"},
		{"pb:latest-pact-versions", "/pacts/latest", "Latest pact versions"},
		{"pb:tagged-pact-versions", pact + "/tag/{tag}", "All versions of a pact for a given consumer, provider and consumer version tag"},
		{"pb:branch-pact-versions", pact + "/branch/{branch}", "All versions of pacts for a provider, for a named consumers branch"},
		{"pb:latest-branch-pact-versions", pact + "/branch/{branch}/latest/versions", "Latest version of pact for a provider, for a named consumers branch"},
		{"pb:main-branch-pact-versions", pact + "/branch/versions", "All versions of pacts for a provider, for a named consumers main branch"},
		{"pb:latest-main-branch-pact-versions", pact + "/branch/latest/versions", "Latest version of pact for a provider, for a named consumers main branch"},
		{"pb:provider-pacts-with-main-branch", provider + "/branch", "All pacts for a provider, for any consumers main branch"},
		{"pb:provider-pacts-with-branch", provider + "/branch/{branch}", "All pacts for a provider, for any consumers named branch"},
		{"pb:latest-provider-pacts-with-main-branch", provider + "/branch/latest", "Latest pact for a provider, for any consumers main branch"},
		{"pb:latest-provider-pacts-with-branch", provider + "/branch/{branch}/latest", "Latest pacts for a provider, for any consumers named branch"},
		{"pb:pacticipants", "/pacticipants", "Pacticipants"},
		{"pb:pacticipant", pacticipant, "Fetch pacticipant by name"},
		{"pb:latest-provider-pacts", provider + "/latest", "Latest pacts by provider"},
		{"pb:latest-provider-pacts-with-tag", provider + "/latest/{tag}", "Latest pacts for provider with the specified tag"},
		{"pb:provider-pacts-with-tag", provider + "/tag/{tag}", "All pact versions for the provider with the specified consumer version tag"},
		{"pb:provider-pacts", provider, "All pact versions for the specified provider"},
		{"pb:latest-version", pacticipant + "/latest-version", "Latest pacticipant version"},
		{"pb:latest-tagged-version", pacticipant + "/latest-version/{tag}", "Latest pacticipant version with the specified tag"},
		{"pb:webhooks", "/webhooks", "Webhooks"},
		{"pb:webhook", "/webhooks/{uuid}", "Webhook"},
		{"pb:integrations", "/integrations", "Integrations"},
		{"pb:pacticipant-version-tag", pacticipant + "/versions/{version}/tags/{tag}", "Get, create or delete a tag for a pacticipant version"},
		{"pb:pacticipant-branch", pacticipant + "/branches/{branch}", "Get or delete a pacticipant branch"},
		{"pb:pacticipant-branch-version", pacticipant + "/branches/{branch}/versions/{version}", "Get or add/create a pacticipant version for a branch"},
		{"pb:pacticipant-version", pacticipant + "/versions/{version}", "Get, create or delete a pacticipant version"},
		{"pb:can-i-deploy-pacticipant-version-to-tag", "/can-i-deploy?pacticipant={pacticipant}&version={version}&to={tag}", "Determine if an application version can be safely deployed to an environment identified by the given tag"},
		{"pb:can-i-deploy-pacticipant-version-to-environment", "/can-i-deploy?pacticipant={pacticipant}&version={version}&environment={environment}", "Determine if an application version can be safely deployed to an environment"},
		{"pb:provider-pacts-for-verification", provider + "/for-verification", "Pact versions to be verified for the specified provider"},
		{"pb:environments", "/environments", "Environments"},
		{"pb:environment", "/environments/{uuid}", "Environment"},
	} {
		// The broker has forgotten one.
		templated := strings.Contains(l.path, "{") && l.rel != "pb:tagged-pact-versions"
		links[l.rel] = object{"href": s.base + l.path, "title": l.title, "templated": templated}
	}
	links["pb:metrics"] = link(s.base+"/metrics", "Get Pact Broker metrics", "")
	beta := template(s.base+provider+"/for-verification", "DEPRECATED - please use pb:provider-pacts-for-verification")
	beta["name"] = "beta"
	links["beta:provider-pacts-for-verification"] = beta
	curies := append(s.curies("index"), s.curies("index")...)
	curies[1]["name"] = "beta"
	links["curies"] = curies
	return ok(object{"_links": links})
}

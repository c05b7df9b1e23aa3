package brokertest

import (
	"bytes"
	"cmp"
	_ "embed"
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

// required gives a member that must be there and of its type.
func required[T any](errs fieldErrors, in object, name, otherwise string) T {
	if _, given := in[name]; !given {
		errs.add(name, "is missing")
	}
	return optional[T](errs, in, name, otherwise)
}

// optional gives a member that must be of its type where it is there.
func optional[T any](errs fieldErrors, in object, name, otherwise string) T {
	v, given := in[name]
	value, fits := v.(T)
	if given && !fits {
		errs.add(name, "%s", otherwise)
	}
	return value
}

// first gives the first that fits, nil for none.
func first[T any](list []*T, fits func(*T) bool) *T {
	if i := slices.IndexFunc(list, fits); i >= 0 {
		return list[i]
	}
	return nil
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

		"/pacticipants":                       {get: s.listPacticipants, post: takes(s.createPacticipant)},
		pacticipant:                           {get: s.ofPacticipant(s.showPacticipant), patch: takes(s.updatePacticipant)},
		pacticipant + "/latest-version":       {get: s.ofPacticipant(s.latestVersion)},
		pacticipant + "/latest-version/{tag}": {get: s.ofPacticipant(s.latestVersion)},
		pacticipant + "/versions":             {get: s.ofPacticipant(s.listVersions)},
		version:                               {get: s.showVersion, put: s.putVersion},
		version + "/tags/{tag}":               {put: s.putTag},
		pacticipant + "/branches/{branch}/versions/{version}": {get: s.showBranchVersion, put: takes(s.putBranchVersion)},
		version + "/deployed-versions/environment/{uuid}":     {get: s.placementsOfVersion, post: takes(s.place)},
		version + "/released-versions/environment/{uuid}":     {post: takes(s.place)},
		"/deployed-versions/{uuid}":                           {patch: takes(s.endPlacement)},
		"/released-versions/{uuid}":                           {patch: takes(s.endPlacement)},
		"/environments":                                       {get: s.listEnvironments, post: takes(s.createEnvironment)},
		"/environments/{uuid}": {
			get: s.inEnvironment(s.showEnvironment), put: s.inEnvironment(s.updateEnvironment),
			http.MethodDelete: s.inEnvironment(s.deleteEnvironment),
		},
		placed + "deployed-versions/currently-deployed":                      {get: s.inEnvironment(s.listPlacements)},
		placed + "released-versions/currently-supported":                     {get: s.inEnvironment(s.listPlacements)},
		"/pacts/provider/{provider}/for-verification":                        {get: takes(s.forVerification), post: takes(s.forVerification)},
		"/pacts/provider/{provider}/latest":                                  {get: s.latestPactsOf},
		pact + "/version/{version}":                                          {get: s.showPact, put: takes(s.putPact)},
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
		if fault != nil && fault(s, w, r) {
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
	r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
	r.URL.Path = cmp.Or(path, "/")
	return true
}

// linkBase is what links begin with: the setting, or the address that was asked, as the
// proxies in between tell it.
func (s *Server) linkBase(r *http.Request) string {
	if s.set.BaseURL != "" {
		return s.set.BaseURL
	}
	scheme, _, _ := strings.Cut(s.URL, ":")
	return cmp.Or(r.Header.Get("X-Forwarded-Proto"), scheme) + "://" + cmp.Or(r.Header.Get("X-Forwarded-Host"), r.Host) + s.set.Prefix
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
	w.Header().Set("Content-Type", cmp.Or(a.kind, mediaHAL))
	w.WriteHeader(a.status)
	_ = encoder(w).Encode(a.body)
}

func encoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}

// takes makes a handler of one that wants the object in the body of the request.
func takes(f func(r *http.Request, in object) reply) handler {
	return func(r *http.Request) reply {
		in, bad := input(r, broken())
		if bad != nil {
			return *bad
		}
		return f(r, in)
	}
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
	return ok(json.RawMessage(strings.ReplaceAll(indexDocument, "{base}", s.base)))
}

// indexDocument has the links of the entry; {base} is what they begin with.
//
//go:embed index.json
var indexDocument string

// Package negative holds the negative controls of the suite: servers that are no Graph,
// as one that says 200 to everything. A suite that passes much on them does not look at
// what it is given, so each control writes down, exactly, what may pass on it and why.
//
// A control knows the entity that a run asks for and nothing else of the page.
package negative

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"time"
)

// Entity is what a run will ask a control for.
type Entity struct {
	// Body is the entity as the page would have it: one JSON object.
	Body []byte
}

// Control is a server that is no Graph.
type Control struct {
	// Name is stable, in lower case with hyphens, as "login-page".
	Name string
	// Summary says in one sentence what the server does.
	Summary string
	// Passes are the requirements that pass on it: each row that a page has for one of
	// them, and no other. One that passes beyond them, or does not pass, is a defect of the
	// suite.
	Passes []Pass
	// Timeout is how long a client should wait for an answer; 0 leaves that to the client.
	Timeout time.Duration

	serve serve
}

// serve answers a request of a run that asks for the entity.
type serve func(e Entity, w http.ResponseWriter, r *http.Request)

// Handler makes the server.
func (c Control) Handler(e Entity) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(e, w, r) })
}

// Pass is a requirement that may pass on a control.
type Pass struct {
	// ID is the id of the requirement, as "UPD-04".
	ID string `json:"id"`
	// Why says what is true of the server, so that the pass is an honest one.
	Why string `json:"why"`
	// Status is what the control answers an update with, where the requirement passes only on
	// a page that allows it; 0 where the page's statuses do not matter.
	Status int `json:"-"`
	// OfBody is set where the requirement looks at the body of the answer to an update: the
	// control sends one also where the page promises none, and it passes there too.
	OfBody bool `json:"-"`
}

const (
	jsonType = "application/json"
	// anError is a body that any refusal may have.
	anError = `{"error":{"code":"generalException","message":"an error that has nothing to do with the request"}}`
)

// Controls gives all controls, in the order in which they are shown. Those that show no
// entity let nothing pass: a scenario that cannot read the entity judges nothing.
func Controls() []Control {
	return []Control{
		{Name: "empty-object", Summary: "The server answers 200 with {} to every request.", serve: always(http.StatusOK, jsonType, `{}`)},
		{Name: "not-found", Summary: "The server answers 404 with a Graph error body to every request.",
			serve: always(http.StatusNotFound, jsonType, anError)},
		{Name: "server-error", Summary: "The server answers 500 with a line of text to every request.",
			serve: always(http.StatusInternalServerError, "text/plain", "oops")},
		{Name: "bad-request", Summary: "The server answers 400 with a Graph error body to every request.",
			serve: always(http.StatusBadRequest, jsonType, anError)},
		{Name: "unauthorized", Summary: "The server answers 401 with a challenge to every request, whatever token it carries.",
			serve: with("WWW-Authenticate", "Bearer", always(http.StatusUnauthorized, jsonType, anError))},
		{Name: "throttled", Summary: "The server answers 429 to every request.",
			serve: with("Retry-After", "60", always(http.StatusTooManyRequests, jsonType, anError))},
		{Name: "no-content", Summary: "The server answers 204 to every request, GET included.",
			serve: always(http.StatusNoContent, "", "")},
		{Name: "empty-body", Summary: "The server answers 200 with no body, called JSON.", serve: always(http.StatusOK, jsonType, "")},
		{Name: "login-page", Summary: "The server answers 200 with an HTML page that asks for a password.",
			serve: always(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title><form method=post><input type=password></form>")},
		{Name: "list", Summary: "The server answers 200 with [] to every request.", serve: always(http.StatusOK, jsonType, `[]`)},
		{Name: "null", Summary: "The server answers 200 with null to every request.", serve: always(http.StatusOK, jsonType, `null`)},
		{Name: "redirect", Summary: "The server answers 307 to every request, and leads back to itself.",
			serve: with("Location", "/", always(http.StatusTemporaryRedirect, "", ""))},
		{Name: "silent", Summary: "The server accepts every connection and never answers.",
			// Nothing is lost by a short wait: there is no answer to miss.
			Timeout: 100 * time.Millisecond,
			serve:   silent},
		{Name: "hang-up", Summary: "The server closes every connection without an answer.",
			serve: func(Entity, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{Name: "random-bytes", Summary: "The server answers every connection with random bytes, which are no HTTP.",
			serve: notHTTP},
		{Name: "random-body", Summary: "The server answers 200 with random bytes that it calls JSON.",
			serve: always(http.StatusOK, jsonType, string(noise()))},
		{Name: "echo", Summary: "The server answers 200 with the body of the request, or {} where it has none.", serve: echo},
		{Name: "parrot", Summary: "The server answers 200 with the same valid entity to every request.",
			serve: parrot, Passes: passesUnchanged()},
		{Name: "yes-man", Summary: "The server shows the same valid entity, answers 200 with what an update would make of it, and keeps nothing.",
			serve: yesMan, Passes: passesUnchanged()},
	}
}

func always(status int, mediaType, body string) serve {
	return func(_ Entity, w http.ResponseWriter, _ *http.Request) {
		if mediaType != "" {
			w.Header().Set("Content-Type", mediaType)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // an error means that the client has gone
	}
}

func with(name, value string, inner serve) serve {
	return func(e Entity, w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		inner(e, w, r)
	}
}

// silent waits until the client has gone, which net/http sees only behind the body.
func silent(_ Entity, _ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// noise gives the same random bytes each time, so that a run can be repeated.
func noise() []byte {
	var seed [32]byte
	random := rand.NewChaCha8(seed)
	data := make([]byte, 512)
	_, _ = random.Read(data) // never fails
	return data
}

// notHTTP takes the connection from the server and writes noise to it.
func notHTTP(_ Entity, w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the connection ends either way
	}
	_, _ = conn.Write(noise())
	_ = conn.Close()
}

// maxBody bounds the body of a request, as the mock does.
const maxBody = 1 << 20

func writeJSON(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(body) // an error means that the client has gone
}

func read(w http.ResponseWriter, r *http.Request) []byte {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return body
}

func echo(_ Entity, w http.ResponseWriter, r *http.Request) {
	body := read(w, r)
	if len(body) == 0 {
		body = []byte(`{}`)
	}
	writeJSON(w, body)
}

func parrot(e Entity, w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.Body) }

// yesMan agrees to every update, and forgets it.
func yesMan(e Entity, w http.ResponseWriter, r *http.Request) {
	writeJSON(w, merge(e.Body, read(w, r)))
}

// merge gives the entity with the members of the update over its own; an update that is
// no object changes nothing.
func merge(entity, update []byte) []byte {
	var was, sent map[string]json.RawMessage
	if json.Unmarshal(entity, &was) != nil || json.Unmarshal(update, &sent) != nil {
		return bytes.Clone(entity)
	}
	maps.Copy(was, sent)
	merged, err := json.Marshal(was)
	if err != nil {
		return bytes.Clone(entity)
	}
	return merged
}

// passesUnchanged is what holds on a server that shows a valid entity and never changes it. Each
// requirement that needs an update to have an effect fails, or is skipped for the lack of
// one; each that needs a refusal fails.
func passesUnchanged() []Pass {
	return []Pass{
		{ID: "UPD-02", Why: "the status is the documented one, and more than the status the requirement does not look at", Status: http.StatusOK},
		{ID: "UPD-03", Why: "the body has every promised property, of its type", OfBody: true},
		{ID: "UPD-04", Why: "the body is called JSON, and is", OfBody: true},
		{ID: "UPD-41", Why: "the label claims no charset, and JSON is UTF-8", OfBody: true},
		{ID: "UPD-09", Why: "a client cannot set what only the server sets: no client can set anything"},
		{ID: "UPD-43", Why: "an empty update changes nothing, as no update does"},
		{ID: "UPD-12", Why: "an empty update is accepted and changes nothing, as nothing does"},
		{ID: "UPD-15", Why: "the sentinel is not stored, as nothing is"},
		{ID: "UPD-32", Why: "a GET shows an object with every promised property"},
		{ID: "UPD-33", Why: "what a GET shows is called JSON, and is"},
		{ID: "UPD-34", Why: "two GETs show the same, as all do"},
		{ID: "UPD-38", Why: "the key is that of the entity asked for: a run asks for no other"},
	}
}

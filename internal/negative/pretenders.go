package negative

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
)

// maxBody bounds the body of a request, as the mock does.
const maxBody = 1 << 20

func writeJSON(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(body) // a client that has gone cannot be told
}

func read(w http.ResponseWriter, r *http.Request) []byte {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return body
}

// echo gives back what was sent.
func echo(Entity) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := read(w, r)
		if len(body) == 0 {
			body = []byte(`{}`)
		}
		writeJSON(w, body)
	})
}

// parrot says one thing, whatever it is told.
func parrot(e Entity) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.Body) })
}

// yesMan agrees to every update, and forgets it.
func yesMan(e Entity) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, merge(e.Body, read(w, r)))
	})
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

// stands is what holds on a server that shows a valid entity and never changes it. Each
// requirement that needs an update to have an effect fails, or is skipped for the lack of
// one; each that needs a refusal fails.
func stands() []Pass {
	return []Pass{
		{"UPD-02", "the status is the documented one, and more than the status the requirement does not look at"},
		{"UPD-03", "the body has every promised property, of its type"},
		{"UPD-04", "the body is called JSON, and is"},
		{"UPD-41", "the label claims no charset, and JSON is UTF-8"},
		{"UPD-09", "a client cannot set what only the server sets: no client can set anything"},
		{"UPD-43", "an empty update changes nothing, as no update does"},
		{"UPD-12", "an empty update is accepted and changes nothing, as nothing does"},
		{"UPD-15", "the sentinel is not stored, as nothing is"},
		{"UPD-32", "a GET shows an object with every promised property"},
		{"UPD-33", "what a GET shows is called JSON, and is"},
		{"UPD-34", "two GETs show the same, as all do"},
		{"UPD-38", "the key is that of the entity asked for: a run asks for no other"},
	}
}

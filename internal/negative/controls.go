package negative

import (
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	jsonType = "application/json"
	// anError is a body that any refusal may have.
	anError = `{"error":{"code":"generalException","message":"an error that has nothing to do with the request"}}`
)

// Controls gives all controls, in the order in which they are shown. Those that show no
// entity let nothing pass: a scenario that cannot read the entity judges nothing.
func Controls() []Control {
	return []Control{
		{
			Name: "empty-object", Summary: "The server answers 200 with {} to every request.",
			Handler: always(http.StatusOK, jsonType, `{}`),
		},
		{
			Name: "not-found", Summary: "The server answers 404 with a Graph error body to every request.",
			Handler: always(http.StatusNotFound, jsonType, anError),
		},
		{
			Name: "server-error", Summary: "The server answers 500 with a line of text to every request.",
			Handler: always(http.StatusInternalServerError, "text/plain", "oops"),
		},
		{
			Name: "bad-request", Summary: "The server answers 400 with a Graph error body to every request.",
			Handler: always(http.StatusBadRequest, jsonType, anError),
		},
		{
			Name: "unauthorized", Summary: "The server answers 401 with a challenge to every request, whatever token it carries.",
			Handler: with("WWW-Authenticate", "Bearer", always(http.StatusUnauthorized, jsonType, anError)),
		},
		{
			Name: "throttled", Summary: "The server answers 429 to every request.",
			Handler: with("Retry-After", "60", always(http.StatusTooManyRequests, jsonType, anError)),
		},
		{
			Name: "no-content", Summary: "The server answers 204 to every request, GET included.",
			Handler: always(http.StatusNoContent, "", ""),
		},
		{
			Name: "empty-body", Summary: "The server answers 200 with no body, called JSON.",
			Handler: always(http.StatusOK, jsonType, ""),
		},
		{
			Name: "login-page", Summary: "The server answers 200 with an HTML page that asks for a password.",
			Handler: always(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title><form method=post><input type=password></form>"),
		},
		{
			Name: "list", Summary: "The server answers 200 with [] to every request.",
			Handler: always(http.StatusOK, jsonType, `[]`),
		},
		{
			Name: "null", Summary: "The server answers 200 with null to every request.",
			Handler: always(http.StatusOK, jsonType, `null`),
		},
		{
			Name: "redirect", Summary: "The server answers 307 to every request, and leads back to itself.",
			Handler: with("Location", "/", always(http.StatusTemporaryRedirect, "", "")),
		},
		{
			Name: "silent", Summary: "The server accepts every connection and never answers.",
			// Nothing is lost by a short wait: there is no answer to miss.
			Timeout: 100 * time.Millisecond,
			Handler: func(Entity) http.Handler { return http.HandlerFunc(silent) },
		},
		{
			Name: "hang-up", Summary: "The server closes every connection without an answer.",
			Handler: func(Entity) http.Handler {
				return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			},
		},
		{
			Name: "random-bytes", Summary: "The server answers every connection with random bytes, which are no HTTP.",
			Handler: func(Entity) http.Handler { return http.HandlerFunc(notHTTP) },
		},
		{
			Name: "random-body", Summary: "The server answers 200 with random bytes that it calls JSON.",
			Handler: always(http.StatusOK, jsonType, string(noise())),
		},
		{
			Name: "echo", Summary: "The server answers 200 with the body of the request, or {} where it has none.",
			Handler: echo,
		},
		{
			Name: "parrot", Summary: "The server answers 200 with the same valid entity to every request.",
			Handler: parrot, Passes: stands(),
		},
		{
			Name: "yes-man", Summary: "The server shows the same valid entity, answers 200 with what an update would make of it, and keeps nothing.",
			Handler: yesMan, Passes: stands(),
		},
	}
}

// always answers the same to every request.
func always(status int, mediaType, body string) func(Entity) http.Handler {
	return func(Entity) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if mediaType != "" {
				w.Header().Set("Content-Type", mediaType)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // a client that has gone cannot be told
		})
	}
}

// with adds a header to each answer.
func with(name, value string, inner func(Entity) http.Handler) func(Entity) http.Handler {
	return func(e Entity) http.Handler {
		h := inner(e)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(name, value)
			h.ServeHTTP(w, r)
		})
	}
}

// silent waits until the client has gone, which net/http notices only behind the body.
func silent(_ http.ResponseWriter, r *http.Request) {
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
func notHTTP(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the connection ends either way
	}
	_, _ = conn.Write(noise())
	_ = conn.Close()
}

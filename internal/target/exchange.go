package target

import (
	"net/http"
	"time"
)

// Auth says which credentials a request carries.
type Auth int

const (
	// AuthToken sends the configured bearer token, if there is one.
	AuthToken Auth = iota
	// AuthNone sends no Authorization header at all, whatever is configured.
	AuthNone
	// AuthInvalid sends a bearer token that no server can have issued.
	AuthInvalid
	// AuthExpired sends a bearer token in the form of a JWT that has expired, and that
	// nobody signed.
	AuthExpired
	// AuthAsGiven sends the Authorization header of the request as it is, and no other
	// configured credential.
	AuthAsGiven
)

// Request is a request to the target.
type Request struct {
	// Purpose says in a few words why it is sent; it stands in reports and in the dry run.
	Purpose string
	Method  string
	// Path is below the base URL, starts with a slash, and is already escaped.
	Path   string
	Header http.Header
	// Body is sent as it is; nil means no body.
	Body []byte
	Auth Auth
}

// Exchange is a request that was sent and what came of it. It holds the full
// truth, secrets and all; Client.Report makes it fit for a report.
type Exchange struct {
	Purpose string
	Method  string
	URL     string
	Auth    Auth
	// TokenSent is set where the header for the token was sent, whatever stood in it.
	TokenSent bool
	// RequestHeader is what was sent, Authorization included.
	RequestHeader http.Header
	RequestBody   []byte
	// Status is 0 when no response came.
	Status int
	// Proto is "HTTP/1.1" or "HTTP/2.0".
	Proto  string
	Header http.Header
	// Body is the response body up to the limit; Truncated is set when there was more.
	Body      []byte
	Truncated bool
	// Err is set when no complete response came.
	Err      error
	Started  time.Time
	Duration time.Duration
	// Attempts counts the sends; more than 1 means that Retries tells why.
	// 0 means that nothing was sent.
	Attempts int
	// Retries are what made the client send again, in order: the answers 429 and 503 that
	// were waited out, and connections that were closed before any answer.
	Retries []Retry
}

// Retry is the reason to send once more.
type Retry struct {
	// Status is 429 or 503, 0 for a connection that was closed.
	Status int
	// Wait is how long the client waited before it sent again.
	Wait time.Duration
}

package result

// Exchange is a request with its response, fit for a report: secrets masked,
// bodies shortened.
type Exchange struct {
	// Purpose says why it was sent, as "read back".
	Purpose string   `json:"purpose"`
	Request HTTPPart `json:"request"`
	// Response is nil when none came; Error says why.
	Response   *HTTPPart `json:"response,omitempty"`
	Error      string    `json:"error,omitempty"`
	DurationMS float64   `json:"durationMs"`
	// Attempts counts the sends, 1 where nothing was retried.
	Attempts int `json:"attempts"`
	// Retries are what made the client send again, in order.
	Retries []Retry `json:"retries,omitempty"`
	// Curl reproduces the request; the token is read from the environment variable.
	Curl string `json:"curl"`
}

// Retry is an answer after which the client sent again, or a connection that was closed
// before the answer was complete.
type Retry struct {
	// Status is the answer's: 429, 503, 502 or 504, 409 or 423 soon after another update, 428 or 412
	// where the client then sent the current ETag; 0 for a connection that was closed.
	Status int `json:"status"`
	// WaitMS is how long the client waited before it sent again.
	WaitMS float64 `json:"waitMs"`
}

// HTTPPart is a request or a response.
type HTTPPart struct {
	// Line is "PATCH https://…" or "200 OK".
	Line string `json:"line"`
	// Headers are "Name: value" lines, sorted.
	Headers []string `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
	// BodyBytes is the full length of the body in bytes; Truncated is set when Body holds less.
	BodyBytes int  `json:"bodyBytes"`
	Truncated bool `json:"truncated,omitempty"`
}

// Package wire is the language that graphpact and its helper process
// graphpact-pact speak: one JSON object a line, requests on the helper's standard
// input, replies on its file descriptor 3. Standard output and error of the helper
// belong to the native library, which prints there.
//
// Requests may overlap; a reply carries the ID of its request. The helper says
// Hello first, unasked, with the ID 0. It ends when its standard input ends.
package wire

import (
	"encoding/json"
	"unicode/utf8"
)

// ReplyFD is the file descriptor on which the helper writes.
const ReplyFD = 3

// EnvReplyHandle is the variable that has the handle on which the helper writes, as a decimal
// number, on Windows: a process inherits no file descriptors there.
const EnvReplyHandle = "GRAPHPACT_PACT_REPLIES"

// The operations.
const (
	// OpMockStart starts a mock server for one interaction (MockStart, MockServer).
	OpMockStart = "mock-start"
	// OpMockStop stops it, and writes the pact when all matched (MockStop, MockStopped).
	OpMockStop = "mock-stop"
	// OpVerify verifies a pact of one interaction against a provider (Verify, Verified).
	OpVerify = "verify"
	// OpClose ends the helper after the reply, which is empty.
	OpClose = "close"
)

// Request asks the helper for an operation.
type Request struct {
	// ID is chosen by the asker, above 0, and never used twice.
	ID uint64 `json:"id"`
	Op string `json:"op"`
	// Args is the operation's own object.
	Args json.RawMessage `json:"args,omitempty"`
}

// Reply answers the request of the same ID.
type Reply struct {
	ID uint64 `json:"id"`
	// Error says why the operation failed; empty when it did not.
	Error string `json:"error,omitempty"`
	// Result is the operation's own object.
	Result json.RawMessage `json:"result,omitempty"`
}

// Hello is the first reply of the helper.
type Hello struct {
	// PactGo is the version of the pact-go module.
	PactGo string `json:"pactGo"`
	// Library is the native library's version, and Pinned the one that graphpact is made for.
	Library string `json:"library"`
	Pinned  string `json:"pinned"`
	// Path is the file that the library was loaded from; empty where the system does not show it.
	Path string `json:"path,omitempty"`
}

// MockStart asks for a mock server that expects one interaction.
type MockStart struct {
	// Dir is the folder that the pact file goes to.
	Dir         string      `json:"dir"`
	Consumer    string      `json:"consumer"`
	Provider    string      `json:"provider"`
	Interaction Interaction `json:"interaction"`
}

// MockServer answers MockStart.
type MockServer struct {
	// URL is the mock server's base URL, on the loopback interface.
	URL string `json:"url"`
}

// MockStop stops the mock server that the MockStart of the ID Start started.
type MockStop struct {
	Start uint64 `json:"start"`
}

// MockStopped answers MockStop.
type MockStopped struct {
	// Mismatches are the ways in which the requests departed from the interaction. With any of
	// them no pact file is written.
	Mismatches []Mismatch `json:"mismatches,omitempty"`
}

// Mismatch is the native library's result for one request.
type Mismatch struct {
	// Type is "request-mismatch" (a request came, and its parts differ),
	// "request-not-found" (a request came that no interaction expects) or
	// "missing-request" (no request came).
	Type   string `json:"type"`
	Method string `json:"method"`
	Path   string `json:"path"`
	// Mismatches are the parts that differ.
	Mismatches []Detail `json:"mismatches,omitempty"`
}

// Detail is one part of a request or response that differs. Which fields are set depends on the type.
type Detail struct {
	// Type is "StatusMismatch", "HeaderMismatch", "BodyTypeMismatch", "BodyMismatch" and so on.
	Type string `json:"type"`
	// Path points into a body, in the JSONPath of Pact matching rules; Header names a header.
	Path   string `json:"path,omitempty"`
	Header string `json:"key,omitempty"`
	// Expected is the pact's example, Actual what came; of a response, a value of the body is
	// the text of its JSON.
	Expected Text `json:"expected,omitempty"`
	Actual   Text `json:"actual,omitempty"`
	// Text is the library's sentence.
	Text string `json:"mismatch,omitempty"`
}

// Text is a content as the native library writes it: a JSON string, or an array of its bytes
// where the library does not take it for text. Other JSON, as the number of a status, stays as it is.
type Text string

// UnmarshalJSON reads any of the forms.
func (t *Text) UnmarshalJSON(raw []byte) error {
	var text string
	var codes []uint16 // not bytes, which encoding/json reads from base64
	switch {
	case json.Unmarshal(raw, &text) == nil:
		*t = Text(text)
	case json.Unmarshal(raw, &codes) == nil:
		bytes := make([]byte, len(codes))
		for i, c := range codes {
			bytes[i] = byte(c)
		}
		*t = Text(bytes)
	default:
		*t = Text(raw)
	}
	return nil
}

// MarshalJSON writes a string, or an array of bytes where they are no UTF-8.
func (t Text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	codes := make([]uint16, len(t))
	for i := range len(t) {
		codes[i] = uint16(t[i])
	}
	return json.Marshal(codes)
}

// Verify asks to verify a pact file against a provider on 127.0.0.1.
type Verify struct {
	// File is a pact of exactly one interaction: the library has no verdict for each.
	File string `json:"file"`
	// Provider is the provider's name in the pact.
	Provider string `json:"provider"`
	// Port and BasePath are where requests go: http://127.0.0.1:Port/BasePath and the
	// path of the request.
	Port     uint16 `json:"port"`
	BasePath string `json:"basePath"`
	// StateURL takes the state changes. The library repeats one that fails for two
	// minutes and loses its error, so what answers there must not fail.
	StateURL string `json:"stateUrl"`
	// TimeoutMS bounds one request, in milliseconds.
	TimeoutMS uint64 `json:"timeoutMs"`
}

// Verified answers Verify.
type Verified struct {
	// OK is set when the provider's answer is the one that the pact expects.
	OK bool `json:"ok"`
	// Mismatches tell how the answer differs. They hold what the provider sent, as it is.
	Mismatches []Detail `json:"mismatches,omitempty"`
	// Error says why the interaction could not be judged.
	Error string `json:"error,omitempty"`
	// Output is what the library says on a terminal, without colours.
	Output string `json:"output,omitempty"`
}

// Interaction is one request and response in the form that the native library
// takes: text. A JSON text keeps a string apart from what only looks like a number.
type Interaction struct {
	Description string         `json:"description"`
	States      []EncodedState `json:"states,omitempty"`
	Request     HTTPPart       `json:"request"`
	Response    HTTPPart       `json:"response"`
}

// EncodedState is a provider state in that form.
type EncodedState struct {
	Name string `json:"name"`
	// Params are JSON texts by name: the string 42 is "\"42\"", the number "42".
	Params map[string]string `json:"params,omitempty"`
}

// HTTPPart is a request (Method and Path set) or a response (Status set).
type HTTPPart struct {
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Status int    `json:"status,omitempty"`
	// Header values are JSON: a string, or an object that is a matcher.
	Header map[string]json.RawMessage `json:"header,omitempty"`
	// Body is a JSON text, matchers in it; empty means no body.
	Body string `json:"body,omitempty"`
}

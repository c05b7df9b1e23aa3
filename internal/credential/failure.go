package credential

import (
	"context"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"graphpact/internal/safetext"
	"graphpact/internal/transport"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// guarded names the method in the errors of a source, and keeps secrets out of them.
type guarded struct {
	method    string
	source    Source
	guard     *guard
	authority string
}

// Token asks the source. Its errors are texts alone: those of the Azure SDK quote whole answers.
func (g *guarded) Token(ctx context.Context) (Token, error) {
	t, err := g.source.Token(ctx)
	switch {
	case err == nil:
		return t, nil
	case ctx.Err() != nil:
		return Token{}, fmt.Errorf("--auth %s: %w", g.method, ctx.Err())
	}
	return Token{}, fmt.Errorf("--auth %s: %s", g.method, g.guard.mask(g.explain(err)))
}

// saidShown bounds what is shown of an error, in characters.
const saidShown = 400

// explain says in one line what went wrong, and what to do about it where that is known.
func (g *guarded) explain(err error) string {
	var failed *azidentity.AuthenticationFailedError
	switch {
	case errors.As(err, &failed) && failed.RawResponse != nil:
		return refusal(failed.RawResponse)
	case errors.Is(err, context.DeadlineExceeded):
		if g.method == MethodManaged {
			return "no managed identity answered in time; is this machine in Azure, and does it have an identity?"
		}
		return "no answer in time; check the network, the proxy and --authority"
	}
	said, _, _ := strings.Cut(err.Error(), "To troubleshoot, visit")
	said = short(said)
	switch {
	case strings.Contains(said, x509.UnknownAuthorityError{}.Error()):
		said += "; if the issuer of the identity service's certificate is one of your own, name that one's certificate with --ca-file"
	case strings.Contains(said, "executable not found on path"):
		said += "; install the Azure CLI, and sign in with `az login`"
	case g.method == MethodCLI:
		said += "; sign in with `az login`"
	}
	return said
}

// short makes one line of a text, of bounded length.
func short(s string) string {
	return safetext.Shorten(safetext.Line(strings.TrimRight(safetext.Words(s), ". ")), saidShown)
}

// refusal says what an identity service answered.
func refusal(resp *http.Response) string {
	who := "the identity service"
	if resp.Request != nil && resp.Request.URL != nil {
		who += " " + resp.Request.URL.Host
	}
	status := who + " answers " + transport.Status(resp.StatusCode)
	// RFC 6749 5.2; Entra adds its own number to the description.
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil || json.Unmarshal(body, &answer) != nil || answer.Error == "" {
		return status + "; is --authority the address of an identity service, and --tenant one of its tenants?"
	}
	said, _, _ := strings.Cut(answer.Description, "Trace ID:")
	said = short(said)
	if said == "" {
		said = answer.Error
	}
	if todo := entraHint(answer.Description); todo != "" {
		return status + ": " + said + "; " + todo
	}
	return status + ": " + said
}

// entraHints says what to do about the errors of Entra, a line each: the number, then the hint
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
//
//go:embed entra.txt
var entraHints string

// entraHint is the hint for the error in a description, "" where there is none.
func entraHint(description string) string {
	for line := range strings.Lines(entraHints) {
		if code, todo, _ := strings.Cut(strings.TrimSpace(line), " "); strings.Contains(description, code+":") {
			return todo
		}
	}
	return ""
}

package client

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/mask"
	"graphpact/internal/safetext"
	"graphpact/internal/shell"
)

// Curl gives the request as one line for a POSIX shell, with a placeholder for the token;
// "" where the request cannot be made.
func (c *Client) Curl(r Request) string {
	token := ""
	if c.cfg.authenticated() {
		token = mask.Text
	}
	ex, err := c.prepare(r, token)
	if err != nil {
		return ""
	}
	return c.curl(ex)
}

// curl gives the request as one line for a POSIX shell. The token is read from the
// environment; other secrets are mask.Text and have to be filled in by hand.
func (c *Client) curl(ex *Exchange) string {
	var b strings.Builder
	body := c.Mask(string(ex.RequestBody))
	piped := ex.RequestBody != nil && safetext.Line(body) != body
	if piped {
		b.WriteString("printf " + shell.SingleQuote(printfFormat(body)) + " | ")
	}
	b.WriteString("curl -i")
	if ex.Method == http.MethodHead {
		b.WriteString(" --head") // with -X HEAD curl waits for a body
	} else {
		b.WriteString(" -X " + shell.Quote(ex.Method))
	}
	if strings.ContainsAny(ex.URL, "{}[]") {
		b.WriteString(" -g")
	}
	if strings.Contains(ex.URL, "/.") {
		b.WriteString(" --path-as-is")
	}
	b.WriteString(" " + shell.SingleQuote(c.Line(ex.URL, math.MaxInt)))
	for _, h := range c.curlHeaders(ex) {
		b.WriteString(" -H " + h)
	}
	switch {
	case piped:
		b.WriteString(" --data-binary @-")
	case strings.HasPrefix(body, "@"): // --data-binary would read a file
		b.WriteString(" --data-raw " + shell.SingleQuote(body))
	case ex.RequestBody != nil:
		b.WriteString(" --data-binary " + shell.SingleQuote(body))
	}
	return b.String()
}

// curlHeaders gives the arguments of -H: what was sent but for the request's own id,
// and the withdrawal of what curl would add.
func (c *Client) curlHeaders(ex *Exchange) []string {
	var args []string
	auth := c.cfg.AuthHeader
	if ex.Auth == AuthAsGiven {
		auth = defaultAuthHeader
	}
	switch sent := ex.RequestHeader.Get(auth); {
	case sent == "":
	case ex.Auth == AuthInvalid, ex.Auth == AuthExpired:
		args = append(args, shell.SingleQuote(auth+": "+sent))
	case ex.Auth == AuthAsGiven: // whose it is, nobody knows
		args = append(args, shell.SingleQuote(auth+": "+mask.Text))
	default:
		args = append(args, shell.SingleQuote(auth+": "+c.cfg.beforeToken())+`"$`+c.cfg.TokenEnv+`"`)
	}
	for _, name := range slices.Sorted(maps.Keys(ex.RequestHeader)) {
		if name == auth || name == c.cfg.ClientRequestIDHeader || name == "Traceparent" { // ids of this one request
			continue
		}
		for _, v := range ex.RequestHeader[name] {
			line := name + ": " + v
			switch {
			case v == "":
				line = name + ";" // curl's way to send it empty
			case c.secretHeader(name):
				line = name + ": " + mask.Text
			}
			args = append(args, shell.SingleQuote(c.Line(line, math.MaxInt)))
		}
	}
	if ex.RequestHeader["Accept"] == nil {
		args = append(args, "'Accept:'")
	}
	if ex.RequestBody != nil && ex.RequestHeader["Content-Type"] == nil {
		args = append(args, "'Content-Type:'")
	}
	return args
}

// printfFormat writes any bytes as a format of printf(1), with three octal digits for
// what is not plain ASCII.
func printfFormat(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '\\' || c == '%' || c == '-' && i == 0 {
			fmt.Fprintf(&b, `\%03o`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

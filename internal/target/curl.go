package target

import (
	"fmt"
	"math"
	"net/http"
	"strings"
)

// curl gives the request as one line for a POSIX shell. The token is read from the
// environment; other secrets are masked and have to be filled in by hand.
func (c *Client) curl(ex *Exchange) string {
	var b strings.Builder
	body := c.Mask(string(ex.RequestBody))
	piped := ex.RequestBody != nil && !quotable(body)
	if piped {
		b.WriteString("printf " + quote(printfFormat(body)) + " | ")
	}
	b.WriteString("curl -i")
	if ex.Method == http.MethodHead {
		b.WriteString(" --head") // with -X HEAD curl waits for a body
	} else {
		b.WriteString(" -X " + word(ex.Method))
	}
	if strings.ContainsAny(ex.URL, "{}[]") {
		b.WriteString(" -g")
	}
	if strings.Contains(ex.URL, "/.") {
		b.WriteString(" --path-as-is")
	}
	b.WriteString(" " + quote(c.line(ex.URL, math.MaxInt)))
	for _, h := range c.curlHeaders(ex) {
		b.WriteString(" -H " + h)
	}
	switch {
	case piped:
		b.WriteString(" --data-binary @-")
	case strings.HasPrefix(body, "@"): // --data-binary would read a file
		b.WriteString(" --data-raw " + quote(body))
	case ex.RequestBody != nil:
		b.WriteString(" --data-binary " + quote(body))
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
		args = append(args, quote(auth+": "+sent))
	case ex.Auth == AuthAsGiven: // whose it is, nobody knows
		args = append(args, quote(auth+": "+masked))
	default:
		args = append(args, quote(auth+": "+c.cfg.beforeToken())+`"$`+c.cfg.TokenEnv+`"`)
	}
	for _, name := range sortedNames(ex.RequestHeader) {
		if name == auth || name == c.cfg.ClientRequestIDHeader {
			continue
		}
		for _, v := range ex.RequestHeader[name] {
			line := name + ": " + v
			switch {
			case v == "":
				line = name + ";" // curl's way to send it empty
			case c.secretHeader(name):
				line = name + ": " + masked
			}
			args = append(args, quote(c.line(line, math.MaxInt)))
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

// quotable reports whether a body can stand in the line as it is: it shows in full
// and breaks no line.
func quotable(s string) bool {
	shown, _ := visible(s, math.MaxInt, oneLine)
	return shown == s
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

// word quotes s where the shell would not take it as it is.
func word(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) || s == "" {
		return quote(s)
	}
	return s
}

// quote puts s into single quotes (POSIX Shell 2.2.2).
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

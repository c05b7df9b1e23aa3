package contract

import (
	"fmt"
	"strings"
	"testing"

	"graphpact/internal/golden"
)

// TestContractGolden writes what the contract has of a page of many dialects, and its findings.
func TestContractGolden(t *testing.T) {
	t.Parallel()
	o := parsed(t, lanternPage)
	var out strings.Builder
	printf := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	for _, l := range o.RequestLines {
		printf("%s request line %d chosen=%t: %s", l.Path.Source.Short(), l.Number, l.Chosen, l)
	}
	for _, h := range o.Headers {
		printf("%s header %s required=%t", h.Source.Short(), h.Name, h.Required)
	}
	printf("%s If-Match is needed: %t", o.IfMatch.Source.Short(), o.IfMatch.Value)
	printf("%s open type: %t", o.OpenType.Source.Short(), o.OpenType.Value)
	printf("%s success is %s, body=%t", o.Success.Source.Short(), o.Success.Describe(), o.Success.Body.Value)
	for _, a := range o.Answers {
		printf("%s answer %d", a.Source.Short(), a.Status)
	}
	for _, e := range o.Examples {
		printf("%s example: %s, request line %d", e.Source.Short(), e.Use, e.RequestLine)
	}
	for _, a := range o.Annotations {
		printf("%s annotation %s", a.Source.Short(), a.Name)
	}
	for _, p := range o.Properties {
		printf("%s property %s settable=%t nullable=%d flags=%t", p.Source.Short(), p.Name, p.Settable(), p.Nullable.Value, p.Flags.Value)
		for _, v := range p.Values(nil, 2) {
			printf("    sends %v (%s %s)", v.JSON, v.Origin, v.Source.Short())
		}
		for _, v := range p.Outside() {
			printf("    outside %v (%s)", v.JSON, v.Source.Short())
		}
	}
	for _, f := range o.Findings {
		printf("%s %s %s: %s %s", f.Source.Short(), KindOf(f.Class), f.Class, f.Text, f.Assumed)
	}
	golden.Check(t, "lantern-update.txt", []byte(out.String()))
}

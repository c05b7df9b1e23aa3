package contract

import (
	"fmt"
	"net/http"
	"strings"

	"graphpact/internal/graphdoc"
)

// Ids of the conventions that the derivation leans on (package convention).
const (
	ruleErrorBody     = "error-body"
	ruleJSON          = "json-format"
	ruleKey           = "key-immutable"
	ruleNoContent     = "no-content"
	ruleODataType     = "odata-type"
	ruleOpenResponse  = "response-properties"
	rulePatchStatus   = "patch-status"
	ruleDateTimeValue = "datetimeoffset"
)

const defaultMediaType = "application/json"

// success reads the success answer: the Response section first, then the response
// example, then the convention.
func (b *builder) success() {
	documented, several := b.documentedStatus()
	switch {
	case documented != nil:
		b.op.Success.Status, b.op.Success.Source = documented.Code, b.at(documented.Line)
		if several {
			b.find(ClassSeveralStatuses, documented.Line, fmt.Sprintf("Success is %d.", documented.Code),
				"The Response section names several success statuses: %s.", codes(b.page.Statuses))
		}
		b.statusOfExample(documented)
	case b.shown != nil && b.shown.Code != 0:
		b.op.Success.Status, b.op.Success.Source = b.shown.Code, b.at(b.shown.Line)
	default:
		b.op.Success.Status, b.op.Success.Source = http.StatusOK, Source{Rule: rulePatchStatus}
		b.find(ClassStatusUndocumented, b.responseLine(), "Success is 200 with a representation.",
			"Neither the Response section nor an example names a success status.")
	}
	b.op.Success.Body = b.successBody(documented)
	for _, s := range b.page.Statuses {
		b.reason(s.Code, s.Reason, s.Line)
	}
	for _, m := range b.page.Examples {
		b.reason(m.Code, m.Reason, m.Line)
	}
}

// documentedStatus picks the success status of the Response section. Where it
// names 200 and 204, 200 counts if its sentence returns a body.
func (b *builder) documentedStatus() (picked *graphdoc.Status, several bool) {
	byCode := map[int]*graphdoc.Status{}
	for i := range b.page.Statuses {
		s := &b.page.Statuses[i]
		if !isSuccess(s.Code) || byCode[s.Code] != nil {
			continue
		}
		byCode[s.Code] = s
		if picked == nil {
			picked = s
		}
	}
	ok, empty := byCode[http.StatusOK], byCode[http.StatusNoContent]
	if ok != nil && empty != nil {
		picked = empty
		if ok.Returns.Present() {
			picked = ok
		}
	}
	return picked, len(byCode) > 1
}

func (b *builder) statusOfExample(documented *graphdoc.Status) {
	if b.shown == nil || b.shown.Code == 0 {
		return
	}
	for _, s := range b.page.Statuses {
		if s.Code == b.shown.Code {
			return
		}
	}
	b.find(ClassStatusDisagrees, b.shown.Line, fmt.Sprintf("Success is %d.", documented.Code),
		"The example answers %d; the Response section says %d.", b.shown.Code, documented.Code)
}

// successBody says whether the answer holds the updated entity. A page that does
// not say gives no fact.
func (b *builder) successBody(documented *graphdoc.Status) Fact[bool] {
	exampleHas := b.shown != nil && strings.TrimSpace(b.shown.Body) != ""
	var said Fact[bool]
	switch {
	case documented != nil && documented.Returns.Present() && documented.Code != http.StatusNoContent:
		said = fact(b, true, documented.Returns.Line)
	case documented != nil && documented.Empty:
		said = fact(b, false, documented.Line)
	case b.op.Success.Status == http.StatusNoContent:
		return byConvention(false, ruleNoContent)
	case exampleHas:
		return fact(b, true, b.shown.BodyLine)
	case documented == nil && b.shown == nil:
		return byConvention(true, rulePatchStatus)
	default:
		return Fact[bool]{}
	}
	// A status that differs is a finding already.
	if b.shown != nil && b.shown.Code == documented.Code && exampleHas != said.Value {
		b.find(ClassBodyDisagrees, b.shown.Line, "The Response section is right.",
			"The Response section says that %s body is returned; the example shows otherwise.",
			map[bool]string{true: "a", false: "no"}[said.Value])
	}
	return said
}

func (b *builder) reason(code int, reason string, line int) {
	want := http.StatusText(code)
	if reason == "" || want == "" || strings.EqualFold(squeeze(reason), squeeze(want)) {
		return
	}
	b.find(ClassReasonPhrase, line, fmt.Sprintf("The code %d is right.", code),
		"%d stands beside %q; it is called %q.", code, reason, want)
}

// squeeze takes out spaces: "NoContent" is no other phrase than "No Content".
func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

// responseLine is the line to name for what the page does not say of its answers.
func (b *builder) responseLine() int {
	if len(b.page.Response) > 0 {
		return b.page.Response[0].Line
	}
	if len(b.page.Statuses) > 0 {
		return b.page.Statuses[0].Line
	}
	return b.page.Title.Line
}

func codes(statuses []graphdoc.Status) string {
	var out []string
	seen := map[int]bool{}
	for _, s := range statuses {
		if isSuccess(s.Code) && !seen[s.Code] {
			seen[s.Code] = true
			out = append(out, fmt.Sprint(s.Code))
		}
	}
	return strings.Join(out, ", ")
}

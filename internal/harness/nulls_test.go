package harness

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"graphpact/internal/result"
)

const withExample = answers200 + "\n\n## Examples\n\n### Request\n\n```http\nPATCH https://graph.microsoft.com/v1.0/lamps/1\nContent-Type: application/json\n\n" +
	"{ \"name\": \"Hall\", \"zone\": \"A\" }\n```\n\n### Response\n\n```http\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n" +
	"{ \"id\": \"1\", \"name\": \"Hall\", \"zone\": \"A\" }\n```"

// without is a handler that leaves a property out of the answers to these methods.
func without(name string, methods ...string) func(http.Handler) http.Handler {
	return rewritten(func(r *http.Request, _ []byte, _ int, body []byte) []byte {
		var object map[string]json.RawMessage
		if slices.Contains(methods, r.Method) && json.Unmarshal(body, &object) == nil {
			delete(object, name)
			body, _ = json.Marshal(object)
		}
		return body
	})
}

// TestPropertyThatIsLeftOut: a property that no answer shows may be null and left out for that,
// which is a warning. One that an answer shows has a value: to leave it out is a failure.
func TestPropertyThatIsLeftOut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		row     string
		methods []string
		want    map[string]result.Verdict
	}{
		"always":                       {"|zone|String|The zone.|", []string{"GET", "PATCH"}, map[string]result.Verdict{"UPD-03": result.Warn, "UPD-32": result.Warn}},
		"always, and it is never null": {"|zone|String|The zone. Required.|", []string{"GET", "PATCH"}, map[string]result.Verdict{"UPD-03": result.Fail, "UPD-32": result.Fail}},
		"from reads alone":             {"|zone|String|The zone.|", []string{"GET"}, map[string]result.Verdict{"UPD-32": result.Fail}},
		"from updates alone":           {"|zone|String|The zone.|", []string{"PATCH"}, map[string]result.Verdict{"UPD-03": result.Fail}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fieldPlay{pages: pageOf(t, "|name|String|The name.|\n"+tt.row, withExample, nil), wrap: without("zone", tt.methods...)}
			if err := p.play(t); err != nil {
				t.Fatal(err)
			}
			for _, r := range p.reqs {
				want, is := tt.want[r.ID]
				if is && r.Verdict != want || !is && r.Verdict == result.Fail && len(tt.methods) > 1 {
					t.Errorf("%s: %s %+v", r.Key(), r.Verdict, r.Checks[max(0, len(r.Checks)-1):])
				}
				if want == result.Warn && !strings.Contains(r.Checks[len(r.Checks)-1].Message, "it may be null") {
					t.Errorf("%s: %+v", r.Key(), r.Checks)
				}
			}
		})
	}
}

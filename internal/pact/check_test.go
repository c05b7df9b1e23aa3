package pact

import (
	"math"
	"strings"
	"testing"

	"graphpact/internal/edm"
)

func TestCheckAccepts(t *testing.T) {
	t.Parallel()
	other := setColour(1)
	other.States = []State{{Name: "the lamp is on", Params: map[string]any{"lampId": "1"}}}
	list := []Interaction{setColour(1), setColour(2), other}
	if err := Check(list); err != nil {
		t.Error(err)
	}
	if err := Check(nil); err != nil {
		t.Error(err)
	}
}

// TestCheckRefuses has one case for each thing that pact-go would take in silence.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	raw := func(kind any, more ...any) map[string]any {
		m := map[string]any{keyType: kind}
		for n := 0; n < len(more); n += 2 {
			m[more[n].(string)] = more[n+1]
		}
		return m
	}
	body := func(v any) func(*Interaction) {
		return func(i *Interaction) { i.Response.Body = map[string]any{"a": v} }
	}
	header := func(name string, v any) func(*Interaction) {
		return func(i *Interaction) { i.Request.Header[name] = v }
	}
	tests := []struct {
		name   string
		change func(*Interaction)
		want   string
	}{
		{"no description", func(i *Interaction) { i.Description = "" }, "interaction 1 (PATCH /rooms/r('1')/lamps/1): description: is empty"},
		{"description of two lines", func(i *Interaction) { i.Description = "a\nb" }, "control character"},
		{"state without name", func(i *Interaction) { i.States[0].Name = "" }, "state name: is empty"},
		{"state twice", func(i *Interaction) { i.States = append(i.States, State{Name: "the lamp is off"}) }, "is a duplicate"},
		{"parameter without name", func(i *Interaction) { i.States[0].Params[""] = 1 }, "is empty"},
		{"parameter that is no JSON", func(i *Interaction) { i.States[0].Params["x"] = math.Inf(1) }, "parameter x: is no JSON value"},
		{"matcher in a parameter", func(i *Interaction) { i.States[0].Params["x"] = Type(1) }, "no matcher may stand here"},
		{"method", func(i *Interaction) { i.Request.Method = "patch" }, `"patch" is not an HTTP method`},
		{"path without slash", func(i *Interaction) { i.Request.Path = "a" }, "does not start with a slash"},
		{"path with query", func(i *Interaction) { i.Request.Path = "/a?b=c" }, "query"},
		{"path with ampersand", func(i *Interaction) { i.Request.Path = "/a&b" }, "mangles"},
		{"path with space", func(i *Interaction) { i.Request.Path = "/a b" }, "mangles"},
		{"path from another parameter", func(i *Interaction) { i.Request.PathFrom = "/rooms/r('1')/lamps/${id}" }, `gives "/rooms/r('1')/lamps/42"`},
		{"path from a parameter that is not there", func(i *Interaction) { i.Request.PathFrom = "/rooms/${room}/lamps/1" }, `gives "/rooms//lamps/1"`},
		{"status", func(i *Interaction) { i.Response.Status = 0 }, "0 is not an HTTP status"},
		{"204 with body", func(i *Interaction) { i.Response.Status = 204 }, "has no body"},
		{"unknown matcher", body(raw("colour", keyValue, 1)), `no matcher of type "colour"`},
		{"matcher without type", body(raw(nil, keyValue, 1)), "no matcher of type"},
		{"unknown matcher deep down", body([]any{map[string]any{"b": EachLike(raw("colour", keyValue, 1))}}), "response body/a/0/b/0: graphpact knows no matcher"},
		{"boolean matcher", body(raw("boolean", keyValue, true)), `no matcher of type "boolean"`},
		{"generator", body(map[string]any{"pact:generator:type": "Uuid"}), "pact:generator:type"},
		{"unknown attribute", body(raw(typeType, keyValue, "x", "regexp", "y")), `a matcher of type type has no "regexp"`},
		{"matcher without example", body(raw(typeInteger)), "no example"},
		{"bound that is no count", body(raw(typeType, keyMin, -1, keyValue, []any{1})), `"min" is not a count`},
		{"regex without pattern", body(raw(typeRegex, keyValue, "x")), "needs a pattern"},
		{"regex that does not compile", body(Regex("^($", "x")), "missing closing )"},
		{"regex with look-ahead", body(Regex("^(?=a)a$", "a")), "invalid or unsupported"},
		{"regex that Rust reads differently", body(Regex(`^\Qa.b\E$`, "a.b")), "differently from Go"},
		{"regex without anchors", body(Regex("a", "a")), "from ^ to $"},
		{"regex against its example", body(Regex("^a$", "b")), "does not match its own example b"},
		{"regex with a number", body(map[string]any{keyType: typeRegex, keyRegex: "^4$", keyValue: 4}), "does not match its own example 4"},
		{"integer example", body(raw(typeInteger, keyValue, 1.5)), "the example 1.5"},
		{"integer as text", body(raw(typeInteger, keyValue, "1")), "is a string"},
		{"null example", body(raw(typeNull, keyValue, 1)), "is a number"},
		{"empty text for notEmpty", body(raw(typeNotEmpty, keyValue, "")), "needs a text"},
		{"list of one", body(raw([]any{raw(typeInteger)}, keyValue, 1)), "two or more"},
		{"list of no matchers", body(raw([]any{1, 2}, keyValue, 1)), "holds a number"},
		{"alternatives for an object", body(Nullable(Type(map[string]any{"b": 1}))), "no alternatives for an object"},
		{"alternatives for an array", body(Nullable(EachLike(1))), "no alternatives for an array"},
		{"alternatives with an unknown one", body(AnyOf(Integer(1), raw("colour"))), `no matcher of type "colour"`},
		{"alternatives against the example", body(AnyOf(Enum([]string{"a"}, "b"), raw(typeNull))), "does not match its own example"},
		{"notEmpty among alternatives", body(raw([]any{raw(typeInteger), raw(typeNotEmpty)}, keyValue, 1)), "use NotEmpty"},
		{"alternatives in a request", func(i *Interaction) { i.Request.Body = map[string]any{"a": Nullable(Type("x"))} }, "a request cannot hold alternatives"},
		{"body that is no JSON", body(math.NaN()), "response body: is no JSON value"},
		{"JSON body of another type", func(i *Interaction) { i.Response.Header["Content-Type"] = "text/plain" }, `the Content-Type says "text/plain"`},
		{"header name", header("a b", "x"), `"a b" is not a header name`},
		{"header twice", header("prefer", "x"), "is a duplicate, in different letter case"},
		{"header that is a number", header("X", 1), "the value is a number"},
		{"header that is a list", header("X", []any{"a"}), "the value is an array"},
		{"header with a matcher of a type", header("X", Type("a")), "a header takes a string"},
		{"header matcher with a number", header("X", Equality(1)), "the value is a number"},
		{"header matcher that does not match", header("X", Regex("^a$", "b")), "does not match its own example"},
		{"header that pact-go mangles", header("X", "<a>"), "use Equality"},
		{"header of two lines", header("X", "a\r\nb"), "control character"},
		{"literal token", header("Authorization", "Bearer abc"), "use BearerToken"},
		{"literal placeholder", header("authorization", "Bearer <token>"), "use BearerToken"},
		{"token as example", header("Authorization", Regex("^Bearer .+$", "Bearer abc")), "use BearerToken"},
		{"token in another header", header("X", "Bearer 0123456789abcdef"), "looks like a token"},
		{"token in a body", body("Bearer 0123456789abcdef"), "looks like a token"},
		{"token in a matcher", body(Type("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig")), "looks like a token"},
		{"token in a pattern", body(Regex("^Bearer 0123456789abcdef$", "Bearer 0123456789abcdef")), "looks like a token"},
		{"token in a state", func(i *Interaction) { i.States[0].Params["t"] = map[string]any{"x": "Bearer 0123456789abcdef"} }, "parameter t/x: holds what looks like a token"},
		{"token in a description", func(i *Interaction) { i.Description = "with Bearer 0123456789abcdef" }, "looks like a token"},
		{"token in a path", func(i *Interaction) { i.Request.Path = "/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig" }, "looks like a token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := setColour(1)
			tt.change(&i)
			err := Check([]Interaction{i})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestCheckNamesAllAtOnce(t *testing.T) {
	t.Parallel()
	a, b := setColour(1), setColour(2)
	a.Request.Method = ""
	b.Response.Status = 7
	twin := setColour(2)
	// The order of states tells nothing apart.
	b.States = []State{{Name: "x"}, {Name: "y"}}
	twin.States = []State{{Name: "y"}, {Name: "x"}}
	err := Check([]Interaction{a, b, twin})
	if err == nil {
		t.Fatal("all passed")
	}
	for _, want := range []string{
		`interaction "an update that sets the colour, 001": request method`,
		`interaction "an update that sets the colour, 002": response status`,
		`interaction "an update that sets the colour, 002": description: another interaction has the same`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %s", err, want)
		}
	}
}

func TestPlayChecks(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	i := setColour(1)
	i.Response.Body = map[string]any{"a": map[string]any{keyType: "colour", keyValue: 1}}
	if err := s.Record(t.Context(), i, send(nil)); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("got %v", err)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern string
		ok      bool
	}{
		{`^a$`, true},
		{`^(a|b)$`, true},
		{`^a$|^b$`, true},
		{`(^a$)`, true},
		{`^(?s:.*)$`, true},
		{`^[]a]$`, true},
		{`^[^]a]$`, true},
		{`^[[:alpha:]_]$`, true},
		{`^[a\]\[]$`, true},
		{`^[+-]$`, true},
		{`^a{2,3}b{1}c{4,}$`, true},
		{`^\x{41}\pL\p{Greek}\.\{$`, true},
		{`^a|b$`, false},
		{`a$`, false},
		{`^a`, false},
		{`(?m)^a$`, false},
		{`^\Qa\E$`, false},
		{`^\C$`, false},
		{`^\01$`, false},
		{`^\<a\>$`, false},
		{`^[[a]$`, false},
		{`^[a&&b]$`, false},
		{`^[a--b]$`, false},
		{`^[a~~b]$`, false},
		{`^a{$`, false},
		{`^a{,3}$`, false},
		{`^{a}$`, false},
		{`^(a)\1$`, false},
		{`^[[:nope:]]$`, false},
	}
	for _, tt := range tests {
		if _, err := compilePattern(tt.pattern); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want it to pass: %v", tt.pattern, err, tt.ok)
		}
	}
}

func TestMatchersOfText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		matcher map[string]any
		yes, no []string
	}{
		{
			Regex(edm.DateTimeOffsetPattern, "2024-03-22T21:28:02Z"),
			[]string{"2024-03-22T21:28:02Z", "2024-03-22T21:28:02.7Z", "2024-03-22T21:28:02.7164229Z", "2024-03-22T21:28:02.716422912345Z", "2024-03-22T21:28:02+00:00"},
			[]string{"2024-03-22", "2024-03-22T21:28:02", "2024-03-22T21:28:02.Z", "2024-03-22T21:28:02.7164229123456Z", "2024-13-22T21:28:02Z", "2024-03-22T24:28:02Z"},
		},
		{Enum([]string{"a.b", "c"}, "c"), []string{"a.b", "c"}, []string{"axb", "C", "cc", "", "a.b|c"}},
		{JSONMediaType(), []string{"application/json", "application/json;odata.metadata=minimal", "Application/JSON ; charset=utf-8"}, []string{"application/jsonp", "text/json", "application/problem+json"}},
		{BearerToken(), []string{"Bearer <token>", "Bearer x"}, []string{"Bearer ", "bearer x", "Basic x"}},
	}
	for _, tt := range tests {
		re, err := compilePattern(tt.matcher[keyRegex].(string))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range tt.yes {
			if !re.MatchString(s) {
				t.Errorf("%s refuses %q", re, s)
			}
		}
		for _, s := range tt.no {
			if re.MatchString(s) {
				t.Errorf("%s takes %q", re, s)
			}
		}
	}
}

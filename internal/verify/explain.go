package verify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/jsonpointer"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/transport"
)

// Names of checks that MismatchAttribute knows again.
const (
	statusCheck = "the status"
	headerCheck = "the header "
)

// MismatchAttribute names what a failed check of an answer is about, as Pact's own
// verifiers do: status, header, body, or "" for none of them; with the place in the body
// or the name of the header.
func MismatchAttribute(c result.Check) (attribute, identifier string) {
	switch name, isHeader := strings.CutPrefix(c.Name, headerCheck); {
	case c.Name == statusCheck:
		return "status", ""
	case isHeader:
		return "header", name
	case c.Pointer != "":
		return "body", c.Pointer
	}
	return "", ""
}

// The classes of failure that have a name of their own.
const (
	classStatusDrift = "status-drift"
	classMissing     = "missing-property"
	classEnum        = "undocumented-value"
	classDate        = "malformed-date"
)

// checks makes checks of the library's result: one for the status, one for
// the headers and one for the body where they are right, and one for each place where they are not.
func (k *Catalog) checks(i pact.Interaction, ex *client.Exchange, found []pact.Difference) []result.Check {
	op := k.operation(i)
	var status, header, body, other []result.Check
	if allowed, ok := allowedStatus(i, op, ex); ok {
		// A Pact holds one status, and with it one body.
		status = []result.Check{allowed}
		if len(ex.Body) == 0 {
			return append(status, result.Check{Name: "the body", Verdict: result.Skip, Message: transport.Status(ex.Status) + " has none to look at"})
		}
		found = slices.DeleteFunc(slices.Clone(found), func(d pact.Difference) bool { return d.Type == "StatusMismatch" })
	}
	for _, group := range byPlace(found) {
		d := group[0]
		switch d.Type {
		case "StatusMismatch":
			status = append(status, k.statusCheck(i, op, ex, d))
		case "HeaderMismatch":
			header = append(header, result.Check{
				Name: headerCheck + d.Header, Verdict: result.Fail, Expected: expectation(group), Actual: string(d.Actual), Message: sentences(group),
			})
		case "BodyMismatch":
			body = append(body, k.bodyChecks(op, group)...)
		case "BodyTypeMismatch":
			body = append(body, result.Check{
				Name: "the type of the body", Verdict: result.Fail, Expected: string(d.Expected), Actual: string(d.Actual), Message: sentences(group),
			})
		default:
			other = append(other, result.Check{Name: "the answer is what the pact expects", Verdict: result.Fail, Message: sentences(group)})
		}
	}
	if len(status) == 0 {
		status = []result.Check{{
			Name: statusCheck, Verdict: result.Pass, Expected: transport.Status(i.Response.Status), Actual: transport.Status(ex.Status),
		}}
	}
	if len(header) == 0 {
		header = []result.Check{{Name: "the headers are what the pact expects", Verdict: result.Pass}}
	}
	if len(body) == 0 {
		body = []result.Check{{Name: "the body is what the pact expects", Verdict: result.Pass}}
	}
	slices.SortStableFunc(body, func(a, b result.Check) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return slices.Concat(status, header, body, other)
}

// byPlace joins the mismatches of one place: alternatives give one each.
func byPlace(found []pact.Difference) [][]pact.Difference {
	place := func(d pact.Difference) string { return d.Type + " " + d.Header + " " + d.Path }
	sorted := slices.Clone(found)
	slices.SortStableFunc(sorted, func(a, b pact.Difference) int { return cmp.Compare(place(a), place(b)) })
	var groups [][]pact.Difference
	for n, d := range sorted {
		if n > 0 && place(sorted[n-1]) == place(d) {
			groups[len(groups)-1] = append(groups[len(groups)-1], d)
		} else {
			groups = append(groups, []pact.Difference{d})
		}
	}
	return groups
}

// sentences are the library's own.
func sentences(group []pact.Difference) string {
	words := make([]string, len(group))
	for n, d := range group {
		words[n] = d.Text
	}
	return "Pact: " + strings.Join(words, "; ")
}

// allowedStatus is the check of an answer whose status the page allows in the place of the one in
// graphpact's own pact. What another tool's consumer expects is its own matter.
func allowedStatus(i pact.Interaction, op *contract.Operation, ex *client.Exchange) (result.Check, bool) {
	if op == nil || i.Requirement == "" || strings.HasPrefix(i.Requirement, IDPrefix) || i.Response.Status != op.Success.Status || ex.Status == i.Response.Status {
		return result.Check{}, false
	}
	also, ok := op.Success.Allows(ex.Status, false)
	if !ok {
		return result.Check{}, false
	}
	return result.Check{
		Name: statusCheck, Verdict: result.Pass, Actual: transport.Status(ex.Status),
		Expected: transport.Status(i.Response.Status) + ", or " + transport.Status(also.Status),
		Source:   fact(also.Source, fmt.Sprintf("the page allows %d", also.Status)), Message: "the Pact holds one status; the page allows this one too",
	}, true
}

func (k *Catalog) statusCheck(i pact.Interaction, op *contract.Operation, ex *client.Exchange, d pact.Difference) result.Check {
	c := result.Check{
		Name: statusCheck, Verdict: result.Fail, Message: sentences([]pact.Difference{d}),
		Expected: transport.Status(i.Response.Status), Actual: transport.Status(ex.Status),
	}
	why := ""
	switch {
	case isSuccess(i.Response.Status) && isSuccess(ex.Status):
		c.Class = classStatusDrift
		if op != nil && op.Success.Status == i.Response.Status {
			c.Source = fact(op.Success.Source, fmt.Sprintf("the page promises %d", i.Response.Status))
			why = fmt.Sprintf("status drift: %s, and the provider answers %d", cite(fmt.Sprintf("the page promises %d", i.Response.Status), op.Success.Source), ex.Status)
		}
	case ex.Status == http.StatusUnauthorized, ex.Status == http.StatusForbidden:
		why = "the provider does not let the request in: check " + k.TokenFrom
		if !ex.TokenSent {
			why = "the provider asks for a token, and none was sent: " + k.TokenHint
		}
	case isSuccess(i.Response.Status) && ex.Status == http.StatusNotFound:
		why = "the provider does not have the entity: is the provider state set up with the parameters of the pact?"
	case ex.Status/100 == 3:
		why = "a redirect is an answer like any other, and is not followed"
	case ex.Status/100 == 5:
		why = "the provider failed on the request"
	}
	c.Message = join(why, c.Message)
	return c
}

func isSuccess(status int) bool { return status/100 == 2 }

func join(why, pactSays string) string {
	if why == "" {
		return pactSays
	}
	if strings.HasSuffix(why, "?") {
		return why + " " + pactSays
	}
	return why + ". " + pactSays
}

// bodyChecks are those of one place in the body.
func (k *Catalog) bodyChecks(op *contract.Operation, group []pact.Difference) []result.Check {
	d := group[0]
	if missing := missingMembers(d); len(group) == 1 && len(missing) > 0 {
		checks := make([]result.Check, len(missing))
		for n, name := range missing {
			c := result.Check{
				Name: "the body has what the pact expects", Verdict: result.Fail, Class: classMissing,
				Pointer: pointer(d.Path) + jsonpointer.Of(name), Expected: "a value", Actual: "nothing", Message: sentences(group),
			}
			if p := property(op, c.Pointer); p != nil && p.Shown.Source.Line > 0 {
				c.Source = fact(p.Shown.Source, "the response example shows "+p.Name)
				c.Message = join(fmt.Sprintf("the page shows %s in the response (%s)", p.Name, p.Shown.Source.Short()), c.Message)
			}
			checks[n] = c
		}
		return checks
	}
	c := result.Check{
		Name: "the body is what the pact expects", Verdict: result.Fail, Pointer: pointer(d.Path),
		Expected: expectation(group), Actual: string(d.Actual), Message: sentences(group),
	}
	if p := property(op, c.Pointer); p != nil {
		explainValue(&c, op, p, d)
	}
	return []result.Check{c}
}

// explainValue says what the page has to say on the value of a property.
func explainValue(c *result.Check, op *contract.Operation, p *contract.Property, d pact.Difference) {
	var value any
	_ = json.Unmarshal([]byte(d.Actual), &value) // what is no JSON is no member either
	switch {
	case p.Type.IsEnum() && !p.Type.Collection:
		source, gist, ok := op.EnumFact(p.Name)
		if !ok {
			return
		}
		c.Source = fact(source, gist)
		why := "the value is not the one that the update set; " + cite(gist, source)
		if !slices.ContainsFunc(p.Type.Enum, func(m contract.Member) bool { return value == any(m.Value) }) {
			c.Class = classEnum
			why = "the page does not have this value: " + cite(gist, source)
		}
		c.Message = join(why, c.Message)
	case p.Type.Edm == "Edm.DateTimeOffset":
		c.Class = classDate
		gist := fmt.Sprintf("%s is a %s", p.Name, p.Type.Name)
		c.Source = fact(p.Type.Source, gist)
		c.Expected = "a DateTimeOffset, as 2024-03-22T21:28:02.7164229Z"
		c.Message = join(cite(gist, p.Type.Source), c.Message)
	default:
		c.Source = fact(p.Source, "the page has "+p.Name)
	}
}

// cite adds the line of the page to what it says, where there is one.
func cite(gist string, s contract.Source) string {
	if ref := s.Short(); ref != "" {
		return gist + " (" + ref + ")"
	}
	return gist
}

// fact gives a line of the page as a source, nil where there is none.
func fact(s contract.Source, gist string) *result.Source {
	if s.Line == 0 {
		return nil
	}
	return &result.Source{Kind: "doc", Ref: s.Short(), File: s.File, Line: s.Line, Summary: gist}
}

// property is the page's property at the top of the body.
func property(op *contract.Operation, pointer string) *contract.Property {
	names := jsonpointer.Split(pointer)
	if op == nil || len(names) != 1 {
		return nil
	}
	if p, ok := op.Property(names[0]); ok {
		return &p
	}
	return nil
}

// missingMembers gives what an object lacks: the library names the members of both.
func missingMembers(d pact.Difference) []string {
	if !strings.Contains(d.Text, "missing the following keys") {
		return nil
	}
	var want, have []string
	if json.Unmarshal([]byte(d.Expected), &want) != nil || json.Unmarshal([]byte(d.Actual), &have) != nil {
		return nil
	}
	missing := slices.DeleteFunc(want, func(name string) bool { return slices.Contains(have, name) })
	slices.Sort(missing)
	return missing
}

var (
	toMatch = regexp.MustCompile(`to match '(.*)'$`)
	toBe    = regexp.MustCompile(`(?:to be|to not be) (?:a |an |equal to )?(.+?)(?: value)?$`)
)

// expectation puts what a place must hold into a few words. The value in the pact is an
// example where a rule is attached, and stands for itself where none is.
func expectation(group []pact.Difference) string {
	var words []string
	for _, d := range group {
		switch m := toMatch.FindStringSubmatch(d.Text); {
		case m != nil:
			words = append(words, "a match of "+m[1])
			continue
		case strings.HasSuffix(d.Text, "to not be empty"):
			words = append(words, "something that is not empty")
			continue
		}
		if m := toBe.FindStringSubmatch(d.Text); m != nil {
			words = append(words, m[1])
			continue
		}
		words = append(words, "as "+string(d.Expected))
	}
	return strings.Join(slices.Compact(words), ", or ")
}

// pointer makes a JSON Pointer (RFC 6901) of the path of a Pact mismatch, which is a
// JSONPath of names and indexes alone: $.a['b c'][0]. What is none gives "".
func pointer(path string) string {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return ""
	}
	var b strings.Builder
	for rest != "" {
		var name string
		switch {
		case strings.HasPrefix(rest, "['"):
			var closed bool
			if name, rest, closed = strings.Cut(rest[2:], "']"); !closed {
				return ""
			}
		case rest[0] == '[':
			var closed bool
			if name, rest, closed = strings.Cut(rest[1:], "]"); !closed {
				return ""
			}
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			name, rest = rest[1:end], rest[end:]
		default:
			return ""
		}
		b.WriteString(jsonpointer.Of(name))
	}
	return b.String()
}

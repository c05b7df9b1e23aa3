package brokertest

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the broker's own identity of a content
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// content is what a consumer expects of a provider; versions share it.
type content struct {
	consumer, provider *pacticipant
	sha                string
	text               []byte // the first that was sent with this content
	doc                object
	created            time.Time
	results            []*result
}

// pact is a content as published with a version of the consumer.
type pact struct {
	version *version
	*content
}

func (s *Server) pactOf(consumer, provider, number string) *pact {
	return first(s.pacts, func(p *pact) bool {
		return p.consumer.name == consumer && p.provider.name == provider && p.version.number == number
	})
}

func (s *Server) contentOf(consumer, provider, sha string) *content {
	return first(s.contents, func(c *content) bool {
		return c.consumer.name == consumer && c.provider.name == provider && c.sha == sha
	})
}

// hash is the SHA-1 of a value as JSON with sorted members: how the broker makes the
// identity of an interaction and of a pact.
func hash(v any) string {
	var b bytes.Buffer
	_ = encoder(&b).Encode(v)
	return fmt.Sprintf("%x", sha1.Sum(bytes.TrimSuffix(b.Bytes(), []byte("\n")))) //nolint:gosec // see above
}

// identity is the SHA of what counts in a pact: its interactions whatever their order,
// and the version of the specification. A document that is no pact counts whole.
func identity(doc object) string {
	interactions, isPact := doc["interactions"].([]any)
	if !isPact {
		return hash(doc)
	}
	text := func(v any) string {
		data, _ := json.Marshal(v)
		return string(data)
	}
	counts := object{"interactions": slices.SortedFunc(slices.Values(interactions), func(a, b any) int { return strings.Compare(text(a), text(b)) })}
	if metadata, _ := doc["metadata"].(object); metadata != nil {
		if spec, _ := metadata["pactSpecification"].(object); spec != nil {
			counts["pact_specification_version"] = spec["version"]
		}
	}
	return hash(counts)
}

// parse reads a pact; the numbers stay as they are written.
func parse(data []byte) (doc any, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err = dec.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err = dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something after the end")
	}
	return doc, nil
}

// contract is one of a publication, checked.
type contract struct {
	provider string
	merge    bool
	text     []byte
	doc      object
}

// publish takes all contracts or none.
func (s *Server) publish(r *http.Request) reply {
	in, bad := input(r, reply{status: http.StatusBadRequest, body: object{"error": "TypeError - no implicit conversion of String into Integer"}})
	if bad != nil {
		return *bad
	}
	errs := fieldErrors{}
	checkText(errs, in, "pacticipantName", "pacticipantName", true)
	checkText(errs, in, "pacticipantVersionNumber", "pacticipantVersionNumber", true)
	if b, isText := in["branch"].(string); isText && strings.TrimSpace(b) == "" {
		errs.add("branch", "cannot be blank")
	}
	tags := checkTags(errs, in)
	list := required[[]any](errs, in, "contracts", "must be an array")
	consumer, number := text(in, "pacticipantName"), text(in, "pacticipantVersionNumber")
	if number == "blocked" { // for the tests: a version that a broker does not take
		errs.add("pacticipantVersionNumber", "is not allowed")
	}
	var contracts []contract
	for i, raw := range list {
		contracts = append(contracts, checkContract(errs, raw, consumer, i))
	}
	if len(errs) > 0 {
		return refused(errs)
	}
	if len(contracts) == 0 {
		return broken()
	}
	names := []string{consumer}
	for _, k := range contracts {
		names = append(names, k.provider)
	}
	for _, name := range names {
		if known := s.similarTo(name); known != nil {
			return conflict([]object{{"type": "error", "text": similarText(s, name, known)}})
		}
	}
	for _, k := range contracts {
		old := s.pactOf(consumer, k.provider, number)
		if old != nil && old.sha != identity(k.doc) && !s.set.AllowModification {
			return conflict([]object{{"type": "error", "text": cannotChange(consumer, number, k.provider)}, {"type": "info", "text": differences(old.doc, k.doc)}})
		}
	}
	return s.take(consumer, number, text(in, "branch"), text(in, "buildUrl"), tags, contracts)
}

// take stores what was checked.
func (s *Server) take(consumer, number, branch, buildURL string, tags []string, contracts []contract) reply {
	verb := "Updated"
	if s.findVersion(consumer, number) == nil {
		verb = "Created"
	}
	v := s.version(consumer, number)
	what := fmt.Sprintf("%s %s version %s", verb, consumer, number)
	if branch != "" {
		s.addBranch(v, branch)
		what += " with branch " + branch
	}
	if len(tags) > 0 {
		joint := " and tags "
		if branch == "" {
			joint = " with tags "
		}
		what += joint + strings.Join(tags, ", ")
	}
	if buildURL != "" {
		v.buildURL = buildURL
	}
	for _, t := range tags {
		v.addTag(t)
	}
	notices := []object{{"type": "debug", "text": what}}
	if len(v.branches) == 0 {
		notices = append(notices, object{"type": "prompt", "text": "  Next steps:\n    Configure the version branch to be the value of your repository branch."})
	}
	links, tagLinks := []object{}, []object{}
	for _, k := range contracts {
		p, done, events := s.store(v, k)
		notices = append(notices, done, object{"type": "debug", "text": "  View the published pact at " + s.atPact(p)}, object{"type": "debug", "text": "  Events detected: " + events})
		notices = append(notices, s.nextSteps(p)...)
		links = append(links, s.pactLink(p))
	}
	for _, t := range tags {
		tagLinks = append(tagLinks, s.tagLink(v, t))
	}
	var logs []object
	for _, n := range notices {
		logs = append(logs, object{"level": n["type"], "message": n["text"], "deprecationWarning": "Replaced by notices"})
	}
	return ok(object{"notices": notices, "logs": logs,
		"_embedded": object{
			"pacticipant": object{"name": consumer, "_links": self(s.atPacticipant(v.of))},
			"version":     object{"number": number, "_links": object{"self": s.versionLink(v, "Version")}},
		},
		"_links": object{
			"pb:pacticipant":              link(s.atPacticipant(v.of), "Pacticipant", consumer),
			"pb:pacticipant-version":      s.versionLink(v, "Pacticipant version"),
			"pb:pacticipant-version-tags": tagLinks, "pb:contracts": links,
		}})
}

// store keeps one pact, and gives the notice and the events of it.
func (s *Server) store(v *version, k contract) (p *pact, notice object, events string) {
	whole := fmt.Sprintf("%s version %s and provider %s", v.of.name, v.number, k.provider)
	old := s.pactOf(v.of.name, k.provider, v.number)
	notice = object{"type": "success", "text": "Pact successfully published for " + whole + "."}
	published := []string{"contract_published"}
	switch {
	case old == nil:
		p = &pact{version: v, content: s.keep(v.of, k)}
		changed, reason := s.changed(p)
		s.pacts = append(s.pacts, p)
		if s.wanted(p) {
			published = append(published, "contract_requiring_verification_published")
		}
		if changed {
			published = append(published, "contract_content_changed")
		}
		return p, notice, strings.Join(published, ", ") + " (" + reason + ")"
	case old.sha == identity(k.doc):
		notice["text"] = "Pact successfully republished for " + whole + " with no content changes."
		return old, notice, "contract_published"
	case k.merge:
		notice["text"] = "Pact content merged with existing content for " + whole + "."
		k.doc = merged(old.doc, k.doc)
	default:
		notice = object{"type": "warning", "text": "Pact with changed content published over existing content for " + whole +
			". This is not recommended in normal circumstances and may indicate that you have not configured your Pact pipeline correctly. For more information see https://docs.pact.io/go/versioning"}
	}
	old.content = s.keep(v.of, k)
	published = append(published, "contract_content_changed")
	return old, notice, strings.Join(published, ", ") + " (pact content modified since previous publication for " + v.of.name + " version " + v.number + ")"
}

// keep gives the content that the broker has under the same SHA, or a new one. A merged
// pact goes under the SHA of its last part, and so may get what is there already: a
// fault of the broker.
func (s *Server) keep(consumer *pacticipant, k contract) *content {
	sha := identity(k.doc)
	if part, err := parse(k.text); err == nil {
		sha = identity(part.(object))
	}
	if c := s.contentOf(consumer.name, k.provider, sha); c != nil {
		return c
	}
	c := &content{consumer: consumer, provider: s.pacticipant(k.provider), sha: sha, text: k.text, doc: k.doc, created: s.now()}
	s.contents = append(s.contents, c)
	return c
}

// merged puts the interactions of a part into a pact; one with the same description and
// states takes the place of the one before it.
func merged(whole, part object) object {
	same := func(a any) string {
		i, _ := a.(object)
		data, _ := json.Marshal([]any{i["description"], i["providerState"], i["providerStates"]})
		return string(data)
	}
	interactions := slices.Clone(whole["interactions"].([]any))
	news, _ := part["interactions"].([]any)
	for _, n := range news {
		if at := slices.IndexFunc(interactions, func(i any) bool { return same(i) == same(n) }); at >= 0 {
			interactions[at] = n
		} else {
			interactions = append(interactions, n)
		}
	}
	doc := maps.Clone(part)
	doc["interactions"] = interactions
	return doc
}

// changed reports whether the pact differs from the one before it, by tag where the
// version has tags, and says why.
func (s *Server) changed(p *pact) (bool, string) {
	lines := p.version.tags
	if len(lines) == 0 {
		lines = []string{""}
	}
	var reasons []string
	for _, tag := range lines {
		before := s.before(p, tag)
		switch {
		case before != nil && before.sha == p.sha:
		case before != nil && tag == "":
			reasons = append(reasons, "pact content has changed since previous untagged version")
		case before != nil:
			reasons = append(reasons, "pact content has changed since the last consumer version tagged with "+tag)
		case tag == "":
			reasons = append(reasons, "first time untagged pact published")
		default:
			reasons = append(reasons, "first time any pact published for this consumer with consumer version tagged "+tag)
		}
	}
	if len(reasons) > 0 {
		return true, strings.Join(reasons, ", ")
	}
	noun := "versions with tags"
	if len(p.version.tags) == 1 {
		noun = "version with tag"
	}
	return false, "pact content is the same as previous " + noun + " " + strings.Join(p.version.tags, ", ") + " and no new tags were applied"
}

// before is the pact of the last version with the tag, or without any.
func (s *Server) before(p *pact, tag string) *pact {
	for _, q := range slices.Backward(s.pacts) {
		fits := tag == "" && len(q.version.tags) == 0 || tag != "" && slices.Contains(q.version.tags, tag)
		if q.version != p.version && q.consumer == p.consumer && q.provider == p.provider && fits {
			return q
		}
	}
	return nil
}

// wanted reports whether a version of the provider that counts, the head of its main
// branch or one in an environment, has no result for the pact.
func (s *Server) wanted(p *pact) bool {
	var count []*version
	if main := p.provider.mainBranch; main != "" {
		if v := s.latest(p.provider, onBranch(main)); v != nil {
			count = append(count, v)
		}
	}
	for _, at := range s.placements {
		if at.version.of == p.provider && !at.ended {
			count = append(count, at.version)
		}
	}
	return slices.ContainsFunc(count, func(v *version) bool {
		return !slices.ContainsFunc(p.results, func(r *result) bool { return r.by == v })
	})
}

// nextSteps prompts for what the pair has not: results, and a webhook (the fake has none).
func (s *Server) nextSteps(p *pact) []object {
	prompt := func(text string) object { return object{"type": "prompt", "text": text} }
	out := []object{prompt("  Next steps:")}
	verified := slices.ContainsFunc(s.contents, func(c *content) bool {
		return c.consumer == p.consumer && c.provider == p.provider && len(c.results) > 0
	})
	if !verified {
		out = append(out, prompt("    * Add Pact verification tests to the "+p.provider.name+" build. See https://docs.pact.io/go/provider_verification"))
	}
	return append(out, prompt("    * Configure separate "+p.provider.name+" pact verification build and webhook to trigger it when the pact content changes. See https://docs.pact.io/go/webhooks"))
}

func conflict(notices []object) reply {
	return reply{status: http.StatusConflict, kind: plainJSON, body: object{"notices": notices, "errors": object{"contracts": []any{notices[0]["text"]}}}}
}

func cannotChange(consumer, number, provider string) string {
	return fmt.Sprintf("Cannot change the content of the pact for %s version %s and provider %s, as race conditions will cause unreliable results for can-i-deploy. "+
		"Each pact must be published with a unique consumer version number. Some Pact libraries generate random data when a concrete value for a type matcher is not specified, "+
		"and this can cause the contract to mutate - ensure you have given example values for all type matchers. For more information see https://docs.pact.io/go/versioning", consumer, number, provider)
}

// differences is a difference for people: the lines of the one that the other has not.
func differences(before, after object) string {
	lines := func(doc object) []string {
		data, _ := json.MarshalIndent(doc["interactions"], "", "  ")
		return strings.Split(string(data), "\n")
	}
	var out []string
	only := func(sign string, these, others []string) {
		for _, l := range these {
			if !slices.Contains(others, l) {
				out = append(out, sign+l)
			}
		}
	}
	only("-", lines(before), lines(after))
	only("+", lines(after), lines(before))
	return strings.Join(out, "\n")
}

// checkText checks a member that must be a text.
func checkText(errs fieldErrors, in object, field, name string, oneLine bool) {
	v, given := in[name]
	s, isText := v.(string)
	switch {
	case !given:
		errs.add(field, "is missing")
	case isText && s == "":
		errs.add(field, "must be filled")
	case !isText:
		errs.add(field, "must be a string")
	case oneLine && strings.Contains(s, "\n"):
		errs.add(field, "cannot contain multiple lines")
	case oneLine && strings.TrimSpace(s) == "":
		errs.add(field, "cannot be blank")
	}
}

func checkTags(errs fieldErrors, in object) []string {
	var tags []string
	for i, t := range optional[[]any](errs, in, "tags", "must be an array") {
		tag, _ := t.(string)
		if tag == "" {
			errs.add("tags", "must be filled (at index %d)", i)
		}
		tags = append(tags, tag)
	}
	return tags
}

func checkContract(errs fieldErrors, raw any, pacticipant string, i int) contract {
	in, _ := raw.(object)
	add := func(format string, args ...any) {
		errs.add("contracts", format+" (at index %d)", append(args, i)...)
	}
	for _, name := range []string{"consumerName", "providerName", "content", "contentType", "specification"} {
		field := fieldErrors{}
		checkText(field, in, "", name, false)
		for _, e := range field[""] {
			add("%s", name+" "+e)
		}
	}
	oneOf := func(name string, values ...string) {
		if v := text(in, name); v != "" && !slices.Contains(values, v) {
			add("%s must be one of: %s", name, strings.Join(values, ", "))
		}
	}
	oneOf("specification", "pact")
	oneOf("contentType", "application/json")
	oneOf("onConflict", "overwrite", "merge")
	k := contract{provider: text(in, "providerName"), merge: in["onConflict"] == "merge"}
	var err error
	encoded := text(in, "content")
	if k.text, err = base64.StdEncoding.DecodeString(encoded); err != nil || encoded == "" {
		add("is not valid Base64")
		err = io.EOF
	}
	var doc any
	if err == nil {
		doc, err = parse(k.text)
	}
	if err != nil {
		add("content could not be parsed as application/json")
		return k
	}
	var isObject bool
	if k.doc, isObject = doc.(object); !isObject {
		add("parsed content was expected to be a Hash but was a Array")
		return k
	}
	for _, side := range []string{"consumer", "provider"} {
		inside, _ := k.doc[side].(object)
		name, told := text(inside, "name"), text(in, side+"Name")
		if name != "" && told != "" && name != told {
			add("%s name in contract content ('%s') must match %sName in contract params ('%s')", side, name, side, told)
		}
	}
	if told := text(in, "consumerName"); told != pacticipant && told != "" && pacticipant != "" {
		add("consumerName ('%s') must match pacticipantName ('%s')", told, pacticipant)
	}
	return k
}

// putPact is the older way to publish one.
func (s *Server) putPact(r *http.Request, in object) reply {
	consumer, provider, number := r.PathValue("consumer"), r.PathValue("provider"), r.PathValue("version")
	data, _ := json.Marshal(in)
	k := contract{provider: provider, text: data, doc: in}
	old := s.pactOf(consumer, provider, number)
	if old != nil && old.sha != identity(in) && !s.set.AllowModification {
		return reply{status: http.StatusConflict, body: object{"error": cannotChange(consumer, number, provider)}}
	}
	p, _, _ := s.store(s.version(consumer, number), k)
	a := ok(s.pactBody(p, ""))
	if old == nil {
		a.status = http.StatusCreated
	}
	return a
}

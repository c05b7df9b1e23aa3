package brokertest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) atPair(c *content, more ...string) string {
	return s.at(append([]string{"pacts", "provider", c.provider.name, "consumer", c.consumer.name}, more...)...)
}

func (s *Server) atPact(p *pact, more ...string) string {
	return s.atPair(p.content, append([]string{"version", p.version.number}, more...)...)
}

// atContent is the address of a content, with metadata where there is some.
func (s *Server) atContent(c *content, metadata string, more ...string) string {
	path := []string{"pact-version", c.sha}
	if metadata != "" {
		path = append(path, "metadata", metadata)
	}
	return s.atPair(c, append(path, more...)...)
}

func (p *pact) name() string {
	return fmt.Sprintf("Pact between %s (%s) and %s", p.consumer.name, p.version.number, p.provider.name)
}

func (s *Server) pactLink(p *pact) object { return link(s.atPact(p), "Pact", p.name()) }

// encodeMetadata writes what a pact's address carries, as the broker does.
func encodeMetadata(query string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(query))
}

// latestPact gives the last pact that matches, nil for none.
func (s *Server) latestPact(match func(*pact) bool) *pact {
	var found *pact
	for _, p := range s.pacts {
		if match(p) && (found == nil || p.version.id > found.version.id) {
			found = p
		}
	}
	return found
}

// showPact finds a pact by any of its addresses: the consumer's version, the latest, the
// latest with a tag or of a branch, or the content.
func (s *Server) showPact(r *http.Request) reply {
	match := func(*pact) bool { return true }
	if number := r.PathValue("version"); number != "" {
		match = func(p *pact) bool { return p.version.number == number }
	} else if tag := r.PathValue("tag"); tag != "" {
		match = func(p *pact) bool { return withTag(tag)(p.version) }
	} else if branch := r.PathValue("branch"); branch != "" {
		match = func(p *pact) bool { return onBranch(branch)(p.version) }
	} else if sha := r.PathValue("sha"); sha != "" {
		match = func(p *pact) bool { return p.sha == sha }
	}
	ofPair := func(p *pact) bool {
		return p.consumer.name == r.PathValue("consumer") && p.provider.name == r.PathValue("provider") && match(p)
	}
	metadata := r.PathValue("metadata")
	p := s.latestPact(ofPair)
	if named := s.namedByMetadata(metadata); len(named) > 0 {
		if q := s.latestPact(func(p *pact) bool { return ofPair(p) && slices.Contains(named, p.version) }); q != nil {
			p = q
		}
	}
	if p == nil {
		return notFound()
	}
	if strings.Contains(r.URL.Path, "/latest") {
		metadata = "cv=" + strconv.Itoa(p.version.id)
		if tag := r.PathValue("tag"); tag != "" {
			metadata = "cvt%5B%5D=" + url.QueryEscape(tag) + "&" + metadata
		}
		metadata = encodeMetadata(metadata)
	}
	return ok(s.pactBody(p, metadata))
}

// namedByMetadata gives the versions of the consumer that the metadata of an address
// names, by number (cvn) or by the broker's own id (s[][cv]).
func (s *Server) namedByMetadata(metadata string) []*version {
	data, err := base64.RawURLEncoding.DecodeString(metadata)
	if err != nil || metadata == "" {
		return nil
	}
	values, err := url.ParseQuery(string(data))
	if err != nil {
		return nil
	}
	var out []*version
	for _, v := range s.versions {
		if slices.Contains(values["cvn"], v.number) || slices.Contains(values["s[][cv]"], strconv.Itoa(v.id)) {
			out = append(out, v)
		}
	}
	return out
}

// pactBody is a pact with its links. Each interaction has an id.
func (s *Server) pactBody(p *pact, metadata string) object {
	doc := maps.Clone(p.doc)
	if list, isList := doc["interactions"].([]any); isList {
		var with []any
		for _, i := range list {
			if i, isObject := i.(object); isObject {
				id := hash(i)
				i = maps.Clone(i)
				i["_id"] = id
				with = append(with, i)
			}
		}
		doc["interactions"] = with
	}
	doc["createdAt"] = stamp(p.created)
	results := metadata
	named := []object{}
	for _, v := range s.namedByMetadata(metadata) {
		if v.of == p.consumer {
			named = append(named, s.versionLink(v, "Consumer version"))
		}
	}
	links := object{
		"self":                            s.pactLink(p),
		"pb:consumer":                     link(s.atPacticipant(p.consumer), "Consumer", p.consumer.name),
		"pb:consumer-version":             s.versionLink(p.version, "Consumer version"),
		"pb:provider":                     link(s.atPacticipant(p.provider), "Provider", p.provider.name),
		"pb:pact-version":                 link(s.atContent(p.content, ""), "Pact content version permalink", p.sha),
		"pb:latest-pact-version":          link(s.atPair(p.content, "latest"), "Latest version of this pact", ""),
		"pb:all-pact-versions":            link(s.atPair(p.content, "versions"), "All versions of this pact", ""),
		"pb:latest-untagged-pact-version": link(s.atPair(p.content, "latest-untagged"), "Latest untagged version of this pact", ""),
		"pb:latest-tagged-pact-version":   template(s.atPair(p.content, "latest")+"/{tag}", "Latest tagged version of this pact"),
		"pb:previous-distinct":            link(s.atPact(p, "previous-distinct"), "Previous distinct version of this pact", ""),
		"pb:diff-previous-distinct":       link(s.atPact(p, "diff", "previous-distinct"), "Diff with previous distinct version of this pact", ""),
		"pb:diff":                         template(s.atContent(p.content, "", "diff", "pact-version")+"/{pactVersion}", "Diff with another specified version of this pact"),
		"pb:pact-webhooks":                link(s.at("webhooks", "provider", p.provider.name, "consumer", p.consumer.name), "Webhooks for the pact between "+p.consumer.name+" and "+p.provider.name, ""),
		"pb:consumer-webhooks":            link(s.at("webhooks", "consumer", p.provider.name), "Webhooks for all pacts with provider "+p.provider.name, ""),
		"pb:tag-prod-version":             link(s.atVersion(p.version, "tags", "prod"), "PUT to this resource to tag this consumer version as 'production'", ""),
		"pb:tag-version":                  link(s.atVersion(p.version, "tags")+"/{tag}", "PUT to this resource to tag this consumer version", ""),
		"pb:publish-verification-results": link(s.atContent(p.content, results, "verification-results"), "Publish verification results", ""),
		"pb:latest-verification-results":  object{"href": s.atContent(p.content, "", "verification-results", "latest")},
		"pb:triggered-webhooks":           link(s.atPact(p, "triggered-webhooks"), "Webhooks triggered by the publication of this pact", ""),
		"pb:matrix-for-consumer-version": link(s.at("matrix")+"?"+escape("q[][pacticipant]")+"="+escape(p.consumer.name)+"&"+escape("q[][version]")+"="+escape(p.version.number)+"&latestby=cvpv",
			"View matrix rows for the consumer version to which this pact belongs", ""),
		"curies": s.curies("pact"),
	}
	if len(named) > 0 {
		links["pb:consumer-versions"] = named
	}
	doc["_links"] = links
	return doc
}

// latestPactsOf lists the latest pact of each consumer of a provider.
func (s *Server) latestPactsOf(r *http.Request) reply {
	provider := s.findPacticipant(r.PathValue("provider"))
	if provider == nil {
		return unknown("provider", r.PathValue("provider"))
	}
	pacts, old := []object{}, []object{}
	for _, c := range s.consumersOf(provider) {
		p := s.latestPact(func(p *pact) bool { return p.provider == provider && p.consumer == c })
		pacts = append(pacts, link(s.atPact(p), p.name(), c.name))
		old = append(old, link(s.atPact(p), "DEPRECATED - please use the pb:pacts relation. "+p.name(), c.name))
	}
	return ok(object{"_links": object{
		"self":        link(s.at("pacts", "provider", provider.name, "latest"), "Latest pact versions for the provider "+provider.name, ""),
		"pb:provider": link(s.atPacticipant(provider), "", provider.name), "pb:pacts": pacts,
		"provider": link(s.atPacticipant(provider), provider.name, "DEPRECATED - please use the pb:provider relation"), "pacts": old,
	}})
}

// result is what a version of the provider found.
type result struct {
	number  int
	success bool
	by      *version
	body    object // what the broker shows of it beside its own
	sent    []byte
}

func (s *Server) addResult(c *content, r *result) {
	s.numbers++
	r.number = s.numbers
	c.results = append(c.results, r)
}

func (s *Server) publishResult(r *http.Request) reply {
	c := s.contentOf(r.PathValue("consumer"), r.PathValue("provider"), r.PathValue("sha"))
	if c == nil {
		return notFound()
	}
	if r.ContentLength == 0 {
		a := broken()
		a.body.(object)["error"].(object)["message"] = "unexpected end of input at line 1 column 1"
		return a
	}
	sent := s.requests[len(s.requests)-1].Body
	in, bad := input(r, broken())
	if bad != nil {
		return *bad
	}
	errs := fieldErrors{}
	success, isBool := in["success"].(bool)
	if _, given := in["success"]; !given {
		errs.add("success", "is missing")
	} else if !isBool {
		errs.add("success", "must be boolean")
	}
	checkText(errs, in, "providerApplicationVersion", "providerApplicationVersion", true)
	if build, given := in["buildUrl"].(string); given {
		if u, err := url.Parse(build); err != nil || u.Scheme != "http" && u.Scheme != "https" {
			errs.add("buildUrl", "is not a valid URL eg. http://example.org")
		}
	}
	if len(errs) > 0 {
		return refused(errs)
	}
	body := object{"verifiedBy": verifiedBy(in)}
	for _, name := range []string{"buildUrl", "testResults"} {
		if v, given := in[name]; given {
			body[name] = v
		}
	}
	res := &result{success: success, by: s.version(c.provider.name, text(in, "providerApplicationVersion")), body: body, sent: sent}
	s.addResult(c, res)
	return made(s.resultBody(c, res))
}

// verifiedBy is how the broker keeps the verifier's words about itself.
func verifiedBy(in object) object {
	out := object{}
	by, _ := in["verifiedBy"].(object)
	for _, name := range []string{"implementation", "version"} {
		if v, given := by[name]; given {
			out[name] = v
		}
	}
	if client, given := by["clientLanguage"].(object); given {
		out["client_implementation"], out["client_version"], out["client_test_framework"] = client["name"], client["version"], client["testFramework"]
	}
	return out
}

func (s *Server) resultBody(c *content, res *result) object {
	p := s.latestPact(func(p *pact) bool { return p.content == c })
	number := strconv.Itoa(res.number)
	body := maps.Clone(res.body)
	if body["verifiedBy"] == nil {
		body["verifiedBy"] = object{}
	}
	body["providerName"], body["providerApplicationVersion"], body["success"] = c.provider.name, res.by.number, res.success
	body["verificationDate"] = stamp(c.created)
	body["_links"] = object{
		"self":            link(s.atContent(c, "", "verification-results", number), "Verification result", "Verification result "+number+" for "+p.name()),
		"pb:pact-version": link(s.atContent(c, encodeMetadata("cvn="+escape(p.version.number))), "Pact", p.name()),
		"pb:triggered-webhooks": link(s.atContent(c, "", "verification-results", number, "triggered-webhooks"),
			"Webhooks triggered by the publication of this verification result", ""),
	}
	return body
}

func (s *Server) latestResult(r *http.Request) reply {
	c := s.contentOf(r.PathValue("consumer"), r.PathValue("provider"), r.PathValue("sha"))
	if c == nil || len(c.results) == 0 {
		return notFound()
	}
	return ok(s.resultBody(c, c.results[len(c.results)-1]))
}

// latestResults lists the latest result of each provider for a version of a consumer.
func (s *Server) latestResults(r *http.Request) reply {
	v := s.findVersion(r.PathValue("consumer"), r.PathValue("version"))
	if v == nil {
		return notFound()
	}
	list := []object{}
	successful, failed, none := []string{}, []string{}, []string{}
	for _, p := range s.pacts {
		switch {
		case p.version != v:
		case len(p.results) == 0:
			none = append(none, p.provider.name)
		default:
			last := p.results[len(p.results)-1]
			if last.success {
				successful = append(successful, p.provider.name)
			} else {
				failed = append(failed, p.provider.name)
			}
			list = append(list, s.resultBody(p.content, last))
		}
	}
	return ok(object{"success": len(failed)+len(none) == 0, "providerSummary": object{"successful": successful, "failed": failed, "unknown": none},
		"_embedded": object{"verificationResults": list},
		"_links": object{"self": link(s.at("verification-results", "consumer", v.of.name, "version", v.number, "latest"),
			"Latest verification results for consumer "+v.of.name+" version "+v.number, "")}})
}

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
	number, tag, branch, sha := r.PathValue("version"), r.PathValue("tag"), r.PathValue("branch"), r.PathValue("sha")
	switch {
	case number != "":
		match = func(p *pact) bool { return p.version.number == number }
	case tag != "":
		match = func(p *pact) bool { return withTag(tag)(p.version) }
	case branch != "":
		match = func(p *pact) bool { return onBranch(branch)(p.version) }
	case sha != "":
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
		if tag != "" {
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
		"pb:publish-verification-results": link(s.atContent(p.content, metadata, "verification-results"), "Publish verification results", ""),
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

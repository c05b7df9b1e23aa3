package brokertest

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

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
	success := required[bool](errs, in, "success", "must be boolean")
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

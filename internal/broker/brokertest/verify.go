package brokertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

type selector struct {
	MainBranch         bool   `json:"mainBranch"`
	MatchingBranch     bool   `json:"matchingBranch"`
	Branch             string `json:"branch"`
	FallbackBranch     string `json:"fallbackBranch"`
	Tag                string `json:"tag"`
	FallbackTag        string `json:"fallbackTag"`
	Latest             bool   `json:"latest"`
	Deployed           bool   `json:"deployed"`
	Released           bool   `json:"released"`
	DeployedOrReleased bool   `json:"deployedOrReleased"`
	Environment        string `json:"environment"`
	Consumer           string `json:"consumer"`
}

func (s *Server) forVerification(r *http.Request) (int, any) {
	provider := r.PathValue("provider")
	var in struct {
		Selectors      []selector `json:"consumerVersionSelectors"`
		Branch         string     `json:"providerVersionBranch"`
		IncludePending bool       `json:"includePendingStatus"`
		WIPSince       string     `json:"includeWipPactsSince"`
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return refused(err.Error())
	}
	if in.IncludePending && in.Branch == "" {
		return refused("providerVersionBranch must be set to use pending pacts")
	}
	if len(in.Selectors) == 0 {
		in.Selectors = []selector{{MainBranch: true}, {Latest: true}}
	}
	var chosen []*pact
	reasons := map[*pact]string{}
	for _, sel := range in.Selectors {
		if sel.MatchingBranch && in.Branch == "" {
			return refused("providerVersionBranch must be set to use matchingBranch")
		}
		for _, p := range s.selected(provider, sel, in.Branch) {
			if !slices.Contains(chosen, p) {
				chosen = append(chosen, p)
				reasons[p] = "it matches a consumer version selector"
			}
		}
	}
	wip := s.wip(provider, in.WIPSince, in.Branch, chosen)
	entries := []object{}
	for _, p := range append(slices.Clone(chosen), wip...) {
		properties := object{"notices": []object{{"when": "before_verification",
			"text": fmt.Sprintf("The pact of %s version %s is being verified because %s", p.consumer, p.version.number, reasons[p])}}}
		if in.IncludePending {
			properties["pending"] = !p.verifiedOn(in.Branch)
		}
		if slices.Contains(wip, p) {
			properties["wip"] = true
		}
		entries = append(entries, object{
			"shortDescription":       "selected",
			"verificationProperties": properties,
			"_links":                 object{"self": object{"href": s.URL + p.path() + "?metadata=abc", "name": fmt.Sprintf("Pact between %s (%s) and %s", p.consumer, p.version.number, p.provider)}},
		})
	}
	return http.StatusOK, object{"_embedded": object{"pacts": entries}, "_links": object{"self": s.link(r.URL.Path)}}
}

// selected gives the pacts that a selector chooses, for each consumer the latest
// where the selector names a line of versions.
func (s *Server) selected(provider string, sel selector, providerBranch string) []*pact {
	last := map[string]*pact{}
	var order []string
	var all []*pact
	for _, p := range s.pacts {
		if p.provider != provider || sel.Consumer != "" && p.consumer != sel.Consumer {
			continue
		}
		every, match := sel.matches(s, p, providerBranch)
		switch {
		case !match:
		case every:
			all = append(all, p)
		default:
			if last[p.consumer] == nil {
				order = append(order, p.consumer)
			}
			last[p.consumer] = p
		}
	}
	for _, consumer := range order {
		all = append(all, last[consumer])
	}
	return all
}

// matches tells whether the pact is in the selector's line, and whether every pact of
// the line counts, not the latest alone.
func (sel selector) matches(s *Server, p *pact, providerBranch string) (every, match bool) {
	switch {
	case sel.Deployed, sel.Released, sel.DeployedOrReleased, sel.Environment != "":
		return true, slices.ContainsFunc(s.placed, func(at placement) bool {
			return at.version == p.version && (sel.Environment == "" || at.environment == sel.Environment) &&
				(!sel.Deployed || !at.released) && (!sel.Released || at.released)
		})
	case sel.MainBranch:
		return false, p.version.branch == "main"
	case sel.MatchingBranch:
		return false, p.version.branch == providerBranch
	case sel.Branch != "":
		return false, p.version.branch == sel.Branch
	case sel.Tag != "":
		return !sel.Latest, slices.Contains(p.version.tags, sel.Tag)
	}
	return false, sel.Latest
}

func (s *Server) wip(provider, since, branch string, chosen []*pact) []*pact {
	day, err := time.Parse(time.DateOnly, since)
	if err != nil {
		return nil
	}
	var out []*pact
	for _, p := range s.pacts {
		if p.provider == provider && !slices.Contains(chosen, p) && !p.published.Before(day) && !p.verifiedOn(branch) {
			out = append(out, p)
		}
	}
	return out
}

func (p *pact) verifiedOn(branch string) bool {
	return slices.ContainsFunc(p.results, func(r result) bool { return r.success && r.by.branch == branch })
}

func (p *pact) path() string {
	return "/pacts/" + url.PathEscape(p.provider) + "/" + url.PathEscape(p.consumer) + "/" + url.PathEscape(p.version.number)
}

func (s *Server) showPact(r *http.Request) (int, any) {
	p := s.pactOf(r.PathValue("consumer"), r.PathValue("provider"), r.PathValue("version"))
	if p == nil {
		return notFound()
	}
	doc := object{}
	_ = json.Unmarshal(p.content, &doc)
	doc["createdAt"] = p.published
	doc["_links"] = object{
		"self":                            s.link(p.path()),
		"pb:provider":                     s.link("/pacticipants/" + url.PathEscape(p.provider)),
		"pb:publish-verification-results": s.link(p.path() + "/results?" + r.URL.RawQuery),
	}
	return http.StatusOK, doc
}

func (s *Server) addResult(r *http.Request) (int, any) {
	p := s.pactOf(r.PathValue("consumer"), r.PathValue("provider"), r.PathValue("version"))
	if p == nil {
		return notFound()
	}
	var body json.RawMessage
	var in struct {
		Success *bool  `json:"success"`
		Version string `json:"providerApplicationVersion"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || json.Unmarshal(body, &in) != nil || in.Success == nil || in.Version == "" {
		return refused("success and providerApplicationVersion are needed")
	}
	p.results = append(p.results, result{success: *in.Success, by: s.version(p.provider, in.Version), body: body})
	return http.StatusCreated, object{"success": *in.Success, "providerApplicationVersion": in.Version}
}

package brokertest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// choice is a pact that a selector chose, and why.
type choice struct {
	pact *pact
	// rank orders the reasons of one content.
	rank int
	// short is for the description, long for the notice, meta for the address.
	short, long, meta string
}

const (
	rankLatest = iota
	rankBranch
	rankLatestTag
	rankTag
	rankDeployed
	rankReleased
	rankEnvironment
	rankMainBranch
)

// ask is the body of a selection.
type ask struct {
	selectors []object
	branch    *string // the provider's
	tags      []string
	pending   bool
	since     *time.Time // of work in progress
}

// forVerification selects the pacts that a provider is to verify. A GET is the older way
// and has the defaults.
func (s *Server) forVerification(r *http.Request, in object) reply {
	provider := s.findPacticipant(r.PathValue("provider"))
	if provider == nil {
		return unknown("provider", r.PathValue("provider"))
	}
	q, errs := s.readAsk(in)
	if len(errs) > 0 {
		return refused(errs)
	}
	chosen := s.defaults(provider)
	if len(q.selectors) > 0 {
		chosen = nil
		for _, sel := range q.selectors {
			chosen = append(chosen, s.choose(provider, sel, q)...)
		}
	}
	entries := []object{}
	var selected []*content
	for _, group := range byContent(chosen) {
		selected = append(selected, group[0].pact.content)
		entries = append(entries, s.entry(provider, group, q, r.Method == http.MethodGet))
	}
	entries = append(entries, s.inProgress(provider, q, selected)...)
	return ok(object{"_embedded": object{"pacts": entries}, "_links": object{
		"self": link(s.at("pacts", "provider", provider.name, "for-verification"), "Pacts to be verified", "")}})
}

func (s *Server) readAsk(in object) (ask, fieldErrors) {
	q, errs := ask{pending: true}, fieldErrors{}
	if b, given := in["providerVersionBranch"].(string); given {
		q.branch = &b
	}
	tags, _ := in["providerVersionTags"].([]any)
	for _, t := range tags {
		q.tags = append(q.tags, fmt.Sprint(t))
	}
	if _, given := in["includePendingStatus"]; given {
		q.pending = optional[bool](errs, in, "includePendingStatus", "must be one of: true, false")
	}
	if since, given := in["includeWipPactsSince"].(string); given {
		day, err := time.Parse(time.DateOnly, since)
		if err != nil {
			day, err = time.Parse(time.RFC3339, since)
		}
		if err != nil {
			errs.add("includeWipPactsSince", "must be a date")
		}
		q.since = &day
	}
	for i, raw := range optional[[]any](errs, in, "consumerVersionSelectors", "must be an array") {
		sel, isObject := raw.(object)
		add := func(format string, args ...any) {
			errs.add("consumerVersionSelectors", format+" (at index %d)", append(args, i)...)
		}
		if !isObject {
			add("must be a hash")
			continue
		}
		s.checkSelector(sel, q, add)
		q.selectors = append(q.selectors, sel)
	}
	return q, errs
}

// checkSelector has the broker's rules in its order.
func (s *Server) checkSelector(sel object, q ask, add func(string, ...any)) {
	is := func(name string) bool { return sel[name] == true }
	has := func(name string) bool { _, given := sel[name]; return given }
	bad := false
	for _, name := range []string{"mainBranch", "matchingBranch", "deployed", "released", "deployedOrReleased"} {
		if has(name) && !is(name) {
			add("%s must be one of: true", name)
			bad = true
		}
	}
	for _, name := range []string{"tag", "branch", "environment", "consumer"} {
		if has(name) && text(sel, name) == "" {
			add("%s must be filled", name)
			bad = true
		}
	}
	if bad {
		return
	}
	places := is("deployed") || is("released") || is("deployedOrReleased")
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{
			!is("mainBranch") && !is("matchingBranch") && !is("latest") && !places && !has("tag") && !has("branch") && !has("environment"),
			"must specify a value for environment or tag or branch, or specify mainBranch=true, matchingBranch=true, latest=true, deployed=true, released=true or deployedOrReleased=true",
		},
		{
			is("mainBranch") && slices.ContainsFunc([]string{"branch", "tag", "deployed", "released", "deployedOrReleased", "environment", "matchingBranch"}, has),
			"cannot specify mainBranch=true with any other criteria apart from consumer",
		},
		{
			is("matchingBranch") && q.branch == nil,
			"the providerVersionBranch must be specified when the selector matchingBranch=true is used",
		},
		{has("tag") && has("branch"), "cannot specify both a tag and a branch"},
		{has("fallbackTag") && !is("latest"), "fallbackTag can only be set if latest is true"},
		{has("fallbackTag") && !has("tag"), "a tag must be specified when a fallbackTag is specified"},
		{has("fallbackBranch") && !has("branch"), "a branch must be specified when a fallbackBranch is specified"},
		{has("branch") && sel["latest"] == false, "cannot specify a branch with latest=false"},
		{is("deployed") && is("released"), "cannot specify both deployed=true and released=true"},
	} {
		if rule.broken {
			add(rule.text)
		}
	}
	for _, place := range []string{"deployed", "released", "deployedOrReleased", "environment"} {
		for _, line := range []string{"mainBranch", "branch", "tag"} {
			if has(place) && has(line) {
				add("cannot specify the field %s with the field %s", line, place)
			}
		}
	}
	if name := text(sel, "environment"); name != "" && s.environmentNamed(name) == nil {
		add("environment with name '%s' does not exist", name)
	}
}

// defaults are each consumer's main branch, or its latest where it has none, and all that
// is deployed or released.
func (s *Server) defaults(provider *pacticipant) []choice {
	out := s.placed(provider, "", "", true, true)
	for _, c := range s.consumersOf(provider) {
		named := object{"consumer": c.name}
		main := s.ofLine(provider, named, onBranch(c.mainBranch), rankMainBranch, "latest from main branch", "from the main branch '"+c.mainBranch+"'", "")
		if c.mainBranch == "" || len(main) == 0 {
			out = append(out, s.latestOf(provider, named)...)
			continue
		}
		out = append(out, main...)
	}
	return out
}

func (s *Server) choose(provider *pacticipant, sel object, q ask) []choice {
	consumer, environment := text(sel, "consumer"), text(sel, "environment")
	branch, tag := text(sel, "branch"), text(sel, "tag")
	if sel["matchingBranch"] == true {
		branch = *q.branch
	}
	switch {
	case sel["mainBranch"] == true:
		var out []choice
		for _, c := range s.consumersOf(provider) {
			if c.mainBranch == "" || consumer != "" && c.name != consumer {
				continue
			}
			found := s.ofLine(provider, object{"consumer": c.name}, onBranch(c.mainBranch), rankMainBranch, "latest from main branch", "from the main branch '"+c.mainBranch+"'", pairs("l", "true"))
			for i := range found {
				if consumer == "" {
					found[i].long = strings.Replace(found[i].long, " of "+c.name, "", 1)
				}
			}
			out = append(out, found...)
		}
		return out
	case branch != "":
		return s.ofLine(provider, sel, onBranch(branch), rankBranch, "latest from branch "+branch, "from branch '"+branch+"'", pairs("b", branch, "l", "true"))
	case tag != "" && sel["latest"] == true:
		const long, short = "tagged '%s'", "latest with tag "
		meta := pairs("t", tag, "l", "true")
		out := s.ofLine(provider, sel, withTag(tag), rankLatestTag, short+tag, fmt.Sprintf(long, tag), meta)
		if fallback := text(sel, "fallbackTag"); len(out) == 0 && fallback != "" {
			return s.ofLine(provider, sel, withTag(fallback), rankLatestTag, short+fallback,
				fmt.Sprintf(long+" (fallback tag used as no pact was found with tag '%s')", fallback, tag), meta)
		}
		return out
	case tag != "":
		var out []choice
		for _, p := range s.pacts {
			if p.provider == provider && (consumer == "" || p.consumer.name == consumer) && withTag(tag)(p.version) {
				out = append(out, choice{p, rankTag, "one of " + tag, "all consumer versions tagged '" + tag + "'", s.meta(pairs("t", tag), p)})
			}
		}
		return out
	case sel["deployed"] == true, sel["released"] == true:
		return s.placed(provider, consumer, environment, sel["deployed"] == true, sel["released"] == true)
	case sel["deployedOrReleased"] == true:
		return s.placed(provider, consumer, environment, true, true)
	case environment != "":
		out := s.placed(provider, consumer, environment, true, true)
		for i := range out {
			out[i].rank, out[i].long = rankEnvironment, "a consumer version in environment "+environment
			out[i].short = fmt.Sprintf(`{"environment_name":%q,"consumer_version":%q}`, environment, out[i].pact.version.number)
		}
		return out
	}
	return s.latestOf(provider, sel)
}

// ofLine chooses the latest pact of each consumer in a line of versions.
func (s *Server) ofLine(provider *pacticipant, sel object, in func(*version) bool, rank int, short, long, meta string) []choice {
	var out []choice
	of, named := "", text(sel, "consumer")
	if named != "" {
		of = " of " + named
	}
	for _, c := range s.consumersOf(provider) {
		if named != "" && c.name != named {
			continue
		}
		if p := s.latestPact(func(p *pact) bool { return p.consumer == c && p.provider == provider && in(p.version) }); p != nil {
			out = append(out, choice{p, rank, short, "latest version" + of + " " + long, s.meta(meta, p)})
		}
	}
	return out
}

func (s *Server) latestOf(provider *pacticipant, sel object) []choice {
	long := "latest version of a consumer that has a pact with " + provider.name
	if c := text(sel, "consumer"); c != "" {
		long = "latest version of " + c + " that has a pact with " + provider.name
	}
	out := s.ofLine(provider, sel, anyVersion, rankLatest, "latest", "", pairs("l", "true"))
	for i := range out {
		out[i].long = long
	}
	return out
}

// placed chooses what is deployed or released, in one environment or in all.
func (s *Server) placed(provider *pacticipant, consumer, environment string, deployed, released bool) []choice {
	var out []choice
	for _, at := range s.placements {
		if at.ended || at.released && !released || !at.released && !deployed || environment != "" && at.env.name != environment {
			continue
		}
		p := s.latestPact(func(p *pact) bool { return p.version == at.version && p.provider == provider })
		if p == nil || consumer != "" && p.consumer.name != consumer {
			continue
		}
		meta := ""
		if environment != "" {
			meta = pairs("e", environment)
		}
		k := choice{p, rankDeployed, "deployed to " + at.env.name, "consumer version(s) currently deployed to " + at.env.name, s.meta(meta, p)}
		if at.released {
			k.rank, k.short, k.long = rankReleased, "released in "+at.env.name, "consumer version(s) released and supported in "+at.env.name
		}
		out = append(out, k)
	}
	return out
}

// pairs writes fields of a selector as the broker's addresses carry them.
func pairs(fields ...string) string {
	var parts []string
	for i := 0; i < len(fields); i += 2 {
		parts = append(parts, url.QueryEscape("s[]["+fields[i]+"]")+"="+url.QueryEscape(fields[i+1]))
	}
	return strings.Join(parts, "&")
}

// meta is what the address of a pact carries: the selector and the version.
func (s *Server) meta(selector string, p *pact) string {
	version := pairs("cv", strconv.Itoa(p.version.id))
	if selector == "" {
		return version
	}
	return selector + "&" + version
}

// byContent gathers the choices of each content, by consumer and version, the latest
// version first in its group, the reasons in their order.
func byContent(chosen []choice) [][]choice {
	var groups [][]choice
	for _, k := range chosen {
		i := slices.IndexFunc(groups, func(g []choice) bool { return g[0].pact.content == k.pact.content })
		if i < 0 {
			groups = append(groups, []choice{k})
		} else {
			groups[i] = append(groups[i], k)
		}
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b choice) int { return a.rank - b.rank })
	}
	slices.SortStableFunc(groups, func(a, b []choice) int {
		return cmp.Or(strings.Compare(a[0].pact.consumer.name, b[0].pact.consumer.name), last(a).version.id-last(b).version.id)
	})
	return groups
}

// last is the pact of the latest version in a group.
func last(group []choice) *pact {
	return slices.MaxFunc(group, func(a, b choice) int { return a.pact.version.id - b.pact.version.id }).pact
}

// entry is a pact of the selection with the reasons for it.
func (s *Server) entry(provider *pacticipant, group []choice, q ask, older bool) object {
	p := last(group)
	var short, long, meta, versions []string
	for _, k := range group {
		meta = append(meta, k.meta)
		if i := slices.Index(long, k.long); i >= 0 {
			versions[i] += ", " + k.pact.version.number
			continue
		}
		if !slices.Contains(short, k.short) {
			short = append(short, k.short)
		}
		long, versions = append(long, k.long), append(versions, k.pact.version.number)
	}
	criteria := "version matching the following criterion:"
	if len(group) > 1 {
		criteria = "versions matching the following criteria:"
	}
	for i := range long {
		criteria += "\n    * " + long[i] + " (" + versions[i] + ")"
	}
	var notices []object
	if older {
		notices = append(notices, before("WARNING - this version of the Pact library uses a beta version of the API which will be removed in the future. Please upgrade your Pact library. "+
			"See https://docs.pact.io/pact_broker/advanced_topics/provider_verification_results/#pacts-for-verification for minimum required versions."))
	}
	notices = append(notices, before("The pact at "+s.atContent(p.content, "")+" is being verified because the pact content belongs to the consumer "+criteria))
	properties := object{}
	query := strings.Join(meta, "&")
	if q.pending {
		pending := !q.verified(p.content)
		properties["pending"] = pending
		query += fmt.Sprintf("&p=%t", pending)
		if pending {
			why := fmt.Sprintf("a successful verification result for %s has not yet been published", q.subject(provider, "a"))
			notices = append(notices, pendingNotices(provider, q, why)...)
		} else {
			notices = append(notices, before("This pact has previously been successfully verified by "+q.subject(provider, "a")+
				". If this verification fails, it will fail the build. Read more at https://docs.pact.io/go/pending"))
		}
	}
	properties["notices"] = notices
	return object{"shortDescription": strings.Join(short, ", "), "verificationProperties": properties,
		"_links": object{"self": link(s.atContent(p.content, encodeMetadata(query)), "", p.name())}}
}

func before(text string) object { return object{"when": "before_verification", "text": text} }

// verified reports whether the provider has verified the content successfully: on its
// branch or with each of its tags where the ask names them.
func (q ask) verified(c *content) bool {
	by := func(match func(*version) bool) bool {
		return slices.ContainsFunc(c.results, func(r *result) bool { return r.success && match(r.by) })
	}
	switch {
	case q.branch != nil:
		return by(onBranch(*q.branch))
	case len(q.tags) > 0:
		return !slices.ContainsFunc(q.tags, func(t string) bool { return !by(withTag(t)) })
	}
	return by(anyVersion)
}

// subject names the versions of the provider that count, with "a" or "any".
func (q ask) subject(provider *pacticipant, article string) string {
	switch {
	case q.branch != nil:
		return fmt.Sprintf("%s version of %s from branch '%s'", article, provider.name, *q.branch)
	case len(q.tags) > 0:
		noun := "version"
		if len(q.tags) > 1 {
			noun = "versions"
		}
		return fmt.Sprintf("%s %s of %s with tag '%s'", article, noun, provider.name, strings.Join(q.tags, "' and '"))
	}
	return provider.name
}

// pendingNotices say that a failure does not count, and what ends that.
func pendingNotices(provider *pacticipant, q ask, why string) []object {
	whose, tags := q.subject(provider, "any"), ""
	if q.branch == nil && len(q.tags) > 1 {
		tags = " with these tags"
	} else if q.branch == nil && len(q.tags) > 0 {
		tags = " with this tag"
	}
	after := func(success, published bool, text string) object {
		return object{"when": fmt.Sprintf("after_verification:success_%t_published_%t", success, published), "text": text}
	}
	still := "This pact is still in pending state for " + whose + " as "
	no := "This pact is no longer in pending state for " + whose + ", as a successful verification result" + tags +
		" has been published. If a verification for a version of " + provider.name + tags + " fails in the future, it will fail the build. Read more at https://docs.pact.io/go/pending"
	return []object{
		before("This pact is in pending state for this version of " + provider.name + " because " + why +
			". If this verification fails, it will not cause the overall build to fail. Read more at https://docs.pact.io/go/pending"),
		after(true, false, still+"the successful verification results"+tags+" have not yet been published."),
		after(false, false, still+"a successful verification result"+tags+" has not yet been published"),
		after(true, true, no),
		after(false, true, still+"a successful verification result"+tags+" has not yet been published"),
	}
}

// inProgress are the heads of the consumers' branches that nothing selected, that were
// published since the day, and that the provider's branch has not verified.
func (s *Server) inProgress(provider *pacticipant, q ask, selected []*content) []object {
	if q.since == nil || (q.branch == nil || *q.branch == "") && len(q.tags) == 0 {
		return nil
	}
	var out []object
	for _, c := range s.consumersOf(provider) {
		for _, name := range s.branchesOf(c) {
			p := s.latestPact(func(p *pact) bool { return p.consumer == c && p.provider == provider && onBranch(name)(p.version) })
			if p == nil || slices.Contains(selected, p.content) || p.created.Before(*q.since) || q.verified(p.content) {
				continue
			}
			notices := []object{before(fmt.Sprintf("The pact at %s is being verified because it is a 'work in progress' pact (ie. it is the pact for the latest version of %s from branch '%s' "+
				"and it has not yet been successfully verified by %s when the pact's application version was explicitly specified in the consumer version selectors). Read more at https://docs.pact.io/go/wip",
				s.atContent(p.content, encodeMetadata("wip=true")), c.name, name, q.subject(provider, "a")))}
			properties := object{"wip": true}
			if q.pending {
				properties["pending"] = true
				notices = append(notices, pendingNotices(provider, q, "it was included as a 'work in progress' pact")...)
			}
			properties["notices"] = notices
			out = append(out, object{"shortDescription": "latest from branch " + name, "verificationProperties": properties,
				"_links": object{"self": link(s.atContent(p.content, encodeMetadata("w=true")), "", p.name())}})
		}
	}
	return out
}

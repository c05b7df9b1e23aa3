package brokertest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// side is the selector of an application in a matrix: which of its versions count.
type side struct {
	of     *pacticipant
	fields map[string]string // as the query has them
}

// question is a matrix query.
type question struct {
	sides    []side
	options  url.Values
	ignored  []string
	everyone bool // one application is named: the others are found by their pacts
}

// matrix reads the query as Rack does: each q[][pacticipant] begins another selector.
func (s *Server) matrix(r *http.Request) reply {
	q := question{options: url.Values{}}
	var selectors []map[string]string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		field, isSelector := strings.CutPrefix(name, "q[][")
		field = strings.TrimSuffix(field, "]")
		switch {
		case name == "ignore[][pacticipant]":
			q.ignored = append(q.ignored, value)
		case !isSelector:
			q.options.Set(name, value)
		default:
			if n := len(selectors); n == 0 || selectors[n-1][field] != "" {
				selectors = append(selectors, map[string]string{})
			}
			selectors[len(selectors)-1][field] = value
		}
	}
	if len(selectors) == 0 {
		return refused([]string{"Please provide 1 or more version selectors."})
	}
	for _, sel := range selectors {
		p := s.findPacticipant(sel["pacticipant"])
		switch {
		case sel["pacticipant"] == "":
			return refused([]string{"Please specify the pacticipant name"})
		case p == nil:
			return refused([]string{"Pacticipant " + sel["pacticipant"] + " not found"})
		case sel["version"] != "" && sel["latest"] != "":
			return refused([]string{"A version number and latest flag cannot both be specified for " + p.name})
		}
		q.sides = append(q.sides, side{of: p, fields: sel})
	}
	if env := q.options.Get("environment"); env != "" && s.environmentNamed(env) == nil {
		return refused([]string{"Environment with name '" + env + "' does not exist"})
	}
	if by := q.options.Get("latestby"); by != "" && by != "cvp" && by != "cvpv" {
		return broken()
	}
	q.everyone = len(q.sides) == 1
	return ok(s.answer(q))
}

// canIDeploy is a matrix with the latest result of each provider alone: of several
// versions in an environment one is weighed.
func (s *Server) canIDeploy(r *http.Request) reply {
	in := r.URL.Query()
	errs := fieldErrors{}
	for _, name := range []string{"pacticipant", "version"} {
		if in.Get(name) == "" {
			errs.add(name, "is missing")
		}
	}
	env, tag := in.Get("environment"), in.Get("to")
	switch {
	case env == "" && tag == "":
		errs.add("", "Must specify either an environment or a 'to' tag.")
	case env != "" && tag != "":
		errs.add("", "Cannot specify both a 'to' tag and an environment.")
	case env != "" && s.environmentNamed(env) == nil:
		errs.add("environment", "with name '%s' does not exist", env)
	}
	p := s.findPacticipant(in.Get("pacticipant"))
	if p == nil && in.Get("pacticipant") != "" {
		errs.add("pacticipant", "does not match an existing pacticipant")
	}
	if len(errs) > 0 {
		return refused(errs)
	}
	options := url.Values{"latestby": {"cvp"}}
	if env != "" {
		options.Set("environment", env)
	} else {
		options.Set("tag", tag)
		options.Set("latest", "true")
	}
	return ok(s.answer(question{sides: []side{{of: p, fields: map[string]string{"version": in.Get("version")}}}, options: options, everyone: true}))
}

func (s *Server) matrixOfPair(r *http.Request) reply {
	c, p := s.findPacticipant(r.PathValue("consumer")), s.findPacticipant(r.PathValue("provider"))
	if c == nil || p == nil {
		return notFound()
	}
	return ok(s.answer(question{sides: []side{{of: c}, {of: p}}, options: url.Values{"latestby": {"cvpv"}}}))
}

// versionsOf gives the versions that a selector means; all is true where every one counts.
func (s *Server) versionsOf(x side) (found []*version, all bool) {
	one := func(v *version) ([]*version, bool) {
		if v == nil {
			return nil, false
		}
		return []*version{v}, false
	}
	f := x.fields
	switch {
	case f["version"] != "":
		return one(s.findVersion(x.of.name, f["version"]))
	case f["environment"] != "":
		for _, at := range s.current(s.environmentNamed(f["environment"]), func(p *placement) bool { return p.version.of == x.of }) {
			if !slices.Contains(found, at.version) {
				found = append(found, at.version)
			}
		}
		return found, false
	case f["mainBranch"] != "":
		if x.of.mainBranch == "" {
			return nil, false
		}
		return one(s.latest(x.of, onBranch(x.of.mainBranch)))
	}
	match := func(v *version) bool {
		return (f["branch"] == "" || onBranch(f["branch"])(v)) && (f["tag"] == "" || withTag(f["tag"])(v))
	}
	if f["latest"] != "" {
		return one(s.latest(x.of, match))
	}
	if f["branch"] == "" && f["tag"] == "" {
		return nil, true
	}
	for _, v := range s.versions {
		if v.of == x.of && match(v) {
			found = append(found, v)
		}
	}
	return found, false
}

// row is a pact and what a version of the provider found; result is nil for none.
type row struct {
	pact    *pact
	result  *result
	ignored bool
}

// answer weighs the rows.
func (s *Server) answer(q question) object {
	subject := q.sides[0]
	sides := slices.Clone(q.sides)
	if q.everyone {
		for _, other := range s.othersOf(subject) {
			f := map[string]string{}
			for _, name := range []string{"environment", "mainBranch", "tag", "latest"} {
				if v := q.options.Get(name); v != "" {
					f[name] = v
				}
			}
			sides = append(sides, side{of: other, fields: f})
		}
	}
	rows := s.rows(sides, subject, q)
	var success, failed, unknown, ignored int
	var failures, missing []string
	list := []object{}
	for _, r := range rows {
		list = append(list, s.rowBody(r))
		between := s.describe(sideOf(sides, r.pact.consumer), r.pact.version) + " and " + s.describe(sideOf(sides, r.pact.provider), verifier(r))
		switch {
		case r.ignored:
			ignored++
		case r.result == nil:
			unknown++
			missing = append(missing, "There is no verified pact between "+between)
		case r.result.success:
			success++
		default:
			failed++
			failures = append(failures, "The verification for the pact between "+between+" failed")
		}
	}
	if !q.everyone && len(failures) > 1 {
		failures = slices.Compact(failures)
	}
	summary := object{"success": success, "failed": failed, "unknown": unknown}
	if ignored > 0 {
		summary["ignored"] = ignored
	}
	kind, reasons := "error", s.nonexistent(q.sides)
	switch {
	case len(reasons) > 0:
		summary["deployable"] = false
	case unknown > 0:
		summary["deployable"], reasons = nil, slices.Concat(failures, missing)
	case failed > 0:
		summary["deployable"], reasons = false, failures
	default:
		summary["deployable"], kind = true, "success"
		reasons = []string{"All required verification results are published and successful"}
		if success == 0 {
			reasons = []string{"There are no missing dependencies"}
		}
	}
	notices := []object{}
	texts := s.warnings(q)
	for _, w := range texts {
		notices = append(notices, object{"type": "warning", "text": w})
	}
	for _, reason := range reasons {
		notices = append(notices, object{"type": kind, "text": reason})
	}
	summary["reason"] = strings.Join(append(texts, reasons...), "\n")
	return object{"summary": summary, "notices": notices, "matrix": list}
}

func (s *Server) warnings(q question) []string {
	var out []string
	if !q.everyone || q.options.Get("environment") != "" || q.options.Get("mainBranch") != "" || q.options.Get("tag") != "" {
		return nil
	}
	out = append(out, "WARN: It is recommended to specify the environment into which you are deploying. Without the environment, this result will not be reliable.")
	if q.sides[0].fields["version"] == "" {
		out = append(out, "WARN: It is recommended to specify the version number (rather than the tag or branch) of the pacticipant you wish to deploy to avoid race conditions. Without a version number, this result will not be reliable.")
	}
	return out
}

// nonexistent says which named selectors mean nothing at all.
func (s *Server) nonexistent(sides []side) []string {
	var out []string
	for _, x := range sides {
		found, all := s.versionsOf(x)
		f, name := x.fields, x.of.name
		switch {
		case all || len(found) > 0:
		case f["version"] != "":
			out = append(out, fmt.Sprintf("No pacts or verifications have been published for version %s of %s", f["version"], name))
		case f["tag"] != "":
			out = append(out, fmt.Sprintf("No version with tag %s exists for %s", f["tag"], name))
		case f["branch"] != "":
			out = append(out, fmt.Sprintf("No version of %s from branch %s exists", name, f["branch"]))
		}
	}
	return out
}

// othersOf gives the providers of the version's pacts, and the consumers of the application.
func (s *Server) othersOf(x side) []*pacticipant {
	found, all := s.versionsOf(x)
	var out []*pacticipant
	for _, p := range s.pacts {
		switch {
		case p.consumer == x.of && (all || slices.Contains(found, p.version)) && !slices.Contains(out, p.provider):
			out = append(out, p.provider)
		case p.provider == x.of && !slices.Contains(out, p.consumer):
			out = append(out, p.consumer)
		}
	}
	return out
}

func sideOf(sides []side, of *pacticipant) side {
	i := slices.IndexFunc(sides, func(x side) bool { return x.of == of })
	if i < 0 {
		return side{of: of}
	}
	return sides[i]
}

func verifier(r row) *version {
	if r.result == nil {
		return nil
	}
	return r.result.by
}

// describe names the versions of a side in a sentence; v is the one of the row.
func (s *Server) describe(x side, v *version) string {
	name, f := x.of.name, x.fields
	found, _ := s.versionsOf(x)
	number := func(none string) string {
		if len(found) == 0 {
			return " (" + none + ")"
		}
		if v != nil && slices.Contains(found, v) {
			return " (" + v.number + ")"
		}
		return " (" + found[0].number + ")"
	}
	switch {
	case f["version"] != "":
		return "version " + f["version"] + " of " + name
	case f["environment"] != "":
		in := " of " + name + " currently in " + f["environment"] + number("no version is currently recorded as deployed/released in this environment")
		switch {
		case len(found) == 0:
			return "a version" + in
		case len(found) == 1:
			return "the version" + in
		}
		return "one of the versions" + in
	case f["mainBranch"] != "" && len(found) == 0:
		return "the latest version of " + name + " from the main branch (no versions exist for this branch)"
	case f["mainBranch"] != "":
		return "the latest version of " + name + " from branch " + x.of.mainBranch + number("")
	case f["branch"] != "":
		return "the latest version of " + name + " from branch " + f["branch"] + number("no such version exists")
	case f["tag"] != "":
		return "the latest version of " + name + " with tag " + f["tag"] + number("no such version exists")
	case f["latest"] != "":
		return "the latest version of " + name + number("no such version exists")
	}
	return "any version of " + name
}

// rows are the pacts of the consumers' versions that count, each with the results of the
// providers' versions that count: the latest for each pair of versions, or the latest for
// each provider (latestby=cvp).
func (s *Server) rows(sides []side, subject side, q question) []row {
	var out []row
	for _, p := range s.pacts {
		consumer, provider := sideOf(sides, p.consumer), sideOf(sides, p.provider)
		named := func(x *pacticipant) bool { return slices.ContainsFunc(sides, func(y side) bool { return y.of == x }) }
		if !named(p.consumer) || !named(p.provider) || q.everyone && p.consumer != subject.of && p.provider != subject.of {
			continue
		}
		if found, all := s.versionsOf(consumer); !all && !slices.Contains(found, p.version) {
			continue
		}
		ignored := slices.Contains(q.ignored, p.consumer.name) || slices.Contains(q.ignored, p.provider.name)
		found, all := s.versionsOf(provider)
		byVersion := map[*version]*result{}
		for _, r := range p.results {
			if all || slices.Contains(found, r.by) {
				byVersion[r.by] = r
			}
		}
		results := slices.SortedFunc(maps.Values(byVersion), func(a, b *result) int { return cmp.Or(b.by.id-a.by.id, b.number-a.number) })
		if len(results) == 0 {
			out = append(out, row{pact: p, ignored: ignored})
		}
		if q.options.Get("latestby") == "cvp" && len(results) > 1 {
			results = []*result{slices.MaxFunc(results, func(a, b *result) int { return a.number - b.number })}
		}
		for _, r := range results {
			out = append(out, row{p, r, ignored})
		}
	}
	slices.SortStableFunc(out, func(a, b row) int {
		return cmp.Or(strings.Compare(a.pact.consumer.name, b.pact.consumer.name), b.pact.version.id-a.pact.version.id, strings.Compare(a.pact.provider.name, b.pact.provider.name))
	})
	return out
}

func (s *Server) rowBody(r row) object {
	body := object{
		"consumer":           object{"name": r.pact.consumer.name, "version": s.rowVersion(r.pact.version), "_links": self(s.atPacticipant(r.pact.consumer))},
		"provider":           object{"name": r.pact.provider.name, "version": nil, "_links": self(s.atPacticipant(r.pact.provider))},
		"pact":               object{"createdAt": stamp(r.pact.created), "_links": self(s.atPact(r.pact))},
		"verificationResult": nil,
	}
	if r.result != nil {
		body["provider"].(object)["version"] = s.rowVersion(r.result.by)
		metadata := encodeMetadata("cvn=" + escape(r.pact.version.number))
		body["verificationResult"] = object{"success": r.result.success, "verifiedAt": stamp(r.pact.created),
			"_links": self(s.atContent(r.pact.content, metadata, "verification-results", fmt.Sprint(r.result.number)))}
	}
	if r.ignored {
		body["ignored"] = true
	}
	return body
}

func (s *Server) rowVersion(v *version) object {
	environments, tags := []object{}, []object{}
	for _, e := range s.sortedEnvironments() {
		if len(s.current(e, func(p *placement) bool { return p.version == v })) > 0 {
			environments = append(environments, s.environmentBody(e, true))
		}
	}
	for _, t := range v.tags {
		tags = append(tags, object{"name": t, "latest": s.latest(v.of, withTag(t)) == v, "_links": self(s.atVersion(v, "tags", t))})
	}
	body := object{"number": v.number, "branches": s.branchVersions(v), "branchVersions": s.branchVersions(v), "environments": environments,
		"_links": self(s.atVersion(v)), "tags": tags}
	if len(v.branches) > 0 {
		body["branch"] = v.branches[len(v.branches)-1].name
	}
	return body
}

package brokertest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// pacticipant is an application: a consumer, a provider or both.
type pacticipant struct {
	name, mainBranch string
	created          time.Time
	updated          bool
}

// version is a version of an application.
type version struct {
	id       int
	of       *pacticipant
	number   string
	buildURL string
	branches []branch
	tags     []string
	created  time.Time
	updated  bool
}

// branch is the membership of a version in a branch.
type branch struct {
	name    string
	created time.Time
}

func (s *Server) findPacticipant(name string) *pacticipant {
	return first(s.pacticipants, func(p *pacticipant) bool { return p.name == name })
}

// pacticipant gives the application, made where there is none.
func (s *Server) pacticipant(name string) *pacticipant {
	p := s.findPacticipant(name)
	if p == nil {
		p = &pacticipant{name: name, created: s.now()}
		s.pacticipants = append(s.pacticipants, p)
	}
	return p
}

func (s *Server) findVersion(pacticipant, number string) *version {
	return first(s.versions, func(v *version) bool { return v.of.name == pacticipant && v.number == number })
}

// version gives the version, made where there is none.
func (s *Server) version(pacticipant, number string) *version {
	v := s.findVersion(pacticipant, number)
	if v == nil {
		v = &version{id: len(s.versions) + 1, of: s.pacticipant(pacticipant), number: number, created: s.now()}
		s.versions = append(s.versions, v)
	}
	return v
}

// latest gives the last version of the application that matches, nil for none.
func (s *Server) latest(of *pacticipant, match func(*version) bool) *version {
	for _, v := range slices.Backward(s.versions) {
		if v.of == of && match(v) {
			return v
		}
	}
	return nil
}

func anyVersion(*version) bool { return true }

func onBranch(name string) func(*version) bool {
	return func(v *version) bool {
		return slices.ContainsFunc(v.branches, func(b branch) bool { return b.name == name })
	}
}

func withTag(tag string) func(*version) bool {
	return func(v *version) bool { return slices.Contains(v.tags, tag) }
}

// addBranch reports whether the version was not on it. The first branch of a usual name
// becomes the application's main branch.
func (s *Server) addBranch(v *version, name string) bool {
	if v.of.mainBranch == "" && slices.Contains([]string{"develop", "main", "master"}, name) {
		v.of.mainBranch, v.of.updated = name, true
	}
	if onBranch(name)(v) {
		return false
	}
	v.branches = append(v.branches, branch{name, s.now()})
	return true
}

func (v *version) addTag(tag string) bool {
	if slices.Contains(v.tags, tag) {
		return false
	}
	v.tags = append(v.tags, tag)
	return true
}

// consumersOf lists the consumers of a provider by name.
func (s *Server) consumersOf(provider *pacticipant) []*pacticipant {
	var out []*pacticipant
	for _, p := range s.pacts {
		if p.provider == provider && !slices.Contains(out, p.consumer) {
			out = append(out, p.consumer)
		}
	}
	slices.SortFunc(out, func(a, b *pacticipant) int { return strings.Compare(a.name, b.name) })
	return out
}

// branchesOf lists the branches of an application, in the order in which they came up.
func (s *Server) branchesOf(p *pacticipant) []string {
	var out []string
	for _, v := range s.versions {
		for _, b := range v.branches {
			if v.of == p && !slices.Contains(out, b.name) {
				out = append(out, b.name)
			}
		}
	}
	return out
}

// displayName is "My Laptop" for my-laptop.
func displayName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) })
	for i, w := range words {
		r, n := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToUpper(r)) + w[n:]
	}
	return strings.Join(words, " ")
}

func (s *Server) atPacticipant(p *pacticipant, more ...string) string {
	return s.at(append([]string{"pacticipants", p.name}, more...)...)
}

func (s *Server) atVersion(v *version, more ...string) string {
	return s.atPacticipant(v.of, append([]string{"versions", v.number}, more...)...)
}

func (s *Server) versionLink(v *version, title string) object {
	return link(s.atVersion(v), title, v.number)
}

func (s *Server) pacticipantBody(p *pacticipant) object {
	path := s.atPacticipant(p)
	embedded := object{"labels": []object{}}
	if v := s.latest(p, anyVersion); v != nil {
		short := func() object {
			return object{"number": v.number, "_links": object{"self": s.versionLink(v, "Version")}}
		}
		const deprecated = "DEPRECATED - please use latestVersion"
		old := short()
		old["title"], old["name"] = deprecated, deprecated
		embedded["latestVersion"], embedded["latest-version"] = short(), old
	}
	body := object{
		"name": p.name, "displayName": displayName(p.name), "createdAt": stamp(p.created), "_embedded": embedded,
		"_links": object{
			"self":              object{"href": path},
			"pb:versions":       object{"href": path + "/versions"},
			"pb:branches":       object{"href": path + "/branches"},
			"pb:version":        template(path+"/versions/{version}", "Get, create or delete a pacticipant version"),
			"pb:version-tag":    template(path+"/versions/{version}/tags/{tag}", "Get, create or delete a tag for a version of "+p.name),
			"pb:branch-version": template(path+"/branches/{branch}/versions/{version}", "Get or add/create a version for a branch of "+p.name),
			"pb:label":          template(path+"/labels/{label}", "Get, create or delete a label for "+p.name),
			"versions":          link(path+"/versions", "Deprecated - use pb:versions", ""),
			"pb:can-i-deploy-badge": template(path+"/latest-version/{tag}/can-i-deploy/to/{environmentTag}/badge",
				"Can I Deploy "+p.name+" badge"),
			"pb:can-i-deploy-branch-to-environment-badge": template(path+"/branches/{branch}/latest-version/can-i-deploy/to-environment/{environment}/badge",
				"Can I Deploy "+p.name+" from branch to environment badge"),
			"curies": s.curies("pacticipant"),
		},
	}
	if p.mainBranch != "" {
		body["mainBranch"] = p.mainBranch
	}
	if p.updated {
		body["updatedAt"] = stamp(p.created)
	}
	return body
}

func (s *Server) listPacticipants(*http.Request) reply {
	list, old := []object{}, []object{}
	links, oldLinks := []object{}, []object{}
	for _, p := range s.pacticipants {
		body := s.pacticipantBody(p)
		body["title"] = "DEPRECATED - Please use the embedded pacticipants collection"
		list, old = append(list, s.pacticipantBody(p)), append(old, body)
		links = append(links, link(s.atPacticipant(p), "Pacticipant", p.name))
		oldLinks = append(oldLinks, link(s.atPacticipant(p), p.name, "DEPRECATED - please use pb:pacticipants"))
	}
	return ok(object{"_embedded": object{"pacticipants": list}, "pacticipants": old, "_links": object{
		"self":                       object{"href": s.at("pacticipants")},
		"pb:pacticipants-with-label": template(s.at("pacticipants", "label")+"/{label}", "Find pacticipants by label"),
		"pb:pacticipants":            links, "pacticipants": oldLinks,
	}})
}

func (s *Server) createPacticipant(r *http.Request, in object) reply {
	p := s.pacticipant(text(in, "name"))
	p.mainBranch = text(in, "mainBranch")
	a := made(s.pacticipantBody(p))
	a.location = s.at("pacticpants", p.name) // as the broker writes it
	return a
}

// ofPacticipant makes a handler of one that wants the application that the path names.
func (s *Server) ofPacticipant(f func(*http.Request, *pacticipant) reply) handler {
	return func(r *http.Request) reply {
		name := r.PathValue("pacticipant")
		if p := s.findPacticipant(name); p != nil {
			return f(r, p)
		}
		return unknown("pacticipant", name)
	}
}

func (s *Server) showPacticipant(_ *http.Request, p *pacticipant) reply {
	body := s.pacticipantBody(p)
	body["_links"].(object)["pb:deployed-environments"] = s.deploymentLinks(func(at *placement) bool { return at.version.of == p && !at.ended })
	return ok(body)
}

func (s *Server) updatePacticipant(r *http.Request, in object) reply {
	p := s.pacticipant(r.PathValue("pacticipant"))
	if name := text(in, "mainBranch"); name != "" {
		p.mainBranch, p.updated = name, true
	}
	return s.showPacticipant(r, p)
}

// versionBody is a version; withEnvironments adds the links to deploy and release it.
func (s *Server) versionBody(v *version, withEnvironments bool) object {
	tags := []object{}
	for _, t := range v.tags {
		tags = append(tags, object{"name": t, "_links": object{"self": s.tagLink(v, t)}})
	}
	pacts := []object{}
	for _, p := range s.pacts {
		if p.version == v {
			pacts = append(pacts, s.pactLink(p))
		}
	}
	links := object{
		"self":           s.versionLink(v, "Version"),
		"pb:pacticipant": link(s.atPacticipant(v.of), "Pacticipant", v.of.name),
		"pb:tag":         template(s.atVersion(v, "tags")+"/{tag}", "Get, create or delete a tag for this pacticipant version"),
		"pb:latest-verification-results-where-pacticipant-is-consumer": link(s.at("verification-results", "consumer", v.of.name, "version", v.number, "latest"),
			"Latest verification results for consumer version", ""),
		"pb:pact-versions": pacts,
		"curies":           s.curies("version"),
	}
	if withEnvironments {
		deploy, release := []object{}, []object{}
		for _, e := range s.sortedEnvironments() {
			deploy = append(deploy, link(s.atVersion(v, "deployed-versions", "environment", e.uuid), "Record deployment to "+e.display, e.name))
			release = append(release, link(s.atVersion(v, "released-versions", "environment", e.uuid), "Record release to "+e.display, e.name))
		}
		links["pb:record-deployment"], links["pb:record-release"] = deploy, release
		links["pb:deployed-environments"] = s.deploymentLinks(func(at *placement) bool { return at.version == v })
	}
	body := object{
		"number": v.number, "createdAt": stamp(v.created),
		"_embedded": object{"branchVersions": s.branchVersions(v), "tags": tags}, "_links": links,
	}
	if v.updated {
		body["updatedAt"] = stamp(v.created)
	}
	if v.buildURL != "" {
		body["buildUrl"] = v.buildURL
	}
	return body
}

func (s *Server) branchVersions(v *version) []object {
	list := []object{}
	for _, b := range v.branches {
		list = append(list, object{"name": b.name, "latest": s.latest(v.of, onBranch(b.name)) == v, "_links": object{
			"self": link(s.atPacticipant(v.of, "branches", b.name, "versions", v.number), "Branch version", b.name)}})
	}
	return list
}

func (s *Server) tagLink(v *version, tag string) object {
	return link(s.atVersion(v, "tags", tag), "Tag", tag)
}

func (s *Server) showVersion(r *http.Request) reply {
	v := s.findVersion(r.PathValue("pacticipant"), r.PathValue("version"))
	if v == nil {
		return notFound()
	}
	return ok(s.versionBody(v, true))
}

func (s *Server) latestVersion(r *http.Request, p *pacticipant) reply {
	tag, match, path := r.PathValue("tag"), anyVersion, []string{"latest-version"}
	if tag != "" {
		match, path = withTag(tag), append(path, tag)
	}
	v := s.latest(p, match)
	if v == nil {
		return notFound()
	}
	body := s.versionBody(v, true)
	body["_links"].(object)["self"].(object)["href"] = s.atPacticipant(p, path...)
	return ok(body)
}

func (s *Server) listVersions(_ *http.Request, p *pacticipant) reply {
	list, links, old := []object{}, []object{}, []object{}
	for _, v := range slices.Backward(s.versions) {
		if v.of == p {
			list = append(list, s.versionBody(v, false))
			links = append(links, link(s.atVersion(v), "Version "+v.number+" - "+v.created.UTC().Format("02/01/2006"), ""))
			old = append(old, link(s.atVersion(v), "Deprecated - please use pb:versions", ""))
		}
	}
	return ok(object{"_embedded": object{"versions": list}, "_links": object{
		"self":           link(s.atPacticipant(p, "versions"), "All application versions of "+p.name, ""),
		"pb:pacticipant": link(s.atPacticipant(p), p.name, ""), "pb:versions": links,
		"pacticipant": link(s.atPacticipant(p), "Deprecated - please use pb:pacticipant", ""), "versions": old,
	}})
}

func (s *Server) putVersion(r *http.Request) reply {
	pacticipant, number := r.PathValue("pacticipant"), r.PathValue("version")
	status := http.StatusOK
	if s.findVersion(pacticipant, number) == nil {
		status = http.StatusCreated
	}
	return reply{status: status, body: s.versionBody(s.version(pacticipant, number), true)}
}

func (s *Server) putTag(r *http.Request) reply {
	v, tag := s.version(r.PathValue("pacticipant"), r.PathValue("version")), r.PathValue("tag")
	fresh := v.addTag(tag)
	body := object{"name": tag, "createdAt": stamp(v.created), "_links": object{
		"self": s.tagLink(v, tag), "version": s.versionLink(v, "Version"), "pacticipant": link(s.atPacticipant(v.of), "Pacticipant", v.of.name),
	}}
	if fresh {
		return made(body)
	}
	return ok(body)
}

func (s *Server) branchVersionBody(v *version, name string) object {
	return object{"createdAt": stamp(v.created), "_links": object{
		"self":       link(s.atPacticipant(v.of, "branches", name, "versions", v.number), "Branch version", ""),
		"pb:branch":  link(s.atPacticipant(v.of, "branches", name), "Branch", name),
		"pb:version": s.versionLink(v, "Version"),
	}}
}

func (s *Server) showBranchVersion(r *http.Request) reply {
	v, name := s.findVersion(r.PathValue("pacticipant"), r.PathValue("version")), r.PathValue("branch")
	if v == nil || !onBranch(name)(v) {
		return notFound()
	}
	return ok(s.branchVersionBody(v, name))
}

func (s *Server) putBranchVersion(r *http.Request, _ object) reply {
	v, name := s.version(r.PathValue("pacticipant"), r.PathValue("version")), r.PathValue("branch")
	v.updated = true
	fresh := s.addBranch(v, name)
	body := s.branchVersionBody(v, name)
	if fresh {
		return made(body)
	}
	body["updatedAt"] = stamp(v.created)
	return ok(body)
}

// similarTo gives the known names that a new name is likely to mean; none where the name is known.
func (s *Server) similarTo(name string) []string {
	if s.findPacticipant(name) != nil {
		return nil
	}
	var out []string
	for _, p := range s.pacticipants {
		if normalName(p.name) == normalName(name) {
			out = append(out, p.name)
		}
	}
	return out
}

// normalName is a name without what does not tell names apart: case, separators, a plural's s,
// and the words api, provider and service.
func normalName(name string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !slices.Contains([]string{"api", "provider", "service"}, w) {
			b.WriteString(strings.TrimSuffix(w, "s"))
		}
	}
	return b.String()
}

func similarText(s *Server, name string, known []string) string {
	return fmt.Sprintf("This is the first time a pact has been published for %q.\nThe name %q is very similar to the following existing pacticipants:\n* %s\n"+
		"If you meant to specify one of the above names, please correct the pact configuration, and re-publish the pact.\n"+
		"If the pact is intended to be for a new consumer or provider, please manually create %q using the following command from the Pact Broker CLI, and then re-publish the pact:\n\n"+
		"pact-broker create-or-update-pacticipant --name %q --broker-base-url %s\n\nFor information on the Pact Broker CLI see https://docs.pact.io/go/pbc-cli\n"+
		"To disable this check, set `check_for_potential_duplicate_pacticipant_names` to false in the configuration.\n",
		name, name, strings.Join(known, "\n* "), name, name, s.base)
}

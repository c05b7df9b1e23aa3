package brokertest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

type environment struct {
	uuid, name, display string
	production          bool
	contacts            any
	created             time.Time
	updated             bool
}

// placement is a version that was deployed or released to an environment.
type placement struct {
	uuid     string
	env      *environment
	version  *version
	released bool
	instance *string // nil where none was named
	created  time.Time
	ended    bool // undeployed, or not supported any more
	again    bool // released again
}

func (s *Server) addEnvironment(name, display string, production bool) *environment {
	e := &environment{uuid: s.uuid(), name: name, display: display, production: production, created: s.now()}
	s.environments = append(s.environments, e)
	return e
}

func (s *Server) sortedEnvironments() []*environment {
	return slices.SortedStableFunc(slices.Values(s.environments), func(a, b *environment) int {
		return strings.Compare(strings.ToLower(a.display), strings.ToLower(b.display))
	})
}

func (s *Server) environmentNamed(name string) *environment {
	return first(s.environments, func(e *environment) bool { return e.name == name })
}

func (s *Server) environmentAt(r *http.Request) *environment {
	return first(s.environments, func(e *environment) bool { return e.uuid == r.PathValue("uuid") })
}

// environmentBody is an environment; the short form has the link to itself alone.
func (s *Server) environmentBody(e *environment, short bool) object {
	links := object{"self": link(s.at("environments", e.uuid), "Environment", e.name)}
	if !short {
		links["pb:currently-deployed-deployed-versions"] = link(s.at("environments", e.uuid, "deployed-versions", "currently-deployed"), "Versions currently deployed to "+e.display+" environment", "")
		links["pb:currently-supported-released-versions"] = link(s.at("environments", e.uuid, "released-versions", "currently-supported"), "Versions released and supported in "+e.display+" environment", "")
		links["pb:environments"] = link(s.at("environments"), "Environments", "")
	}
	body := object{"uuid": e.uuid, "name": e.name, "displayName": e.display, "production": e.production, "createdAt": stamp(e.created), "_links": links}
	if e.contacts != nil {
		body["contacts"] = e.contacts
	}
	if e.updated {
		body["updatedAt"] = stamp(e.created)
	}
	return body
}

func (s *Server) listEnvironments(*http.Request) reply {
	list, links := []object{}, []object{}
	for _, e := range s.sortedEnvironments() {
		list = append(list, s.environmentBody(e, false))
		links = append(links, link(s.at("environments", e.uuid), "Environment", e.name))
	}
	return ok(object{"_embedded": object{"environments": list}, "_links": object{"self": link(s.at("environments"), "Environments", ""), "pb:environments": links}})
}

// inEnvironment makes a handler of one that wants the environment that the path names.
func (s *Server) inEnvironment(f func(*http.Request, *environment) reply) handler {
	return func(r *http.Request) reply {
		if e := s.environmentAt(r); e != nil {
			return f(r, e)
		}
		return notFound()
	}
}

func (s *Server) showEnvironment(_ *http.Request, e *environment) reply {
	return ok(s.environmentBody(e, false))
}

func (s *Server) createEnvironment(r *http.Request, in object) reply {
	if errs := s.checkEnvironment(in, nil); len(errs) > 0 {
		return refused(errs)
	}
	display := cmp.Or(text(in, "displayName"), displayName(text(in, "name")))
	e := s.addEnvironment(text(in, "name"), display, in["production"] == true)
	e.contacts = in["contacts"]
	return made(s.environmentBody(e, false))
}

func (s *Server) checkEnvironment(in object, self *environment) fieldErrors {
	errs := fieldErrors{}
	name, given := in["name"].(string)
	switch {
	case !given:
		errs.add("name", "is missing")
	case strings.Contains(name, "\n"):
		errs.add("name", "cannot contain multiple lines")
	case strings.Contains(name, " "):
		errs.add("name", "cannot contain spaces")
	case s.environmentNamed(name) != nil && s.environmentNamed(name) != self:
		errs.add("name", "name '%s' is already used by an existing environment.", name)
	}
	required[bool](errs, in, "production", "must be one of: true, false")
	contacts, _ := in["contacts"].([]any)
	for i, c := range contacts {
		if c, _ := c.(object); text(c, "name") == "" {
			errs.add("contacts", "name is missing (at index %d)", i)
		}
	}
	return errs
}

func (s *Server) updateEnvironment(r *http.Request, e *environment) reply {
	in, bad := input(r, broken())
	if bad != nil {
		return *bad
	}
	if errs := s.checkEnvironment(in, e); len(errs) > 0 {
		return refused(errs)
	}
	e.name, e.display, e.production, e.updated = text(in, "name"), text(in, "displayName"), in["production"] == true, true
	return ok(s.environmentBody(e, false))
}

func (s *Server) deleteEnvironment(_ *http.Request, e *environment) reply {
	s.environments = slices.DeleteFunc(s.environments, func(x *environment) bool { return x == e })
	return reply{status: http.StatusNoContent}
}

// place records a deployment or a release. A version takes the place of the one before
// it in the same instance; the same again keeps its identity.
func (s *Server) place(r *http.Request, in object) reply {
	v, e := s.findVersion(r.PathValue("pacticipant"), r.PathValue("version")), s.environmentAt(r)
	if v == nil || e == nil {
		return notFound()
	}
	if strings.Contains(r.URL.Path, "/released-versions/") {
		return s.release(v, e)
	}
	var instance *string
	for _, name := range []string{"target", "applicationInstance"} {
		if i, given := in[name].(string); given {
			instance = &i
		}
	}
	for _, p := range s.placements {
		if p.released || p.ended || p.env != e || p.version.of != v.of || !sameInstance(p.instance, instance) {
			continue
		}
		if p.version == v {
			return made(s.placementBody(p, true))
		}
		p.ended = true
	}
	return s.keepPlacement(&placement{env: e, version: v, instance: instance})
}

func (s *Server) keepPlacement(p *placement) reply {
	p.uuid, p.created = s.uuid(), s.now()
	s.placements = append(s.placements, p)
	return made(s.placementBody(p, true))
}

func sameInstance(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

func (s *Server) release(v *version, e *environment) reply {
	p := first(s.placements, func(p *placement) bool { return p.released && p.env == e && p.version == v })
	if p == nil {
		return s.keepPlacement(&placement{env: e, version: v, released: true})
	}
	p.again, p.ended = p.again || p.ended, false
	a := made(s.placementBody(p, true))
	a.status = http.StatusOK
	return a
}

func (s *Server) placementAddress(p *placement) string {
	if p.released {
		return s.at("released-versions", p.uuid)
	}
	return s.at("deployed-versions", p.uuid)
}

func (s *Server) placementBody(p *placement, withEnvironment bool) object {
	v := p.version
	embedded := object{
		"pacticipant": object{"name": v.of.name, "_links": self(s.atPacticipant(v.of))},
		"version":     object{"number": v.number, "_links": object{"self": s.versionLink(v, "Version")}},
	}
	if withEnvironment {
		embedded["environment"] = s.environmentBody(p.env, false)
	}
	current, end := "currentlyDeployed", "undeployedAt"
	if p.released {
		current, end = "currentlySupported", "supportEndedAt"
	}
	body := object{"uuid": p.uuid, current: !p.ended, "createdAt": stamp(p.created), "_embedded": embedded, "_links": self(s.placementAddress(p))}
	if p.ended {
		body[end] = stamp(p.created)
	}
	if p.again {
		body["updatedAt"] = stamp(p.created)
	}
	if p.instance != nil {
		body["target"], body["applicationInstance"] = *p.instance, *p.instance
	}
	return body
}

// endPlacement undeploys a version, or ends its support.
func (s *Server) endPlacement(r *http.Request, in object) reply {
	p := first(s.placements, func(p *placement) bool { return p.uuid == r.PathValue("uuid") })
	if p == nil {
		return notFound()
	}
	if in["currentlyDeployed"] == false || in["currentlySupported"] == false {
		p.ended = true
	}
	return ok(s.placementBody(p, true))
}

// current lists what is in an environment now, the last first.
func (s *Server) current(e *environment, match func(*placement) bool) []*placement {
	var out []*placement
	for _, p := range slices.Backward(s.placements) {
		if p.env == e && !p.ended && match(p) {
			out = append(out, p)
		}
	}
	return out
}

// listPlacements lists what is deployed to an environment, or released there.
func (s *Server) listPlacements(r *http.Request, e *environment) reply {
	released := strings.HasSuffix(r.URL.Path, "/currently-supported")
	of := r.URL.Query().Get("pacticipant")
	found := s.current(e, func(p *placement) bool { return p.released == released && (of == "" || p.version.of.name == of) })
	member, path, title := "deployedVersions", []string{"deployed-versions", "currently-deployed"}, "Currently deployed versions for "+e.display
	if released {
		slices.Reverse(found) // the broker sorts these the other way
		member, path, title = "releasedVersions", []string{"released-versions", "currently-supported"}, "Currently supported versions in "+e.display
	}
	list := []object{}
	for _, p := range found {
		list = append(list, s.placementBody(p, false))
	}
	address := s.at(append([]string{"environments", e.uuid}, path...)...)
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	return ok(object{"_embedded": object{member: list}, "_links": object{"self": link(address, title, "")}})
}

// placementsOfVersion lists the deployments of a version to an environment, those that have ended too.
func (s *Server) placementsOfVersion(r *http.Request) reply {
	v, e := s.findVersion(r.PathValue("pacticipant"), r.PathValue("version")), s.environmentAt(r)
	if v == nil || e == nil {
		return notFound()
	}
	list := []object{}
	for _, p := range s.placements {
		if p.version == v && p.env == e && !p.released {
			body := s.placementBody(p, false)
			delete(body, "_embedded")
			list = append(list, body)
		}
	}
	return ok(object{"_embedded": object{"deployedVersions": list}, "_links": object{"self": link(s.atVersion(v, "deployed-versions", "environment", e.uuid),
		"Deployed versions for "+v.of.name+" version "+v.number+" in environment "+e.display, "")}})
}

func (s *Server) deploymentLinks(match func(*placement) bool) []object {
	list := []object{}
	for _, p := range s.placements {
		if p.released || !match(p) {
			continue
		}
		l := link(s.placementAddress(p), "Version deployed to "+p.env.display, p.env.display)
		l["currently_deployed"] = !p.ended
		if p.instance != nil {
			l["application_instance"] = *p.instance
		}
		list = append(list, l)
	}
	return list
}

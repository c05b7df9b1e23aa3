package brokertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (s *Server) recordDeployment(r *http.Request) (int, any) {
	var in struct {
		Instance string `json:"applicationInstance"`
		Target   string `json:"target"`
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	v := s.find(r.PathValue("pacticipant"), r.PathValue("version"))
	if v == nil {
		return notFound()
	}
	env := r.PathValue("environment")
	s.placed = slices.DeleteFunc(s.placed, func(p placement) bool {
		return !p.released && p.environment == env && p.instance == in.Instance && p.version.pacticipant == v.pacticipant
	})
	s.placed = append(s.placed, placement{environment: env, instance: in.Instance, version: v})
	return http.StatusCreated, object{"target": in.Target, "currentlyDeployed": true}
}

func (s *Server) recordRelease(r *http.Request) (int, any) {
	v := s.find(r.PathValue("pacticipant"), r.PathValue("version"))
	if v == nil {
		return notFound()
	}
	s.placed = append(s.placed, placement{environment: r.PathValue("environment"), version: v, released: true})
	return http.StatusCreated, object{"currentlySupported": true}
}

func (s *Server) listEnvironments(*http.Request) (int, any) {
	list := []object{}
	for _, name := range s.environments {
		list = append(list, s.environmentBody(name))
	}
	return http.StatusOK, object{"_embedded": object{"environments": list}, "_links": object{"self": s.link("/environments")}}
}

func (s *Server) environment(r *http.Request) (int, any) {
	return http.StatusOK, s.environmentBody(r.PathValue("name"))
}

func (s *Server) environmentBody(name string) object {
	path := "/environments/" + name
	return object{
		"uuid": "00000000-0000-4000-8000-" + fmt.Sprintf("%012x", len(name)), "name": name, "displayName": strings.ToUpper(name[:1]) + name[1:], "production": name == "production",
		"_links": object{
			"self": s.link(path),
			"pb:currently-deployed-deployed-versions":  s.link(path + "/deployed-versions/currently-deployed"),
			"pb:currently-supported-released-versions": s.link(path + "/released-versions/currently-supported"),
		},
	}
}

func (s *Server) deployed(r *http.Request) (int, any) {
	return s.placements(r.PathValue("name"), "deployedVersions", false)
}

func (s *Server) released(r *http.Request) (int, any) {
	return s.placements(r.PathValue("name"), "releasedVersions", true)
}

func (s *Server) placements(environment, member string, released bool) (int, any) {
	list := []object{}
	for _, p := range s.placed {
		if p.environment == environment && p.released == released {
			list = append(list, object{"applicationInstance": p.instance, "_embedded": object{
				"pacticipant": object{"name": p.version.pacticipant}, "version": object{"number": p.version.number}}})
		}
	}
	return http.StatusOK, object{"_embedded": object{member: list}}
}

// canIDeploy compares with what runs in an environment.
func (s *Server) canIDeploy(r *http.Request) (int, any) {
	q := r.URL.Query()
	env := q.Get("environment")
	if !slices.Contains(s.environments, env) {
		return refused(fmt.Sprintf("Environment with name '%s' does not exist", env))
	}
	return s.answer(q.Get("pacticipant"), q.Get("version"), s.in(env))
}

// in finds the versions of an application in an environment, and says where it looked.
func (s *Server) in(environment string) func(string) ([]*version, string) {
	return func(other string) ([]*version, string) {
		var there []*version
		for _, p := range s.placed {
			if p.environment == environment && p.version.pacticipant == other {
				there = append(there, p.version)
			}
		}
		return there, "is currently recorded as deployed or released in " + environment
	}
}

// matrix compares with the latest versions. It reads the query as Rack does: each
// q[][pacticipant] begins another selector.
func (s *Server) matrix(r *http.Request) (int, any) {
	var selectors []map[string]string
	options := map[string]string{}
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		field, ok := strings.CutPrefix(name, "q[][")
		if !ok {
			options[name] = value
			continue
		}
		field = strings.TrimSuffix(field, "]")
		if field == "pacticipant" {
			selectors = append(selectors, map[string]string{})
		}
		if len(selectors) == 0 {
			return refused("a selector without a pacticipant")
		}
		selectors[len(selectors)-1][field] = value
	}
	if len(selectors) == 0 || selectors[0]["version"] == "" {
		return refused("please provide a pacticipant and a version")
	}
	if env := options["environment"]; env != "" {
		return s.answer(selectors[0]["pacticipant"], selectors[0]["version"], s.in(env))
	}
	return s.answer(selectors[0]["pacticipant"], selectors[0]["version"], func(other string) ([]*version, string) {
		branch := ""
		if options["mainBranch"] == "true" {
			branch = "main"
		}
		for _, sel := range selectors[1:] {
			if sel["pacticipant"] == other {
				branch = sel["branch"]
			}
		}
		for _, v := range slices.Backward(s.versions) {
			if v.pacticipant == other && (branch == "" || v.branch == branch) {
				return []*version{v}, ""
			}
		}
		return nil, "is on branch " + branch
	})
}

// answer gives the matrix of a version with the others that there are.
func (s *Server) answer(pacticipant, number string, others func(string) ([]*version, string)) (int, any) {
	if s.find(pacticipant, number) == nil {
		return refused(fmt.Sprintf("No version with number %s exists for %s", number, pacticipant))
	}
	rows := []object{}
	var missing, failed, unknown []string
	for _, p := range s.pacts {
		consumes := p.consumer == pacticipant && p.version.number == number
		if !consumes && p.provider != pacticipant {
			continue
		}
		other := p.provider
		if !consumes {
			other = p.consumer
		}
		versions, where := others(other)
		if consumes && len(versions) == 0 {
			missing = append(missing, fmt.Sprintf("There is no verified pact between %s (%s) and a version of %s that %s", p.consumer, p.version.number, p.provider, where))
		}
		for _, v := range versions {
			if !consumes && p.version != v {
				continue
			}
			by := v
			if !consumes {
				by = s.find(pacticipant, number)
			}
			row, res := s.row(p, by)
			rows = append(rows, row)
			switch {
			case res == nil:
				unknown = append(unknown, fmt.Sprintf("There is no verified pact between %s (%s) and %s (%s)", p.consumer, p.version.number, p.provider, by.number))
			case !res.success:
				failed = append(failed, fmt.Sprintf("The verification for the pact between %s (%s) and %s (%s) failed", p.consumer, p.version.number, p.provider, by.number))
			}
		}
	}
	summary := object{"deployable": true, "reason": "All required verification results are published and successful", "unknown": len(unknown)}
	switch {
	case len(failed)+len(missing) > 0:
		summary["deployable"], summary["reason"] = false, strings.Join(append(failed, missing...), "\n")
	case len(unknown) > 0:
		summary["deployable"], summary["reason"] = nil, strings.Join(unknown, "\n")
	}
	return http.StatusOK, object{"summary": summary, "matrix": rows, "notices": []object{}}
}

// row is the latest result of the provider's version for the content of the pact: a
// result counts for every version that published the same.
func (s *Server) row(p *pact, by *version) (object, *result) {
	var found *result
	for _, q := range s.pacts {
		if q.consumer != p.consumer || q.provider != p.provider || q.sha != p.sha {
			continue
		}
		for i, r := range q.results {
			if r.by == by {
				found = &q.results[i]
			}
		}
	}
	row := object{
		"consumer":           object{"name": p.consumer, "version": object{"number": p.version.number}},
		"provider":           object{"name": p.provider, "version": nil},
		"verificationResult": nil,
	}
	if found != nil {
		row["provider"] = object{"name": p.provider, "version": object{"number": by.number}}
		row["verificationResult"] = object{"success": found.success, "_links": object{"self": s.link(p.path() + "/results/1")}}
	}
	return row, found
}

package mockgraph

import (
	"slices"
	"strings"
)

// The names of the stages, for hooks around them.
const (
	stageAuthenticate = "authenticate"
	stageControl      = "control"
	stageFindEntity   = "findEntity"
	stageNegotiate    = "negotiate"
	stageConditions   = "checkConditions"
	stageDecode       = "decode"
	stageValidate     = "validate"
	stageApply        = "apply"
	stageRepresent    = "represent"
)

// namedStage is a stage that hooks can find.
type namedStage struct {
	name string
	run  stage
}

// hooks are what a behaviour does at the points of a request's way; nil is nothing.
type hooks struct {
	// before comes first: it may change the request, or answer it.
	before func(c *call) *answer
	// around are run in place of the stages of these names, which they are given.
	around map[string]func(c *call, run stage) *answer
	// after may change the finished answer before it is sent, and how it is sent.
	after func(c *call, a *answer)
}

// behave puts the behaviours that fit the route around the server's stages: variants
// first, so that a fault spoils what the variant made.
// A route without any has no stages of its own.
func (r *route) behave(all []Behaviour, stages []namedStage) {
	for _, kind := range []Kind{Variant, Fault} {
		for _, b := range all {
			if b.Kind != kind || b.hook == nil || b.unfit(r.op) != "" {
				continue
			}
			if r.stages == nil {
				r.stages = slices.Clone(stages)
			}
			r.add(b.hook(r))
		}
	}
}

func (r *route) add(h hooks) {
	if h.before != nil {
		r.before = append(r.before, h.before)
	}
	if h.after != nil {
		r.after = append(r.after, h.after)
	}
	for i, st := range r.stages {
		if around, ok := h.around[st.name]; ok {
			r.stages[i].run = func(c *call) *answer { return around(c, st.run) }
		}
	}
}

// routeFor gives the route whose behaviours a request meets. The control endpoints meet
// none, so that whoever watches a server sees it as it is.
func (s *Server) routeFor(c *call) *route {
	path := c.r.URL.EscapedPath()
	if strings.HasPrefix(c.r.URL.Path, controlPath) {
		return nil
	}
	below, ok := strings.CutPrefix(path, s.basePath+"/")
	if !ok {
		return nil
	}
	r, _ := find(s.routes, below)
	return r
}

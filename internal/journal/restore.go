package journal

import (
	"maps"
	"slices"

	"graphpact/internal/contract"
)

// Restore compares the entity as it was with what it is now: it gives the body of the
// update that brings back what the run touched and what differs still, and the names
// of touched properties that differ and that no update can set. It is the
// target.RestoreFunc of the entity.
func (e *Entity) Restore(first, current map[string]any) (body map[string]any, unsettable []string) {
	body = map[string]any{}
	for _, name := range e.Touched {
		was, had := first[name]
		is, has := current[name]
		p, canSet := e.property(name)
		switch {
		case had == has && p.Same(was, is), slices.Contains(e.Moves, name):
		case canSet:
			body[name] = was
		default:
			unsettable = append(unsettable, name)
		}
	}
	return body, unsettable
}

// Others are the properties that differ and that a restore leaves alone, sorted: no update
// of the run named them, or the server sets them at each update. Annotations do not count.
func (e *Entity) Others(current map[string]any, isAnnotation func(string) bool) []string {
	names := maps.Clone(e.First)
	maps.Copy(names, current)
	var out []string
	for name := range names {
		was, had := e.First[name]
		is, has := current[name]
		p, _ := e.property(name)
		mine := slices.Contains(e.Touched, name) && !slices.Contains(e.Moves, name)
		if !isAnnotation(name) && !mine && (had != has || !p.Same(was, is)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// property is the property of that name, with its type where the page gives one.
func (e *Entity) property(name string) (p contract.Property, canSet bool) {
	p.Name = name
	for _, s := range e.Settable {
		if s.Name == name {
			p.Type.Edm = s.Type
			return p, true
		}
	}
	return p, false
}

package mockgraph

import (
	"encoding/json"
	"maps"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
)

// SeedAt moves the first entity of a seed to other path parameters, key included:
// what a server needs to stand in for an endpoint's entity.
func SeedAt(seed Seed, op *contract.Operation, conv *convention.Set, params map[string]string) Seed {
	entity := Entity{Params: maps.Clone(params), Body: seed.Entities[0].Body}
	key := keyName(op, conv.Names)
	if t, err := compileTemplate(op.Path); err == nil && key != "" {
		if param, ok := t.keyParam(); ok {
			value := quote(params[param])
			if id, has := entity.Body.Get(key); has && !isText(id) && json.Valid([]byte(params[param])) {
				value = json.RawMessage(params[param]) // a numeric key stays one
			}
			entity.Body = entity.Body.with(key, value)
		}
	}
	return Seed{Path: op.Path.Template, Entities: []Entity{entity}}
}

package probe

import (
	"context"
	"slices"

	"graphpact/internal/entity"
	"graphpact/internal/schema"
)

// AgedValues is how many values a property must have in GETs in a row, with no update between
// them, to be one that changes by itself: a replica that is late shows two, the old and the new.
const AgedValues = 3

// findAgeing reads again where updates seem to have changed what they did not name: what is
// another in each GET, with no update between them, changes by itself, and is nobody's damage. A
// value that the probe has written may come from a late read, and says nothing.
func (p *prober) findAgeing(ctx context.Context) error {
	values, suspected := map[string][]any{}, false
	for name := range p.moved {
		prop, named := p.Subject.Op.Property(name)
		if named && p.times[name] > 0 && prop.Role == "" && p.state[name] != nil {
			values[name], suspected = []any{p.state[name]}, suspected || prop.Settable() && !growing(p.moved[name])
		}
	}
	if len(values) == 0 {
		return nil
	}
	limit := min(p.wait, PromptWait)
	if !suspected {
		limit = 0 // two reads are enough, where nothing is to be blamed
	}
	again := func(r *entity.Response, _ int) bool {
		aged := 0
		for name, seen := range values {
			v := r.Object[name]
			equal := func(old any) bool { return schema.Equal(old, v) }
			if v != nil && !slices.ContainsFunc(seen, equal) && !slices.ContainsFunc(p.written[name], equal) {
				values[name] = append(seen, v)
			}
			if len(values[name]) >= AgedValues {
				aged++
			}
		}
		return aged == len(values)
	}
	r, err := p.read(ctx, "see whether what has changed does so by itself")
	if err != nil {
		return err
	}
	p.waits++
	again(r, 1)
	_, reads, err := p.readUntil(ctx, "see whether what has changed does so by itself", end(r), limit, again)
	p.waits += reads
	for name, seen := range values {
		if len(seen) >= AgedValues {
			p.result.Ages = append(p.result.Ages, name)
		}
	}
	slices.Sort(p.result.Ages)
	return err
}

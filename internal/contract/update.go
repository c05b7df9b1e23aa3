package contract

import "slices"

// Update makes a body for the Operation that the page allows and that changes the
// current state: the first settable property, but for the excepted ones, that has
// another value. It reports false where there is none.
func (o *Operation) Update(current map[string]any, except ...string) (map[string]any, bool) {
	for _, p := range o.Settable() {
		if slices.Contains(except, p.Name) {
			continue
		}
		if v, ok := p.Other(current[p.Name]); ok {
			return map[string]any{p.Name: v}, true
		}
	}
	return nil, false
}

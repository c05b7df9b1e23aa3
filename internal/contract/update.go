package contract

// Update makes a body for the Operation that the page allows and that changes the
// current state: the first settable property that has another value. It reports
// false where the page documents no property that graphpact can set.
func (o *Operation) Update(current map[string]any) (map[string]any, bool) {
	for _, p := range o.Settable() {
		if v, ok := p.Other(current[p.Name]); ok {
			return map[string]any{p.Name: v}, true
		}
	}
	return nil, false
}

package contract

// RestoreBody gives the body of the update that brings the properties a client may
// set back from current to original (both decoded JSON): those that differ. What
// the documented update cannot bring back is named in unsettable: a property that
// original lacks, a member of an enum that is never set (the sentinel, one beyond
// it, one that the page does not have), null where the page says Required, and a key
// or a date of creation that has changed, which nothing should be able to do.
func (o *Operation) RestoreBody(original, current map[string]any) (body map[string]any, unsettable []string) {
	body = map[string]any{}
	for _, p := range o.Properties {
		fixed := p.Role == RoleKey || p.Role == RoleCreated
		if !fixed && !p.Settable() {
			continue
		}
		was, had := original[p.Name]
		is, has := current[p.Name]
		switch {
		case had == has && p.Same(was, is):
		case had && !fixed && p.canSet(was):
			body[p.Name] = was
		default:
			unsettable = append(unsettable, p.Name)
		}
	}
	return body, unsettable
}

// CannotRestore names the settable properties of a state whose value the documented
// update could not put back once it is overwritten.
func (o *Operation) CannotRestore(state map[string]any) []string {
	var names []string
	for _, p := range o.Settable() {
		if v, has := state[p.Name]; !has || !p.canSet(v) {
			names = append(names, p.Name)
		}
	}
	return names
}

// canSet reports whether the documented update may carry the value.
func (p Property) canSet(v any) bool {
	if v == nil {
		return p.Nullable.Value != NullableNo
	}
	if !p.Type.IsEnum() {
		return true
	}
	values := []any{v}
	if items, ok := v.([]any); ok && p.Type.Collection {
		values = items
	}
	for _, v := range values {
		if !p.Type.mayBeSet(v) {
			return false
		}
	}
	return true
}

func (t Type) mayBeSet(v any) bool {
	for _, m := range t.SettableMembers() {
		if v == any(m.Value) {
			return true
		}
	}
	return false
}

package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/schema"
)

// withValues gives the body of a request of graphpact's own pacts with the user's values in
// the place of those that graphpact made up when it wrote the pact: a provider may refuse
// these, and no consumer asks for them. What the page vouches for stays, and so does every
// body of another tool. replaced says what was put in, "name: value in the place of value".
func (k *Catalog) withValues(i pact.Interaction, body []byte) (out []byte, replaced []string) {
	op := k.operation(i)
	object, err := client.DecodeObject(body)
	if op == nil || err != nil || strings.HasPrefix(i.Requirement, IDPrefix) || i.Requirement == "" {
		return body, nil
	}
	page := op.OfPage()
	for _, name := range slices.Sorted(maps.Keys(object)) {
		p, _ := op.Property(name)
		given := slices.IndexFunc(p.Named, contract.Value.Given)
		onPage, _ := page.Property(name)
		if given < 0 || vouched(onPage, object[name]) {
			continue
		}
		replaced = append(replaced, fmt.Sprintf("%s: %s in the place of %s", name, schema.Show(p.Named[given].JSON), schema.Show(object[name])))
		object[name] = p.Named[given].JSON
	}
	if len(replaced) == 0 {
		return body, nil
	}
	if out, err = json.Marshal(object); err != nil {
		return body, nil // cannot be: it came from JSON
	}
	return out, replaced
}

// vouched reports whether the page vouches for the value.
func vouched(p contract.Property, value any) bool {
	if p.Type.IsEnum() {
		return true // its members are the page's
	}
	return slices.ContainsFunc(p.Values(nil, 8), func(v contract.Value) bool { return v.Vouched() && p.Same(v.JSON, value) })
}

// replacedCheck says that a request did not carry what the pact has.
func replacedCheck(replaced []string) result.Check {
	return result.Check{
		Name: "the request carries the user's values", Verdict: result.Pass,
		Message: "given by --value or the settings, as the pact's were made up: " + strings.Join(replaced, "; "),
	}
}

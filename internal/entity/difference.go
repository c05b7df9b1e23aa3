package entity

import (
	"encoding/json"
	"sort"
	"strings"

	"graphpact/internal/contract"
)

// Difference is a property that two states of an entity do not share.
type Difference struct {
	Name string
	// Pointer is the JSON Pointer (RFC 6901) of the property.
	Pointer string
	// Before and After are the values as JSON, or "(absent)".
	Before, After string
}

// Differences compares two states of an entity of the Operation, annotations and the
// named properties aside, sorted by pointer.
func Differences(op *contract.Operation, before, after map[string]any, except ...string) []Difference {
	aside := make(map[string]bool, len(except))
	for _, name := range except {
		aside[name] = true
	}
	var out []Difference
	for name := range union(before, after) {
		if IsAnnotation(name) || aside[name] {
			continue
		}
		b, inBefore := before[name]
		a, inAfter := after[name]
		if inBefore == inAfter && op.Same(name, b, a) {
			continue
		}
		out = append(out, Difference{name, Pointer(name), Show(b, inBefore), Show(a, inAfter)})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Pointer < out[j].Pointer })
	return out
}

func union(a, b map[string]any) map[string]struct{} {
	all := make(map[string]struct{}, len(a)+len(b))
	for k := range a {
		all[k] = struct{}{}
	}
	for k := range b {
		all[k] = struct{}{}
	}
	return all
}

// Pointer is the JSON Pointer of a property of the entity.
func Pointer(name string) string { return "/" + pointerEscaper.Replace(name) }

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// Show gives a value as JSON, or "(absent)".
func Show(v any, present bool) string {
	if !present {
		return "(absent)"
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

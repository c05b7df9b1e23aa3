package schema

import (
	"maps"
	"slices"
)

// Keywords are the keywords that a schema may have, Formats the formats.
func Keywords() []string { return slices.Sorted(maps.Keys(rules())) }

func Formats() []string { return slices.Sorted(maps.Keys(formats())) }

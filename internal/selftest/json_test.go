package selftest

import (
	"reflect"
	"testing"

	"graphpact/internal/result"
	"graphpact/schemas"
	"graphpact/schemas/schematest"
)

// TestSchemaEqualsStructs holds the model and the published schema together.
func TestSchemaEqualsStructs(t *testing.T) {
	t.Parallel()
	schematest.EqualsStruct(t, schemas.Selftest, reflect.TypeFor[Report](), Version, schematest.Enums{
		reflect.TypeFor[result.Verdict](): {"pass", "skip", "warn", "fail", "error", "flaky", "waived"},
		reflect.TypeFor[result.Level]():   {"must", "should", "may"},
		reflect.TypeFor[Mark]():           {"detected", "missed", "untestable", "also", "skipped", "error"},
	})
}

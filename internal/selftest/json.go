package selftest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// JSON writes the report as schemas/selftest.schema.json describes it.
func JSON(r *Report) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("encoding the selftest report: %w", err)
	}
	return b.Bytes(), nil
}

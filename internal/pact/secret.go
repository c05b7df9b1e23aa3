package pact

import (
	"errors"
	"fmt"
	"strings"
)

// CheckSecrets refuses a pact with what looks like a token in it: a broker shows its
// pacts to many. The error names the places and no value.
func (f *File) CheckSecrets() error {
	var errs []error
	for i, interaction := range f.Interactions {
		description, _ := interaction["description"].(string)
		walk("", interaction, func(where string, value any) bool {
			if s, ok := value.(string); ok && looksSecret(s) {
				errs = append(errs, fmt.Errorf("interaction %d (%s): %s holds what looks like a token",
					i+1, maskBearer(description), strings.TrimPrefix(where, "/")))
			}
			return true
		})
	}
	return errors.Join(errs...)
}

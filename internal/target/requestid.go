package target

import (
	"fmt"
	"io"
	"regexp"
	"sync/atomic"
)

// NewID makes a random GUID (RFC 9562, version 4), as for the id of a run, from the
// source of randomness.
func NewID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// runPrefix is how many bytes of a run's id begin the id of each of its requests: the
// first three groups with their dashes.
const runPrefix = len("00000000-0000-0000-")

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// requestIDs makes the ids of a run's requests: the first three groups of the run's id,
// which an endpoint's log is searched for, and then a counter from 1 in decimal digits.
// All of it has the form of a GUID, as Graph wants, and its version and variant.
type requestIDs struct {
	prefix string
	n      atomic.Uint64
}

func newRequestIDs(runID string) *requestIDs { return &requestIDs{prefix: runID[:runPrefix]} }

func (r *requestIDs) next() string { return fmt.Sprintf("%s8000-%012d", r.prefix, r.n.Add(1)) }

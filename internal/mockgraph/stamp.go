package mockgraph

import (
	"encoding/json"
	"time"
)

// tick is the smallest step of Graph's timestamps: 7 fraction digits.
const tick = 100 * time.Nanosecond

// stamp writes a time as Graph does: UTC, exactly 7 fraction digits, Z.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// nextStamp is the modification date that follows the previous one: now, but at
// least one tick later, so that it moves forward whatever the clock does.
func nextStamp(previous json.RawMessage, now time.Time) string {
	now = now.Truncate(tick)
	if s, ok := text(previous); ok {
		if before, err := time.Parse(time.RFC3339Nano, s); err == nil && !now.After(before) {
			now = before.Truncate(tick).Add(tick)
		}
	}
	return stamp(now)
}

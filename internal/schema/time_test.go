package schema

import (
	"testing"
	"time"
)

func TestParseDateTimeOffset(t *testing.T) {
	want := time.Date(2024, 3, 22, 21, 28, 2, 716422900, time.UTC)
	for _, s := range []string{"2024-03-22T21:28:02.7164229Z", "2024-03-22T23:28:02.7164229+02:00", "2024-03-22T21:28:02.716422900000Z"} {
		if got, err := ParseDateTimeOffset(s); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "2024-03-22", "12:00:00", "2024-03-22T21:28:02", "2024-02-30T00:00:00Z", "String (timestamp)"} {
		if got, err := ParseDateTimeOffset(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

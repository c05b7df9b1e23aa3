package schema

import (
	"fmt"
	"time"
)

// ParseDateTimeOffset reads an Edm.DateTimeOffset (OData 4.01 ABNF,
// dateTimeOffsetValue: seconds may be missing, up to 12 fraction digits of which
// the first nine count here).
func ParseDateTimeOffset(s string) (time.Time, error) {
	if ok, _ := IsFormat(FormatDateTime, s); !ok {
		return time.Time{}, fmt.Errorf("%q is no DateTimeOffset", s)
	}
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time that can be compared", s)
}

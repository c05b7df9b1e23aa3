package edm

import (
	"regexp"
	"testing"
	"time"
)

func TestLiterals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		is      func(string) bool
		yes, no []string
	}{
		{"IsDateTimeOffset", IsDateTimeOffset, []string{
			"2024-03-22T21:28:02.7164229Z", "2024-03-22T21:28:02Z", "2024-03-22T21:28Z",
			"2024-03-22T21:28:02+00:00", "2024-03-22T21:28:02-23:59", "2024-03-22T21:28:02.123456789012Z",
			"2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "12024-02-29T00:00:00Z", "-0004-02-29T00:00:00Z",
			"2024-03-22t21:28:02z", // ABNF literals are case-insensitive (RFC 5234 section 2.3)
		}, []string{
			"", "2024-03-22", "21:28:02", "2024-03-22T21:28:02", "2024-03-22 21:28:02Z", "2024-03-22T24:00:00Z",
			"2024-03-22T21:60:00Z", "2024-03-22T21:28:60Z", "2024-03-22T21:28:02.Z", "2024-03-22T21:28:02.1234567890123Z",
			"2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2024-04-31T00:00:00Z",
			"2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "24-01-01T00:00:00Z",
			"02024-01-01T00:00:00Z", "2024-03-22T21:28:02+0000", "2024-03-22T21:28:02+24:00", "2024-03-22T21:28:02Z\n",
			"99999999999999999999-01-01T00:00:00Z", "String (timestamp)", "2024-03-22T21:28:02,5Z",
		}},
		{"IsDate", IsDate, []string{"2024-02-29", "2024-12-31"}, []string{"2023-02-29", "2024-2-3", "2024-02-29T00:00:00Z", ""}},
		{"IsTimeOfDay", IsTimeOfDay, []string{"00:00", "23:59:59", "23:59:59.999999999999"}, []string{"24:00", "23:59:59Z", "23:59:59.", "3:00", ""}},
		{"IsGUID", IsGUID, []string{"8f14e45f-ceea-467f-a8d1-1234567890ab", "8F14E45F-CEEA-467F-A8D1-1234567890AB"},
			[]string{"{8f14e45f-ceea-467f-a8d1-1234567890ab}", "8f14e45fceea467fa8d11234567890ab", "8f14e45f-ceea-467f-a8d1-1234567890ag", ""}},
		{"DurationPattern", regexp.MustCompile(DurationPattern).MatchString, []string{"P1D", "PT1H", "PT1M", "PT1.5S", "P1DT2H3M4.5S", "-PT1H4S", "+P0D", "P1DT5M"},
			[]string{"", "P", "PT", "P1DT", "P1Y", "P1M", "1D", "PT1.S", "PT1S1H", "P1D1H", "pt1h"}},
	}
	for _, tt := range tests {
		for _, s := range tt.yes {
			if !tt.is(s) {
				t.Errorf("%s refuses %q", tt.name, s)
			}
		}
		for _, s := range tt.no {
			if tt.is(s) {
				t.Errorf("%s accepts %q", tt.name, s)
			}
		}
	}
}

func TestParseDateTimeOffset(t *testing.T) {
	t.Parallel()
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

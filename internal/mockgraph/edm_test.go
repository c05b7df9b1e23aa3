package mockgraph

import "testing"

func TestCheckEdm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		edm       string
		good, bad []string
	}{
		{"Edm.Boolean", []string{`true`, `false`}, []string{`1`, `"true"`, `null`, `{}`}},
		{"Edm.Byte", []string{`0`, `255`}, []string{`-1`, `256`, `1.0`, `"1"`}},
		{"Edm.SByte", []string{`-128`, `127`}, []string{`128`, `-129`}},
		{"Edm.Int16", []string{`-32768`}, []string{`32768`, `1e2`}},
		{"Edm.Int32", []string{`0`, `-0`, `-2147483648`}, []string{`2147483648`, `1.0`, `"1"`, `true`}},
		{"Edm.Int64", []string{`9223372036854775807`}, []string{`9223372036854775808`, `"1"`}},
		{"Edm.Decimal", []string{`1.5`, `-1e400`}, []string{`"1.5"`, `"INF"`, `[1]`}},
		{"Edm.Single", []string{`3.4e38`, `"NaN"`}, []string{`3.5e38`, `"1"`}},
		{"Edm.Double", []string{`1`, `-1.5E+10`, `"INF"`, `"-INF"`}, []string{`1e400`, `"inf"`, `false`}},
		{"Edm.String", []string{`""`, `"x"`}, []string{`1`, `null`, `["x"]`}},
		{"Edm.Guid", []string{`"01234567-89ab-cdef-0123-456789ABCDEF"`}, []string{`"0123456789abcdef0123456789abcdef"`, `"{01234567-89ab-cdef-0123-456789abcdef}"`, `1`}},
		{"Edm.Date", []string{`"2024-02-29"`}, []string{`"2023-02-29"`, `"2024-2-9"`, `"2024-01-01T00:00:00Z"`}},
		{"Edm.TimeOfDay", []string{`"23:59"`, `"00:00:00"`, `"01:02:03.123456789012"`}, []string{`"24:00"`, `"1:02"`, `"01:02:60"`, `"01:02:03.1234567890123"`, `"01:02:03."`}},
		{
			"Edm.DateTimeOffset",
			[]string{`"2024-03-22T21:28:02.7164229Z"`, `"2024-03-22T21:28Z"`, `"2024-03-22t21:28:02z"`, `"2024-03-22T21:28:02-05:30"`, `"2024-03-22T21:28:02.123456789012+14:00"`},
			[]string{`"2024-03-22"`, `"21:28:02Z"`, `"2024-03-22T21:28:02"`, `"2024-03-22 21:28:02Z"`, `"2024-13-01T00:00:00Z"`, `"2024-02-30T00:00:00Z"`, `"2024-03-22T24:00:00Z"`, `"2024-03-22T21:28:02+0530"`, `"2024-03-22T21:28:02Z "`, `"String (timestamp)"`, `1711142882`},
		},
		{"Edm.Duration", []string{`"PT1H"`, `"-P1DT2H3M4.5S"`, `"P0D"`}, []string{`"P"`, `"PT"`, `"P1DT"`, `"P1Y"`, `"1H"`, `"P1H"`, `""`}},
		{"Edm.Binary", []string{`""`, `"AA=="`, `"-_-_"`, `"+/+/"`}, []string{`"A A"`, `"AA=A"`, `1`}},
		{"", []string{`1`, `"x"`, `{}`}, nil},
	} {
		for _, v := range tt.good {
			if err := checkEdm(tt.edm, []byte(v), false); err != nil {
				t.Errorf("refused: %v", err)
			}
		}
		for _, v := range tt.bad {
			if checkEdm(tt.edm, []byte(v), false) == nil {
				t.Errorf("%s took %s", tt.edm, v)
			}
		}
	}
	for _, edm := range []string{"Edm.Int64", "Edm.Decimal"} {
		for value, want := range map[string]bool{`"12"`: true, `12`: false, `"x"`: false, `"+1"`: false} {
			if got := checkEdm(edm, []byte(value), true) == nil; got != want {
				t.Errorf("%s %s in IEEE 754 mode: %v, want %v", edm, value, got, want)
			}
		}
	}
}

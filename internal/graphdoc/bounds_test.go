package graphdoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBounds reads the limits that descriptions of real pages state, and others like them.
func TestBounds(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, description, want string }{
		{"Int32", "In percent. The value must be between 0 and 100. Optional.", "value 0..100"},
		{"Int32", "In percent, from 0 to 100.", "value 0..100"},
		{"Int32", "Percentage of task completion.", "value 0..100"},
		{"Double", "The growth in percent.", ""},
		{"Int32", "In miles. Valid values 4 to 14", "value 4..14"},
		{"Int32", "Valid values 1 to 100000 Recommended values: 64 GB to 256 GB.", "value 1..100000"},
		{"Int32", "Days that a file is held (0-3650).", "value 0..3650"},
		{"Int32", "Acceptable values are 0 – 5 where 5 is the most severe.", "value 0..5"},
		{"Int32", "Ranges from -10 to 10.", "value -10..10"},
		{"Int32", "At least 5.", "value 5.."},
		{"Int32", "If more than 100 lamps are on, at least 5 of them dim.", ""},
		{"Int32", "The number of rooms with more than 100 lamps.", ""},
		{"Int32", "The value must be greater than 0.", "value (0.."},
		{"Int32", "It is no more than 9.", "value ..9"},
		{"Int32", "Greater than 5 and less than 9.", "value (5..; value ..9)"},
		{"Int32", "The maximum is 1,500.", "value ..1500"},
		{"Int32", "Must be unique within the table.", ""},
		{"Int32", "Must be a multiple of seven.", "unread"},
		{"Int32", "A number.", ""},
		{"String", "Maximum length is 64 characters.", "length ..64"},
		{"String", "The maximum length of the name is 64 characters.", "length ..64"},
		{"String", "Between 1 and 64 characters.", "length 1..64"},
		{"String", "A text (100 characters or less).", "length ..100"},
		{"String", "It can't exceed 64 characters.", "length ..64"},
		{"String", "It must be Unicode and not exceed 1024 characters.", "length ..1024"},
		{"String", "It must be in a verified domain.", "unread"},
		{"String", "It must be specified when a user is created.", ""},
		{"String collection", "A maximum of 5 elements.", "items ..5"},
		{"String collection", "Each has at most 9 characters.", "length ..9"},
		{"String", "Should follow ISO 639-1; for example \"en-US\".", ""},
		{"String", "By ISO 639, as en-us or en.", ""},
		{"String", "The language, by ISO 639-1, as in en.", "code language 2..2"},
		{"String", "A two-letter country code (ISO 3166). Examples: `US`, `JP`, and `GB`.", "code country 2..2 [US JP GB]"},
		{"String", "A country code of two letters.", "code country 2..2"},
		{"String", "A code of three letters.", "code  3..3"},
		{"String", "The currency, by ISO 4217.", "code currency 3..3"},
		{"String", "A text, such as `Member` and `Guest`.", "[Member Guest]"},
		{"String", "For example, `a`. Or see `b`.", "[a]"},
		{"Int32", "Supported values are `5`, `10`.", "[5 10]"},
		{"DateTimeOffset", "It must lie in the future, and no more than 30 days ahead.", "future ..30 days"},
		{"DateTimeOffset", "It cannot be in the past.", "future"},
		{"DateTimeOffset", "It must be in the past.", "past"},
		{"DateTimeOffset", "When it ends.", ""},
		{"DateTimeOffset", "May be in the future.", ""},
		{"Int32", "Possible values are: 0 - `Off`, 1 - `On`, 2 - `Auto`.", "list 0,1,2 [Off On Auto]"},
		{"Int32", "The state: 0 = off, 1 = on.", "list 0,1"},
		{"Int32", "The colours are: red=0, green=1, none=-1.", "list 0,1,-1"},
		{"Int32", "The level. 1 - 5 stars.", ""},
		{"String", "It is 28 characters long and case-sensitive.", "length 28..28"},
		{"String", "Must be exactly 6 characters.", "length 6..6"},
		{"String", "Allowed characters are ! and # as well as those in the ranges 0-9, A-Z and a-z.", ""},
		{"String", "The size must be 28 characters in length.", "length 28..28"},
		{"roomLamp collection", "This collection can contain a maximum of 500 elements.", "items ..500"},
		{"String", "Must be a valid URL.", "format url"},
		{"String", "The value must be a valid email address.", "format email"},
		{"String", "The ID of the lamp, in a GUID format.", "format guid"},
		{"String", "It should be an IPv6 address.", "format ipv6"},
		{"String", "If set, it must be a URL.", ""},
		{"String", "The URL of the lamp.", ""},
		{"String", "The host in the lamp must be a valid URL.", "unread"},
		{"roomLamp", "It has at most 9 characters.", ""},
		{"Boolean", "It must be between 1 and 2.", ""},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			p, _ := property(t, tt.kind, tt.description)
			var got []string
			for _, b := range p.Bounds {
				if b.Text.Line == 0 || b.Text.Value == "" {
					t.Errorf("%v has no sentence", b)
				}
				low, high := b.Low, b.High
				if b.LowOut {
					low = "(" + low
				}
				if b.HighOut {
					high += ")"
				}
				s := string(b.Kind)
				if b.Kind == BoundCode || b.Kind == BoundList || b.Kind == BoundFormat {
					s += " " + b.Name
				}
				if low+high != "" {
					s += " " + low + ".." + high
				}
				got = append(got, s)
			}
			text := strings.Join(got, "; ")
			if len(p.Examples) > 0 {
				var names []string
				for _, e := range p.Examples {
					names = append(names, e.Value)
				}
				text = strings.TrimSpace(text + " " + fmt.Sprint(names))
			}
			if diff := cmp.Diff(tt.want, text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSeveralMembers finds the enums of which a value may be several members, and reads
// members with no-break spaces between them.
func TestSeveralMembers(t *testing.T) {
	t.Parallel()
	const list = " The possible values are: `a`,\u00a0`b`."
	for description, want := range map[string]bool{
		"A flagged enumeration: several members may be given, with commas between." + list: true,
		"Multivalued." + list:                                  true,
		"A flags enum." + list:                                 true,
		"How it shines." + list:                                false,
		"There are several lamps." + list:                      false,
		"A combination of the values, comma-separated." + list: true,
	} {
		p, _ := property(t, "lampMode", description)
		if p.Several.Present() != want || len(p.Enum) != 2 || p.Enum[1].Value != "b" {
			t.Errorf("%q: several is %v, members %v", description, p.Several, p.Enum)
		}
	}
}

package contract

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"graphpact/internal/edm"
)

// samples are two legal values for each type whose values are opaque to us. They are fixed, so
// that runs are the same, and odd enough not to be a server's default.
var samples = map[string][]string{
	edm.DateTimeOffset: {"2024-02-03T04:05:06Z", "2024-02-04T05:06:07Z"},
	edm.Date:           {"2024-02-03", "2024-02-04"},
	edm.TimeOfDay:      {"04:05:06", "05:06:07"},
	edm.Duration:       {"P3DT4H5M", "P4DT5H6M"},
	edm.GUID:           {"6f9619ff-8b86-4011-b42d-00c04fc964ff", "7c4a8d09-ca37-4d21-9a5e-1f0c2b3d4e5f"},
	edm.Binary:         {"Z3JhcGhwYWN0", "cGFjdGdyYXBo"},
}

// fresh is a text of our own.
const fresh = "graphpact"

// otherText marks a text, or takes the mark away: the value keeps its shape and
// does not grow from run to run.
func otherText(s string) string {
	const mark, longest = "-2", 60
	if rest := strings.TrimSuffix(s, mark); rest != s && rest != "" {
		return rest
	}
	if s == "" || len(s) > longest {
		return fresh
	}
	return s + mark
}

// rat reads a number, and gives nil for anything else.
func rat(text string) *big.Rat {
	if strings.ContainsAny(text, `/"`) {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// Undocumented gives a value that is no member of the enum in any letter case;
// false for anything but an enum.
func (p Property) Undocumented() (string, bool) {
	if !p.Type.IsEnum() {
		return "", false
	}
	value := "graphpactUndocumented"
	for slices.ContainsFunc(p.Type.Enum, func(m Member) bool { return strings.EqualFold(m.Value, value) }) {
		value += "X"
	}
	return value, true
}

// WrongCase gives a member that may be set, written in another letter case that is no
// member; false where there is none. It is another member than the current one where
// that can be, so that it is seen whether it was set.
func (p Property) WrongCase(current any) (string, bool) {
	members := slices.DeleteFunc(p.Type.SettableMembers(), func(m Member) bool { return m.Given })
	slices.SortStableFunc(members, func(a, b Member) int {
		return lastIfCurrent(a, current) - lastIfCurrent(b, current)
	})
	for _, m := range members {
		for _, written := range []string{strings.ToUpper(m.Value), strings.ToLower(m.Value), swapFirst(m.Value)} {
			if strings.EqualFold(written, m.Value) && !p.Type.isMember(written) {
				return written, true
			}
		}
	}
	return "", false
}

// lastIfCurrent puts the current member last.
func lastIfCurrent(m Member, current any) int {
	if current == any(m.Value) {
		return 1
	}
	return 0
}

// MemberFor gives the member that equals a text in any letter case, the text itself where
// there is none.
func (p Property) MemberFor(text string) string {
	for _, m := range p.Type.SettableMembers() {
		if strings.EqualFold(m.Value, text) {
			return m.Value
		}
	}
	return text
}

func swapFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	swapped := unicode.ToUpper(first)
	if swapped == first {
		swapped = unicode.ToLower(first)
	}
	return string(swapped) + s[size:]
}

// WrongType gives a value of a JSON type that no legal value of the property has;
// false where the page does not say which types are legal. For an enum it is true:
// a number could be the number of a member (OData URL Conventions 4.01 section
// 5.1.1.14 writes members by value too). For a number it is a word, since
// IEEE754Compatible services send digits as strings.
func (p Property) WrongType() (any, bool) {
	t := p.Type
	limits, known := constraintOf(t.Edm)
	switch {
	case t.IsEnum(), t.Collection && known, t.Shape == "object":
		return true, true
	case !known:
		return nil, false
	case slices.Contains(limits.types, "boolean"):
		return "yes", true
	case slices.Contains(limits.types, "integer"), slices.Contains(limits.types, "number"):
		return "many", true
	case limits.format != "" || limits.pattern != "":
		// A number could be read as a moment, in seconds.
		return true, true
	}
	return json.Number("12345"), true
}

// Sentinel gives the member that marks an evolvable enum; false where the property
// has none.
func (p Property) Sentinel() (string, bool) {
	for _, m := range p.Type.Enum {
		if m.Sentinel {
			return m.Value, true
		}
	}
	return "", false
}

// Forged gives a well-formed value for a property that only the server sets,
// different from the current one: a date long past, a key of the same shape. It is
// false for a property that a client may set, and where Other is.
func (p Property) Forged(current any) (any, bool) {
	switch {
	case !p.ServerSet() || p.Excluded:
		return nil, false
	case p.Role == RoleCreated, p.Role == RoleModified:
		const past, other = "2001-02-03T04:05:06Z", "2002-03-04T05:06:07Z"
		if sameText(edm.DateTimeOffset, current, past) {
			return other, true
		}
		return past, true
	case p.Role == RoleKey:
		if s, isText := current.(string); isText || current == nil {
			return forgedKey(s), true
		}
	}
	return p.Other(current)
}

// forgedKey moves each digit and letter of a key on by one within its kind.
func forgedKey(key string) string {
	letters := "abcdefghijklmnopqrstuvwxyz"
	if edm.IsGUID(key) {
		letters = "abcdef"
	}
	forged := strings.Map(func(r rune) rune {
		for _, kind := range []string{"0123456789", letters, strings.ToUpper(letters)} {
			if i := strings.IndexRune(kind, r); i >= 0 {
				return rune(kind[(i+1)%len(kind)])
			}
		}
		return r
	}, key)
	if forged == key {
		return key + "x"
	}
	return forged
}

// Absent makes up a path parameter of the same shape as the given one that no
// entity is likely to have: for a GUID another GUID, for a whole number another one of
// nine digits, else the value with a suffix. ShapeKnown says which of them it is.
// The same value always gives the same result, so that a run can be repeated.
func Absent(value string) string {
	if edm.IsGUID(value) {
		return ExampleID("absent " + strings.ToLower(value))
	}
	if isNumber(value) {
		const absent, other = "987654321", "987654312" // within an Edm.Int32
		if value == absent {
			return other
		}
		return absent
	}
	return value + "-absent"
}

// ShapeKnown reports whether Absent can keep the form of the value, so that a server must
// take what it makes for a key of something: a GUID or a whole number. Any other form is
// the server's own, as a user principal name is, or an id with a checksum.
func ShapeKnown(value string) bool { return edm.IsGUID(value) || isNumber(value) }

func isNumber(value string) bool {
	return value != "" && strings.Trim(value, "0123456789") == ""
}

// ExampleID makes a GUID from a name: the same for the same name, on every machine
// (RFC 9562 version 8, from a SHA-256).
func ExampleID(name string) string {
	b := sha256.Sum256([]byte("graphpact " + name))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// PathID makes the value of a path parameter in a Pact: the same for the same name, short,
// and of the form of the entity's key where the page has it. A provider takes ids of its
// own by the provider states.
func (o *Operation) PathID(name string) string {
	key, isKey := o.WithRole(RoleKey)
	if n := len(o.Path.Params); isKey && n > 0 && o.Path.Params[n-1].Name == name && key.Type.Edm == edm.GUID {
		return ExampleID(name)
	}
	b := sha256.Sum256([]byte("graphpact " + name))
	return fmt.Sprint(1000 + (int(b[0])<<8|int(b[1]))%9000)
}

// UnknownName is a property name that the page does not have.
func (o *Operation) UnknownName() string {
	name := "graphpactUnknown"
	for {
		if _, taken := o.Property(name); !taken {
			return name
		}
		name += "X"
	}
}

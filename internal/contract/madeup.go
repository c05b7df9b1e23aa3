package contract

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"graphpact/internal/edm"
)

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

package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/safetext"
)

// Limits of a document, as RFC 8259 section 9 lets a reader set them: how deep arrays
// and objects may nest, and how many values it may hold, those of all levels together.
// An entity has a few hundred; what a hostile endpoint can send in a few megabytes
// would cost a hundred times as much memory as its text.
const (
	MaxDepth  = 512
	MaxValues = 100_000
)

// SyntaxError says why a document was not read.
type SyntaxError struct {
	// Offset is the 0-based byte, and Line the 1-based line, where it went wrong.
	Offset int64
	Line   int
	// Message is short and quotes at most a name of the document.
	Message string
	// Limit is set where the document goes beyond MaxDepth or MaxValues: it may well be
	// JSON, and it is this reader that does not take it.
	Limit bool
}

func (e *SyntaxError) Error() string {
	if e.Limit {
		return "JSON beyond what is read: " + e.Message
	}
	return fmt.Sprintf("not valid JSON: line %d (byte %d): %s", e.Line, e.Offset, e.Message)
}

// Decode reads one JSON document, and no more than that: invalid UTF-8, a byte
// order mark, an object with a duplicate member, text after the document, and what
// goes beyond MaxDepth and MaxValues are errors (RFC 8259, read as strictly as RFC 7493
// asks). Numbers come as json.Number; they must lie in the range of a double. The
// error is a *SyntaxError.
func Decode(doc []byte) (any, error) {
	if at := safetext.InvalidUTF8(doc); at >= 0 {
		return nil, syntaxError(doc, int64(at), "invalid UTF-8")
	}
	if bytes.HasPrefix(doc, []byte("\ufeff")) {
		return nil, syntaxError(doc, 0, "a byte order mark before the document")
	}
	// One pass of the standard scanner decides the grammar, so that the walk below
	// only ever sees well-formed text; another one says what is wrong.
	if !json.Valid(doc) {
		err := json.Unmarshal(doc, new(json.RawMessage))
		var bad *json.SyntaxError
		if errors.As(err, &bad) {
			e := syntaxError(doc, max(bad.Offset-1, 0), bad.Error())
			e.Limit = bad.Error() == scannerDepth
			return nil, e
		}
		return nil, syntaxError(doc, 0, fmt.Sprint(err))
	}
	r := reader{doc: doc}
	return r.value(0)
}

// scannerDepth is what encoding/json says of a document that nests beyond its own limit
// of 10,000; it has no other sign.
const scannerDepth = "exceeded max depth"

// reader walks a document that is known to be well-formed.
type reader struct {
	doc    []byte
	at     int
	values int
}

func (r *reader) value(depth int) (any, error) {
	if r.values++; r.values > MaxValues {
		return nil, r.beyond(fmt.Sprintf("more than %d values", MaxValues))
	}
	switch c := r.next(); c {
	case 'n':
		r.at += len("null")
		return nil, nil
	case 't':
		r.at += len("true")
		return true, nil
	case 'f':
		r.at += len("false")
		return false, nil
	case '"':
		return r.text()
	case '[', '{':
		if depth == MaxDepth {
			return nil, r.beyond(fmt.Sprintf("nested deeper than %d", MaxDepth))
		}
		r.at++
		if c == '[' {
			return r.array(depth + 1)
		}
		return r.object(depth + 1)
	}
	return r.number()
}

// next skips white space, and the commas and colons whose places the scanner has
// checked, and gives the byte that begins the next token.
func (r *reader) next() byte {
	for strings.IndexByte(" \t\r\n,:", r.doc[r.at]) >= 0 {
		r.at++
	}
	return r.doc[r.at]
}

func (r *reader) array(depth int) (any, error) {
	items := []any{}
	for r.next() != ']' {
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	r.at++
	return items, nil
}

func (r *reader) object(depth int) (any, error) {
	members := map[string]any{}
	for r.next() != '}' {
		start := r.at
		name, err := r.text()
		if err != nil {
			return nil, err
		}
		if _, duplicate := members[name]; duplicate {
			return nil, r.fail(start, "duplicate member "+Show(name))
		}
		if members[name], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	r.at++
	return members, nil
}

// text reads a string; one with escapes is left to encoding/json.
func (r *reader) text() (string, error) {
	start := r.at
	escaped := false
	for r.at++; r.doc[r.at] != '"'; r.at++ {
		if r.doc[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return string(r.doc[start+1 : r.at-1]), nil
	}
	var s string
	if err := json.Unmarshal(r.doc[start:r.at], &s); err != nil {
		return "", r.fail(start, err.Error())
	}
	return s, nil
}

func (r *reader) number() (any, error) {
	start := r.at
	for r.at < len(r.doc) && strings.IndexByte("+-.0123456789Ee", r.doc[r.at]) >= 0 {
		r.at++
	}
	n := string(r.doc[start:r.at])
	if !inRange(n) {
		return nil, r.fail(start, "a number beyond the range of a double")
	}
	return json.Number(n), nil
}

func (r *reader) fail(at int, message string) error {
	return syntaxError(r.doc, int64(at), message)
}

func (r *reader) beyond(message string) error {
	e := syntaxError(r.doc, int64(r.at), message)
	e.Limit = true
	return e
}

func syntaxError(doc []byte, offset int64, message string) *SyntaxError {
	offset = min(offset, int64(len(doc)))
	return &SyntaxError{Offset: offset, Line: 1 + bytes.Count(doc[:offset], []byte("\n")), Message: message}
}

// inRange keeps numbers to what can be computed with exactly and at little cost:
// an exponent of a million digits is well-formed JSON, and a trap.
func inRange(number string) bool {
	const maxLength, minExponent = 1024, -1024
	if len(number) > maxLength {
		return false
	}
	if _, err := strconv.ParseFloat(number, 64); err != nil {
		return false
	}
	at := strings.IndexAny(number, "eE")
	if at < 0 {
		return true
	}
	exponent, err := strconv.Atoi(number[at+1:])
	return err == nil && exponent >= minExponent
}

// Equal reports whether two decoded JSON values are the same value. Numbers are
// compared by value and exactly, whatever their Go type and form: 1, 1.0 and
// 1e0 are equal. The order of members does not count, the order of items does.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case nil, bool, string:
		return a == b
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, Equal)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, Equal)
	}
	x, okX := numberText(a)
	y, okY := numberText(b)
	return okX && okY && sameNumber(x, y)
}

// numberText gives the JSON text of a number of any Go type that decoded JSON, or
// a value built by hand, may have.
func numberText(v any) (string, bool) {
	switch n := v.(type) {
	case json.Number:
		return n.String(), true
	case float64:
		return strconv.FormatFloat(n, 'g', -1, 64), true
	case int:
		return strconv.Itoa(n), true
	case int64:
		return strconv.FormatInt(n, 10), true
	}
	return "", false
}

func sameNumber(x, y string) bool {
	if x == y {
		return true
	}
	rx, okX := new(big.Rat).SetString(x)
	ry, okY := new(big.Rat).SetString(y)
	return okX && okY && rx.Cmp(ry) == 0
}

// maxShown is how many characters of a value Show gives.
const maxShown = 120

// Show gives a decoded JSON value as JSON for a message or a report: one line, of at most
// 120 characters.
func Show(v any) string { return short(Text(v)) }

// short cuts a text to maxShown characters and escapes what does not print.
func short(s string) string { return safetext.Escape(safetext.Shorten(s, maxShown), safetext.JSON) }

// Text gives a decoded JSON value as JSON in one line, whole. Nothing is escaped for HTML.
func Text(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%T", v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

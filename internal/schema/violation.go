package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// maxShown is how many runes of a value a violation shows.
const maxShown = 120

// delimiter parts the names of a gojsonschema context. The byte cannot stand in a
// name: documents are valid UTF-8.
const delimiter = "\xff"

// reword turns an error of gojsonschema into a violation. It gives false for an
// error that only repeats others (allOf reports its branches too).
func reword(e gojsonschema.ResultError) (Violation, bool, error) {
	d := e.Details()
	v := Violation{Pointer: pointer(e.Context())}
	member := func() { v.Pointer += "/" + escape(fmt.Sprint(d["property"])) }
	switch e.Type() {
	case "number_all_of":
		return v, false, nil
	case "number_any_of":
		v.Keyword, v.Expected = "anyOf", "one of the alternatives"
	case "invalid_type":
		v.Keyword, v.Expected = "type", typeNames(fmt.Sprint(d["expected"]))
		if e.Value() != nil {
			v.Actual = typeName(e.Value()) + " " + Show(e.Value())
		}
	case "required":
		v.Keyword, v.Expected, v.Actual = "required", "present", "absent"
		member()
	case "additional_property_not_allowed":
		v.Keyword, v.Expected, v.Actual = "additionalProperties", "absent", "present"
		member()
	case "enum":
		v.Keyword, v.Expected = "enum", "one of "+fmt.Sprint(d["allowed"])
	case "const":
		v.Keyword, v.Expected = "const", fmt.Sprint(d["allowed"])
	case "pattern":
		v.Keyword, v.Expected = "pattern", "a match of "+fmt.Sprint(d["pattern"])
	case "format":
		v.Keyword, v.Expected = "format", formatName(fmt.Sprint(d["format"]))
	case "string_gte":
		v.Keyword, v.Expected = "minLength", fmt.Sprintf("at least %v characters", d["min"])
	case "string_lte":
		v.Keyword, v.Expected = "maxLength", fmt.Sprintf("at most %v characters", d["max"])
	case "array_min_items":
		v.Keyword, v.Expected = "minItems", fmt.Sprintf("at least %v items", d["min"])
	case "array_max_items":
		v.Keyword, v.Expected = "maxItems", fmt.Sprintf("at most %v items", d["max"])
	case "array_min_properties":
		v.Keyword, v.Expected = "minProperties", fmt.Sprintf("at least %v members", d["min"])
	case "array_max_properties":
		v.Keyword, v.Expected = "maxProperties", fmt.Sprintf("at most %v members", d["max"])
	case "number_gte":
		v.Keyword, v.Expected = "minimum", "at least "+bound(d["min"])
	case "number_gt":
		v.Keyword, v.Expected = "exclusiveMinimum", "more than "+bound(d["min"])
	case "number_lte":
		v.Keyword, v.Expected = "maximum", "at most "+bound(d["max"])
	case "number_lt":
		v.Keyword, v.Expected = "exclusiveMaximum", "less than "+bound(d["max"])
	default:
		return v, false, fmt.Errorf("%s: %s", v.Pointer, e.Description())
	}
	if v.Actual == "" { // what is absent, or should be, has no value worth the writing
		v.Actual = Show(e.Value())
	}
	v.Expected = shorten(v.Expected)
	return v, true, nil
}

// pointer makes a JSON Pointer of a context, whose first name is the root.
func pointer(c *gojsonschema.JsonContext) string {
	var b strings.Builder
	for _, name := range strings.Split(c.String(delimiter), delimiter)[1:] {
		b.WriteByte('/')
		b.WriteString(escape(name))
	}
	return b.String()
}

// typeNames turns "[string,null]" into "string or null".
func typeNames(list string) string {
	return strings.ReplaceAll(strings.Trim(list, "[]"), ",", " or ")
}

// typeName gives the JSON type of a value that is not null.
func typeName(v any) string {
	switch n := v.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if r, ok := new(big.Rat).SetString(n.String()); ok && r.IsInt() {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// bound writes a bound, which is an integer (lintInteger).
func bound(v any) string {
	if f, ok := v.(*big.Float); ok {
		return f.Text('f', 0)
	}
	return fmt.Sprint(v)
}

// Show gives a decoded JSON value as JSON of at most 120 runes, fit for a report:
// what a terminal would act on is escaped.
func Show(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%T", v)
	}
	return shorten(strings.TrimSuffix(b.String(), "\n"))
}

// shorten cuts a text to maxShown runes and escapes what a terminal would act on.
func shorten(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxShown {
			b.WriteString("…")
			break
		}
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

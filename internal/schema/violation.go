package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/xeipuuv/gojsonschema"

	"graphpact/internal/jsonpointer"
)

// delimiter parts the names of a gojsonschema context. The byte cannot be part of a
// name: documents are valid UTF-8.
const delimiter = "\xff"

// reword turns an error of gojsonschema into a violation.
func reword(e gojsonschema.ResultError) (Violation, error) {
	d := e.Details()
	v := Violation{Pointer: pointer(e.Context())}
	switch e.Type() {
	case "invalid_type":
		v.Keyword, v.Expected = "type", typeNames(fmt.Sprint(d["expected"]))
		if e.Value() != nil {
			v.Actual = typeName(e.Value()) + " " + Show(e.Value())
		}
	case "required":
		v.Pointer += jsonpointer.Of(fmt.Sprint(d["property"]))
		v.Keyword, v.Expected, v.Actual = "required", "present", "absent"
	case "enum":
		v.Keyword, v.Expected = "enum", "one of "+fmt.Sprint(d["allowed"])
	case "pattern":
		v.Keyword, v.Expected = "pattern", "a match of "+fmt.Sprint(d["pattern"])
	case "format":
		v.Keyword, v.Expected = "format", formats()[fmt.Sprint(d["format"])].expected
	case "string_gte":
		v.Keyword, v.Expected = "minLength", fmt.Sprintf("at least %v characters", d["min"])
	case "number_gte":
		v.Keyword, v.Expected = "minimum", "at least "+bound(d["min"])
	case "number_lte":
		v.Keyword, v.Expected = "maximum", "at most "+bound(d["max"])
	default:
		return v, fmt.Errorf("%s: %s", v.Pointer, e.Description())
	}
	if v.Actual == "" { // what is absent has no value to show
		v.Actual = Show(e.Value())
	}
	v.Expected = short(v.Expected)
	return v, nil
}

// pointer makes a JSON Pointer of a context, whose first name is the root.
func pointer(c *gojsonschema.JsonContext) string {
	return jsonpointer.Of(strings.Split(c.String(delimiter), delimiter)[1:]...)
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

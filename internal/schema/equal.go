package schema

import (
	"encoding/json"
	"math/big"
	"strconv"
)

// Equal reports whether two decoded JSON values are the same value. Numbers are
// compared by value and exactly, whatever their Go type and spelling: 1, 1.0 and
// 1e0 are equal. The order of members does not count, the order of items does.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case string:
		y, ok := b.(string)
		return ok && x == y
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !Equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for name, v := range x {
			w, ok := y[name]
			if !ok || !Equal(v, w) {
				return false
			}
		}
		return true
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

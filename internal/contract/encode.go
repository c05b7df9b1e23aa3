package contract

import (
	"encoding/json"
	"strconv"
)

// appendJSON appends a value as JSON: objects in their own order, what they hold by
// encoding/json. lineEnd is the line end with the indentation of the value, two blanks a
// level, and empty for JSON on one line. It writes each level once, where json.Marshal would
// read again what a MarshalJSON below it wrote.
func appendJSON(out []byte, value any, lineEnd string) ([]byte, error) {
	inner := lineEnd
	if lineEnd != "" {
		inner += "  "
	}
	var err error
	switch v := value.(type) {
	case *node:
		return appendJSON(out, v.whole(), lineEnd)
	case object:
		if len(v) == 0 {
			return append(out, "{}"...), nil
		}
		out = append(out, '{')
		for i, f := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, inner...)
			if out, err = appendScalar(out, f.name); err != nil {
				return nil, err
			}
			out = append(out, ':')
			if lineEnd != "" {
				out = append(out, ' ')
			}
			if out, err = appendJSON(out, f.value, inner); err != nil {
				return nil, err
			}
		}
		return append(append(out, lineEnd...), '}'), nil
	case []any:
		if len(v) == 0 {
			return append(out, "[]"...), nil
		}
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, inner...)
			if out, err = appendJSON(out, item, inner); err != nil {
				return nil, err
			}
		}
		return append(append(out, lineEnd...), ']'), nil
	}
	return appendScalar(out, value)
}

// appendScalar leaves a value to encoding/json, but for whole numbers, null, and the texts that
// need no escape.
func appendScalar(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		if plainText(v) {
			return append(append(append(out, '"'), v...), '"'), nil
		}
	case int:
		return strconv.AppendInt(out, int64(v), 10), nil
	case nil:
		return append(out, "null"...), nil
	}
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return append(out, data...), nil
}

// plainText reports whether encoding/json writes a text as it is.
func plainText(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

package tracing

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
)

// hexIDs turns the ids of spans from base64, as the JSON of protobuf has bytes, into hex, as
// OTLP has them (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
func hexIDs(message []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(message))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if err := walk(v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func walk(v any) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := walk(e); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, e := range v {
			text, isText := e.(string)
			if isText && (name == "traceId" || name == "spanId" || name == "parentSpanId") {
				id, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					return err
				}
				v[name] = hex.EncodeToString(id)
				continue
			}
			if err := walk(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

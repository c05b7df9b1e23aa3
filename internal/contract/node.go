package contract

import (
	"bytes"
	"encoding/json"
	"slices"

	"graphpact/internal/schema"
)

// object is a JSON object that keeps its order.
type object []field

type field struct {
	name  string
	value any
}

func (o *object) add(name string, value any) { *o = append(*o, field{name, value}) }

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// node is a schema under construction, with the source of each keyword.
type node struct {
	d       *deriver
	fields  object
	sources object
}

// set adds a keyword and traces it.
func (n *node) set(keyword string, value any, source Source) {
	n.fields.add(keyword, value)
	n.sources.add(keyword, n.d.cite(source))
}

// MarshalJSON writes the keywords, then their sources.
func (n *node) MarshalJSON() ([]byte, error) {
	fields := slices.Clone(n.fields)
	if len(n.sources) > 0 {
		fields.add(schema.SourceKeyword, n.sources)
	}
	return fields.MarshalJSON()
}

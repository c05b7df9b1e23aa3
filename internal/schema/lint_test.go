package schema

import (
	"strings"
	"testing"
)

// draft puts a $schema on top of the keywords of a test.
func draft(keywords string) string {
	return `{"$schema":"http://json-schema.org/draft-07/schema#",` + keywords + `}`
}

func TestCompileAccepts(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		draft(`"$id":"x.schema.json","title":"t","description":"d","type":["object","null"]`),
		draft(`"properties":{"tree":{"properties":{"left":{"type":"string","description":"d"}}}}`),
		draft(`"required":["a"],"properties":{"id":{},"type":{"enum":["a",null,true]}},"additionalProperties":true`),
		draft(`"minimum":-9223372036854775808,"maximum":9223372036854775807,"x-graphpact-source":{"minimum":"p.md:1","required":{"a":"p.md:2"}}`),
		draft(`"items":{"format":"date-time"},"minLength":0`),
		draft(`"properties":{"a":{"type":"object","allOf":[{"$ref":"#/definitions/x.y"}]}},"definitions":{"x.y":{"properties":{"b":{"$ref":"#/definitions/x.y"}}}}`),
	} {
		if _, err := Compile("x.json", []byte(s)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ schema, want string }{
		{`{`, "unexpected end"},
		{`[]`, "a schema is an object"},
		{`{"type":"object"}`, `"$schema" is missing`},
		{`{"$schema":"https://json-schema.org/draft/2020-12/schema"}`, "#/$schema: only draft-07"},
		{`{"$schema":7}`, "#/$schema: only draft-07"},
		{draft(`"a":1,"a":2`), "duplicate"},
		{draft(`"properties":{"a":{"oneOf":[]}}`), `#/properties/a/oneOf: the keyword "oneOf"`},
		{draft(`"properties":{"a/b~c":{"typ":"string"}}`), "#/properties/a~1b~0c/typ:"},
		{draft(`"properties":{"a":{"$id":"x"}}`), "#/properties/a/$id: the keyword"},
		{draft(`"properties":{"$ref":{"type":"string"}}`), "#/properties/$ref: a property"},
		{draft(`"properties":{"a":true}`), "#/properties/a: a schema here is an object"},
		{draft(`"properties":[]`), "#/properties: the value is an object"},
		{draft(`"items":[{}]`), "#/items: a schema here is an object"},
		{draft(`"additionalProperties":"no"`), "#/additionalProperties: the value is true"},
		{draft(`"additionalProperties":false`), "#/additionalProperties: the value is true"},
		{draft(`"allOf":[{}]`), "#/allOf: the keyword"},
		{draft(`"anyOf":[]`), "#/anyOf: the keyword"},
		{draft(`"const":"a"`), "#/const: the keyword"},
		{draft(`"definitions":{}`), "#/definitions: the keyword"},
		{draft(`"properties":{"a":{"$ref":"http://example.com/s.json"}}`), "#/properties/a/$ref: the keyword"},
		{draft(`"$ref":"#"`), "#/$ref: the keyword"},
		{draft(`"properties":{"a":{"type":"object","$ref":"#/definitions/a"}}`), "#/properties/a/$ref: the keywords beside"},
		{draft(`"properties":{"a":{"$ref":"#/definitions/none"}}`), "no key"},
		{draft(`"definitions":{"a":{"allOf":[{"$ref":"#/definitions/a"}]}}`), "#/definitions/a: a definition"},
		{draft(`"definitions":{"a":{"type":"strin"}}`), "#/definitions/a/type:"},
		{draft(`"items":{"definitions":{"a":{}}}`), "#/items/definitions: the keyword"},
		{draft(`"type":"strin"`), `#/type: "strin" is no JSON type`},
		{draft(`"type":[]`), "#/type: the list is empty"},
		{draft(`"type":["null","null"]`), `#/type: "null" is a duplicate`},
		{draft(`"required":"a"`), "#/required: the value is a list"},
		{draft(`"required":["a","a"]`), "#/required:"},
		{draft(`"enum":[]`), "#/enum: the value is a list with at least one"},
		{draft(`"enum":["a",1]`), "#/enum/1: the value is a string"},
		{draft(`"enum":[1.5]`), "#/enum/0: the value is a string"},
		{draft(`"pattern":"(?=a)"`), "#/pattern:"},
		{draft(`"pattern":1`), "#/pattern:"},
		{draft(`"format":"email"`), `#/format: "email" is not a format`},
		{draft(`"minLength":1.0`), "#/minLength: the value is a whole number"},
		{draft(`"minLength":-1`), "#/minLength: the value is a whole number"},
		{draft(`"maxLength":-1`), "#/maxLength: the value is a whole number"},
		{draft(`"maxItems":-1`), "#/maxItems: the value is a whole number"},
		{draft(`"uniqueItems":true`), "#/uniqueItems: the keyword"},
		{draft(`"minimum":1e2`), "#/minimum: the value is an integer"},
		{draft(`"title":1`), "#/title: the value is a string"},
		{draft(`"x-graphpact-source":{"type":1}`), "#/x-graphpact-source/type: a source"},
		{draft(`"x-graphpact-source":{"required":{"a":1}}`), "#/x-graphpact-source/required/a: a source"},
	}
	for _, tt := range tests {
		_, err := Compile("x.json", []byte(tt.schema))
		if err == nil {
			t.Errorf("%s: accepted", tt.schema)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "schema x.json: ") {
			t.Errorf("%s:\n got %v\nwant %s", tt.schema, err, tt.want)
		}
	}
}

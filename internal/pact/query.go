package pact

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// withQuery gives an interaction whose query has the form that the Pact library reads in a file
// of this specification: text up to 2.0, and after that an object of lists of texts. The library
// sends a query of another form only in part, or not at all, and says nothing of it.
func withQuery(raw json.RawMessage, specification string) (json.RawMessage, error) {
	var interaction, request map[string]json.RawMessage
	var query map[string]any
	if decode(raw, &interaction) != nil || decode(interaction["request"], &request) != nil || decode(request["query"], &query) != nil || query == nil {
		return raw, nil //nolint:nilerr // there is none, or it is text, which the library reads in each version
	}
	lists, same, err := queryLists(query)
	if err != nil {
		return nil, err
	}
	var form any = lists
	major, _, _ := strings.Cut(specification, ".")
	switch early := major == "1" || major == "2"; {
	case early:
		form = queryText(lists)
	case same:
		return raw, nil
	}
	if request["query"], err = json.Marshal(form); err != nil {
		return nil, err
	}
	if interaction["request"], err = json.Marshal(request); err != nil {
		return nil, err
	}
	return json.Marshal(interaction)
}

// queryLists gives the values of each parameter, null for one without a value. same is set where
// the library reads the object as it is.
func queryLists(query map[string]any) (lists map[string][]*string, same bool, err error) {
	lists, same = map[string][]*string{}, true
	for name, value := range query {
		values, isList := value.([]any)
		if !isList {
			values = []any{value}
		}
		for _, v := range values {
			var text *string
			switch v := v.(type) {
			case nil:
			case string:
				text = &v
			case json.Number, bool:
				plain, _ := json.Marshal(v) // of a number or a boolean it is its text
				text, same = new(string(plain)), false
			default:
				return nil, false, errors.New("the value of " + name + " is no text, number or boolean")
			}
			lists[name] = append(lists[name], text)
		}
	}
	return lists, same, nil
}

// queryText writes the parameters as a query of a URL, by name.
func queryText(lists map[string][]*string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		for _, value := range lists[name] {
			part := url.QueryEscape(name)
			if value != nil {
				part += "=" + url.QueryEscape(*value)
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "&")
}

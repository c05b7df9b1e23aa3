package contract

import "testing"

func TestKeyParam(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"/rooms/{roomId}/lamps/{lampId}":  "lampId",
		"/rooms/{roomId}/lamp":            "",
		"/lamps(serial='{serial}')":       "",
		"/lamps('{id}')":                  "id",
		"/lamps({id})":                    "id",
		"/lamp":                           "",
		"/lamps/{id}/example.home.lamp":   "id",
		"/lamps/{id}/example.home.{cast}": "",
		"/lamps/example.home.lamp":        "",
	} {
		p := Path{Template: template}
		for _, m := range placeholderExpr().FindAllStringSubmatch(template, -1) {
			p.Params = append(p.Params, Param{Name: m[1]})
		}
		if got, ok := p.KeyParam(); got != want && ok || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", template, got, ok, want)
		}
	}
}

package permissions

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const kilns = `{
  "$schema": "x",
  "permissions": {
    "Kiln.ReadWrite": {
      "authorizationType": "oAuth2",
      "pathSets": [
        {
          "schemeKeys": ["DelegatedWork", "Application"],
          "methods": ["GET", "PATCH"],
          "paths": {
            "/workshops/{id}/kilns/{id}": "least=DelegatedWork",
            "/kilns(number='{number}')": "alsoRequires=x;least=Application,DelegatedWork"
          }
        }
      ]
    },
    "Kiln.ReadWrite.All": {
      "pathSets": [{"schemeKeys": ["Application"], "methods": ["patch"], "paths": {"/workshops/{id}/kilns/{id}": ""}}]
    }
  }
}`

func TestRead(t *testing.T) {
	t.Parallel()
	s, err := Read("p.json", []byte(kilns))
	if err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string][]Grant{
		"PATCH /Workshops/{workshopId}/kilns/{kiln-id}/": {
			{"Kiln.ReadWrite", "Application", 4}, {"Kiln.ReadWrite", "DelegatedWork", 4}, {"Kiln.ReadWrite.All", "Application", 17},
		},
		"get /kilns(number={n})": {{"Kiln.ReadWrite", "Application", 4}, {"Kiln.ReadWrite", "DelegatedWork", 4}},
		"DELETE /kilns":          nil,
		"PATCH /workshops/{id}":  nil,
	} {
		method, path, _ := strings.Cut(request, " ")
		if diff := cmp.Diff(want, s.For(method, path)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", request, diff)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "p.json:1: EOF",
		"[]":                             "p.json:1: the file is no object",
		"{\n}":                           "p.json: there is no permission with a path",
		"{\n\"permissions\": []}":        "p.json:2: \"permissions\" is no object",
		"{\n\n\"permissions\": {\"a\" 1": "p.json:3: not valid JSON",
		"{\"permissions\":\n{\"a\": {\"pathSets\": [{\"methods\": 7}]}}}": "p.json:2: json: cannot unmarshal",
		"{\"permissions\": {}": "p.json:1: ",
	} {
		if s, err := Read("p.json", []byte(text)); s != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestPublished(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../shared/permissions/industrydata.json")
	if os.IsNotExist(err) {
		t.Skip("../shared/permissions is absent: the published permissions are not part of the project")
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read("industrydata.json", data)
	if err != nil {
		t.Fatal(err)
	}
	grants := s.For("PATCH", "/external/industryData/dataConnectors/{industryDataConnectorId}")
	if len(s.grants) < 20 || len(grants) == 0 {
		t.Errorf("%d requests, %d permissions of one of them", len(s.grants), len(grants))
	}
}

// FuzzRead holds for any input: no panic, and an error that names the file.
func FuzzRead(f *testing.F) {
	f.Add(kilns)
	f.Add(`{"permissions":{"a":{"pathSets":[{"schemeKeys":["x"],"methods":["y"],"paths":{"/{":"least="}}]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read("p.json", []byte(text))
		if err != nil && !strings.HasPrefix(err.Error(), "p.json:") {
			t.Fatalf("error %q", err)
		}
		if err == nil {
			s.For("PATCH", "/a/{b}")
		}
	})
}

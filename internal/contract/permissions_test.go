package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/permissions"
)

// kilnPermissions agree with the page for work accounts alone.
const kilnPermissions = `{"permissions": {
"Kiln.ReadWrite": {"pathSets": [{"schemeKeys": ["DelegatedWork"], "methods": ["PATCH"], "paths": {"/workshops/{id}/kilns/{id}": "least=DelegatedWork"}}]},
"kiln.readWrite.all": {"pathSets": [{"schemeKeys": ["DelegatedWork", "DelegatedPersonal"], "methods": ["PATCH"], "paths": {"/workshops/{id}/kilns/{id}": ""}}]}
}}`

func published(t testing.TB, text string) *Operation {
	t.Helper()
	set, err := permissions.Read("docs/permissions.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return merged(t, Sources{Resources: folder{}, Permissions: set})
}

func TestPublishedPermissions(t *testing.T) {
	t.Parallel()
	said := func(o *Operation) (out []string) {
		for _, f := range o.Findings {
			if f.Class == ClassPermissionsDisagree || f.Class == ClassPermissionsLack {
				out = append(out, f.Source.Short()+": "+f.Text)
			}
		}
		return out
	}
	want := []string{
		"kiln-update-permissions.md:8: For DelegatedPersonal callers the page names none (kiln-update-permissions.md:8), and the published permissions name kiln.readWrite.all (permissions.json:3).",
		"kiln-update-permissions.md:9: For Application callers the page names Kiln.ReadWrite.All (kiln-update-permissions.md:9), and the published permissions name none (permissions.json).",
	}
	if diff := cmp.Diff(want, said(published(t, kilnPermissions))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// A page whose permissions are not to be read says nothing against them.
	set, err := permissions.Read("p.json", []byte(kilnPermissions))
	if err != nil {
		t.Fatal(err)
	}
	if got := said(merged(t, Sources{Permissions: set})); got != nil {
		t.Error(got)
	}
}

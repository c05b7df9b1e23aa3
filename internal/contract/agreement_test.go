package contract

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/csdl"
)

// TestAgreement changes the metadata beside one page, and names what is counted otherwise.
func TestAgreement(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(metadataFile)
	if err != nil {
		t.Fatal(err)
	}
	const doors = `<Property Name="doors" Type="Edm.Int32" />`
	const position = `<EnumType Name="wood" IsFlags="true">`
	enum := func(flags string) []string {
		return []string{
			doors, `<Property Name="doors" Type="p.doorPosition" />`,
			position, `<EnumType Name="doorPosition"` + flags + `><Member Name="none"/><Member Name="front"/><Member Name="top"/></EnumType>` + position,
		}
	}
	for _, tt := range []struct {
		name  string
		edits []string
		want  []Agreement
		says  string
	}{
		{"as it is", nil, []Agreement{{"base type", 1, 0, 0}}, ""},
		{"a flags enum", enum(` IsFlags="true"`), []Agreement{{"flags", 1, 0, 0}, {"base type", 1, 0, 0}}, ""},
		{
			"an enum without flags", enum(""), []Agreement{{"flags", 0, 1, 0}, {"base type", 1, 0, 0}},
			`The flags of "doors": doorposition.md:5 says several members, and the metadata (metadata.xml:22) says one member.`,
		},
		{
			"another base type", []string{`BaseType="p.device"`, `BaseType="p.workshop"`}, []Agreement{{"base type", 0, 1, 0}},
			"says device, and the metadata (metadata.xml:49) says example.pottery.workshop.",
		},
		{
			"no base type", []string{` BaseType="p.device"`, ""}, []Agreement{{"base type", 0, 1, 0}},
			"and the metadata (metadata.xml:49) says none.",
		},
		{"no such type", []string{`Name="kiln" `, `Name="oven" `}, []Agreement{{"flags", 0, 0, 1}, {"base type", 0, 0, 1}}, ""},
	} {
		text := string(data)
		for i := 0; i < len(tt.edits); i += 2 {
			if !strings.Contains(text, tt.edits[i]) {
				t.Fatalf("%s: the metadata has no %s", tt.name, tt.edits[i])
			}
			text = strings.Replace(text, tt.edits[i], tt.edits[i+1], 1)
		}
		m, err := csdl.New(metadataFile, strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		o := merged(t, Sources{Resources: folder{}, Metadata: m})
		var got []Agreement
		for _, g := range o.Agreement {
			if g.Fact == factFlags || g.Fact == factBase {
				got = append(got, g)
			}
			if !slices.Contains(AgreementFacts(), g.Fact) {
				t.Errorf("%s: %q is none of the facts", tt.name, g.Fact)
			}
			if tt.name == "no such type" && g.Same+g.Different > 0 {
				t.Errorf("%s: %+v", tt.name, g)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		if all := strings.Join(disagreements(o), "\n"); !strings.Contains(all, tt.says) {
			t.Errorf("%s: no finding says %s:\n%s", tt.name, tt.says, all)
		}
	}
}

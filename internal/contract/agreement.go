package contract

import (
	"cmp"
	"slices"

	"graphpact/internal/csdl"
)

// Agreement counts the properties for which the page, or a resource page, and the metadata
// both speak of a fact.
type Agreement struct {
	// Fact is one of those of a Witness, or "collection", "flags", "base type".
	Fact string
	// Same and Different are how often they say the same, and not.
	Same, Different int
	// Absent is how often the page says it, and the metadata says nothing: it does not have the
	// type or the property, or does not annotate it.
	Absent int
}

// The facts that are compared with the metadata.
const (
	factType       = "type"
	factCollection = "collection"
	factNullable   = "nullable"
	factMembers    = "members"
	factFlags      = "flags"
	factReadOnly   = "read-only"
	factBase       = "base type"
)

// AgreementFacts are the facts that are compared with the metadata, in the order of a report.
func AgreementFacts() []string {
	return []string{factType, factCollection, factNullable, factMembers, factFlags, factReadOnly, factBase}
}

// agree counts a fact on which both say the same.
func (m *merger) agree(fact string) { m.count(fact).Same++ }

func (m *merger) count(fact string) *Agreement {
	i := slices.IndexFunc(m.op.Agreement, func(a Agreement) bool { return a.Fact == fact })
	if i < 0 {
		i = len(m.op.Agreement)
		m.op.Agreement = append(m.op.Agreement, Agreement{Fact: fact})
	}
	return &m.op.Agreement[i]
}

// disagree is the finding of a fact on which they differ; take makes the metadata hold.
func (m *merger) disagree(p *Property, fact, page, metadata string, where, at Source, take func()) {
	m.count(fact).Different++
	assumed := "The page holds."
	if m.from.TrustMetadata {
		assumed = "The metadata holds."
		take()
	}
	word := cmp.Or(map[string]string{factNullable: "nullability", factCollection: "type", factReadOnly: "writability"}[fact], fact)
	m.findAt(ClassMetadataDisagrees, where, assumed,
		"The %s of %q: %s says %s, and the metadata (%s) says %s.", word, p.Name, where.Short(), page, at.Short(), metadata)
}

// saysType reports whether the page or a resource page tells the type, and not an example alone.
func (p Property) saysType() bool {
	guessed := !p.Listed && len(p.Witnesses) == 0 && p.Role == ""
	return !guessed && (knownType(p.Type) || p.Type.Name != "" && !generic(p.Type.Name))
}

// saysNullable is what the page, or a resource page, says of null; without source nothing.
func (p Property) saysNullable() Fact[Nullable] {
	if !p.Nullable.Source.IsZero() {
		return p.Nullable
	}
	for _, w := range p.Witnesses {
		if w.Fact != factNullable {
			continue
		}
		if w.Value == nullText(NullableNo) {
			return Fact[Nullable]{NullableNo, w.Source}
		}
		return Fact[Nullable]{NullableYes, w.Source}
	}
	return Fact[Nullable]{}
}

// absent counts what the page says of a property that the metadata does not have.
func (m *merger) absent(p Property) {
	says := map[string]bool{
		factType: p.saysType(), factCollection: p.saysType(), factNullable: !p.Type.Collection && !p.saysNullable().Source.IsZero(),
		factMembers: p.Type.IsEnum(), factFlags: p.Flags.Value, factReadOnly: p.ReadOnly.Value,
	}
	for _, fact := range AgreementFacts() {
		if says[fact] {
			m.count(fact).Absent++
		}
	}
}

// compareFlags compares whether a value of an enum may be several members.
func (m *merger) compareFlags(p *Property, t Type) {
	says := m.flags(t)
	switch {
	case !p.Flags.Value:
		p.Flags = says
	case says.Value:
		m.agree(factFlags)
	default:
		m.disagree(p, factFlags, "several members", "one member", p.Flags.Source, t.Enum[0].Source, func() { p.Flags = Fact[bool]{} })
	}
}

// compareBase compares the type that the resource page of the entity says it inherits from. A
// page may name one further up.
func (m *merger) compareBase(t *csdl.Type) {
	if m.entity == nil || m.entity.Base.Value == "" {
		return
	}
	base := m.entity.Base
	bases := m.from.Metadata.Bases(t.Name)
	if slices.ContainsFunc(bases, func(name string) bool { return sameName(name, base.Value) }) {
		m.agree(factBase)
		return
	}
	says := append(bases, "none")[0]
	m.count(factBase).Different++
	m.findAt(ClassMetadataDisagrees, base.Source, "The page holds.", "The base type of %s: %s says %s, and the metadata (%s) says %s.",
		m.entity.Name, base.Source.Short(), base.Value, m.inMetadata(t.Line).Short(), says)
}

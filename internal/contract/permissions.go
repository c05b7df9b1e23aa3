package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/graphdoc"
	"graphpact/internal/permissions"
)

// permissions takes the permissions of the files that the page includes. What was read is no
// longer a finding.
func (m *merger) permissions() {
	for _, include := range m.page.Includes {
		if !strings.Contains(strings.ToLower(include.Value), "permission") {
			continue
		}
		rows, file, err := m.from.Resources.Permissions(m.page.File, include.Value)
		if err != nil {
			m.unreadable(m.page.File, include.Value, include.Line, err)
			continue
		}
		if len(rows) == 0 {
			continue
		}
		m.op.Permissions = append(m.op.Permissions, permissionsOf(rows, file)...)
		m.op.Findings = slices.DeleteFunc(m.op.Findings, func(f Finding) bool {
			return f.Class == ClassIncludeUnresolved && f.Source.Line == include.Line
		})
	}
}

// permissionsOf gives the rows of a table of permissions in a file.
func permissionsOf(rows []graphdoc.Permission, file string) (out []Permission) {
	for _, row := range rows {
		out = append(out, Permission{Kind: row.Kind.Value, Names: slices.Clone(row.Names), Source: Source{File: file, Line: row.Kind.Line}})
	}
	return out
}

// schemeOf gives the kind of caller that a row of the page is about; empty for one that the
// published permissions do not tell apart.
func schemeOf(kind string) string {
	kind = strings.ToLower(kind)
	switch {
	case strings.Contains(kind, "personal"):
		return permissions.DelegatedPersonal
	case strings.HasPrefix(kind, "delegated"):
		return permissions.DelegatedWork
	case strings.HasPrefix(kind, "application"):
		return permissions.Application
	}
	return ""
}

// published compares the permissions of the page with the published ones. What they say of
// each other is a finding for each kind of caller; the page holds.
func (m *merger) published() {
	if len(m.op.Permissions) == 0 {
		return
	}
	file := base(m.from.Permissions.Name())
	grants := m.from.Permissions.For(m.op.Method.Value, m.op.Path.Template)
	if grants == nil {
		m.findAt(ClassPermissionsLack, m.op.Path.Source, "The permissions of the page hold.",
			"The published permissions (%s) do not have %s %s.", file, m.op.Method.Value, m.op.Path.Template)
		return
	}
	named, where, order := map[string][]string{}, map[string]Source{}, []string{}
	for _, p := range m.op.Permissions {
		scheme := schemeOf(p.Kind)
		if scheme == "" {
			continue
		}
		if _, seen := where[scheme]; !seen {
			where[scheme] = p.Source
			order = append(order, scheme)
		}
		named[scheme] = append(named[scheme], p.Names...)
	}
	for _, scheme := range order {
		var published, lines []string
		for _, g := range grants {
			if g.Scheme == scheme && !slices.Contains(published, g.Name) {
				published = append(published, g.Name)
				lines = append(lines, fmt.Sprintf("%s:%d", file, g.Line))
			}
		}
		if !sameNames(named[scheme], published) {
			m.findAt(ClassPermissionsDisagree, where[scheme], "The permissions of the page hold.",
				"For %s callers the page names %s (%s), and the published permissions name %s (%s).",
				scheme, namesText(named[scheme]), where[scheme].Short(), namesText(published), cmp.Or(strings.Join(lines, ", "), file))
		}
	}
}

func namesText(names []string) string { return cmp.Or(strings.Join(names, ", "), "none") }

// sameNames compares names in any order and letter case.
func sameNames(a, b []string) bool {
	fold := func(names []string) []string {
		lower := strings.Fields(strings.ToLower(strings.Join(names, " ")))
		slices.Sort(lower)
		return slices.Compact(lower)
	}
	return slices.Equal(fold(a), fold(b))
}

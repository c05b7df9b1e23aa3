package contract

import (
	"slices"
	"strings"
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
		for _, row := range rows {
			m.op.Permissions = append(m.op.Permissions, Permission{
				Kind: row.Kind.Value, Names: slices.Clone(row.Names), Source: Source{File: file, Line: row.Kind.Line},
			})
		}
		m.op.Findings = slices.DeleteFunc(m.op.Findings, func(f Finding) bool {
			return f.Class == ClassIncludeUnresolved && f.Source.Line == include.Line
		})
	}
}

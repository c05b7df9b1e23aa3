package graphdoc

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// permissionName is the name of a permission, as Files.ReadWrite.All.
var permissionName = regexp.MustCompile(`\b[A-Z][\w-]*(?:\.[A-Z][\w-]*)+`)

// signIn is a column that stands for a kind of sign-in, in tables that have a row
// for each resource.
var signIn = regexp.MustCompile(`(?i)^(?:delegated|application)\b`)

// readPermissions reads the tables of the permission section. Most have a row for
// each kind of sign-in; some have a column for each, and a row for each resource.
func (r *reader) readPermissions(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		if len(t.header) < 2 {
			continue
		}
		if signIn.MatchString(t.header[1].text()) {
			r.permissionMatrix(t)
			continue
		}
		r.permissionRows(t)
	}
}

func (r *reader) permissionMatrix(t table) {
	for _, w := range t.rows {
		for i := 1; i < len(w.cells); i++ {
			r.page.Permissions = append(r.page.Permissions, Permission{
				Kind:  Text{Value: t.header[i].text(), Line: w.line},
				Names: permissionNames(w.text(i)),
			})
		}
	}
}

// permissionRows reads a row for each kind. Intune pages put the areas of a kind
// below it, indented: the kind's own row is then a heading.
func (r *reader) permissionRows(t table) {
	group := ""
	for i, w := range t.rows {
		kind := w.text(0)
		if kind == "" {
			continue
		}
		var names []string
		for c := 1; c < len(w.cells); c++ {
			names = append(names, permissionNames(w.text(c))...)
		}
		switch {
		case indented(w):
			if group != "" {
				kind = group + ", " + kind
			}
		case w.text(1) == "" && i+1 < len(t.rows) && indented(t.rows[i+1]):
			group = kind
			continue
		default:
			group = ""
		}
		r.page.Permissions = append(r.page.Permissions, Permission{
			Kind:  Text{Value: kind, Line: w.line},
			Names: names,
		})
	}
}

// indented reports whether the row is set in with no-break spaces.
func indented(w row) bool { return strings.HasPrefix(w.cells[0].raw, "\u00a0") }

func permissionNames(cell string) []string { return permissionName.FindAllString(cell, -1) }

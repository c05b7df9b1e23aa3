package scenario

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	messages "github.com/cucumber/messages/go/v34"

	"graphpact/internal/contract"
)

// A table gives the rows of Examples that come from the page; each row has a cell
// for each column.
type table struct {
	columns []string
	rows    func(*contract.Operation) [][]string
}

// tables are the names that Examples tagged @from-page may carry.
func tables() map[string]table {
	return map[string]table{
		"each settable enum value": {[]string{"property", "value"}, settableValues},
		"each settable property": {[]string{"property"}, properties(func(p contract.Property) bool {
			_, ok := p.Other(nil)
			return p.Settable() && ok
		})},
		"each settable enum property": {[]string{"property"}, properties(func(p contract.Property) bool {
			return p.Settable() && p.Type.IsEnum()
		})},
		"each settable enum with a sentinel": {[]string{"property"}, properties(func(p contract.Property) bool {
			_, ok := p.Sentinel()
			return p.Settable() && ok
		})},
		"each property that only the server sets": {[]string{"property"}, properties(func(p contract.Property) bool {
			_, ok := p.Forged(nil)
			return p.ServerSet() && ok
		})},
		"each settable object whose members are known": {[]string{"property"}, properties(func(p contract.Property) bool {
			return p.Settable() && p.HasMembers()
		})},
		"each limit that the page states": {[]string{"property", "limit"}, statedLimits},
		"each path parameter": {[]string{"parameter"}, func(op *contract.Operation) (rows [][]string) {
			for _, p := range op.Path.Params {
				rows = append(rows, []string{p.Name})
			}
			return rows
		}},
	}
}

func settableValues(op *contract.Operation) (rows [][]string) {
	for _, p := range op.Settable() {
		// A collection of enum values takes a list, which one cell does not hold.
		if p.Type.Collection {
			continue
		}
		for _, m := range p.Type.SettableMembers() {
			if !m.Given { // the page does not promise it
				rows = append(rows, []string{p.Name, m.Value})
			}
		}
	}
	return rows
}

// statedLimits are the limits of which a value just outside is known.
func statedLimits(op *contract.Operation) (rows [][]string) {
	for _, p := range op.Settable() {
		for _, v := range p.Outside() {
			rows = append(rows, []string{p.Name, v.Limit})
		}
	}
	return rows
}

func properties(keep func(contract.Property) bool) func(*contract.Operation) [][]string {
	return func(op *contract.Operation) (rows [][]string) {
		for _, p := range op.Properties {
			if keep(p) {
				rows = append(rows, []string{p.Name})
			}
		}
		return rows
	}
}

const pageTag = "@from-page"

func fromPage(ex *messages.Examples) bool {
	return slices.ContainsFunc(ex.Tags, func(t *messages.Tag) bool { return t.Name == pageTag })
}

// fill writes the rows of the page below the header of each Examples tagged @from-page. lines
// maps each line of the result to the line of the file that it comes from; index 0 is not used,
// and a nil slice means that nothing moved.
func (f *file) fill(op *contract.Operation) (filled *parsed, lines []int, err error) {
	if !f.fromPage {
		return f.parsed, nil, nil
	}
	insert := map[int]string{} // rows to write below the line
	for _, sc := range f.nodes.scenarios {
		for _, ex := range sc.Examples {
			if !fromPage(ex) {
				continue
			}
			rows, err := pageRows(f.uri, ex, op)
			if err != nil {
				return nil, nil, err
			}
			insert[int(ex.TableHeader.Location.Line)] = rows
		}
	}
	lines = []int{0}
	var out bytes.Buffer
	for i, l := range strings.SplitAfter(string(f.data), "\n") {
		if l == "" {
			break
		}
		out.WriteString(l)
		lines = append(lines, i+1)
		rows := insert[i+1]
		if rows != "" && !strings.HasSuffix(l, "\n") {
			out.WriteByte('\n')
		}
		out.WriteString(rows)
		for range strings.Count(rows, "\n") {
			lines = append(lines, i+1)
		}
	}
	filled, err = read(f.uri, out.Bytes())
	return filled, lines, err
}

func pageRows(uri string, ex *messages.Examples, op *contract.Operation) (string, error) {
	all := tables()
	t, ok := all[ex.Name]
	if !ok {
		return "", fmt.Errorf("%s:%d: Examples %q cannot be filled from the page; known: %s",
			uri, ex.Location.Line, ex.Name, strings.Join(slices.Sorted(maps.Keys(all)), "; "))
	}
	if ex.TableHeader == nil || len(ex.TableBody) > 0 {
		return "", fmt.Errorf("%s:%d: Examples tagged @from-page hold a header row and no other", uri, ex.Location.Line)
	}
	if !slices.Equal(cells(ex.TableHeader), t.columns) {
		return "", fmt.Errorf("%s:%d: Examples %q have the columns %s", uri, ex.TableHeader.Location.Line,
			ex.Name, strings.Join(t.columns, ", "))
	}
	var b strings.Builder
	for _, row := range t.rows(op) {
		for _, cell := range row {
			b.WriteString("| " + cellEscaper.Replace(cell) + " ")
		}
		b.WriteString("|\n")
	}
	return b.String(), nil
}

var cellEscaper = strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", `\n`)

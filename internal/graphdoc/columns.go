package graphdoc

import (
	"slices"
	"strings"

	"graphpact/internal/lazyregexp"
)

// bodyColumns are the columns of a body table; -1 is a column that is not there.
type bodyColumns struct {
	name, kind, description int
	// others are the columns beside these, which say more of the property.
	others []otherColumn
}

// otherColumn is a column that goes on with the description.
type otherColumn struct {
	index int
	// lead comes before the cell, as "Possible values are: ".
	lead string
	// yes and no are the sentences that stand for a cell that says yes, or no.
	yes, no string
}

// columnsOf finds the columns of a body table.
func columnsOf(t table) bodyColumns {
	c := bodyColumns{
		name: t.column("Property", "Properties", "Property name", "Parameter", "Parameters", "Parameter name", "Name", "Field"),
		kind: t.column("Type", "Data type", "Property type", "Datatype", "Value type", "Field type", "Parameter type", "Attribute type"),
		description: t.column("Description", "Descriptions", "Value", "Details", "Notes", "Note", "Comments", "Comment", "Remarks", "Meaning", "Explanation",
			"Purpose", "Summary", "Definition", "Usage", ""),
	}
	if c.name < 0 && c.kind >= 0 {
		c.name = t.column("Field name", "Fields", "Attribute", "Attributes", "Attribute name", "Element", "Key", "Setting")
	}
	for i := range t.header {
		if i != c.name && i != c.kind && i != c.description {
			if o := otherOf(i, strings.TrimRight(t.header[i].text(), ":* ")); o != nil {
				c.others = append(c.others, *o)
			}
		}
	}
	return c
}

// otherOf says what a column means by the name in its head, nil for one that says nothing of the
// values, as whether each request must have the property: it may be null all the same.
func otherOf(i int, head string) *otherColumn {
	switch strings.ToLower(head) {
	case "possible values", "allowed values", "accepted values", "valid values", "supported values", "enum values", "values", "members", "enum":
		return &otherColumn{index: i, lead: "Possible values are: "}
	case "read-only", "readonly", "read only":
		return &otherColumn{index: i, yes: "Read-only."}
	case "updatable", "updateable", "writable", "writeable", "settable", "editable":
		return &otherColumn{index: i, no: "Read-only."}
	case "nullable":
		return &otherColumn{index: i, yes: "Nullable.", no: "Not nullable."}
	case "example", "examples", "example value":
		return &otherColumn{index: i, lead: "For example, "}
	case "default", "default value":
		return &otherColumn{index: i, lead: "The default is "}
	case "remarks", "notes", "comments", "constraints", "format", "details", "summary":
		return &otherColumn{index: i}
	}
	return nil
}

var (
	cellYes = lazyregexp.New(`(?i)^(?:yes|y|true|required|mandatory|x|✓|✔️?|✅)\.?$`)
	cellNo  = lazyregexp.New(`(?i)^(?:no|n|false|optional|not\s+required|❌|-)?\.?$`)
)

// whole is the description of a row with what the other columns say of it. What says required
// or optional comes last, where the reader of a description looks for it.
func (c bodyColumns) whole(w row) prose {
	var parts, last []prose
	add := func(more ...prose) {
		if n := len(parts); n > 0 && parts[n-1].text() != "" && !strings.HasSuffix(parts[n-1].text(), ".") {
			parts[n-1].runs = slices.Clip(parts[n-1].runs)
			parts[n-1].addMarkdown(".", w.line)
		}
		parts = append(parts, more...)
	}
	if c.description >= 0 {
		add(w.cells[c.description])
	}
	for _, o := range c.others {
		cell := w.cells[o.index]
		yes, no := cellYes().MatchString(cell.text()), cellNo().MatchString(cell.text())
		switch {
		case cell.text() == "" || cell.text() == "-":
		case o.yes+o.no == "":
			add(written(o.lead, w.line), cell)
		case yes && o.yes != "":
			last = append(last, written(o.yes, w.line))
		case no && o.no != "":
			last = append(last, written(o.no, w.line))
		case !yes && !no:
			add(cell)
		}
	}
	if last != nil {
		add(last...)
	}
	return joined(parts)
}

// describes is the description of a row, nil for a table without any.
func (c bodyColumns) describes(w row) *prose {
	if len(c.others) > 0 {
		whole := c.whole(w)
		return &whole
	}
	if c.description < 0 {
		return nil
	}
	return &w.cells[c.description]
}

// written is plain text of our own on a line.
func written(text string, line int) prose {
	if text == "" {
		return prose{}
	}
	return prose{raw: text, runs: []run{{start: 0, end: len(text), line: line}}}
}

// isProperty reports whether the row says something about the name in it. Rows that
// do not are headings of a group, or left-overs.
func (c bodyColumns) isProperty(w row) bool {
	return propertyName(w.text(c.name)) != "" && (w.text(c.kind) != "" || w.text(c.description) != "")
}

// typeRemark is a type in brackets behind a name, in a table without a column of types.
var typeRemark = lazyregexp.New(`^\S+\s+\(([^()]+(?:\([^()]*\))?)\)$`)

// kindOf gives the text of the type of a row.
func (c bodyColumns) kindOf(w row) string {
	if c.kind >= 0 {
		return w.text(c.kind)
	}
	if m := typeRemark().FindStringSubmatch(w.text(c.name)); m != nil {
		if name, _ := propertyType(m[1]); classOf(name) != otherClass {
			return m[1]
		}
	}
	return ""
}

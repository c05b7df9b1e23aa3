package report

import (
	"bytes"
	"strings"
)

// xmlWriter writes indented XML. It makes all text visible first, so that no
// character that XML 1.0 forbids (section 2.2) is ever written, and is several
// times faster than encoding/xml.
type xmlWriter struct {
	bytes.Buffer
	depth int
}

var (
	xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	xmlAttr = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
)

// open writes a start tag; attrs are names and values by turns.
func (x *xmlWriter) open(name string, attrs ...string) {
	x.start(name, attrs)
	x.WriteString(">\n")
	x.depth++
}

func (x *xmlWriter) close(name string) {
	x.depth--
	x.indent()
	x.WriteString("</" + name + ">\n")
}

// text writes an element that holds only text, which may have several lines.
func (x *xmlWriter) text(name, text string, attrs ...string) {
	x.start(name, attrs)
	if text == "" {
		x.WriteString("/>\n")
		return
	}
	x.WriteByte('>')
	x.WriteString(xmlText.Replace(visible(text, true, false)))
	x.WriteString("</" + name + ">\n")
}

// properties writes a <properties> element, pairs without a value left out.
func (x *xmlWriter) properties(pairs [][2]string) {
	if len(pairs) == 0 {
		return
	}
	x.open("properties")
	for _, p := range pairs {
		if p[1] != "" {
			x.text("property", "", "name", p[0], "value", p[1])
		}
	}
	x.close("properties")
}

func (x *xmlWriter) start(name string, attrs []string) {
	x.indent()
	x.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		x.WriteString(" " + attrs[i] + `="`)
		x.WriteString(xmlAttr.Replace(clip(visibleLine(attrs[i+1]), fileLimits.value)))
		x.WriteByte('"')
	}
}

func (x *xmlWriter) indent() {
	for range x.depth {
		x.WriteString("  ")
	}
}

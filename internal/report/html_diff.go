package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"graphpact/internal/jsonpointer"
	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// diff shows what was expected against what came, with what differs marked. Text of several
// lines, and JSON that is not a plain value, is compared line by line.
func (h *htmlReport) diff(expected, actual string) {
	if expected == "" && actual == "" {
		return
	}
	h.put(`<div class="diff">`)
	a, isA := indented(expected)
	b, isB := indented(actual)
	if isA && isB || strings.Contains(strings.TrimSpace(expected+actual), "\n") {
		h.lineDiff(a, b)
	} else {
		h.valueDiff(expected, actual)
	}
	h.put("</div>\n")
}

// What is longer, in bytes, or may be nested deeper is not indented: each level is a part of
// each line below it.
const (
	maxIndented = 64 << 10
	maxNested   = 1000
)

// indented gives an object or an array of JSON over several lines; all else stays as it is.
func indented(s string) (string, bool) {
	var out bytes.Buffer
	t := strings.TrimSpace(s)
	if !strings.HasPrefix(t, "{") && !strings.HasPrefix(t, "[") || len(t) > maxIndented || strings.Count(t, "{")+strings.Count(t, "[") > maxNested || json.Indent(&out, []byte(t), "", "  ") != nil {
		return s, false
	}
	return out.String(), true
}

func (h *htmlReport) lineDiff(expected, actual string) {
	limit := func(s string) []byte { return []byte(clip(strings.TrimSuffix(s, "\n"), fileLimits.bodyRunes) + "\n") }
	text := string(diff.Diff("expected", limit(expected), "actual", limit(actual)))
	h.put(`<pre class="unified" tabindex="0">`)
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if i < 3 {
			continue // the names of the two sides
		}
		if strings.HasPrefix(line, "@@") {
			if i > 3 {
				h.put("<span>…</span>\n")
			}
			continue
		}
		tag := markup("span")
		switch {
		case strings.HasPrefix(line, "-"):
			tag = "del"
		case strings.HasPrefix(line, "+"):
			tag = "ins"
		}
		h.put("<{}>", tag)
		h.text(line)
		h.put("</{}>\n", tag)
	}
	h.put("</pre>")
}

// valueDiff shows two short values below each other; what they have in common at their ends is
// not marked.
func (h *htmlReport) valueDiff(expected, actual string) {
	e := clip(safetext.Line(cmp.Or(expected, "nothing")), fileLimits.value)
	a := clip(safetext.Line(cmp.Or(actual, "nothing")), fileLimits.value)
	head, tail := common(e, a)
	for _, side := range []struct {
		tag   markup
		label string
		value string
	}{{"del", "expected", e}, {"ins", "actual", a}} {
		h.put(`<div class="side {}"><span class="label">{}</span><code>`, side.tag, side.label)
		h.text(side.value[:head])
		if middle := side.value[head : len(side.value)-tail]; middle != "" {
			h.put("<{}>", side.tag)
			h.text(middle)
			h.put("</{}>", side.tag)
		}
		h.text(side.value[len(side.value)-tail:])
		h.put("</code></div>")
	}
}

// common gives how many bytes two texts have in common at their beginnings and, beyond that, at
// their ends; 0 where that is so little that to mark the rest would not help.
func common(a, b string) (head, tail int) {
	for head < len(a) && head < len(b) {
		r, size := utf8.DecodeRuneInString(a[head:])
		if s, n := utf8.DecodeRuneInString(b[head:]); r != s || n != size {
			break
		}
		head += size
	}
	for tail < min(len(a), len(b))-head {
		r, size := utf8.DecodeLastRuneInString(a[:len(a)-tail])
		if s, n := utf8.DecodeLastRuneInString(b[:len(b)-tail]); r != s || n != size || tail+size > min(len(a), len(b))-head {
			break
		}
		tail += size
	}
	if 2*(head+tail) < min(len(a), len(b)) {
		return 0, 0
	}
	return head, tail
}

// body shows the body of a message, JSON over several lines, with the lines marked where a check
// did not hold.
func (h *htmlReport) body(m *result.HTTPPart, marked []string) {
	p := &printer{limits: fileLimits}
	text, isJSON := indented(m.Body)
	shown, whole := p.body(text)
	h.put(`<pre class="json" tabindex="0">`)
	lines := strings.Split(shown, "\n")
	at := map[int]bool{}
	if isJSON {
		for _, pointer := range marked {
			at[pointedLine(lines, pointer)] = true
		}
	}
	for i, line := range lines {
		if at[i] {
			h.put("<mark>")
		}
		h.text(line)
		if at[i] {
			h.put("</mark>")
		}
		h.put("\n")
	}
	h.put("</pre>")
	if !whole || m.Truncated {
		h.put(`<p class="label">shortened: the body has {}</p>`, safetext.Counted(m.BodyBytes, "byte"))
	}
}

// pointedLine finds the line of indented JSON at which the value of a pointer begins; -1 where
// it is not there.
func pointedLine(lines []string, pointer string) int {
	at, indent := -1, ""
	for _, name := range jsonpointer.Split(pointer) {
		quoted, err := json.Marshal(name)
		if err != nil {
			return at
		}
		indent += "  "
		want := indent + string(quoted) + ":"
		found := -1
		for i := at + 1; i < len(lines); i++ {
			if strings.HasPrefix(lines[i], want) {
				found = i
				break
			}
			if at >= 0 && len(lines[i]) >= len(indent)-2 && !strings.HasPrefix(lines[i], indent) {
				break // the end of the value above it
			}
		}
		if found < 0 {
			return at // an array's element, or a property that is missing
		}
		at = found
	}
	return at
}

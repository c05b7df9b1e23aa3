package graphdoc

import "unicode/utf8"

// span is a part of prose.raw.
type span struct{ start, end int }

// sentences cuts the text behind full stops, question and exclamation marks that
// white space follows, and at line breaks. Dots within names and back-ticked text
// end no sentence.
func (p *prose) sentences() []span {
	var out []span
	start := 0
	cut := func(end int) {
		if p.slice(start, end) != "" {
			out = append(out, span{start, end})
		}
		start = end
	}
	for i, c := range p.raw {
		switch c {
		case lineBreak, listEnd:
			cut(i)
		case '.', '!', '?':
			next, _ := utf8.DecodeRuneInString(p.raw[i+1:])
			if i+1 < len(p.raw) && !isSpace(next) || p.runAt(i).style == code {
				continue
			}
			cut(i + 1)
		}
	}
	cut(len(p.raw))
	return out
}

func isSpace(c rune) bool {
	switch c {
	case ' ', '\t', '\u00a0', lineBreak, listEnd:
		return true
	}
	return false
}

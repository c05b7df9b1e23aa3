package mask

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// bodyShown is what is shown of a body, in bytes.
	bodyShown = 2 << 10
	// window is how much of a body is looked at to show bodyShown of it. Masking may
	// shorten the text, so it is more.
	window = 4 * bodyShown
	// hexShown is how many bytes of a body are shown that is no text.
	hexShown = 256
)

// lines says whether a text may have several.
type lines bool

const (
	oneLine   lines = false
	manyLines lines = true
)

// Line gives s as one masked line of at most limit bytes, with … where there was more,
// and control characters visible.
func (m *Masker) Line(s string, limit int) string {
	shown, more := visible(m.Mask(s), limit, oneLine)
	if shown != s { // an escape may stand for what the raw bytes did not
		shown = m.known(shown, false)
	}
	if more {
		shown += "…"
	}
	return shown
}

// Excerpt gives s masked, and of a long text only the beginning: at most limit bytes,
// with … where there was more.
func (m *Masker) Excerpt(s string, limit int) string {
	cut := len(s) > 4*limit // masking may shorten the text
	if cut {
		s = s[:4*limit]
	}
	s = m.mask(s, cut)
	if cut || len(s) > limit {
		s = trimPartialRune(s[:min(len(s), limit)]) + "…"
	}
	return strings.Clone(s) // a part of a long text would keep all of it
}

// Body gives a body as masked text of valid UTF-8, shortened to 2 KiB, with control
// characters visible, and reports whether that is less than all. With cut
// set, the body may end in the middle of a secret.
func (m *Masker) Body(body []byte, cut bool) (shown string, short bool) {
	if len(body) > window {
		body, cut, short = body[:window], true, true
	}
	text := m.mask(string(body), cut)
	if cut {
		text = trimPartialRune(text)
	}
	var over bool
	if utf8.ValidString(text) {
		shown, over = visible(text, bodyShown, manyLines)
	} else {
		over = len(text) > hexShown
		shown = "not UTF-8, in hex: " + hex.EncodeToString([]byte(text[:min(len(text), hexShown)]))
	}
	if shown != string(body) { // an escape or hex digits may stand for what the raw bytes did not
		shown = m.known(shown, false)
	}
	return shown, short || over
}

// trimPartialRune takes off a character that the end of the text cuts in two.
func trimPartialRune(s string) string {
	for i := len(s) - 1; i >= 0 && i >= len(s)-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			if !utf8.FullRuneInString(s[i:]) {
				return s[:i]
			}
			break
		}
	}
	return s
}

// visible writes characters that do not show, or that change how others show, as
// \u and four digits, and bytes that are no UTF-8 as \x and two. It gives up to limit
// bytes and reports whether there was more.
func visible(s string, limit int, l lines) (shown string, more bool) {
	n := 0
	for n < min(len(s), limit) && s[n] >= ' ' && s[n] <= '~' {
		n++
	}
	if n == len(s) { // as most lines
		return s, false
	}
	var out strings.Builder
	out.WriteString(s[:n])
	s = s[n:]
	for i, r := range s {
		size := utf8.RuneLen(r)
		var piece string
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			piece = fmt.Sprintf(`\x%02x`, s[i])
		case unicode.IsPrint(r), l == manyLines && (r == '\n' || r == '\t'):
			piece = s[i : i+size]
		case r > 0xffff:
			piece = fmt.Sprintf(`\U%08x`, r)
		default:
			piece = fmt.Sprintf(`\u%04x`, r)
		}
		if out.Len()+len(piece) > limit {
			return out.String(), true
		}
		out.WriteString(piece)
	}
	return out.String(), false
}

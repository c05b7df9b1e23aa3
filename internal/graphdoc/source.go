package graphdoc

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"
)

// maxPage is the largest page that Parse reads, in bytes. The largest page of the
// Microsoft Graph reference has well under a tenth of it.
const maxPage = 4 << 20

// source is the text of a page with "\n" line ends and without byte order mark,
// and the way from an offset to a line.
type source struct {
	text []byte
	// starts holds the offset of the first byte of each line.
	starts []int
}

// newSource checks that data is text of a bearable size and evens out the line ends.
func newSource(file string, data []byte) (*source, error) {
	if len(data) > maxPage {
		return nil, fmt.Errorf("%s: the page has %d bytes, more than the limit of %d", file, len(data), maxPage)
	}
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := invalidUTF8(text); at >= 0 {
		line := bytes.Count(text[:at], []byte("\n")) + 1
		return nil, fmt.Errorf("%s:%d: the page is not UTF-8 text; save it as UTF-8", file, line)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("%s: the page is empty", file)
	}
	// A lone CR is a line end too (CommonMark 2.1).
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	s := &source{text: text, starts: []int{0}}
	for i, b := range text {
		if b == '\n' && i+1 < len(text) {
			s.starts = append(s.starts, i+1)
		}
	}
	return s, nil
}

// invalidUTF8 gives the offset of the first byte that is not UTF-8, -1 if there is none.
func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// line gives the 1-based line of an offset. Offsets beyond the end count as the last line.
func (s *source) line(offset int) int {
	return max(1, sort.SearchInts(s.starts, offset+1))
}

// lines gives the number of lines.
func (s *source) lines() int { return len(s.starts) }

// lineText gives the text of a 1-based line without its line end.
func (s *source) lineText(line int) string {
	start, end := s.starts[line-1], len(s.text)
	if line < len(s.starts) {
		end = s.starts[line]
	}
	return string(bytes.TrimSuffix(s.text[start:end], []byte("\n")))
}

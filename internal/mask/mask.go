// Package mask takes secrets out of text: those that it is given, in whatever encoding a
// server may send them back, and what follows a name that says secret.
package mask

import (
	"encoding/base64"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Text stands in place of a secret.
const Text = "***"

// minGuess is the least length, in bytes, of a text that is masked wherever it is: a
// secret, a part of a header value that may be one, or the inner part of a base64 text.
// Shorter ones would hit innocent words; a secret that is shorter is masked only where it is a
// value of its own (see whole.go).
const minGuess = 8

// Masker takes secrets out of text. It is safe for concurrent use.
type Masker struct {
	// secrets is replaced as a whole when there is one more, so that reading it needs no
	// lock; learning makes sure that none is lost.
	secrets    atomic.Pointer[secrets]
	learning   sync.Mutex
	everywhere bool // short secrets are masked like long ones
	pairs      *regexp.Regexp
	userinfo   *regexp.Regexp
}

// secrets are what a Masker knows. They never change.
type secrets struct {
	all    []string
	tokens []string // those that came while the program ran
	// needles are the texts to mask of which some encoding can begin with the byte: it
	// keeps the search off most of a text. The longest come first, because a secret may
	// hold another one.
	needles [256][]needle
	runs    *runs // finds pieces of them; nil where each is short
}

// needle is a text to mask.
type needle struct {
	text   string // in lower case: header names and host names come back in any case
	base64 bool   // it is the inner part of a base64 text, all of which goes
	short  bool   // it is masked only where it is a value of its own
}

// New makes a masker of the secrets. Empty ones are ignored, and short ones are masked only
// where they are a value of their own (see whole.go).
func New(secrets ...string) *Masker {
	return newMasker(false, secrets)
}

// NewEverywhere makes a masker that masks a short secret wherever it is: for messages
// alone, which matter less than a secret.
func NewEverywhere(secrets ...string) *Masker { return newMasker(true, secrets) }

func newMasker(everywhere bool, secrets []string) *Masker {
	m := &Masker{
		everywhere: everywhere,
		pairs:      regexp.MustCompile(`(?i)\b((?:access|refresh|id)_token|client_secret|client_assertion|password|api[_-]?key|sig)=[^&\s"'<>#;]+`),
		userinfo:   regexp.MustCompile(`://[^/?#\s"'<>@]+@`),
	}
	m.secrets.Store(newSecrets(slices.Clone(secrets), nil, everywhere))
	return m
}

// Parts gives each value and the parts of it that may be secrets by themselves: cookie
// values, and what follows a scheme word.
func Parts(values ...string) []string {
	var out []string
	for _, v := range values {
		out = append(out, strings.TrimSpace(v))
		for _, part := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(" \t;,=\"", r) }) {
			if len(part) >= minGuess {
				out = append(out, part)
			}
		}
	}
	return out
}

// HeaderSecrets gives the values, with their parts, of the headers whose names say secret.
func HeaderSecrets(h http.Header) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if SecretHeader(name) {
			out = append(out, Parts(h[name]...)...)
		}
	}
	return out
}

// Learn adds a token that came while the program runs. What is masked from then on does
// not show it.
func (m *Masker) Learn(token string) {
	if slices.Contains(m.secrets.Load().tokens, token) {
		return
	}
	m.learning.Lock()
	defer m.learning.Unlock()
	known := m.secrets.Load()
	if token == "" || slices.Contains(known.tokens, token) {
		return
	}
	m.secrets.Store(newSecrets(append(slices.Clone(known.all), token), append(slices.Clone(known.tokens), token), m.everywhere))
}

// Tokens gives what Learn was given.
func (m *Masker) Tokens() []string { return m.secrets.Load().tokens }

// Mask gives s with *** in place of the secrets, also where they are escaped or in base64,
// of JSON members and name=value pairs whose name says secret, and of credentials in URLs.
func (m *Masker) Mask(s string) string { return m.mask(s, false) }

func newSecrets(all, tokens []string, everywhere bool) *secrets {
	var needles []needle
	seen := map[string]bool{"": true, Text: true}
	add := func(n needle) {
		if n.text = lowerASCII(n.text); seen[n.text] {
			return
		}
		seen[n.text] = true
		needles = append(needles, n)
	}
	for _, s := range all {
		add(needle{text: s, short: !everywhere && Short(s)})
	}
	for _, s := range all {
		if !everywhere && Short(s) {
			continue
		}
		for _, inner := range base64Inner(s) {
			add(needle{text: inner, base64: true})
		}
	}
	slices.SortStableFunc(needles, func(a, b needle) int { return len(b.text) - len(a.text) })
	known := &secrets{all: all, tokens: tokens, runs: newRuns(all)}
	for _, n := range needles {
		begins := []byte{n.text[0], upper(n.text[0]), '%', '\\', '&'}
		slices.Sort(begins)
		for _, b := range slices.Compact(begins) {
			known.needles[b] = append(known.needles[b], n)
		}
	}
	return known
}

// base64Inner gives the part of s's base64 text that is the same whatever stands
// around s, for each of the three ways in which s may fall into groups of three bytes,
// in both alphabets (RFC 4648 4 and 5).
func base64Inner(s string) []string {
	var inner []string
	for shift := range 3 {
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + s))
			from, to := []int{0, 2, 3}[shift], len(text)
			if (shift+len(s))%3 != 0 {
				to-- // holds bits of what follows
			}
			if to-from >= minGuess {
				inner = append(inner, text[from:to])
			}
		}
	}
	return inner
}

// mask masks s. With cut set, s may end in the middle of a secret: the beginning of one at
// its end is masked too.
func (m *Masker) mask(s string, cut bool) string {
	s = maskMembers(s)
	if mayHavePair(s) {
		s = m.pairs.ReplaceAllString(s, "${1}="+Text)
	}
	if strings.Contains(s, "://") && strings.IndexByte(s, '@') >= 0 {
		s = m.userinfo.ReplaceAllString(s, "://"+Text+"@")
	}
	return m.known(s, cut)
}

// mayHavePair reports whether the regular expression of the pairs, which costs more than all else,
// has to run. The names of pairs end in these letters, and none of them folds beyond ASCII.
func mayHavePair(s string) bool {
	for i := range len(s) {
		if s[i] == '=' && slices.ContainsFunc([]string{"en", "ret", "on", "word", "ey", "ig"}, func(end string) bool {
			return i >= len(end) && strings.EqualFold(s[i-len(end):i], end)
		}) {
			return true
		}
	}
	return false
}

// MaskKnown masks the secrets that the masker was given, and leaves all else.
func (m *Masker) MaskKnown(s string) string { return m.known(s, false) }

func (m *Masker) known(s string, cut bool) string {
	var out strings.Builder
	known := m.secrets.Load()
	done := 0
	for i := 0; i < len(s); {
		if known.needles[s[i]] == nil {
			i++
			continue
		}
		start, end := known.match(s, i, cut)
		if end <= i {
			i++
			continue
		}
		out.WriteString(s[done:max(start, done)])
		out.WriteString(Text)
		done, i = end, end
	}
	if done == 0 {
		return known.runs.mask(s)
	}
	out.WriteString(s[done:])
	return known.runs.mask(out.String())
}

// match gives the bounds of the secret that is found at s[i], or an end of 0.
func (k *secrets) match(s string, i int, cut bool) (start, end int) {
	for _, n := range k.needles[s[i]] {
		start = i
		if n.short {
			end = n.wholeEnd(s, i)
		} else {
			end = n.end(s, i, cut)
		}
		if end <= i {
			continue
		}
		if n.base64 {
			for start > 0 && base64Char(s[start-1]) {
				start--
			}
			for end < len(s) && base64Char(s[end]) {
				end++
			}
		}
		return start, end
	}
	return 0, 0
}

func base64Char(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || strings.IndexByte("+/-_=", b) >= 0
}

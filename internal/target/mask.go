package target

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
)

// masked stands in place of a secret.
const masked = "***"

// minGuess is the least length, in bytes, of a text that is masked because it may be
// a secret, as a part of a header value or the inner part of a base64 text. Shorter
// ones would hit innocent words.
const minGuess = 8

// masker takes secrets out of text: those that it knows, in whatever spelling a
// server may echo them, and what stands under a name that says secret.
type masker struct {
	// secrets is replaced as a whole when there is one more, so that reading it needs no
	// lock; learning makes sure that none is lost.
	secrets  atomic.Pointer[secrets]
	learning sync.Mutex
	pairs    *regexp.Regexp
	userinfo *regexp.Regexp
}

// secrets are what a masker knows. They never change.
type secrets struct {
	all []string
	// tokens are those that came while the program ran.
	tokens []string
	// needles are the texts to mask of which some spelling can begin with the byte: it
	// keeps the search off most of a text. The longest come first, because a secret may
	// hold another one.
	needles [256][]needle
}

// needle is a text to mask.
type needle struct {
	// text is in lower case: header names and host names come back in any case.
	text string
	// base64 is set for the inner part of a base64 text; all of that text goes.
	base64 bool
}

func newMasker(cfg Config) *masker {
	m := &masker{
		pairs:    regexp.MustCompile(`(?i)\b((?:access|refresh|id)_token|client_secret|client_assertion|password|api[_-]?key|sig)=[^&\s"'<>#;]+`),
		userinfo: regexp.MustCompile(`://[^/?#\s"'<>@]+@`),
	}
	all := append([]string{cfg.Token}, cfg.Secrets...)
	for _, name := range sortedNames(cfg.Header) {
		if secretHeader(name) {
			for _, v := range cfg.Header[name] {
				all = append(all, strings.TrimSpace(v))
				all = append(all, pieces(v)...)
			}
		}
	}
	known := newSecrets(all, nil)
	if cfg.Token != "" {
		known.tokens = []string{cfg.Token}
	}
	m.secrets.Store(known)
	return m
}

// learn adds a token that came while the program runs. Texts that are masked from then
// on do not show it.
func (m *masker) learn(token string) {
	if slices.Contains(m.secrets.Load().tokens, token) {
		return
	}
	m.learning.Lock()
	defer m.learning.Unlock()
	known := m.secrets.Load()
	if token == "" || slices.Contains(known.tokens, token) {
		return
	}
	m.secrets.Store(newSecrets(append(slices.Clone(known.all), token), append(slices.Clone(known.tokens), token)))
}

// tokens gives the tokens that the masker knows.
func (m *masker) tokens() []string { return m.secrets.Load().tokens }

func newSecrets(all, tokens []string) *secrets {
	var needles []needle
	seen := map[string]bool{"": true, masked: true}
	add := func(text string, base64 bool) {
		if text = lowerASCII(text); seen[text] {
			return
		}
		seen[text] = true
		needles = append(needles, needle{text: text, base64: base64})
	}
	for _, s := range all {
		add(s, false)
	}
	for _, s := range all {
		for _, inner := range base64Inner(s) {
			add(inner, true)
		}
	}
	slices.SortStableFunc(needles, func(a, b needle) int { return len(b.text) - len(a.text) })
	known := &secrets{all: all, tokens: tokens}
	for _, n := range needles {
		begins := []byte{n.text[0], upper(n.text[0]), '%', '\\', '&'}
		slices.Sort(begins)
		for _, b := range slices.Compact(begins) {
			known.needles[b] = append(known.needles[b], n)
		}
	}
	return known
}

// pieces gives the parts of a header value that may be secrets of their own: cookie
// values, and what follows a scheme word.
func pieces(v string) []string {
	parts := strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(" \t;,=\"", r) })
	return slices.DeleteFunc(parts, func(p string) bool { return len(p) < minGuess })
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

// text masks s. With cut set, s may end in the middle of a secret: the beginning of
// one at its end is masked too.
func (m *masker) text(s string, cut bool) string {
	s = maskMembers(s)
	if strings.IndexByte(s, '=') >= 0 {
		s = m.pairs.ReplaceAllString(s, "${1}="+masked)
	}
	if strings.Contains(s, "://") {
		s = m.userinfo.ReplaceAllString(s, "://"+masked+"@")
	}
	return m.known(s, cut)
}

// known masks the secrets that it knows.
func (m *masker) known(s string, cut bool) string {
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
		out.WriteString(masked)
		done, i = end, end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// match gives the bounds of the secret that is found at s[i], or an end of 0.
func (k *secrets) match(s string, i int, cut bool) (start, end int) {
	for _, n := range k.needles[s[i]] {
		start, end = i, n.end(s, i, cut)
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

// fold takes out what names differ in from house to house.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// secretHeader reports whether a header of that name carries a credential.
func secretHeader(name string) bool {
	name = fold(name)
	for _, word := range []string{"authorization", "cookie", "token", "secret", "password", "apikey", "functionskey", "subscriptionkey", "accesskey", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

package mask

import (
	"encoding/hex"
	"strings"
)

// minRun is how many characters in a row, of a secret, of its hex digits or of its base64
// text, are masked wherever they are: what is left of a token that was cut or split.
const minRun = 12

// runs finds pieces of secrets. The two filters are Bloom filters of one hash, for all four
// and all twelve characters in a row of what is looked for; a text that has nothing in
// common with a secret is passed nine bytes at a time (as by Wu and Manber, TR-94-17).
type runs struct {
	// texts holds what is looked for, folded, with a byte between that no text has.
	texts  string
	four   [1 << 12]uint64
	twelve [1 << 12]uint64
}

// separator is in no folded text.
const separator = "\x00"

func newRuns(secrets []string) *runs {
	var r runs
	var texts []string
	for _, s := range secrets {
		if len(s) < minRun {
			continue
		}
		texts = append(texts, string(foldText(s).bytes), hex.EncodeToString([]byte(s)))
		texts = append(texts, base64Inner(s)...)
	}
	if len(texts) == 0 {
		return nil
	}
	for i, text := range texts {
		texts[i] = lowerASCII(text)
		for at := 0; at+4 <= len(text); at++ {
			set(&r.four, hash4(texts[i][at:]))
			if at+minRun <= len(text) {
				set(&r.twelve, hash12(texts[i][at:]))
			}
		}
	}
	r.texts = strings.Join(texts, separator)
	return &r
}

// mask gives s with *** in place of each piece of a secret.
func (r *runs) mask(s string) string {
	if r == nil || len(s) < minRun {
		return s
	}
	s = r.maskIn(s, foldText(s))
	return r.maskIn(s, hexDigits(s))
}

// maskIn masks in s what is found in a view of it.
func (r *runs) maskIn(s string, v view) string {
	var out strings.Builder
	done := 0
	for i := 0; i+minRun <= len(v.bytes); {
		switch window := string(v.bytes[i : i+minRun]); {
		case !has(&r.four, hash4(window[8:])):
			i += 9 // each window that begins before holds these four
			continue
		case !has(&r.twelve, hash12(window)) || strings.Contains(window, separator) || !strings.Contains(r.texts, window):
			i++
			continue
		}
		end := i + minRun
		for end < len(v.bytes) && has(&r.twelve, hash12(string(v.bytes[end-minRun+1:end+1]))) && strings.Contains(r.texts, string(v.bytes[end-minRun+1:end+1])) {
			end++
		}
		out.WriteString(s[done:v.place(i)])
		out.WriteString(Text)
		done, i = v.place(end-1)+1, end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// view is a text without what may stand within a secret that is printed.
type view struct {
	bytes []byte
	// places are the indexes of the bytes in the text; nil where they are the same.
	places []int
}

func (v view) place(i int) int {
	if v.places == nil {
		return i
	}
	return v.places[i]
}

// foldText is s in lower case, without line breaks, as they are or as JSON writes them, and
// without the backslashes of other escapes.
func foldText(s string) view {
	if !strings.ContainsAny(s, "\r\n\\\x00") {
		return view{bytes: []byte(lowerASCII(s))}
	}
	v := view{bytes: make([]byte, 0, len(s)), places: make([]int, 0, len(s))}
	for i := 0; i < len(s); i++ {
		switch b := s[i]; b {
		case '\r', '\n':
			continue
		case '\\':
			for i+1 < len(s) && s[i+1] == '\\' {
				i++
			}
			if i+1 < len(s) && (s[i+1] == 'n' || s[i+1] == 'r') {
				i++
			}
			continue
		case 0:
			v.bytes = append(v.bytes, 1) // separates nothing
		default:
			v.bytes = append(v.bytes, lower(b))
		}
		v.places = append(v.places, i)
	}
	return v
}

// hexDigits is what s has of hex digits, each run of them with a byte behind it that is none.
// Between the digits of two bytes there may be spaces, line breaks, and % : - , \x 0x. Runs
// that are too short are left out: most of a text has no other.
func hexDigits(s string) view {
	v := view{bytes: make([]byte, 0, 64), places: make([]int, 0, 64)}
	run := 0 // where it begins
	for i := 0; i < len(s); i++ {
		switch b := lower(s[i]); {
		case b == '0' && i+1 < len(s) && lower(s[i+1]) == 'x':
			i++
		case b >= '0' && b <= '9', b >= 'a' && b <= 'f':
			v.bytes, v.places = append(v.bytes, b), append(v.places, i)
		case len(v.bytes) == run, strings.IndexByte(" \t\r\n%:-,\\", b) >= 0, b == 'x' && s[i-1] == '\\':
		case len(v.bytes)-run < minRun:
			v.bytes, v.places = v.bytes[:run], v.places[:run]
		default:
			v.bytes, v.places = append(v.bytes, 0), append(v.places, i)
			run = len(v.bytes)
		}
	}
	return v
}

func set(filter *[1 << 12]uint64, hash uint64) { filter[hash>>6] |= 1 << (hash & 63) }

func has(filter *[1 << 12]uint64, hash uint64) bool { return filter[hash>>6]&(1<<(hash&63)) != 0 }

// hash4 and hash12 give 18 bits (Fibonacci hashing).
func hash4(s string) uint64 {
	return (uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24) * 0x9e3779b97f4a7c15 >> 46
}

func hash12(s string) uint64 {
	h := uint64(0)
	for i := 0; i < minRun; i += 4 {
		h = (h ^ (uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24)) * 0x9e3779b97f4a7c15
	}
	return h >> 46
}

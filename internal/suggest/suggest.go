// Package suggest finds what a misspelt name is likely to mean.
package suggest

import (
	"strings"
	"unicode/utf8"
)

// Nearest gives the known name that a misspelt one is likely to mean: the first within
// one edit, then the first within two; a beginning of a name counts as near to it. Letter
// case does not count. "" where no name is near.
func Nearest(word string, known []string) string {
	if word == "" {
		return ""
	}
	lower := strings.ToLower(word)
	for edits := 1; edits <= 2; edits++ {
		for _, k := range known {
			name := strings.ToLower(k)
			// No edit changes the length by more than one: a long word is compared with none.
			near := len(lower) <= len(name)+2*utf8.UTFMax && len(name) <= len(lower)+2*utf8.UTFMax
			if strings.HasPrefix(name, lower) || near && distance([]rune(lower), []rune(name)) <= edits {
				return k
			}
		}
	}
	return ""
}

// DidYouMean asks, behind a semicolon, whether the known name that is Nearest was meant; "" where
// no name is near.
func DidYouMean(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// distance is the Levenshtein distance: how many characters must be inserted, removed or
// replaced to make b of a.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1) // the distances from a's first i characters to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i, r := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range b {
			replaced := diagonal
			if r != s {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

package pact

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// alternation is the pattern that matches exactly the members.
func alternation(members []string) string {
	quoted := make([]string, len(members))
	for i, m := range members {
		quoted[i] = regexp.QuoteMeta(m)
	}
	return "^(" + strings.Join(quoted, "|") + ")$"
}

// compilePattern compiles a pattern that means the same to every verifier: to Go's
// regexp (RE2), which checks it here, and to Rust's regex crate, on which pact-go and
// most Pact clients stand. The library takes any text for a pattern, without a word.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	if err := rustReads(pattern); err != nil {
		return nil, err
	}
	// One verifier searches for a match (Rust), another matches the whole (JVM).
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if !anchored(tree) {
		return nil, errors.New("verifiers differ on a pattern that does not reach from ^ to $")
	}
	return re, nil
}

// anchored reports whether the pattern starts with ^ and ends with $ in each of its
// branches.
func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpConcat:
		return len(re.Sub) > 1 && re.Sub[0].Op == syntax.OpBeginText && re.Sub[len(re.Sub)-1].Op == syntax.OpEndText
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if !anchored(sub) {
				return false
			}
		}
		return true
	case syntax.OpCapture:
		return anchored(re.Sub[0])
	}
	return false
}

// rustReads finds what Go's regexp takes and Rust's regex crate refuses or reads in
// another way (docs.rs/regex, "Syntax").
func rustReads(pattern string) error {
	inClass := false
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch c := pattern[i]; {
		case c == '\\':
			// Go refuses a backslash at the end, so one more byte is there.
			if next := rest[1]; strings.IndexByte("QEC<>01234567", next) >= 0 {
				return differs(rest[:2])
			}
			i++
			if strings.HasPrefix(rest, `\x{`) || strings.HasPrefix(rest, `\p{`) || strings.HasPrefix(rest, `\P{`) {
				i += strings.IndexByte(rest, '}') - 1
			}
		case inClass && c == ']':
			inClass = false
		case inClass && strings.HasPrefix(rest, "[:"):
			// [:alpha:]; Go refuses an unknown name.
			end := strings.Index(rest, ":]")
			if end < 0 {
				return differs("[")
			}
			i += end + 1
		case inClass && c == '[':
			return differs("[")
		case inClass && len(rest) > 1 && rest[1] == c && strings.IndexByte("&-~", c) >= 0:
			return differs(rest[:2])
		case inClass:
		case c == '[':
			inClass = true
			// A ] that comes first is an ordinary character.
			for _, skip := range []string{"^", "]"} {
				if strings.HasPrefix(pattern[i+1:], skip) {
					i++
				}
			}
		case c == '{' && !counts.MatchString(rest):
			return differs("{")
		}
	}
	return nil
}

// counts matches a repetition as {3}, {3,} and {3,5}.
var counts = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)

func differs(part string) error {
	return fmt.Errorf("the Pact library reads %q in a pattern differently from Go; write it in another way (as \\[ or [{])", part)
}

package pact

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// attributes are the keys that a matcher of each type has besides its type and its
// example. A type that is not here becomes null in the pact, and an attribute that is
// not here is dropped.
func attributes() map[string][]string {
	return map[string][]string{
		typeEquality: nil,
		typeRegex:    {keyRegex},
		typeType:     {keyMin},
		typeInteger:  nil,
		typeNumber:   nil,
		typeNull:     nil,
		typeNotEmpty: nil,
	}
}

// matcher checks one matcher; what its example holds is checked by walk.
func (c *checker) matcher(where string, m map[string]any, alternatives bool) {
	if list, ok := m[keyType].([]any); ok {
		c.list(where, m, list, alternatives)
		return
	}
	kind, _ := m[keyType].(string)
	c.rule(where, m)
	example, has := m[keyValue]
	if !has && kind != typeNull {
		c.fault(where, "the matcher has no example (%q)", keyValue)
		return
	}
	if kind != typeEquality && kind != typeType {
		c.example(where, m, example)
	}
}

// list checks a matcher made of several: alternatives (AnyOf), or NotEmpty.
func (c *checker) list(where string, m map[string]any, list []any, alternatives bool) {
	for key := range m {
		if key != keyType && key != keyValue {
			c.fault(where, "a list of matchers has no %q of its own", key)
		}
	}
	example, has := m[keyValue]
	if !has {
		c.fault(where, "the matcher has no example (%q)", keyValue)
	}
	switch example.(type) {
	case map[string]any, []any:
		c.fault(where, "Pact knows no alternatives for %s", jsonKind(example))
	}
	if len(list) < 2 {
		c.fault(where, "a list of matchers needs two or more")
	}
	rules := make([]map[string]any, 0, len(list))
	for _, item := range list {
		rule, ok := item.(map[string]any)
		if !ok {
			c.fault(where, "a list of matchers holds %s", jsonKind(item))
			return
		}
		if _, has := rule[keyValue]; has {
			c.fault(where, "the example of a list of matchers belongs beside the list")
		}
		c.rule(where, rule)
		rules = append(rules, rule)
	}
	if slices.ContainsFunc(rules, isNotEmpty) {
		if len(rules) != 2 || rules[0][keyType] != typeType || !isNotEmpty(rules[1]) {
			c.fault(where, "%s goes with %s alone; use NotEmpty", typeNotEmpty, typeType)
		}
		return
	}
	if !alternatives {
		c.fault(where, "a request cannot hold alternatives: the mock server would ask for all of them at once")
	}
	if len(rules) > 0 {
		c.example(where, rules[0], example)
	}
}

func isNotEmpty(rule map[string]any) bool { return rule[keyType] == typeNotEmpty }

// rule checks the type of a matcher and its attributes.
func (c *checker) rule(where string, m map[string]any) {
	known := attributes()
	kind, _ := m[keyType].(string)
	attrs, ok := known[kind]
	if !ok {
		c.fault(where, "graphpact knows no matcher of type %q; it knows %s", m[keyType], strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key != keyType && key != keyValue && !slices.Contains(attrs, key) {
			c.fault(where, "a matcher of type %s has no %q", kind, key)
		}
	}
	if n, has := m[keyMin]; has && !isCount(n) {
		c.fault(where, "%q is not a count", keyMin)
	}
	if kind == typeRegex {
		c.pattern(where, m)
	}
}

func (c *checker) pattern(where string, m map[string]any) {
	pattern, ok := m[keyRegex].(string)
	if !ok {
		c.fault(where, "a matcher of type %s needs a pattern (%q)", typeRegex, keyRegex)
		return
	}
	c.secret(where, pattern)
	if _, err := compilePattern(pattern); err != nil {
		c.fault(where, "the pattern %q: %v", pattern, err)
	}
}

// example checks that a matcher matches its own example.
func (c *checker) example(where string, m map[string]any, example any) {
	text, isString := example.(string)
	number, isNumber := example.(json.Number)
	kind, _ := m[keyType].(string)
	switch kind {
	case typeRegex:
		pattern, _ := m[keyRegex].(string)
		if re, err := compilePattern(pattern); err == nil && (!isString || !re.MatchString(text)) {
			c.fault(where, "the pattern %q does not match its own example %v", pattern, example)
		}
	case typeInteger, typeNumber:
		_, err := strconv.ParseInt(number.String(), 10, 64)
		if !isNumber || (kind == typeInteger && err != nil) {
			c.fault(where, "the example %v of a matcher of type %s is %s", example, kind, jsonKind(example))
		}
	case typeNull:
		if example != nil {
			c.fault(where, "the example of a matcher of type %s is %s", kind, jsonKind(example))
		}
	case typeNotEmpty:
		if !isString || text == "" {
			c.fault(where, "a matcher of type %s needs a text for an example", kind)
		}
	}
}

// isCount reports whether a normal value is a whole number from 0.
func isCount(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	_, err := strconv.ParseUint(n.String(), 10, 31)
	return err == nil
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

// anchored reports whether the pattern starts with ^ and ends with $ in each of its branches.
func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpConcat:
		return len(re.Sub) > 1 && re.Sub[0].Op == syntax.OpBeginText && re.Sub[len(re.Sub)-1].Op == syntax.OpEndText
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !anchored(sub) })
	case syntax.OpCapture:
		return anchored(re.Sub[0])
	default:
		return false
	}
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

// Package permissions reads the published permissions of Microsoft Graph: which permission
// lets a caller send which method to which path (permissions.json of
// microsoft-graph-devx-content). It knows no page, and decides nothing.
package permissions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// MaxSize is the largest file, in bytes; the published one has a few megabytes.
const MaxSize = 64 << 20

// The kinds of callers, as the file names them.
const (
	DelegatedWork     = "DelegatedWork"
	DelegatedPersonal = "DelegatedPersonal"
	Application       = "Application"
)

// Grant is a permission that lets a kind of caller send a method to a path.
type Grant struct {
	// Name is the permission, as Files.ReadWrite.All.
	Name string
	// Scheme is the kind of caller, as DelegatedWork.
	Scheme string
	// Line is where the file begins to describe the permission.
	Line int
}

// Set is the content of a file. It is safe for concurrent use.
type Set struct {
	name   string
	grants map[string][]Grant
}

// Name is the name given to Read.
func (s *Set) Name() string { return s.name }

// permission is an entry of the file.
type permission struct {
	PathSets []struct {
		SchemeKeys []string          `json:"schemeKeys"`
		Methods    []string          `json:"methods"`
		Paths      map[string]string `json:"paths"`
	} `json:"pathSets"`
}

// Read reads the permissions. name names them in errors, which give the line of what is wrong.
func Read(name string, data []byte) (*Set, error) {
	s := &Set{name: name, grants: map[string][]Grant{}}
	dec := json.NewDecoder(bytes.NewReader(data))
	counted, line := int64(0), 1
	here := func() int {
		at := min(dec.InputOffset(), int64(len(data)))
		line += bytes.Count(data[counted:at], []byte("\n"))
		counted = at
		return line
	}
	if err := s.read(dec, here); err != nil {
		var bad *json.SyntaxError
		if errors.As(err, &bad) {
			at := min(max(bad.Offset, 0), int64(len(data)))
			return nil, fmt.Errorf("%s:%d: not valid JSON: %w", name, 1+bytes.Count(data[:at], []byte("\n")), err)
		}
		return nil, fmt.Errorf("%s:%d: %w", name, here(), err)
	}
	if len(s.grants) == 0 {
		return nil, fmt.Errorf("%s: there is no permission with a path in it, so it is no file of the published permissions", name)
	}
	return s, nil
}

// read reads the file; here gives the line that has been reached.
func (s *Set) read(dec *json.Decoder, here func() int) error {
	return members(dec, "the file", func(name string) error {
		if name != "permissions" {
			return dec.Decode(new(json.RawMessage))
		}
		return members(dec, `"permissions"`, func(name string) error {
			var p permission
			line := here()
			err := dec.Decode(&p)
			s.add(name, line, p)
			return err
		})
	})
}

// members reads an object; member reads the value of each name.
func members(dec *json.Decoder, what string, member func(name string) error) error {
	tok, err := dec.Token()
	if err == nil && tok != json.Delim('{') {
		err = fmt.Errorf("%s is no object", what)
	}
	for err == nil && dec.More() {
		if tok, err = dec.Token(); err == nil {
			err = member(fmt.Sprint(tok))
		}
	}
	if err == nil {
		_, err = dec.Token()
	}
	return err
}

func (s *Set) add(name string, line int, p permission) {
	for _, set := range p.PathSets {
		for path := range set.Paths {
			for _, method := range set.Methods {
				at := key(method, path)
				for _, scheme := range set.SchemeKeys {
					g := Grant{Name: name, Scheme: scheme, Line: line}
					if !slices.Contains(s.grants[at], g) {
						s.grants[at] = append(s.grants[at], g)
					}
				}
			}
		}
	}
}

var (
	parameter = regexp.MustCompile(`\{[^{}]*\}`)
	keyed     = regexp.MustCompile(`\(([a-z]\w*)='?\{\}'?\)$`)
)

// key names a method and a path, whatever their parameters are called.
func key(method, path string) string {
	path = parameter.ReplaceAllString(strings.ToLower(strings.TrimRight(path, "/")), "{}")
	return strings.ToUpper(method) + " " + keyed.ReplaceAllString(path, "($1={})")
}

// For gives the permissions for a method and a path template, sorted by name and kind of
// caller; none where the file does not have the path.
func (s *Set) For(method, template string) []Grant {
	out := slices.Clone(s.grants[key(method, template)])
	slices.SortFunc(out, func(a, b Grant) int { return strings.Compare(a.Name+" "+a.Scheme, b.Name+" "+b.Scheme) })
	return out
}

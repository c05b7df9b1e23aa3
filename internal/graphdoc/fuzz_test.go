package graphdoc

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse holds for any input: no panic, the same result twice, and either an
// error that names the file or lines that the page has.
func FuzzParse(f *testing.F) {
	f.Add(read(f, ownPage))
	for _, seed := range []string{
		"# Update x",
		"---\na: &x [*x]\n---\n# x\n",
		bodyTable + "|a|T|Possible values are: `a`, *b* (c\n`d`) <ul><li>`e`\n",
		"# x\n## Response\n`200 OK` [a][] <sup>x\n\n[a]: b\n",
		"# x\n## Example\n```\nPATCH /a\nA: b\n{\"a\": [1, {\"b\": null}]}\n\nHTTP/1.1 200\n",
		"# x\n## HTTP request\n\tPATCH {a | b}?(c\n> - ```\n> PATCH <x>\n",
		"# x\r<!-- {\"a\": {}, \r\n \"blockType\": 1} --> <!-- {",
		"# x\n<A><li>0",
		"# x\n## HTTP request\nPATCH /a\n```\nPATCH {{a/<b>\n/c\n```\n## Errors\n|a|b|\n|-|-|\n|404|x|\n## Example\n```\nPATCH /a\n\n{'a': “b”, ... // c\n}\n```\n",
		"x\n=\n|a|\n|-|\n## Permissions\n|a|Delegated|\n-|-\n&nbsp;x|A.B\ny\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("fuzz.md", data)
		again, err2 := Parse("fuzz.md", data)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("once %v, once %v", err, err2)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.md:") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			return
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("two readings differ:\n%s", diff)
		}
		checkLines(t, p, data)
	})
}

// checkLines checks that every line number in the page is one of its lines, and
// that a text without a line is empty.
func checkLines(t testing.TB, p *Page, data []byte) {
	t.Helper()
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	last := bytes.Count(text, []byte("\n"))
	if !bytes.HasSuffix(text, []byte("\n")) {
		last++
	}
	var visit func(path string, v reflect.Value)
	visit = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				visit(path, v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				visit(path+"[]", v.Index(i))
			}
		case reflect.Struct:
			if x, ok := v.Interface().(Text); ok && x.Line == 0 && x.Value != "" {
				t.Errorf("%s: %q has no line", path, x.Value)
			}
			for i := range v.NumField() {
				name := v.Type().Field(i).Name
				if name == "Line" || name == "BodyLine" {
					if line := v.Field(i).Int(); line < 0 || line > int64(last) {
						t.Errorf("%s.%s is %d, the page has %d lines", path, name, line, last)
					}
					continue
				}
				visit(path+"."+name, v.Field(i))
			}
		}
	}
	visit("Page", reflect.ValueOf(p))
}

package contract

import (
	"mime"
	"strings"

	"graphpact/internal/graphdoc"
	"graphpact/internal/lazyregexp"
)

const typeAnnotation = "@odata.type"

// typeClaim is a place of the page that names the type of the entity.
type typeClaim struct {
	where string
	name  string
	line  int
}

// resource names the entity's type. Of the places that may name it the most
// deliberate one wins: the Response sentence, the annotation of the response, its
// example, the link of the introduction, the title.
func (b *builder) resource() {
	b.op.RequestType = b.exampleType(b.sent)
	b.op.ResponseType = b.exampleType(b.shown)
	b.op.Namespace = fact(b, b.page.Namespace.Value, b.page.Namespace.Line)

	claims := b.typeClaims()
	if len(claims) > 0 {
		best := bestClaim(claims)
		for _, c := range claims {
			// A sentence writes a type as a heading does, with a capital letter.
			capital := c.where == inResponse && sameType(strings.ToLower(best.name), strings.ToLower(c.name))
			if !capital && !sameType(best.name, c.name) {
				b.find(ClassTypeDisagrees, c.line, "The type is "+best.name+".",
					"The %s says %q; the %s says %q.", c.where, c.name, best.where, best.name)
			}
		}
		b.setResource(best.name, best.line)
		return
	}
	if link := introType(b.page.Intro); link.Present() {
		b.setResource(link.Value, link.Line)
		return
	}
	if name := titleType(b.page.Title.Value); name != "" {
		b.setResource(name, b.page.Title.Line)
	}
}

// inResponse is the place of a type that the sentence of the Response section names.
const inResponse = "Response section"

func (b *builder) typeClaims() []typeClaim {
	var claims []typeClaim
	claim := func(where string, t graphdoc.Text) {
		if name := cleanType(t.Value); name != "" && t.Present() {
			claims = append(claims, typeClaim{where, name, t.Line})
		}
	}
	for _, s := range b.page.Statuses {
		if s.Code == b.op.Success.Status {
			claim(inResponse, s.Returns)
			break
		}
	}
	if b.shown != nil && b.shown.Annotation != nil {
		claim("annotation of the response", b.shown.Annotation.Type)
	}
	claim("response example", graphdoc.Text{Value: b.op.ResponseType.Value, Line: b.op.ResponseType.Source.Line})
	claim("request example", graphdoc.Text{Value: b.op.RequestType.Value, Line: b.op.RequestType.Source.Line})
	return claims
}

// bestClaim is the first claim, or where prose writes "DriveItem" the one that
// has the same name as a type.
func bestClaim(claims []typeClaim) typeClaim {
	best := claims[0]
	if strings.Contains(best.name, ".") {
		return best
	}
	for _, c := range claims[1:] {
		if _, bare, qualified := cutLast(c.name); qualified && strings.EqualFold(bare, best.name) {
			return c
		}
	}
	return best
}

// setResource splits a qualified name. A namespace that contradicts the page's
// Namespace line is a finding; the qualified name is the more precise.
func (b *builder) setResource(name string, line int) {
	if namespace, bare, qualified := cutLast(name); qualified {
		if stated := b.op.Namespace.Value; stated != "" && stated != namespace {
			b.find(ClassTypeDisagrees, line, "The namespace is "+namespace+".",
				"The type is called %q; the Namespace line says %q.", name, stated)
			b.op.Namespace = fact(b, namespace, line)
		}
		if b.op.Namespace.Source.IsZero() {
			b.op.Namespace = fact(b, namespace, line)
		}
		name = bare
	}
	b.op.Resource = fact(b, name, line)
}

func (b *builder) exampleType(m *graphdoc.Message) Fact[string] {
	v := member(body(m), typeAnnotation)
	if v == nil {
		return Fact[string]{}
	}
	name, _ := v.Data.(string)
	if name = cleanType(name); name == "" {
		return Fact[string]{}
	}
	return fact(b, name, v.Line)
}

// cleanType strips the marks around a type name, and gives "" for what cannot be
// one, as prose or the placeholder "String".
func cleanType(name string) string {
	name = strings.TrimPrefix(strings.Trim(name, "` *"), "#")
	name = strings.TrimSuffix(strings.TrimPrefix(name, "Collection("), ")")
	if strings.ContainsAny(name, " \t/") || edmOf(name) != "" {
		return ""
	}
	return name
}

// sameType compares type names, of which one may lack the namespace.
func sameType(a, b string) bool {
	nsA, bareA, qualifiedA := cutLast(a)
	nsB, bareB, qualifiedB := cutLast(b)
	return bareA == bareB && (nsA == nsB || !qualifiedA || !qualifiedB)
}

func cutLast(name string) (namespace, bare string, qualified bool) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:], true
	}
	return "", name, false
}

func introType(intro graphdoc.Paragraph) graphdoc.Text {
	for _, l := range intro.Links {
		if name := cleanType(l.Value); name != "" && strings.Contains(l.Target, "resources/") {
			return graphdoc.Text{Value: name, Line: l.Line}
		}
	}
	return graphdoc.Text{}
}

// titleType reads "Update thing"; a title of more words names no type.
func titleType(title string) string {
	verb, name, ok := strings.Cut(strings.TrimSpace(title), " ")
	if !ok || !strings.EqualFold(verb, "update") {
		return ""
	}
	return cleanType(strings.TrimSpace(name))
}

var mediaTypeExpr = lazyregexp.New(`[A-Za-z]+/[A-Za-z0-9][A-Za-z0-9+-]*(\.[A-Za-z0-9+-]+)*`)

// mediaTypes reads the media types: the header table for the request, the examples
// for both, the convention where the page does not say.
func (b *builder) mediaTypes() {
	b.op.RequestMediaType = byConvention(defaultMediaType, ruleJSON)
	b.op.ResponseMediaType = byConvention(defaultMediaType, ruleJSON)
	if f := b.contentType(b.sent); f.Value != "" {
		b.op.RequestMediaType = f
	}
	for _, h := range b.page.Headers {
		if strings.EqualFold(h.Name.Value, "Content-Type") {
			if t := strings.ToLower(mediaTypeExpr().FindString(h.Description.Value)); t != "" {
				b.op.RequestMediaType = fact(b, t, h.Description.Line)
			}
		}
	}
	if f := b.contentType(b.shown); f.Value != "" {
		b.op.ResponseMediaType = f
	}
}

func (b *builder) contentType(m *graphdoc.Message) Fact[string] {
	if m == nil {
		return Fact[string]{}
	}
	for _, h := range m.Headers {
		if !strings.EqualFold(h.Key, "Content-Type") {
			continue
		}
		if t, _, err := mime.ParseMediaType(h.Value.Value); err == nil && strings.Contains(t, "/") {
			return fact(b, t, h.Value.Line)
		}
	}
	return Fact[string]{}
}

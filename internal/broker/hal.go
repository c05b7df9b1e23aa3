package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// resource is a HAL document with its links.
type resource struct {
	method string
	url    *url.URL
	links  map[string]links
	body   []byte
}

// link is a HAL link object.
type link struct {
	Href string `json:"href"`
	Name string `json:"name"`
}

// links is the value of a relation: HAL allows one link object or an array of them.
type links []link

// UnmarshalJSON reads either form.
func (l *links) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]link)(l))
	}
	var one link
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*l = links{one}
	return nil
}

// resource reads the HAL document at u.
func (c *Client) resource(ctx context.Context, u *url.URL) (*resource, error) {
	a, err := c.send(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	return c.read(a)
}

// read makes a resource of an answer, which must be HAL.
func (c *Client) read(a *answer) (*resource, error) {
	var doc struct {
		Links map[string]json.RawMessage `json:"_links"`
	}
	if err := c.decode(a, &doc); err != nil {
		return nil, err
	}
	res := &resource{method: a.method, url: a.url, links: map[string]links{}, body: a.body}
	for rel, raw := range doc.Links {
		var ls links
		if json.Unmarshal(raw, &ls) == nil { // a broken link counts as missing
			res.links[rel] = ls
		}
	}
	return res, nil
}

// decode reads an answer that must be a JSON object.
func (c *Client) decode(a *answer, into any) error {
	body := bytes.TrimSpace(a.body)
	switch {
	case bytes.HasPrefix(body, []byte("<")):
		return c.fault(a, NotBroker, "a web page came instead of HAL (application/hal+json): is this the broker's address, or is there a sign-in page before it?")
	case len(body) == 0:
		return c.fault(a, NotBroker, "an empty answer came instead of HAL (application/hal+json)")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return c.fault(a, NotBroker, "the answer is not the HAL (application/hal+json) of a Pact Broker: "+c.clean(err.Error()))
	}
	return nil
}

// follow gives the address of the first relation that the resource has, with the template filled in.
func (c *Client) follow(res *resource, vars map[string]string, rels ...string) (*url.URL, error) {
	for _, rel := range rels {
		for _, l := range res.links[rel] {
			if l.Href != "" {
				return c.expand(res, rel, l, vars)
			}
		}
	}
	return nil, c.missing(res, rels[0])
}

// named gives the address of the link of the relation that has the name; nil where
// none has it, with the names that there are.
func (c *Client) named(res *resource, rel, name string) (u *url.URL, names []string, err error) {
	for _, l := range res.links[rel] {
		if l.Name == name && l.Href != "" {
			u, err = c.expand(res, rel, l, nil)
			return u, nil, err
		}
		names = append(names, l.Name)
	}
	return nil, names, nil
}

func (c *Client) missing(res *resource, rel string) error {
	return &Error{Kind: NotBroker, Method: res.method, URL: c.shown(res.url), Link: rel,
		Text: fmt.Sprintf("the answer has no link %s: this is no Pact Broker, or one too old for it", rel)}
}

var templateVar = regexp.MustCompile(`\{([^{}]*)\}`)

// expand fills in a link's URI template (RFC 6570, level 1; the broker uses no other) and resolves it.
func (c *Client) expand(res *resource, rel string, l link, vars map[string]string) (*url.URL, error) {
	broken := func(why string) error {
		return &Error{Kind: NotBroker, Method: res.method, URL: c.shown(res.url), Link: rel, Text: fmt.Sprintf("the link %s is broken: %s", rel, why)}
	}
	unknown := ""
	href := templateVar.ReplaceAllStringFunc(l.Href, func(m string) string {
		name := m[1 : len(m)-1]
		value, ok := vars[name]
		if !ok {
			unknown = name
		}
		return escape(value)
	})
	if unknown != "" {
		return nil, broken(fmt.Sprintf("its template asks for %q", c.clean(unknown)))
	}
	ref, err := url.Parse(href)
	if err != nil {
		return nil, broken("its address is no URL")
	}
	u := res.url.ResolveReference(ref)
	if !sameOrigin(c.base, u) {
		return nil, c.elsewhere(res.method, u, "the link "+rel)
	}
	return u, nil
}

// escape leaves only the unreserved characters of RFC 3986 2.3, as RFC 6570 3.2.2
// wants: a slash in a branch name stays one segment, an ampersand one value.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

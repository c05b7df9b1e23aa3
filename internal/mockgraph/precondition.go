package mockgraph

import (
	"fmt"
	"net/http"
	"strings"
)

// condition is an If-Match or If-None-Match field (RFC 9110 13.1).
type condition struct {
	present bool
	any     bool
	// opaque are the tags without W/: OData compares weakly (Protocol 8.2.4).
	opaque []string
}

func parseCondition(h http.Header, name string) (condition, error) {
	fields := h.Values(name)
	if len(fields) == 0 {
		return condition{}, nil
	}
	c := condition{present: true}
	rest := strings.Trim(strings.Join(fields, ","), " \t")
	if rest == "*" {
		c.any = true
		return c, nil
	}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			break
		}
		opaque, after, ok := cutTag(rest)
		if !ok {
			return condition{}, fmt.Errorf("%s is neither * nor a list of entity tags", name)
		}
		c.opaque = append(c.opaque, opaque)
		rest = strings.TrimLeft(after, " \t")
		if rest != "" && rest[0] != ',' {
			return condition{}, fmt.Errorf("%s: a comma must stand between two entity tags", name)
		}
	}
	if len(c.opaque) == 0 {
		return condition{}, fmt.Errorf("%s is empty", name)
	}
	return c, nil
}

// cutTag takes an entity tag off: [W/]"…", where a quote cannot be escaped.
func cutTag(s string) (opaque, after string, ok bool) {
	s, found := strings.CutPrefix(strings.TrimPrefix(s, "W/"), `"`)
	if !found {
		return "", "", false
	}
	opaque, after, ok = strings.Cut(s, `"`)
	return opaque, after, ok && !strings.ContainsAny(opaque, " \t")
}

// matches compares weakly with the ETag of an entity.
func (c condition) matches(etag string) bool {
	if c.any {
		return true
	}
	current := strings.TrimPrefix(etag, "W/")
	for _, opaque := range c.opaque {
		if `"`+opaque+`"` == current {
			return true
		}
	}
	return false
}

// conditions are the preconditions of a request.
type conditions struct{ match, noneMatch condition }

func parseConditions(h http.Header) (c conditions, err error) {
	if c.match, err = parseCondition(h, "If-Match"); err != nil {
		return c, err
	}
	c.noneMatch, err = parseCondition(h, "If-None-Match")
	return c, err
}

// matchFails and noneMatchFails are the two ways to fail; a GET answers the second
// with 304 (RFC 9110 13.2.2).
func (c conditions) matchFails(etag string) bool {
	return c.match.present && !c.match.matches(etag)
}

func (c conditions) noneMatchFails(etag string) bool {
	return c.noneMatch.present && c.noneMatch.matches(etag)
}

// allow reports whether an update of the entity may go on.
func (c conditions) allow(etag string) bool { return !c.matchFails(etag) && !c.noneMatchFails(etag) }

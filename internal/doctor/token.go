package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/credential"
)

// TokenFacts are what a token is held against.
type TokenFacts struct {
	// From says where the token comes from.
	From string
	// Audiences are those that the endpoint takes; none where that is not known.
	Audiences []string
	// Graph is set for an endpoint whose permissions are known to be those of the page.
	Graph bool
	// Operations are what a run would test.
	Operations []*contract.Operation
	Now        time.Time
}

// Token reads what the token says of itself. Of its content only the claims aud, tid,
// appid, iss, exp, scp and roles are shown.
func Token(token string, f TokenFacts) []Check {
	claims, ok := credential.ReadClaims(token)
	if !ok {
		return []Check{
			pass("token", f.From+" is opaque: nothing can be read of it"),
			NotChecked("permissions", "the token is opaque"),
		}
	}
	said := []string{f.From}
	for _, c := range []struct{ name, value string }{
		{"aud", strings.Join(claims.Audience, " ")}, {"iss", claims.Issuer}, {"tid", claims.Tenant}, {"appid", claims.App},
	} {
		if c.value != "" {
			said = append(said, c.name+" "+c.value)
		}
	}
	if !claims.Expires.IsZero() {
		said = append(said, "exp "+claims.Expires.UTC().Format(time.RFC3339))
	}
	return []Check{validity(claims, strings.Join(said, ", "), f), permissions(claims, f)}
}

func validity(c credential.Claims, found string, f TokenFacts) Check {
	switch left := c.Expires.Sub(f.Now); {
	case !c.Expires.IsZero() && left <= 0:
		return fail("token", found+": expired "+(-left).Round(time.Second).String()+" ago", "get a new one")
	case c.NotBefore.Sub(f.Now) > clockSkew:
		return fail("token", found+": not good before "+c.NotBefore.UTC().Format(time.RFC3339), "check the clock of this machine")
	case len(f.Audiences) > 0 && !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(f.Audiences, a) }):
		hint := "get one for " + f.Audiences[0]
		if !f.Graph {
			return warn("token", found+": for another audience than "+f.Audiences[0], hint)
		}
		return fail("token", found+": for another service than the endpoint", hint)
	case !c.Expires.IsZero() && left < 5*time.Minute:
		return warn("token", found+": it expires in "+left.Round(time.Second).String(), "get a new one before a run, or have it refreshed with --auth")
	}
	return pass("token", found)
}

// permissions holds what the token grants against what each page names. A token with
// scopes acts for a user (delegated); one with roles alone for an application.
func permissions(c credential.Claims, f TokenFacts) Check {
	kind, granted := "Delegated", c.Scopes
	claim := "scp"
	if len(c.Scopes) == 0 {
		kind, granted, claim = "Application", c.Roles, "roles"
	}
	var found []string
	named := false
	for _, op := range f.Operations {
		var wanted []string
		for _, p := range op.Permissions {
			named = true
			if strings.HasPrefix(strings.ToLower(p.Kind), strings.ToLower(kind)) {
				wanted = append(wanted, p.Names...)
			}
		}
		if len(op.Permissions) == 0 {
			continue
		}
		where := op.Permissions[0].Source.Short()
		if len(wanted) == 0 {
			return missing(f, fmt.Sprintf("a token of kind %s; the page has no permission of that kind (%s)", strings.ToLower(kind), where), "sign in in the other way")
		}
		i := slices.IndexFunc(wanted, func(w string) bool { return slices.Contains(granted, w) })
		if i < 0 {
			has := cmp.Or(strings.Join(granted, " "), "none")
			return missing(f, fmt.Sprintf("%s in %s: %s; the page needs one of %s (%s)", strings.ToLower(kind), claim, has, strings.Join(wanted, ", "), where),
				fmt.Sprintf("grant the least privileged, %s (%s), and consent to it", wanted[0], strings.ToLower(kind)))
		}
		text := wanted[i] + " (" + strings.ToLower(kind) + ")"
		if i > 0 {
			text += ", where " + wanted[0] + " is less privileged"
		}
		if !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	if !named {
		return NotChecked("permissions", "the page names none")
	}
	return pass("permissions", strings.Join(found, "; "))
}

// missing is a failure for Microsoft Graph, and a warning for an endpoint that may call
// its permissions otherwise.
func missing(f TokenFacts, found, hint string) Check {
	if f.Graph {
		return fail("permissions", found, hint)
	}
	return warn("permissions", found, hint)
}

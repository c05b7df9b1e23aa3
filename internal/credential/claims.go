package credential

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims are what a token says of itself. They are read without any check of the
// signature: the target is the one to judge it.
type Claims struct {
	// Audience is for whom the token is (aud), Issuer by whom (iss), Tenant where (tid).
	Audience []string
	Issuer   string
	Tenant   string
	// App is the client's id: appid, or azp in a token of version 2.
	App string
	// Scopes are the delegated permissions (scp), Roles the application permissions
	// (roles): https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
	Scopes, Roles []string
	// Expires and NotBefore are zero where the token does not say.
	Expires, NotBefore time.Time
}

// wireClaims are the claims as they are in a token.
type wireClaims struct {
	jwt.RegisteredClaims
	Tenant string `json:"tid"`
	AppID  string `json:"appid"`
	AZP    string `json:"azp"`
	// Entra gives scopes in one text and roles in a list; others do it as they please.
	Scopes jwt.ClaimStrings `json:"scp"`
	Roles  jwt.ClaimStrings `json:"roles"`
}

// ReadClaims reads a token that is a JSON Web Token (RFC 7519); false means that it is opaque.
func ReadClaims(token string) (Claims, bool) {
	var wire wireClaims
	_, _, err := jwt.NewParser().ParseUnverified(token, &wire)
	// A signature of an unknown kind comes after the claims were read.
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		return Claims{}, false
	}
	c := Claims{
		Audience: wire.Audience, Issuer: wire.Issuer, Tenant: wire.Tenant, App: cmp.Or(wire.AppID, wire.AZP),
		Scopes: words(wire.Scopes), Roles: words(wire.Roles),
	}
	if wire.ExpiresAt != nil {
		c.Expires = wire.ExpiresAt.Time
	}
	if wire.NotBefore != nil {
		c.NotBefore = wire.NotBefore.Time
	}
	return c, true
}

func words(texts []string) []string {
	var out []string
	for _, t := range texts {
		out = append(out, strings.Fields(t)...)
	}
	return out
}

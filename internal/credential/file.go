package credential

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"graphpact/internal/readlimit"
)

// maxToken bounds what is read as a token, in bytes: more than any header may carry.
const maxToken = 64 << 10

// file is a token in a file that something else keeps fresh, as Kubernetes does with a
// projected token. It is read for each request: that costs microseconds, and no change is missed.
type file struct{ path string }

// Token reads the file.
func (f file) Token(context.Context) (Token, error) {
	value, err := readToken(f.path)
	if err != nil {
		return Token{}, err
	}
	return withExpiry(value), nil
}

// withExpiry reads the expiry out of the token, where it is one that says so.
func withExpiry(value string) Token {
	claims, _ := ReadClaims(value)
	return Token{Value: value, Expires: claims.Expires}
}

// readToken reads a token out of a file. An error names the file.
func readToken(path string) (string, error) {
	data, err := readlimit.File(path, readlimit.Settings)
	if err != nil {
		return "", err
	}
	value, err := bareToken(string(data))
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return value, nil
}

// bareToken takes the space off around a token, and refuses what is none.
func bareToken(text string) (string, error) {
	value := strings.TrimSpace(text)
	switch {
	case value == "":
		return "", errors.New("empty; expected a bearer token")
	case len(value) > maxToken:
		return "", fmt.Errorf("longer than a token can be (%d bytes)", maxToken)
	case strings.HasPrefix(value, "{"), strings.HasPrefix(value, "["):
		return "", errors.New("JSON; expected the bare token (of the Azure CLI: --query accessToken -o tsv)")
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", errors.New("more than one word; expected the bare token, without the word Bearer")
	}
	return value, nil
}

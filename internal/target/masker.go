package target

import "net/http"

// Masker takes secrets out of text for those who send elsewhere than to the target,
// as the broker's client does. It is safe for concurrent use.
type Masker struct{ m *masker }

// NewMasker makes a Masker of the secrets, in whatever spelling they may come back.
// Empty ones are ignored.
func NewMasker(secrets ...string) *Masker {
	// Under a secret header's name the parts of a value count as secrets too.
	return &Masker{newMasker(Config{Header: http.Header{"Token": secrets}})}
}

// Learn adds a secret that came while the program runs.
func (m *Masker) Learn(secret string) { m.m.learn(secret) }

// Mask gives s with *** in place of the secrets, and of what stands under a name that
// says secret, or before the @ of a URL.
func (m *Masker) Mask(s string) string { return m.m.text(s, false) }

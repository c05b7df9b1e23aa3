package statement

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/secure-systems-lab/go-securesystemslib/signerverifier"
)

// PayloadType is that of an in-toto statement in an envelope.
const PayloadType = "application/vnd.in-toto+json"

// Key signs, where it is a private one, and verifies.
type Key struct{ dsse.SignerVerifier }

// ReadKey reads a key in PEM: PKCS#8, PKCS#1 or SEC 1 for a private one, PKIX for a public
// one, of Ed25519, ECDSA or RSA. An error says nothing of the key itself.
func ReadKey(data []byte) (*Key, error) {
	block, _ := pem.Decode(bytes.TrimSpace(data))
	switch {
	case block == nil:
		return nil, errors.New("it is no PEM; make a key with: openssl genpkey -algorithm ed25519")
	case bytes.Contains([]byte(block.Type), []byte("ENCRYPTED")), block.Headers["DEK-Info"] != "":
		return nil, errors.New("the key is encrypted; decrypt it first, as with: openssl pkey -in key.pem -out plain.pem, or sign the statement of --unsigned with cosign")
	}
	key, err := signerverifier.LoadKey(data)
	if err != nil {
		return nil, errors.New("it holds no key of Ed25519, ECDSA or RSA in PKCS#8, PKCS#1, SEC 1 or PKIX")
	}
	var sv dsse.SignerVerifier
	switch key.KeyType {
	case signerverifier.ED25519KeyType:
		sv, err = signerverifier.NewED25519SignerVerifierFromSSLibKey(key)
	case signerverifier.ECDSAKeyType:
		sv, err = signerverifier.NewECDSASignerVerifierFromSSLibKey(key)
	default:
		sv, err = signerverifier.NewRSAPSSSignerVerifierFromSSLibKey(key)
	}
	if err != nil {
		return nil, fmt.Errorf("a key of %s cannot be used: %w", key.KeyType, err)
	}
	return &Key{sv}, nil
}

// Algorithm names the kind of the key.
func (k *Key) Algorithm() string {
	switch k.Public().(type) {
	case ed25519.PublicKey:
		return "Ed25519"
	case *ecdsa.PublicKey:
		return "ECDSA"
	case *rsa.PublicKey:
		return "RSA-PSS"
	}
	return "an unknown algorithm"
}

// Sign puts the statement into a signed envelope (https://github.com/secure-systems-lab/dsse).
func Sign(ctx context.Context, payload []byte, key *Key) ([]byte, error) {
	signer, err := dsse.NewEnvelopeSigner(key.SignerVerifier)
	if err != nil {
		return nil, err
	}
	envelope, err := signer.SignPayload(ctx, PayloadType, payload)
	if errors.Is(err, signerverifier.ErrNotPrivateKey) {
		return nil, errors.New("it is a public key; sign with the private one")
	}
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	data, err := json.Marshal(envelope)
	return append(data, '\n'), err
}

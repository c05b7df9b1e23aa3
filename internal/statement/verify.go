package statement

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"google.golang.org/protobuf/encoding/protojson"

	"graphpact/internal/result"
	"graphpact/internal/safetext"
)

// MaxFile is the limit of a statement, in bytes.
const MaxFile = 16 << 20

// The ways in which a statement does not hold.
var (
	ErrForeign = errors.New("the signature is not by this key, or a byte of the statement was changed")
	ErrExpired = errors.New("the statement has expired")
	ErrChanged = errors.New("a file is not the one of the statement")
	ErrSaysNot = errors.New("the statement says something else than its report")
)

// Statement is one that was read.
type Statement struct {
	PredicateType string
	// Subjects are the digests by name.
	Subjects map[string]string
	// Result is PASSED, WARNED or FAILED, and Details what graphpact says; nil of an svr.
	Result  string
	Details *Details
	// Properties are those of an svr.
	Properties []string
	predicate  *predicate
}

// Open reads an envelope and holds it to the key: an error that is ErrForeign says that the
// key did not sign these bytes.
func Open(ctx context.Context, data []byte, key *Key) (*Statement, error) {
	var e dsse.Envelope
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&e); err != nil {
		return nil, fmt.Errorf("it is no DSSE envelope: %w", err)
	}
	if dec.More() {
		return nil, errors.New("it holds more than one envelope")
	}
	switch {
	case e.PayloadType == "" && e.Payload == "":
		return nil, errors.New("it is no DSSE envelope; name the statement.intoto.json that `graphpact statement` writes")
	case e.PayloadType != PayloadType:
		return nil, fmt.Errorf("its payload is %q, and must be %s", safetext.Line(safetext.Shorten(e.PayloadType, 80)), PayloadType)
	case len(e.Signatures) == 0:
		return nil, errors.New("it is not signed")
	}
	foreign := !canonical(e.Payload)
	for _, s := range e.Signatures {
		foreign = foreign || !canonical(s.Sig)
	}
	if foreign {
		return nil, ErrForeign
	}
	verifier, err := dsse.NewEnvelopeVerifier(key.SignerVerifier)
	if err != nil {
		return nil, err
	}
	if _, err := verifier.Verify(ctx, &e); err != nil {
		return nil, ErrForeign
	}
	payload, err := e.DecodeB64Payload()
	if err != nil {
		return nil, err
	}
	return read(payload)
}

// canonical reports whether a text is base64 as an encoder writes it, of one of the two
// alphabets that the envelope allows: a decoder passes over line ends and odd last bits, and so
// over a byte that was changed.
func canonical(text string) bool {
	for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		if data, err := alphabet.DecodeString(text); err == nil && alphabet.EncodeToString(data) == text {
			return true
		}
	}
	return false
}

// read reads a statement whose signature holds.
func read(payload []byte) (*Statement, error) {
	var s intoto.Statement
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(payload, &s); err != nil {
		return nil, fmt.Errorf("it holds no in-toto statement: %w", err)
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("it holds no valid in-toto statement: %w", err)
	}
	out := &Statement{PredicateType: s.GetPredicateType(), Subjects: map[string]string{}}
	for _, r := range s.GetSubject() {
		out.Subjects[r.GetName()] = "sha256:" + r.GetDigest()["sha256"]
	}
	raw, err := protojson.Marshal(s.GetPredicate())
	if err != nil {
		return nil, err
	}
	switch out.PredicateType {
	case VerificationResult:
		var p struct{ Properties []string }
		err = json.Unmarshal(raw, &p)
		out.Properties = p.Properties
		return out, err
	case TestResult:
		var p predicate
		if err := json.Unmarshal(raw, &p); err != nil || p.Details.Version != Version {
			return nil, fmt.Errorf("it is no statement of graphpact of version %s", Version)
		}
		out.Result, out.Details, out.predicate = p.Result, &p.Details, &p
		return out, nil
	}
	return nil, fmt.Errorf("its predicate is %q, and must be %s or %s", safetext.Line(safetext.Shorten(out.PredicateType, 100)), TestResult, VerificationResult)
}

// CheckTime finds a statement that may not be shown any more. An svr says no end.
func (s *Statement) CheckTime(now time.Time) error {
	if s.Details != nil && now.After(s.Details.Expires) {
		return fmt.Errorf("%w: it could be shown until %s", ErrExpired, s.Details.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// CheckFile holds the content of a subject to its digest.
func (s *Statement) CheckFile(name string, content []byte) error {
	if want := s.Subjects[name]; want != fmt.Sprintf("sha256:%x", sha256.Sum256(content)) {
		return fmt.Errorf("%w: %s", ErrChanged, safetext.Line(name))
	}
	return nil
}

// CheckReport holds what is stated to what follows from the report.
func (s *Statement) CheckReport(r *result.Run, robustness func(string) bool) error {
	if s.predicate == nil {
		return nil
	}
	if r.Suite == nil {
		return fmt.Errorf("%w: that one does not name its suite", ErrSaysNot)
	}
	want, got := derive(r, robustness), *s.predicate
	want.URL, got.Configuration = got.URL, want.Configuration // what is configured is among the subjects
	d := &want.Details
	d.Implementation, d.Expires, d.Sight = got.Details.Implementation, got.Details.Expires, got.Details.Sight
	for _, f := range []struct {
		what       string
		said, have any
	}{
		{"the result", got.Result, want.Result}, {"what passed", got.Passed, want.Passed}, {"what was warned of", got.Warned, want.Warned},
		{"what failed", got.Failed, want.Failed}, {"the verdict", got.Details.Headline, d.Headline}, {"the profiles", got.Details.Profiles, d.Profiles},
		{"the set of requirements", got.Details.Set, d.Set}, {"the rest", got.Details, *d},
	} {
		if !sameJSON(f.said, f.have) {
			return fmt.Errorf("%w: %s", ErrSaysNot, f.what)
		}
	}
	return nil
}

// sameJSON compares as JSON does: the numbers of a statement went through a double.
func sameJSON(a, b any) bool {
	var values [2]any
	for i, v := range []any{a, b} {
		data, err := json.Marshal(v)
		if err != nil || json.Unmarshal(data, &values[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

//go:build cgo

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"graphpact/internal/pact/wire"
)

// verify verifies a pact of one interaction against a provider.
func verify(_ uint64, args wire.Verify) (wire.Verified, error) {
	report, output, err := nativeVerify(args)
	if err != nil {
		return wire.Verified{}, err
	}
	verified, err := readReport([]byte(report))
	verified.Output = strings.TrimSpace(output)
	return verified, err
}

// report is what the library says of a verification.
type report struct {
	// Errors are those of pacts that could not be read, too.
	Errors []struct {
		Mismatch mismatch `json:"mismatch"`
	} `json:"errors"`
	Interactions []struct {
		Result   string    `json:"result"` // OK or Error
		Mismatch *mismatch `json:"mismatch"`
	} `json:"interactionResults"`
}

type mismatch struct {
	Type       string        `json:"type"` // mismatches or error
	Mismatches []wire.Detail `json:"mismatches"`
	Message    string        `json:"message"`
}

// readReport gives the verdict on the one interaction. A report that does not say in
// so many words that one interaction was verified is an error, never a pass.
func readReport(data []byte) (wire.Verified, error) {
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return wire.Verified{}, fmt.Errorf("reading the native library's report: %w", err)
	}
	if len(r.Interactions) != 1 {
		if len(r.Errors) > 0 && r.Errors[0].Mismatch.Message != "" {
			return wire.Verified{}, errors.New(r.Errors[0].Mismatch.Message)
		}
		return wire.Verified{}, fmt.Errorf("the native library verified %d interactions instead of one", len(r.Interactions))
	}
	one := r.Interactions[0]
	switch {
	case one.Result == "OK" && one.Mismatch == nil:
		return wire.Verified{OK: true}, nil
	case one.Mismatch == nil:
		return wire.Verified{}, fmt.Errorf("the native library answers %q and does not say why", one.Result)
	case len(one.Mismatch.Mismatches) > 0:
		return wire.Verified{Mismatches: one.Mismatch.Mismatches}, nil
	case one.Mismatch.Message != "":
		return wire.Verified{Error: one.Mismatch.Message}, nil
	}
	return wire.Verified{}, fmt.Errorf("the native library gives a result of type %q without a word", one.Mismatch.Type)
}

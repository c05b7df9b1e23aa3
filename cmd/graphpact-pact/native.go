//go:build cgo

package main

/*
// Our folders come before those that pact-go names, /tmp among them: the flags of the
// main package are the first that the linker sees.
#cgo linux LDFLAGS: -L${SRCDIR}/../../.pact/lib -Wl,-rpath,$ORIGIN/../.pact/lib -Wl,-rpath,$ORIGIN/../lib -Wl,-rpath,${SRCDIR}/../../.pact/lib -lpact_ffi
#cgo darwin LDFLAGS: -L${SRCDIR}/../../.pact/lib -Wl,-rpath,${SRCDIR}/../../.pact/lib -lpact_ffi

// What pact-go keeps to itself of the library's interface.
const char *pactffi_version(void);
const char *pactffi_mock_server_mismatches(int port);
*/
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"

	"graphpact/internal/pact/wire"
)

// libraryVersion is what the native library says of itself.
func libraryVersion() string { return C.GoString(C.pactffi_version()) }

// mismatches asks the mock server on the port how the requests that it got depart
// from the interaction. pact-go offers them only as printed text, and takes an
// answer that it cannot read for "none".
func mismatches(port int) ([]wire.Mismatch, error) {
	// The string belongs to the mock server, which frees it.
	text := C.pactffi_mock_server_mismatches(C.int(port))
	if text == nil {
		return nil, errors.New("the native library does not know its own mock server")
	}
	var out []wire.Mismatch
	if err := json.Unmarshal([]byte(C.GoString(text)), &out); err != nil {
		return nil, fmt.Errorf("reading the native library's mismatches: %w", err)
	}
	return out, nil
}

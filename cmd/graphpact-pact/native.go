//go:build cgo

package main

/*
// Our folders come before those that pact-go names, /tmp among them: the flags of the
// main package are the first that the linker sees.
#cgo linux LDFLAGS: -L${SRCDIR}/../../.pact/lib -Wl,-rpath,$ORIGIN/../.pact/lib -Wl,-rpath,$ORIGIN/../lib/graphpact -Wl,-rpath,$ORIGIN/../lib -Wl,-rpath,${SRCDIR}/../../.pact/lib -lpact_ffi
#cgo windows LDFLAGS: -L${SRCDIR}/../../.pact/lib -lpact_ffi
#cgo darwin LDFLAGS: -L${SRCDIR}/../../.pact/lib -Wl,-rpath,${SRCDIR}/../../.pact/lib -lpact_ffi

#include <stdlib.h>

// What pact-go keeps to itself of the library's interface.
const char *pactffi_version(void);
const char *pactffi_mock_server_mismatches(int port);

// The library's verifier, which pact-go binds for itself.
typedef struct VerifierHandle VerifierHandle;
VerifierHandle *pactffi_verifier_new_for_application(const char *name, const char *version);
void pactffi_verifier_shutdown(VerifierHandle *handle);
void pactffi_verifier_set_provider_info(VerifierHandle *handle, const char *name, const char *scheme, const char *host, unsigned short port, const char *path);
void pactffi_verifier_set_provider_state(VerifierHandle *handle, const char *url, unsigned char teardown, unsigned char body);
int pactffi_verifier_set_verification_options(VerifierHandle *handle, unsigned char disable_ssl_verification, unsigned long request_timeout);
int pactffi_verifier_set_coloured_output(VerifierHandle *handle, unsigned char coloured_output);
int pactffi_verifier_set_no_pacts_is_error(VerifierHandle *handle, unsigned char is_error);
void pactffi_verifier_set_follow_redirects(VerifierHandle *handle, unsigned char follow);
void pactffi_verifier_add_file_source(VerifierHandle *handle, const char *file);
int pactffi_verifier_execute(VerifierHandle *handle);
const char *pactffi_verifier_json(const VerifierHandle *handle);
const char *pactffi_verifier_output(const VerifierHandle *handle, unsigned char strip_ansi);
void pactffi_string_delete(char *string);
*/
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"unsafe"

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

// nativeVerify runs the library's verifier and gives its report, which is JSON, and
// what it printed. pact-go's own provider.Verifier would put a proxy that listens on
// all interfaces in between, follow redirects, and throw the report away.
func nativeVerify(v wire.Verify) (report, output string, err error) {
	var owned []unsafe.Pointer
	defer func() {
		for _, p := range owned {
			C.free(p)
		}
	}()
	text := func(s string) *C.char {
		c := C.CString(s)
		owned = append(owned, unsafe.Pointer(c))
		return c
	}
	h := C.pactffi_verifier_new_for_application(text("graphpact"), text(pactGoVersion()))
	if h == nil {
		return "", "", errors.New("the native library makes no verifier")
	}
	defer C.pactffi_verifier_shutdown(h)
	C.pactffi_verifier_set_provider_info(h, text(v.Provider), text("http"), text("127.0.0.1"), C.ushort(v.Port), text(v.BasePath))
	C.pactffi_verifier_set_provider_state(h, text(v.StateURL), 1, 1)
	if C.pactffi_verifier_set_verification_options(h, 0, C.ulong(v.TimeoutMS)) != 0 {
		return "", "", fmt.Errorf("the native library does not take a timeout of %d ms", v.TimeoutMS)
	}
	C.pactffi_verifier_set_coloured_output(h, 0)
	C.pactffi_verifier_set_no_pacts_is_error(h, 1)
	C.pactffi_verifier_set_follow_redirects(h, 0)
	C.pactffi_verifier_add_file_source(h, text(v.File))
	// The code says less than the report.
	C.pactffi_verifier_execute(h)
	return takeString(C.pactffi_verifier_json(h)), takeString(C.pactffi_verifier_output(h, 1)), nil
}

// takeString copies a string that the library gave away, and frees it.
func takeString(s *C.char) string {
	if s == nil {
		return ""
	}
	defer C.pactffi_string_delete(s)
	return C.GoString(s)
}

#!/bin/sh
# Builds the Pact helper for Windows on amd64 on another system, with the C compiler of MinGW-w64
# (Debian: gcc-mingw-w64-x86-64): helpers/windows_amd64/bin gets graphpact-pact.exe and, beside
# it, the Pact native library, which Windows looks for in the folder of the program.
#
#   windows.sh
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
cc=${CC:-x86_64-w64-mingw32-gcc}
command -v "$cc" >/dev/null || {
	echo "windows.sh: there is no $cc; install MinGW-w64 (Debian: gcc-mingw-w64-x86-64), or name a C compiler for Windows with CC" >&2
	exit 3
}
GRAPHPACT_PACT_PLATFORM=windows-x64 cmd/graphpact-pact/fetch-lib.sh
out=helpers/windows_amd64
rm -rf "$out"
mkdir -p "$out/bin" "$out/lib/graphpact"
CC=$cc CGO_ENABLED=1 GOOS=windows GOARCH=amd64 go build -trimpath -ldflags '-s -w' -o "$out/bin/graphpact-pact.exe" ./cmd/graphpact-pact
cp .pact/lib/pact_ffi.dll "$out/bin/"
echo 'The Pact native library is in bin, beside graphpact-pact.exe.' >"$out/lib/graphpact/README.txt"
echo "$out/bin/graphpact-pact.exe"

#!/bin/sh
# Puts the Rust Pact CLI, which the tests use as an independent peer, into
# .tools/pact-cli of the project: from npm, pinned, and taken only with the pinned
# digest. A second call finds it and needs no network. Linux on x64 alone.
#
# Exit codes: 0 it is there, 1 it is not and the message says why, 77 this machine
# cannot have it (no npm, or another platform).
set -eu

package=@pact-foundation/pact-cli-linux-x64@18.1.2
want=sha512-9tkTehi+zUxFMoB4R1V80qwZhGQpzu02efXldA4KANYDoSDyc9JcH61OGspTrRwptNwscOVxrly3yn42zTZGFA==

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dest=$(CDPATH='' cd -- "$here/../.." && pwd)/.tools/pact-cli

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || { echo "the Pact CLI is pinned for Linux on x64 alone" >&2; exit 77; }
if [ -x "$dest/pact" ] && [ "$(cat "$dest/stamp" 2>/dev/null)" = "$want" ]; then exit 0; fi
command -v npm >/dev/null && command -v node >/dev/null || { echo "npm is needed to fetch the Pact CLI" >&2; exit 77; }

mkdir -p "$dest"
work=$(mktemp -d "$dest/fetch.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
cd "$work"
npm pack "$package" --ignore-scripts --loglevel=error >/dev/null
tarball=$(find . -name '*.tgz')
got=$(node -e 'const c = require("crypto"), f = require("fs");
console.log("sha512-" + c.createHash("sha512").update(f.readFileSync(process.argv[1])).digest("base64"))' "$tarball")
[ "$got" = "$want" ] || { printf '%s is not the pinned one, and was thrown away\n  expected %s\n  got      %s\n' "$package" "$want" "$got" >&2; exit 1; }
tar -xzf "$tarball" package/standalone/pact
chmod 755 package/standalone/pact
mv -f package/standalone/pact "$dest/pact"
printf '%s\n' "$want" >"$dest/stamp"

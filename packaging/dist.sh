#!/bin/sh
# Makes the archive of a release for this platform:
# dist/graphpact_VERSION_OS_ARCH[_musl].tar.gz, with the layout of install.sh, and
# dist/SHA256SUMS.
#
#   dist.sh VERSION
set -eu

version=${1:?the version}
version=${version#v}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

platform=$(go env GOOS)_$(go env GOARCH)
# As cmd/graphpact-pact/fetch-lib.sh tells glibc from musl.
if [ "$(go env GOOS)" = linux ] && ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
	platform=${platform}_musl
fi
name=graphpact_${version}_$platform
rm -rf "dist/$name" "dist/$name.tar.gz"
mkdir -p dist
packaging/install.sh "dist/$name"
# Nothing in it depends on who made it, or when: names in order, one date, no owner.
epoch=$(git log -1 --format=%ct 2>/dev/null || echo 0)
(cd dist && tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner -cf - "$name" 2>/dev/null || tar -cf - "$name") | gzip -n >"dist/$name.tar.gz"
(cd dist && { sha256sum "$name.tar.gz" 2>/dev/null || shasum -a 256 "$name.tar.gz"; }) >dist/SHA256SUMS
echo "dist/$name.tar.gz"

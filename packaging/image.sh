#!/bin/sh
# Makes the files of the container image in dist/image: the static program, certificates to
# trust, a user without rights, and a folder that this user may write. Dockerfile runs it, and
# a test runs what it made in a root of its own.
#
#   image.sh VERSION
set -eu

version=${1:?the version}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
image=dist/image

rm -rf "$image"
mkdir -p "$image/usr/bin" "$image/etc/ssl/certs" "$image/tmp" "$image/work"
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X graphpact/internal/cli.version=$version" -o "$image/usr/bin/graphpact" ./cmd/graphpact
cp /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
echo 'graphpact:x:65532:65532:graphpact:/work:/sbin/nologin' >"$image/etc/passwd"
echo 'graphpact:x:65532:' >"$image/etc/group"
chmod 1777 "$image/tmp" "$image/work"

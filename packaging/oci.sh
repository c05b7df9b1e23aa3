#!/bin/sh
# Builds the last stage of the Dockerfile, the static image, as an OCI archive, without a daemon
# and without a base image from the network: buildah gets the files of image.sh in the place of
# the stage that makes them. Any engine loads the archive: `podman load -i`, `docker load -i`,
# `skopeo copy oci-archive:FILE docker://…`. Then the image is unpacked and runs the main job in a
# root of its own, as its own user, where this process may do that.
#
#   oci.sh VERSION
#
# Exit codes: 0 the archive is there and holds what it must, 1 it does not, 3 buildah, skopeo or
# umoci is not installed.
set -eu

version=${1:?the version}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
for tool in buildah skopeo umoci; do
	command -v "$tool" >/dev/null || {
		echo "oci.sh: $tool is not installed; Debian has a package of that name" >&2
		exit 3
	}
done

packaging/image.sh "$version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/context/src/dist"
cp -pR dist/image "$work/context/src/dist/"
sed -n '/^FROM scratch AS static$/,$p' Dockerfile >"$work/Dockerfile"
archive=dist/graphpact_${version#v}_linux_$(go env GOARCH).oci.tar
rm -f "$archive"

build() {
	buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" "$@"
}
build bud --isolation chroot --build-context "build=$work/context" --build-arg "VERSION=$version" \
	--timestamp "$(git log -1 --format=%ct 2>/dev/null || echo 0)" --tag graphpact --file "$work/Dockerfile" "$work" >"$work/log" 2>&1 ||
	{ cat "$work/log" >&2; exit 1; }
build push --quiet graphpact "oci-archive:$archive:graphpact:$version"

# What the image promises, as an engine reads it.
config=$(skopeo inspect --config "oci-archive:$archive")
for want in '"User": "65532:65532"' '"/usr/bin/graphpact"' '"WorkingDir": "/work"' '"org.opencontainers.image.licenses": "Apache-2.0"'; do
	case $config in
	*"$want"*) ;;
	*)
		echo "oci.sh: the image lacks $want" >&2
		exit 1
		;;
	esac
done
skopeo copy --quiet "oci-archive:$archive" "oci:$work/layout:image"
umoci unpack --rootless --image "$work/layout:image" "$work/bundle" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then
	chroot --userspec=65532:65532 "$work/bundle/rootfs" /usr/bin/graphpact run --no-pact --out /work/reports >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; exit 1; }
	tail -n 1 "$work/log"
else
	echo 'NOT RUN in a root of its own: that takes root'
fi
echo "$archive"

#!/bin/sh
# Puts the Pact native library (libpact_ffi, about 19 MB, stripped by its makers) into
# .pact/lib of the project, where graphpact-pact is linked with it and finds it at run time.
#
#   fetch-lib.sh
#
# The library comes from the npm package that libpact_ffi.pins names, through the npm
# client and its configuration (registry, proxy), and is taken only when the package has
# the pinned digest. A second call finds the stamp, does nothing and needs no network.
#
#   GRAPHPACT_PACT_LIB=DIR         take the library from DIR instead: no npm, no network
#   GRAPHPACT_PACT_PLATFORM=NAME   fetch the one of another platform, to build the helper for
#                                  it: a name of the pins, as linux-x64-musl or windows-x64
#
# Exit codes: 0 the library is there, 1 it is not and the message says why.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
pins=$here/libpact_ffi.pins
dest=$root/.pact/lib
stamp=$dest/.stamp
work=

fail() {
	printf 'fetch-lib.sh: %s\n' "$*" >&2
	exit 1
}

cleanup() {
	[ -z "$work" ] || rm -rf -- "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# pin KEY prints what follows KEY in the pins file.
pin() {
	awk -v key="$1" '$1 == key { print $2, $3; exit }' "$pins"
}

# platform prints the name that the npm packages give this machine.
platform() {
	if [ -n "${GRAPHPACT_PACT_PLATFORM:-}" ]; then
		[ -n "$(pin "$GRAPHPACT_PACT_PLATFORM")" ] ||
			fail "GRAPHPACT_PACT_PLATFORM is $GRAPHPACT_PACT_PLATFORM, and $pins has no such platform"
		echo "$GRAPHPACT_PACT_PLATFORM"
		return
	fi
	case $(uname -m) in
	x86_64 | amd64) arch=x64 ;;
	aarch64 | arm64) arch=arm64 ;;
	*) fail "there is no Pact library for the processor $(uname -m); run graphpact with --no-pact" ;;
	esac
	case $(uname -s) in
	Darwin) echo "darwin-$arch" ;;
	Linux)
		if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
			echo "linux-$arch-glibc"
		elif ls /lib/ld-musl-*.so.1 >/dev/null 2>&1; then
			echo "linux-$arch-musl"
		else
			fail "this Linux has neither glibc nor musl; set GRAPHPACT_PACT_LIB to a folder with a libpact_ffi.so of your own"
		fi
		;;
	*) fail "there is no Pact library for $(uname -s); run graphpact with --no-pact" ;;
	esac
}

# integrity FILE prints the SRI digest of a file. node is there wherever npm is.
integrity() {
	node -e 'const c = require("crypto"), f = require("fs");
console.log("sha512-" + c.createHash("sha512").update(f.readFileSync(process.argv[1])).digest("base64"))' "$1"
}

# sum FILE prints a checksum that tells a damaged copy from a whole one.
sum() {
	cksum <"$1"
}

# workdir makes the temporary folder, beside the destination so that a move is atomic.
workdir() {
	mkdir -p -- "$dest" || fail "cannot make the folder $dest"
	work=$(mktemp -d "$root/.pact/fetch.XXXXXX") || fail "cannot make a temporary folder in $root/.pact"
}

# install FILE ORIGIN moves the library into place, the stamp last.
install() {
	printf '%s\n%s\n' "$2" "$(sum "$1")" >"$work/stamp" || fail "cannot write in $root/.pact (is the disk full?)"
	chmod 755 "$1"
	mv -f -- "$1" "$dest/$library" || fail "cannot write $dest/$library"
	mv -f -- "$work/stamp" "$stamp" || fail "cannot write $stamp"
}

# current ORIGIN succeeds when the library in place is whole and came from ORIGIN.
current() {
	[ -f "$stamp" ] && [ -f "$dest/$library" ] || return 1
	[ "$(cat -- "$stamp")" = "$(printf '%s\n%s' "$1" "$(sum "$dest/$library")")" ]
}

[ -r "$pins" ] || fail "cannot read $pins, which names the library to fetch"
plat=$(platform)
[ -z "${GRAPHPACT_PACT_PLATFORM:-}" ] || stamp=$stamp.$plat # the one of this machine keeps its own
member=
case $plat in
darwin-*) library=libpact_ffi.dylib ;;
windows-*) library=pact_ffi.dll ;;
*-musl) library=libpact_ffi.so member=libpact_ffi_musl.so ;;
*) library=libpact_ffi.so ;;
esac

if [ -n "${GRAPHPACT_PACT_LIB:-}" ]; then
	own=$GRAPHPACT_PACT_LIB/$library
	[ -f "$own" ] || fail "GRAPHPACT_PACT_LIB is $GRAPHPACT_PACT_LIB, but there is no $library in it"
	origin="own $(sum "$own")"
	if current "$origin"; then exit 0; fi
	workdir
	cp -- "$own" "$work/$library" 2>"$work/log" || fail "cannot copy $own: $(tail -n 1 "$work/log")"
	install "$work/$library" "$origin"
	echo "Pact library: copied from $own"
	exit 0
fi

package=$(pin package)
name=${package% *}-$plat
version=${package#* }
want=$(pin "$plat")
want=${want% }
[ -n "$want" ] || fail "$pins has no digest for $plat; add it with: npm view $name@$version dist.integrity"
origin="$name@$version $want"
if current "$origin"; then exit 0; fi

if ! command -v npm >/dev/null 2>&1 || ! command -v node >/dev/null 2>&1; then
	fail "npm and node are needed to fetch the Pact library, and are not on the PATH; install Node.js, or set GRAPHPACT_PACT_LIB to a folder that holds $library"
fi

workdir
echo "Pact library: fetching $name@$version (7 MB, 18 MB unpacked)"
(cd "$work" && npm pack "$name@$version" --ignore-scripts --loglevel=error \
	--fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000) >"$work/out" 2>"$work/log" || {
	cat "$work/log" >&2
	fail "npm could not fetch $name@$version (its message stands above); check the network and the npm registry setting, or set GRAPHPACT_PACT_LIB to a folder that holds $library"
}
tarball=$(find "$work" -name '*.tgz')
[ -f "$tarball" ] || fail "npm pack $name@$version left no package"

got=$(integrity "$tarball") || fail "cannot compute the digest of $name@$version with node"
[ "$got" = "$want" ] || fail "the package $name@$version is not the pinned one, and was thrown away
  expected $want
  got      $got
Your npm registry serves other bytes than the ones graphpact was tested with: ask who runs it, or set GRAPHPACT_PACT_LIB to a folder that holds a $library you trust."

member=$(tar -tzf "$tarball" | grep -E "^package/prebuilds/[^/]+/${member:-$library}\$") ||
	fail "the package $name@$version holds no ${member:-$library}"
tar -xzf "$tarball" -C "$work" "$member" 2>"$work/log" ||
	fail "cannot unpack $name@$version: $(tail -n 1 "$work/log") (is the disk full?)"
install "$work/$member" "$origin"
echo "Pact library: $dest/$library"

#!/bin/sh
# Installs what `make build` made into a folder, in the layout that graphpact looks for:
#
#   bin/graphpact            the program
#   bin/graphpact-pact       the Pact helper
#   lib/graphpact/           the Pact native library
#   share/                   man pages, completion scripts, licence
#
#   install.sh PREFIX [PLATFORM]
#
# The tree works wherever it is moved to.
set -eu

prefix=${1:?the folder to install into}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

fail() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

[ -x bin/graphpact ] || fail 'there is no bin/graphpact; run make build'
mkdir -p "$prefix/bin" "$prefix/lib/graphpact" "$prefix/share/doc/graphpact" 2>/dev/null ||
	fail "cannot write in $prefix; choose another folder with PREFIX=…, or run it as a user who may"
install -m 755 bin/graphpact "$prefix/bin/"
if [ -x bin/graphpact-pact ]; then
	install -m 755 bin/graphpact-pact "$prefix/bin/"
	install -m 755 .pact/lib/libpact_ffi.* "$prefix/lib/graphpact/"
fi
install -m 644 LICENSE README.md CHANGELOG.md "$prefix/share/doc/graphpact/"

completion() {
	mkdir -p "$prefix/share/$2"
	bin/graphpact completion "$1" >"$prefix/share/$2/$3"
}
completion bash bash-completion/completions graphpact
completion zsh zsh/site-functions _graphpact
completion fish fish/vendor_completions.d graphpact.fish
go run ./cmd/graphpact-docs "$prefix/share/man/man1"
echo "installed graphpact $(bin/graphpact version | cut -d' ' -f2) in $prefix"

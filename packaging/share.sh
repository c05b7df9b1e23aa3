#!/bin/sh
# Makes what the archives of all platforms have alike, for goreleaser: man pages and completion
# scripts in dist-share/. A platform without a Pact helper gets a note in its place.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
rm -rf dist-share
mkdir -p dist-share/man/man1 dist-share/completions
go run ./cmd/graphpact-docs dist-share/man/man1
for shell in bash zsh fish powershell; do
	go run ./cmd/graphpact completion "$shell" >"dist-share/completions/graphpact.$shell"
done

for platform in linux_amd64 linux_arm64 linux_amd64_musl linux_arm64_musl darwin_amd64 darwin_arm64 windows_amd64 windows_arm64; do
	helper=helpers/$platform
	if [ -f "$helper/bin/graphpact-pact" ] || [ -f "$helper/bin/graphpact-pact.exe" ]; then
		continue
	fi
	case $platform in
	windows_arm64 | linux_arm64_musl) ;; # nobody builds a helper for it
	*)
		if [ "${GRAPHPACT_RELEASE:-}" = 1 ]; then
			echo "share.sh: there is no $helper/bin/graphpact-pact; its job makes it" >&2
			exit 1
		fi
		;;
	esac
	mkdir -p "$helper/bin" "$helper/lib/graphpact"
	note="This archive has no Pact helper: run graphpact with --no-pact, or write the Pact on another platform."
	echo "$note" >"$helper/bin/NO-PACT-HELPER.txt"
	echo "$note" >"$helper/lib/graphpact/NO-PACT-HELPER.txt"
done

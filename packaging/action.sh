#!/bin/sh
# The steps of action.yml. What a workflow gives comes in variables ACTION_…; all other settings
# of graphpact are variables GRAPHPACT_… of the job.
#
#   action.sh install   puts graphpact into ACTION_BIN: the release ACTION_VERSION of
#                       ACTION_RELEASES, or a build of the checkout ACTION_SOURCE
#   action.sh run       where ACTION_RUN is not false: runs it and sets the outputs verdict, passed, failed, report
#
# Exit codes: those of graphpact; 2 where it could not be installed.
set -eu

fail() {
	printf '::error title=graphpact::%s\n' "$*"
	exit 2
}

install() {
	mkdir -p "$ACTION_BIN"
	if [ -n "${ACTION_VERSION:-}" ]; then
		release
	else
		build
	fi
	printf '%s\n' "$ACTION_BIN/bin" >>"$GITHUB_PATH"
	"$ACTION_BIN/bin/graphpact" version
}

# release fetches the archive of a release for this machine, and its checksum.
release() {
	version=${ACTION_VERSION#v}
	case $version in
	*[!0-9A-Za-z.+-]*) fail 'the input version is no version, as 1.2.0' ;;
	esac
	case $(uname -m) in
	x86_64 | amd64) arch=amd64 ;;
	aarch64 | arm64) arch=arm64 ;;
	*) fail "there is no release for the processor $(uname -m); leave version empty to build it" ;;
	esac
	name=graphpact_${version}_$(uname -s | tr '[:upper:]' '[:lower:]')_$arch
	for file in "$name.tar.gz" SHA256SUMS; do
		curl -fsSL --retry 3 --max-time 300 -o "$ACTION_BIN/$file" "$ACTION_RELEASES/v$version/$file" ||
			fail "release $version could not be fetched ($file); see the releases of the action, or leave version empty to build it"
	done
	(cd "$ACTION_BIN" && grep " $name.tar.gz\$" SHA256SUMS >own.sum && { sha256sum -c own.sum 2>/dev/null || shasum -a 256 -c own.sum; }) >/dev/null ||
		fail "the archive of release $version is not the one that its checksum names"
	tar -xzf "$ACTION_BIN/$name.tar.gz" -C "$ACTION_BIN" --strip-components=1
}

build() {
	command -v go >/dev/null || fail 'go is not installed: put actions/setup-go before this step, or name a version to install'
	[ -f "$ACTION_SOURCE/go.mod" ] || fail "the input source names $ACTION_SOURCE, where no checkout of graphpact is"
	mkdir -p "$ACTION_BIN/bin"
	if [ "${ACTION_PACT:-}" = true ]; then
		make -C "$ACTION_SOURCE" build && "$ACTION_SOURCE/packaging/install.sh" "$ACTION_BIN"
	else
		(cd "$ACTION_SOURCE" && CGO_ENABLED=0 go build -o "$ACTION_BIN/bin/graphpact" ./cmd/graphpact)
	fi || fail 'graphpact could not be built'
}

# run gives graphpact what the inputs say, and leaves with its exit code.
run() {
	[ "${ACTION_RUN:-true}" != false ] || exit 0
	out=${ACTION_OUT:-reports}
	set -- run --out "$out"
	[ -z "${ACTION_ENDPOINT:-}" ] || set -- "$@" --endpoint "$ACTION_ENDPOINT" --yes
	[ -z "${ACTION_REPORT:-}" ] || set -- "$@" --report "json,$ACTION_REPORT"
	[ "${ACTION_PACT:-}" = true ] || set -- "$@" --no-pact
	while IFS='=' read -r flag value; do
		[ -z "$value" ] || set -- "$@" "$flag" "$value"
	done <<-END
		$(lines --doc "${ACTION_DOC:-}")
		$(lines --param "${ACTION_PARAMS:-}")
		$(lines --allow-host "${ACTION_ALLOW_HOST:-}")
	END
	[ -n "${GRAPH_TOKEN:-}" ] || unset GRAPH_TOKEN
	rm -f "$out/report.json"
	code=0
	graphpact "$@" || code=$?
	outputs
	exit "$code"
}

# lines gives each line of $2 that is not empty as $1=LINE.
lines() {
	printf '%s\n' "$2" | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d' -e "s/^/$1=/"
}

# outputs reads what the run came to. A report is indented by two spaces, and no text of a
# target begins a line of it.
outputs() {
	verdict='' passed='' failed='' report=''
	if [ -f "$out/report.json" ]; then
		verdict=$(sed -n 's/^  "headline": "\([A-Z ]*\)",$/\1/p' "$out/report.json")
		passed=$(total pass)
		failed=$(($(total fail) + $(total flaky) + $(total error)))
		report=$out/report.json
		[ ! -f "$out/report.html" ] || report=$out/report.html
	fi
	printf '%s\n' "verdict=$verdict" "passed=$passed" "failed=$failed" "report=$report" >>"$GITHUB_OUTPUT"
	if [ "${ACTION_SUMMARY:-true}" = true ] && [ -f "$out/summary.md" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
		cat "$out/summary.md" >>"$GITHUB_STEP_SUMMARY"
	fi
}

total() {
	sed -n '/^  "totals": {$/,/^  }/s/^    "'"$1"'": \([0-9]*\),*$/\1/p' "$out/report.json"
}

case ${1:-} in
install | run) "$1" ;;
*) fail 'usage: action.sh install | run' ;;
esac

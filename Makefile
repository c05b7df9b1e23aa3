# graphpact: `make run` does the main job, `make test` runs every test.
# Needed: Go, gcc, make, and npm (to fetch the Pact native library, once).

# The one version string: the tag (v1.2.3), or the tag with what came after it.
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
PREFIX   ?= /usr/local
LINT_VER := v2.15.0
LINTER   := .tools/golangci-lint-$(LINT_VER)
AXE_VER  := 4.14.1
AXE_SUM  := FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
AXE      := .tools/axe-core-$(AXE_VER).min.js

.PHONY: help run test build deps install dist image image-root docs schemas matrix matrix-check shapes whole lint bench fuzz axe clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: build ## run the suite against the embedded mock Graph and write reports/
	bin/graphpact run

# GOGC: memory is cheaper than collecting it, for what runs for a minute. -parallel: some tests wait.
# -s -w: linking is a tenth of it. Vet is a part of make lint.
test: build ## run every test
	@echo 'running every test: about a minute and a half on two cores, and the longest package last'
	GOGC=400 go test -vet=off -parallel 8 -ldflags="-s -w" ./...

build: deps ## build bin/graphpact (static) and bin/graphpact-pact (with the Pact library)
	@[ -x bin/graphpact ] || echo 'building graphpact; the first time Go fetches 24 MB of modules and compiles them, in one to three minutes'
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X graphpact/internal/cli.version=$(VERSION)' -o bin/graphpact ./cmd/graphpact
	go build -ldflags '-s -w' -o bin/graphpact-pact ./cmd/graphpact-pact

deps: ## fetch the Pact native library into .pact/lib, pinned and verified
	@cmd/graphpact-pact/fetch-lib.sh

# The layout of an installation, of the archives of a release and of the container image:
# bin/, lib/graphpact/, share/.
install: build ## install into PREFIX (/usr/local), with DESTDIR in front
	packaging/install.sh "$(DESTDIR)$(PREFIX)"

dist: build ## make the archive of a release for this platform in dist/
	packaging/dist.sh "$(VERSION)"

image: ## build the container image as an OCI archive in dist/; needs buildah, skopeo and umoci, and no daemon
	packaging/oci.sh "$(VERSION)"

image-root: ## make the files of the container image in dist/image: the static program alone
	packaging/image.sh "$(VERSION)"

docs: ## write docs/reference anew, from the program
	go test ./internal/cli -run '^TestReference$$' -update

schemas: ## derive schemas/ anew from fixtures/docs/
	go run ./cmd/graphpact derive fixtures/docs/*.md --out schemas

matrix: ## run the selftest and write docs/matrix.md anew
	go run ./cmd/graphpact selftest --format markdown --out docs/matrix.md

# Which of two updates at once comes first is up to the machine, and a cell may depend on it: a
# difference that does not come again is printed, and fails nothing.
matrix-check: ## run the selftest, and compare docs/matrix.md with what it says
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	for play in first second; do \
	  go run ./cmd/graphpact selftest --format markdown --out "$$dir/matrix.md" && \
	  diff -u docs/matrix.md "$$dir/matrix.md" && exit 0; \
	  echo "the $$play play differs from docs/matrix.md"; \
	done; \
	echo 'the suite does not see it all, or docs/matrix.md has drifted: make matrix writes it anew'; exit 1

whole: build ## play whole what the tests play a part of: hostile endpoints, the full disk, the selftest, faults and variants after a probe
	go test ./cmd/graphpact -count=1 -run '^Test(Hostile|FullDisk|SignalInAFlood|Selftest$$)' -whole
	go test ./internal/harness -count=1 -run '^Test(Nested|ShapesAreRestored|.*AfterAProbe)$$' -whole

# The tests play a part of it.
ENTITIES := both
shapes: ## run the selftest on pages of other shapes than the one in the program (ENTITIES=fresh, one or both)
	go run ./cmd/graphpact selftest --doc internal/harness/testdata/shapes --pairs 0 --entities $(ENTITIES)

lint: $(LINTER) ## check formatting, vet and the linters
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'not formatted: run gofmt -w on these files'; exit 1; }
	go vet ./...
	$(LINTER) run ./...

$(LINTER):
	GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VER)
	mv .tools/golangci-lint $@

axe: $(AXE) ## fetch axe-core, with which the tests look for what keeps people from using report.html

# Only the tests use it: it is fetched by the npm client, checked, and never committed.
$(AXE):
	@mkdir -p .tools && dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	npm pack --silent --pack-destination "$$dir" axe-core@$(AXE_VER) >/dev/null && \
	test "$$(openssl dgst -sha512 -binary "$$dir"/axe-core-$(AXE_VER).tgz | openssl base64 -A)" = '$(AXE_SUM)' && \
	tar -xzf "$$dir"/axe-core-$(AXE_VER).tgz -C "$$dir" package/axe.min.js && mv "$$dir"/package/axe.min.js $@ || \
	{ echo 'axe-core $(AXE_VER) could not be fetched, or is not the one that is pinned'; exit 1; }

bench: build ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

fuzz: deps ## run each fuzz target for a thousand inputs
	@set -e; for pkg in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime 1000x -fuzzminimizetime 10x $$pkg; \
	  done; done

clean: ## remove what was built and fetched
	rm -rf bin .pact .tools dist

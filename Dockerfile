# graphpact in a container: the static program, no shell, a user without rights.
#
#   docker build -t graphpact .
#   docker run --rm -v "$PWD:/work" -e GRAPH_TOKEN graphpact run --endpoint … --no-pact
#
# The image has no Pact helper, which needs a C library: --no-pact, or the second target:
#
#   docker build --target pact -t graphpact:pact .
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN packaging/image.sh "$VERSION"

# With the Pact helper and its library, on Debian's C library.
FROM build AS build-pact
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm
ARG VERSION=devel
RUN make build VERSION="$VERSION" && packaging/install.sh /src/dist/usr

FROM debian:bookworm-slim AS pact
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build-pact /src/dist/usr /usr/local
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/graphpact"]

FROM scratch AS static
ARG VERSION=devel
LABEL org.opencontainers.image.title=graphpact \
      org.opencontainers.image.description="Contract tests and conformance of Microsoft Graph style APIs" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.version=$VERSION
COPY --from=build /src/dist/image /
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/bin/graphpact"]

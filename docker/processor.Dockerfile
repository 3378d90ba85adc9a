# syntax=docker/dockerfile:1
# The processor's image: one binary on a system without a shell, run by a user who is nobody.
#
#   docker build --file docker/processor.Dockerfile .                            builds the binary from these sources
#   docker build --build-arg BINARY=staged target/container                      takes the one that cargo xtask package staged
#
# docker/README.md says where the digests come from and how they are renewed.
ARG RUST_IMAGE=docker.io/library/rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
# Which of the two stages below the binary is taken from; the other is not built.
ARG BINARY=built

# hadolint ignore=DL3006
FROM ${RUST_IMAGE} AS built
WORKDIR /source
COPY . .
# The same command as everywhere, so that the same bytes come out; it needs Git to know which files are sources.
RUN cargo xtask package --only processor --output /out

FROM scratch AS staged
COPY processor /out/container/processor

# hadolint ignore=DL3006
FROM ${BINARY} AS binary

# hadolint ignore=DL3006
FROM ${RUNTIME_IMAGE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="hybrid-relay processor" \
      org.opencontainers.image.description="Runs the one package that its environment names, and ends" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=binary --chown=0:0 --chmod=0555 /out/container/processor /processor
# The image's own nonroot, by number, so that a platform can see that it is not root.
USER 65532:65532
# It writes nowhere: the root file system is mounted read-only. A task that ends needs no health check, its exit code says it.
HEALTHCHECK NONE
ENTRYPOINT ["/processor"]

# syntax=docker/dockerfile:1
# The free emulator of AWS (MIT), in the version that the tests use, from PyPI.
FROM docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
RUN pip install --no-cache-dir "ministack[full]==1.5.33" && useradd --uid 10001 --home-dir /srv/emulator --create-home emulator
USER 10001:10001
WORKDIR /srv/emulator
# Inside the container it listens on all addresses; docker-compose.yml publishes it on the loopback only.
# The stack refuses who comes without TLS. What it runs trusts the certificate that it makes itself.
ENV BIND_HOST=0.0.0.0 GATEWAY_PORT=4566 STATE_DIR=/srv/emulator/state USE_SSL=1 \
  AWS_ENDPOINT_URL=https://127.0.0.1:4566 SSL_CERT_FILE=/tmp/ministack-tls/server.crt
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=3s --retries=12 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('https://127.0.0.1:4566/_ministack/health', timeout=2)"]
ENTRYPOINT ["ministack"]

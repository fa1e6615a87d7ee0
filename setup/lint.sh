#!/usr/bin/env bash
# The lints of the project. Clippy and rustfmt are used where the toolchain has them.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

if cargo fmt --version >/dev/null 2>&1; then
  cargo fmt --all --check || fail "run 'cargo fmt --all'"
else
  say "no rustfmt here: formatting is not checked"
fi
if cargo clippy --version >/dev/null 2>&1; then
  cargo clippy -q -p protocol -p engine -p tests --all-targets -- -D warnings
  if [ -e "$(rustc --print target-libdir --target $WASM)" ]; then
    cargo clippy -q -p app -p worker --target $WASM -- -D warnings
  fi
else
  say "no clippy here: Rust's own warnings are checked only"
fi

use_tools
# The pure crates reach no browser, and the check itself works: the page does reach one.
for crate in engine protocol; do
  if cargo tree -q -p "$crate" -e normal -i wasm-bindgen 2>/dev/null | grep -q .; then
    fail "$crate is pure and must not depend on wasm-bindgen"
  fi
done
cargo tree -q -p app -e normal -i wasm-bindgen --target $WASM | grep -q . || fail "cargo tree found no wasm-bindgen under the page"
say "lints passed"

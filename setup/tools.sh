#!/usr/bin/env bash
# Brings wasm-bindgen and Trunk at the pinned versions: from PATH if they are there, else compiled once.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
use_tools

# The version must be the page's own: the two speak a private format.
version_of() { "$1" --version 2>/dev/null | awk '{print $2}'; }

install() {
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$CACHE/build/$1 cargo install --debug --root "$CACHE/tools" --force "$@"
  rm -rf "${CACHE:?}/build/$1"
}

if [ "$(version_of wasm-bindgen)" != "$BINDGEN_VERSION" ]; then
  step "wasm-bindgen $BINDGEN_VERSION (about 4 minutes, once)" \
    install wasm-bindgen-cli --version "$BINDGEN_VERSION"
fi
if [ "$(version_of trunk)" != "$TRUNK_VERSION" ]; then
  step "Trunk $TRUNK_VERSION (about 5 minutes, once)" \
    install trunk --locked --version "$TRUNK_VERSION" --no-default-features --features rustls
fi

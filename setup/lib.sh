# What the setup steps share: where things are kept, and how they talk to the person.
# Sourced by the scripts beside it; run from the project's root.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${RIVULET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rivulet}
TRUNK_VERSION=0.21.14
BINDGEN_VERSION=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' "$ROOT/Cargo.toml")
WASM=wasm32-unknown-unknown

say() { printf '\033[1m[setup]\033[0m %s\n' "$*"; }
fail() { printf '\033[1m[setup] stopped:\033[0m %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a long step quietly; its output is kept in a log, and shown when the step fails.
step() {
  local what=$1 log started
  shift
  log=$CACHE/logs/$(printf '%s' "$what" | tr -c 'a-zA-Z0-9\n' '-').log
  mkdir -p "$CACHE/logs"
  started=$SECONDS
  say "$what ..."
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "\"$what\" failed; all of its output is in $log"
  fi
  say "  done in $((SECONDS - started)) s"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else return 1; fi
}

# Names what the oracle was asked, so that its answers are kept until the question changes.
oracle_key() { cksum <"$ROOT/tests/oracle/oracle.py" | tr ' ' -; }

# Installs Debian packages, for what neither rustup nor cargo nor npm can bring.
apt_install() {
  have apt-get || return 1
  step "Debian packages: $*" as_root sh -c \
    "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $*"
}

# Puts the chosen Rust toolchain and the cached tools first on PATH.
use_tools() {
  export PATH="$CACHE/tools/bin:$ROOT/node_modules/.bin:$PATH"
  if [ -f "$CACHE/rust-dir" ] && [ -x "$(cat "$CACHE/rust-dir")/bin/rustc" ] && ! plain_rust; then
    export PATH="$(cat "$CACHE/rust-dir")/bin:$PATH"
    unset RUSTUP_TOOLCHAIN
  fi
}

# True when the Rust that is already on PATH can compile for the browser.
plain_rust() {
  have rustc && have cargo && [ -e "$(rustc --print target-libdir --target $WASM 2>/dev/null)" ]
}

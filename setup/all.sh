#!/usr/bin/env bash
# Brings everything that is missing; `all.sh tests` also what only the tests need.
# Quick when nothing is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
# Trunk does not start where a folder that it is to ignore is missing.
mkdir -p "$CACHE" "$ROOT/public/generated"

"$ROOT/setup/rust.sh"
use_tools
"$ROOT/setup/tools.sh"

if ! have node || ! have npm; then
  apt_install nodejs npm || fail "install Node.js 20 or newer with npm, then try again"
fi
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 18 ]; then
  fail "Node.js $(node --version) is too old; install Node.js 20 or newer, then try again"
fi
if ! cmp -s package-lock.json node_modules/.rivulet-lock; then
  step "packages from npm (under a minute, once)" npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.rivulet-lock
fi
have python3 || apt_install python3 python3-pip || fail "install Python 3 with pip, then try again"
# These two print only when they have something to do.
node setup/packages.mjs
node setup/stdlib.mjs

# Finds a browser for the tests, or brings it from Debian; in vain where there are no such packages.
browser() {
  local name=$1
  shift
  node setup/browser.mjs "$name" >/dev/null || { (apt_install "$@") && node setup/browser.mjs "$name" >/dev/null; }
}
# CI tries every engine; elsewhere the smoke tests in one that is missing are skipped.
without() {
  [ "${CI:-}" != true ] || fail "$1 is missing, and the tests need it"
  say "$1 is not installed, so the smoke tests are not tried in it"
}
if [ "${1:-}" = tests ]; then
  browser chromium chromium || fail "install Chromium or Google Chrome for the tests, or name one by CHROMIUM=/path/to/it"
  browser firefox firefox-esr || without Firefox
  browser webkit webkit2gtk-driver xvfb || without WebKitGTK
fi

# Real notebooks, and Jupyter's own judges of what we write.
if [ "${1:-}" = tests ]; then
  python3 setup/corpus.py "$CACHE/corpus" || fail "the notebooks for the tests could not be fetched; see above"
  # What CPython says of a sample of cells; again when the question changes.
  for which in host 314; do
    file=$CACHE/oracle/$(oracle_key)-$which.jsonl
    [ -e "$file" ] || step "CPython's judgement of a sample of cells, $which (under a minute, once)" \
      node tests/oracle/oracle.mjs "$file" 6000 "$which"
  done
  if [ ! -e "$CACHE/jupyter-1/done" ]; then
    rm -rf "$CACHE/jupyter-1"
    step "Jupyter's validator and runner for the tests (under a minute, once)" sh -c \
      "python3 -m pip install -q --target '$CACHE/jupyter-1' nbformat==5.11.1 nbconvert==7.17.2 ipykernel==7.4.0 && touch '$CACHE/jupyter-1/done'"
  fi
fi

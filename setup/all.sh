#!/usr/bin/env bash
# Brings everything that is missing; `all.sh tests` also what only the tests need.
# Quick when nothing is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
mkdir -p "$CACHE"

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

if [ "${1:-}" = tests ] && ! node setup/browser.mjs >/dev/null; then
  apt_install chromium || fail "install Chromium or Google Chrome for the tests, or name one by CHROMIUM=/path/to/it"
fi

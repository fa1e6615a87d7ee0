#!/usr/bin/env bash
# Brings a Rust compiler that knows the browser's target, the quickest way that works here:
# what is on PATH, else rustup's own target, else Debian's compiler with a standard library built once.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

build_std() {
  local dir=$1 work=$CACHE/build/std
  rm -rf "$work" "$dir"
  mkdir -p "$work/src" "$dir/bin" "$dir/lib/rustlib/$WASM/lib" "$dir/lib/rustlib/x86_64-unknown-linux-gnu/bin"
  printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[profile.release]\npanic = "abort"\n' >"$work/Cargo.toml"
  : >"$work/src/lib.rs"
  # Bitcode is embedded since the page is linked with fat LTO.
  (cd "$work" && env -u RUSTUP_TOOLCHAIN RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
    /usr/bin/cargo build --release --target $WASM -Zbuild-std=std,panic_abort,test)
  cp "$work/target/$WASM/release/deps/"lib*.rlib "$dir/lib/rustlib/$WASM/lib/"
  rm -f "$dir/lib/rustlib/$WASM/lib/"libseed*
  ln -s /usr/lib/rustlib/x86_64-unknown-linux-gnu/lib "$dir/lib/rustlib/x86_64-unknown-linux-gnu/lib"
  ln -s "$(command -v lld-22)" "$dir/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld"
  printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot "%s" "$@"\n' "$dir" >"$dir/bin/rustc.new"
  ln -s /usr/bin/cargo "$dir/bin/cargo"
  ln -s /usr/bin/rustdoc "$dir/bin/rustdoc"
  chmod +x "$dir/bin/rustc.new"
  mv "$dir/bin/rustc.new" "$dir/bin/rustc"
  rm -rf "$work"
}

use_tools
plain_rust && exit 0

if have rustup && timeout 60 rustup target add $WASM >/dev/null 2>&1 && plain_rust; then
  say "rustup added the target $WASM"
  exit 0
fi

say "no Rust for $WASM here, and rustup cannot fetch it: using Debian's compiler"
have gcc || have cc || apt_install gcc libc6-dev || fail "a C compiler is needed to link; install gcc"
if ! [ -x /usr/bin/rustc ] || ! [ -x /usr/bin/cargo ] || ! have lld-22 || ! [ -d /usr/lib/rustlib/src/rust/library ]; then
  apt_install rustc-web cargo-web rust-web-src lld-22 ||
    fail "run 'rustup target add $WASM', or install Rust 1.95 or newer with that target, then try again"
fi
key=$(/usr/bin/rustc -vV | sed -n 's/^commit-hash: \(.\{12\}\).*/\1/p')
dir=$CACHE/rust-$key
if ! [ -x "$dir/bin/rustc" ]; then
  step "the standard library for the browser (about 2 minutes, once)" build_std "$dir"
fi
printf '%s' "$dir" >"$CACHE/rust-dir"

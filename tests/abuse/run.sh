#!/usr/bin/env bash
# The API under abuse: schemathesis against its own document, slow clients, many
# connections, large and deep bodies. `run.sh --seed 7` runs schemathesis from that seed.
# Ends with 3 where it cannot run: no Python with venv, or no package index.
set -euo pipefail
cd "$(dirname "$0")/../.."
home=${CARGO_TARGET_DIR:-$PWD/target}/schemathesis
wanted=tests/abuse/requirements.txt
if ! cmp -s "$wanted" "$home/installed"; then
  rm -rf "$home"
  mkdir -p "$home"
  python3 -m venv "$home/venv" || { echo "schemathesis needs Python with venv" >&2; exit 3; }
  "$home/venv/bin/pip" install -q --disable-pip-version-check -r "$wanted" >&2 \
    || { echo "pip could not install schemathesis: is there a package index?" >&2; exit 3; }
  cp "$wanted" "$home/installed"
fi
# With the features of the whole workspace: what its tests have built is not built again.
cargo build --quiet --locked --workspace --bin registrar --bin abuse
exec "${CARGO_TARGET_DIR:-target}/debug/abuse" "$home/venv/bin/st" "$@"

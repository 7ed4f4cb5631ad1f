#!/usr/bin/env bash
# checkov over infra/; each rule that is skipped has its reason in .checkov.yaml.
# Ends with 3 where it cannot run: no Python with venv, or no package index.
set -euo pipefail
cd "$(dirname "$0")"
version=3.3.30
home=${CARGO_TARGET_DIR:-$PWD/../target}/checkov
if [ "$(cat "$home/installed" 2>/dev/null)" != "$version" ]; then
  rm -rf "$home"
  mkdir -p "$home"
  python3 -m venv "$home/venv" || { echo "checkov needs Python with venv" >&2; exit 3; }
  "$home/venv/bin/pip" install -q --disable-pip-version-check "checkov==$version" >&2 \
    || { echo "pip could not install checkov $version: is there a package index?" >&2; exit 3; }
  echo "$version" >"$home/installed"
fi
exec "$home/venv/bin/checkov" --directory . --config-file .checkov.yaml

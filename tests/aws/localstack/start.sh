#!/usr/bin/env bash
# Starts LocalStack 4.14.0 without Docker on 127.0.0.1; installs it first.
# usage: LS_HOME=/some/scratch/folder [LS_PORT=4566] ./start.sh     stop with: ./stop.sh (same LS_HOME)
# Ends with 3 where it cannot run: no Python 3.12 or later, or no package index.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${LS_HOME:?set LS_HOME to a scratch folder}"
: "${LS_PORT:=4566}"
mkdir -p "$LS_HOME/tmp"
python=${LS_PYTHON:-}
if [ -z "$python" ]; then
  for p in python3.13 python3.12 python3 "$HOME"/.pyenv/versions/3.13.*/bin/python "$HOME"/.pyenv/versions/3.12.*/bin/python; do
    if "$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info < (3, 14))' 2>/dev/null; then python=$p; break; fi
  done
fi
[ -n "$python" ] || { echo "LocalStack 4.14.0 needs Python 3.12 or 3.13 with venv; LS_PYTHON names one" >&2; exit 3; }
# The installation is for one version of the plugin and the constraints.
wanted=$(cat "$here/constraints.txt" "$here"/plugin/pyproject.toml "$here"/plugin/*/*.py | cksum)
if [ "$(cat "$LS_HOME/installed" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$LS_HOME/venv" "$LS_HOME/cache" "$LS_HOME/plugin-src"
  "$python" -m venv "$LS_HOME/venv"
  "$LS_HOME/venv/bin/pip" install -q --disable-pip-version-check -c "$here/constraints.txt" 'localstack-core[runtime]==4.14.0' >&2 \
    || { echo "pip could not install localstack-core 4.14.0: is there a package index?" >&2; exit 3; }
  cp -r "$here/plugin" "$LS_HOME/plugin-src"
  "$LS_HOME/venv/bin/pip" install -q --disable-pip-version-check --no-deps "$LS_HOME/plugin-src" >&2 \
    || { echo "pip could not install the plugin: is there a package index?" >&2; exit 3; }
  rm -rf "$LS_HOME/plugin-src"
  echo "$wanted" >"$LS_HOME/installed"
fi
: >"$LS_HOME/emulator.log" # what the last one said is not what this one says
# A clean environment: what is set here must not reach the functions.
env -i PATH="$LS_HOME/venv/bin:/usr/local/bin:/usr/bin:/bin" LANG=C.UTF-8 LS_HOME="$LS_HOME" LS_PORT="$LS_PORT" \
  setsid bash -c ". '$here/env.sh'; exec '$LS_HOME/venv/bin/python' -m localstack.runtime.main" \
  >"$LS_HOME/emulator.log" 2>&1 </dev/null &
echo $! >"$LS_HOME/emulator.pid"
for _ in $(seq 1 900); do
  grep -q '^Ready' "$LS_HOME/emulator.log" 2>/dev/null && { echo "LocalStack ready on http://127.0.0.1:$LS_PORT"; exit 0; }
  kill -0 "$(cat "$LS_HOME/emulator.pid")" 2>/dev/null || { tail -20 "$LS_HOME/emulator.log" >&2; exit 1; }
  sleep 0.1
done
echo "LocalStack was not ready in 90 s; see $LS_HOME/emulator.log" >&2; exit 1

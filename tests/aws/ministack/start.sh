#!/usr/bin/env bash
# Starts ministack 1.5.33 on 127.0.0.1; installs it first.
# usage: MS_HOME=/some/scratch/folder [MS_PORT=5566] [MS_AUTH=true] [MS_FUNCTIONS_ENDPOINT=http://…] ./start.sh
# stop with: ./stop.sh (same MS_HOME)
# MS_AUTH: IAM is enforced. MS_FUNCTIONS_ENDPOINT: the AWS_ENDPOINT_URL that
# functions get; ministack gives them its own server's, whatever they were given.
# Ends with 3 where it cannot run: no Python 3.10 or later, or no package index.
set -euo pipefail
: "${MS_HOME:?set MS_HOME to a scratch folder}"
: "${MS_PORT:=5566}"
mkdir -p "$MS_HOME/tmp"
python=${MS_PYTHON:-}
if [ -z "$python" ]; then
  for p in python3 python3.13 python3.12 python3.11 python3.10; do
    if "$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then python=$p; break; fi
  done
fi
[ -n "$python" ] || { echo "ministack 1.5.33 needs Python 3.10 or later with venv; MS_PYTHON names one" >&2; exit 3; }
if [ ! -f "$MS_HOME/installed" ]; then
  rm -rf "$MS_HOME/venv"
  "$python" -m venv "$MS_HOME/venv"
  "$MS_HOME/venv/bin/pip" install -q --disable-pip-version-check ministack==1.5.33 cbor2==5.8.0 >&2 \
    || { echo "pip could not install ministack 1.5.33: is there a package index?" >&2; exit 3; }
  touch "$MS_HOME/installed"
fi
: >"$MS_HOME/emulator.log" # what the last one said is not what this one says
# A clean environment: functions inherit the server's.
env -i PATH="$MS_HOME/venv/bin:/usr/local/bin:/usr/bin:/bin" LANG=C.UTF-8 HOME="$MS_HOME" TMPDIR="$MS_HOME/tmp" \
  GATEWAY_PORT="$MS_PORT" BIND_HOST=127.0.0.1 AUTH="${MS_AUTH:-false}" \
  AWS_ENDPOINT_URL="${MS_FUNCTIONS_ENDPOINT:-http://127.0.0.1:$MS_PORT}" \
  setsid "$MS_HOME/venv/bin/ministack" >"$MS_HOME/emulator.log" 2>&1 </dev/null &
echo $! >"$MS_HOME/emulator.pid"
for _ in $(seq 1 300); do
  grep -q 'Running on http' "$MS_HOME/emulator.log" 2>/dev/null && { echo "ministack ready on http://127.0.0.1:$MS_PORT"; exit 0; }
  kill -0 "$(cat "$MS_HOME/emulator.pid")" 2>/dev/null || { tail -20 "$MS_HOME/emulator.log" >&2; exit 1; }
  sleep 0.1
done
echo "ministack was not ready in 30 s; see $MS_HOME/emulator.log" >&2; exit 1

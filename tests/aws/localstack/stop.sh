#!/usr/bin/env bash
# Stops the LocalStack that start.sh started with the same LS_HOME, and the functions that it
# has started, each by its id.
: "${LS_HOME:?}"
pid=$(cat "$LS_HOME/emulator.pid" 2>/dev/null) || exit 0
rm -f "$LS_HOME/emulator.pid"
functions=$(cat /proc/"$pid"/task/*/children 2>/dev/null)
kill "$pid" 2>/dev/null
for _ in $(seq 1 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
for left in $pid $functions; do kill -9 "$left" 2>/dev/null; done
exit 0

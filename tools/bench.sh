#!/usr/bin/env bash
# Runs every benchmark of build/bench, one after another: they must not share the machine. Prints
# everything and writes docs/benchmarks.md, whose build section tools/bench_build.sh fills.
# With --quick everything is smaller and the document stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=(start credit ingest billing engine money events)
declare -A quick=([start]=3 [credit]=3 [ingest]=50 [billing]=1000 [engine]=200 [money]=200 [events]=500000)
small=0
[ "${1:-}" != --quick ] || small=1
data=build/bench/data
log=build/bench/bench.log
rm -rf "$data"
mkdir -p "$data"
: >"$log"
python3 tools/bench_report.py machine | tee -a "$log"
for name in "${programs[@]}"; do
  program=build/bench/${name}_bench
  [ -x "$program" ] || { echo "no $program: run make bench" >&2; exit 1; }
  echo
  echo "== $name" | tee -a "$log"
  arguments=()
  [ "$small" = 0 ] || arguments=("${quick[$name]}")
  # A figure below its target is written down, not hidden by an exit code; a broken benchmark ends the run.
  "$program" "$data/$name" "${arguments[@]}" | tee -a "$log" | grep -v '^RESULT'
  rm -rf "${data:?}/$name"
done
[ "$small" = 1 ] || python3 tools/bench_report.py write <"$log"

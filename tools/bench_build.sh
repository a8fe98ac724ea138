#!/usr/bin/env bash
# Measures the build and fills the build section of docs/benchmarks.md: a clean release build in a
# new folder, and the time from an edit to the unit tests' answer. Nothing comes from ccache.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_DISABLE=1
jobs=$(nproc)
fresh=build/bench-clean
edited=src/domain/subscription/billing.cpp
log=build/bench-build.log
mkdir -p build
now() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN {printf "%.1f", to - from}'; }
quietly() { "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }; }

rm -rf "$fresh"
echo "clean release build, $jobs jobs ..."
from=$(now)
quietly cmake --preset release -B "$fresh"
quietly cmake --build "$fresh" -j "$jobs"
clean=$(since "$from")
rm -rf "$fresh"

echo "edit to test ..."
quietly cmake --preset dev
quietly cmake --build --preset dev -j "$jobs" --target unit_tests
touch "$edited"
from=$(now)
quietly cmake --build --preset dev -j "$jobs" --target unit_tests
quietly build/dev/unit_tests
edit=$(since "$from")

python3 tools/bench_report.py build \
  "clean release build|$clean|cmake --preset release -B $fresh && cmake --build $fresh -j $jobs" \
  "edit to test|$edit|touch $edited && cmake --build --preset dev -j $jobs --target unit_tests && build/dev/unit_tests"
echo "clean release build: $clean s; edit to test: $edit s"

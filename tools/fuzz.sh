#!/usr/bin/env bash
# fuzz.sh build: builds the fuzz targets (build/fuzz).
# fuzz.sh run TARGET: runs one from tests/fuzz/corpus/TARGET for 5 seconds, 60 when TALLYBOOK_LONG
# is set. What it learns stays in build/fuzz/corpus; an input that breaks it in build/fuzz/found,
# from where it belongs into tests/fuzz/corpus together with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  build)
    if ! [ -e build/fuzz/build.ninja ] || [ CMakePresets.json -nt build/fuzz/build.ninja ]; then
      cmake --preset fuzz
      touch build/fuzz/build.ninja
    fi
    exec cmake --build --preset fuzz --target fuzz_targets
    ;;
  run)
    target="${2:?usage: fuzz.sh run TARGET}"
    [ -x "build/fuzz/$target" ] || { echo "build/fuzz/$target is missing: run tools/fuzz.sh build" >&2; exit 1; }
    seconds=5
    if [ -n "${TALLYBOOK_LONG:-}" ]; then seconds=60; fi
    mkdir -p "build/fuzz/corpus/$target" build/fuzz/found
    corpora=("build/fuzz/corpus/$target")
    if [ -d "tests/fuzz/corpus/$target" ]; then corpora+=("tests/fuzz/corpus/$target"); fi
    exec "build/fuzz/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
      -print_final_stats=1 -artifact_prefix="build/fuzz/found/$target-" "${corpora[@]}"
    ;;
  *)
    echo "usage: fuzz.sh build | run TARGET" >&2
    exit 2
    ;;
esac

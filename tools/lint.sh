#!/usr/bin/env bash
# House rules for the whole tree, then clang-format and clang-tidy for the C++ files that differ
# from where this branch left main (or from the commit named as argument): the whole tree would
# take half an hour. Needs build/dev configured, for the compile commands.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
python3 tools/tidy/tidy.py || status=1

base="${1:-}"
if [ -z "$base" ]; then
  for name in origin/main main HEAD; do
    if base=$(git merge-base HEAD "$name" 2>/dev/null); then break; fi
  done
fi
# On main itself there is nothing to compare with but the last commit.
if [ "$base" = "$(git rev-parse HEAD)" ] && git rev-parse -q --verify HEAD~1 >/dev/null; then base=HEAD~1; fi
mapfile -t changed < <({ git diff --name-only --diff-filter=d "$base"; git ls-files --others --exclude-standard; } |
  grep -E '^(src|tests|bench)/.*\.(cpp|hpp)$' | sort -u || true)
if [ "${#changed[@]}" -eq 0 ]; then
  echo "lint: no C++ file differs from $base"
  exit "$status"
fi
clang-format-14 --dry-run --Werror "${changed[@]}" || status=1

# Sources only: a header is checked through the sources that include it.
sources=()
for file in "${changed[@]}"; do
  if [[ "$file" == *.cpp ]] && grep -q "$PWD/$file\"" build/dev/compile_commands.json; then sources+=("$file"); fi
done
if [ "${#sources[@]}" -gt 0 ]; then
  printf '%s\0' "${sources[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy-14 -p build/dev --quiet \
    2> >(grep -vE '^[0-9]+ warnings? (generated|treated)' >&2) || status=1
fi
exit "$status"

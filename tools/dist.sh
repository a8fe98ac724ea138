#!/usr/bin/env bash
# Packs build/release/tallybook, its library and the licences into dist/tallybook-VERSION-linux-ARCH.tar.gz
# and runs the packed program from another folder.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(tallybook VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name="tallybook-$version-linux-$(uname -m)"
for file in build/release/tallybook build/release/libduckdb.so; do
  [ -e "$file" ] || { echo "$file is missing: run make build" >&2; exit 1; }
done
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
mkdir -p dist "$trial/pack/$name"
install -m 755 build/release/tallybook build/release/libduckdb.so LICENSE NOTICE THIRD_PARTY_NOTICES.md README.md "$trial/pack/$name/"
chmod 644 "$trial/pack/$name/"{LICENSE,NOTICE,THIRD_PARTY_NOTICES.md,README.md,libduckdb.so}
strip --strip-debug "$trial/pack/$name/tallybook"
tar -C "$trial/pack" --sort=name --owner=0 --group=0 --numeric-owner -czf "dist/$name.tar.gz" "$name"

# Moved away from the build tree the program must still find its library, and only there.
mkdir "$trial/moved"
tar -C "$trial/moved" -xzf "dist/$name.tar.gz"
found=$(ldd "$trial/moved/$name/tallybook" | sed -n 's/.*libduckdb\.so => \([^ ]*\).*/\1/p')
[ "$(readlink -f "$found")" = "$(readlink -f "$trial/moved/$name/libduckdb.so")" ] ||
  { echo "the packed program finds libduckdb.so at '${found:-nowhere}'" >&2; exit 1; }
(cd / && "$trial/moved/$name/tallybook" --help >/dev/null)
echo "dist/$name.tar.gz"

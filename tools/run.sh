#!/usr/bin/env bash
# Serves build/release/tallybook from ./data, with the demo loaded when there is no database yet.
# TALLYBOOK_DATA and TALLYBOOK_LISTEN choose another folder and address.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${TALLYBOOK_DATA:-./data}"
listen="${TALLYBOOK_LISTEN:-127.0.0.1:8080}"
program=build/release/tallybook
[ -x "$program" ] || { echo "$program is missing: run make build" >&2; exit 1; }

# Loaded beside and moved when complete: a load cut short leaves no half-filled database.
if ! [ -e "$data/tallybook.db" ]; then
  echo "loading the demo into $data"
  mkdir -p "$data"
  chmod 700 "$data"
  rm -rf "$data/.loading"
  "$program" demo --data "$data/.loading" | sed "s|$data/.loading|$data|"
  find "$data/.loading" -mindepth 1 -maxdepth 1 -exec mv -t "$data" {} +
  rmdir "$data/.loading"
fi

url="http://$listen"
echo
echo "Tallybook answers on $url (Ctrl-C stops it)"
if [ -r "$data/demo.key" ]; then
  chmod 600 "$data/demo.key"
  key=$(cat "$data/demo.key")
  cat <<TEXT
The demo's test key: $key

  curl -H 'Authorization: Bearer $key' $url/v1/customers
  curl -H 'Authorization: Bearer $key' $url/v2/subscriptions
  curl -H 'Authorization: Bearer $key' $url/v1/invoices

TEXT
fi
exec "$program" serve --data "$data" --listen "$listen"

#!/usr/bin/env bash
# with_postgres.sh COMMAND...: runs COMMAND with a PostgreSQL of its own, named by
# TALLYBOOK_TEST_POSTGRES, and removes the server and its files afterwards, whatever happened.
# The server writes durably (fsync on) like a real one and listens on the loopback address only.
# PostgreSQL refuses to run as root; then it runs as postgres, or nobody.
set -euo pipefail

fail() {
  echo "with_postgres: $1" >&2
  exit 1
}
[ "$#" -gt 0 ] || fail "usage: with_postgres.sh COMMAND..."

bin="${TALLYBOOK_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}"
for program in initdb postgres pg_isready createdb; do
  [ -x "$bin/$program" ] || fail "$bin/$program is missing: run deps/install.sh (Debian package postgresql-15)"
done

as=()
if [ "$(id -u)" -eq 0 ]; then
  owner=nobody
  if id postgres >/dev/null 2>&1; then owner=postgres; fi
  as=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
fi

home=$(mktemp -d "${TMPDIR:-/tmp}/tallybook-postgres.XXXXXX")
server=""
child=""
finish() {
  trap '' INT TERM HUP
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null && wait "$child" 2>/dev/null || true; fi
  # Immediate: its files are thrown away anyway.
  if [ -n "$server" ]; then kill -QUIT "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
  rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ "${#as[@]}" -gt 0 ]; then chown "$owner" "$home"; fi
cd "$home" # the server's user may not be allowed into the folder the test was started from
"${as[@]}" "$bin/initdb" -D "$home/data" -U tallybook -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
  >"$home/initdb.log" 2>&1 || { cat "$home/initdb.log" >&2; fail "initdb failed"; }

# A free port may be taken by somebody else before the server has it: try again with another.
for attempt in 1 2 3 4 5; do
  port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
  # pdeathsig: the server also ends when this script is killed in a way no trap can see.
  setpriv --pdeathsig QUIT "${as[@]:1}" "$bin/postgres" -D "$home/data" -p "$port" -k "$home" \
    -c listen_addresses=127.0.0.1 -c fsync=on -c max_connections=100 >"$home/server.log" 2>&1 &
  server=$!
  ready=no
  for _ in $(seq 1 300); do
    kill -0 "$server" 2>/dev/null || break
    if "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then ready=yes; break; fi
    sleep 0.1
  done
  if [ "$ready" = yes ]; then break; fi
  kill -QUIT "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=""
  [ "$attempt" -lt 5 ] || { cat "$home/server.log" >&2; fail "PostgreSQL did not start"; }
done

"$bin/createdb" -h 127.0.0.1 -p "$port" -U tallybook tallybook || fail "cannot create the database"
export TALLYBOOK_TEST_POSTGRES="postgres://tallybook@127.0.0.1:$port/tallybook"

# In the background, so that a signal to this script is handled at once and not after the command.
cd "$OLDPWD"
"$@" <&0 &
child=$!
status=0
wait "$child" || status=$?
child=""
if [ "$status" -ne 0 ] && ! kill -0 "$server" 2>/dev/null; then
  tail -n 30 "$home/server.log" >&2
  echo "with_postgres: the server ended while the command ran" >&2
fi
exit "$status"

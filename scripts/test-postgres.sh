#!/usr/bin/env bash
# Runs the tests of the results against a temporary PostgreSQL server.
# Requires the server's programs (Debian: apt-get install postgresql), or an existing server in
# RETHINK_TEST_POSTGRES=postgres://user@host/postgres.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${RETHINK_TEST_POSTGRES:-}" ]; then
  programs="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)"
  [ -n "$programs" ] || programs="$(dirname "$(command -v initdb || echo /none/initdb)")"
  if [ ! -x "$programs/initdb" ]; then
    echo 'skipped: no PostgreSQL server is installed (Debian: apt-get install postgresql)'
    exit 0
  fi
  folder="$(mktemp -d)"
  chmod 755 "$folder"
  run=()
  # The server refuses to run as root.
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    run=(runuser -u postgres --)
  fi
  stop() {
    "${run[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
  }
  trap stop EXIT
  # It lives for a minute: no durability, and only local connections.
  (cd "$folder" && "${run[@]}" "$programs/initdb" -D "$folder/data" -U rethink --auth=trust --encoding=UTF8 >/dev/null)
  port="$(node -p '20000 + process.pid % 20000')"
  options="-c fsync=off -c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$folder"
  (cd "$folder" && "${run[@]}" "$programs/pg_ctl" -D "$folder/data" -w -o "$options" -l "$folder/log" start >/dev/null) || {
    cat "$folder/log"
    exit 1
  }
  export RETHINK_TEST_POSTGRES="postgres://rethink@127.0.0.1:$port/postgres"
fi

npx vitest run src/results/database/results.test.ts "$@"

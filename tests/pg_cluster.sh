#!/bin/sh
# A PostgreSQL of one's own for tests: a folder under /tmp with the data, the log and the socket in it.
#
#   pg_cluster.sh start      makes and starts one; prints its folder
#   pg_cluster.sh url DIR    prints its URL, for ALDGATE_TEST_DATABASE_URL
#   pg_cluster.sh restart DIR [fast|immediate]
#   pg_cluster.sh halt DIR   ends it; restart brings it back
#   pg_cluster.sh stop DIR   ends it and removes the folder
#
# Nothing waits for the disk: what is killed here are processes, never the machine.
# PostgreSQL refuses to run as root, so root hands it to another user. PG_BINDIR may name the folder of its programs.
set -eu
export LC_ALL=C

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

find_bin() {
	if [ -n "${PG_BINDIR:-}" ]; then
		echo "$PG_BINDIR"
	elif command -v initdb >/dev/null; then
		dirname "$(command -v initdb)"
	else
		# Debian keeps them out of the path, a folder for each version.
		find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname
	fi
}

find_owner() {
	if [ "$(id -u)" != 0 ]; then
		id -un
	elif id postgres >/dev/null 2>&1; then
		echo postgres
	else
		id aldgatetest >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin aldgatetest
		echo aldgatetest
	fi
}

as_owner() {
	if [ "$(id -un)" = "$owner" ]; then
		(cd / && "$@")
	else
		(cd / && runuser -u "$owner" -- "$@")
	fi
}

launch() {
	as_owner "$bin/pg_ctl" -D "$1/data" -l "$1/server.log" -s -w -t 120 start </dev/null >/dev/null 2>&1 ||
		die "$(cat "$1/server.log")"
}

halt() {
	as_owner "$bin/pg_ctl" -D "$1/data" -s -w -t 120 -m "$2" stop </dev/null >/dev/null 2>&1 || true
}

start() {
	new=$(mktemp -d /tmp/aldgate-pg-XXXXXX)
	chmod 755 "$new"
	chown "$owner" "$new"
	as_owner "$bin/initdb" -D "$new/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$new/initdb.log" 2>&1 ||
		die "$(cat "$new/initdb.log")"
	cat >>"$new/data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$new'
		max_connections = 100
		fsync = off
		log_min_messages = warning
	END
	launch "$new"
	echo "$new"
}

bin=$(find_bin)
owner=$(find_owner)
[ -x "$bin/initdb" ] || die 'there is no initdb: install postgresql'
command=${1:-help} dir=${2:-}
case $command:$dir in
start:) start ;;
url:/tmp/aldgate-pg-*) echo "postgresql:///postgres?host=$dir&user=postgres" ;;
restart:/tmp/aldgate-pg-*) halt "$dir" "${3:-fast}" && launch "$dir" ;;
halt:/tmp/aldgate-pg-*) halt "$dir" fast ;;
stop:/tmp/aldgate-pg-*) halt "$dir" immediate && rm -rf "$dir" ;;
*) die "usage: $0 start | url DIR | restart DIR [fast|immediate] | halt DIR | stop DIR" ;;
esac

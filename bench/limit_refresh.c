/*
 * The most durable rotations that this machine can make: updates of one row each in groups on one
 * SQLite connection, synced like the store's own, and one ES256 signature each, on a few threads
 * so that one signs while another waits for the disk. Prints rotations a second.
 */
#include "base/clock.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sqlite3.h>

#define GROUP 64
#define THREADS_MOST 64
#define CLAIMS 440 /* bytes that are signed: the head and claims of an access token */

static struct {
	sqlite3 *db;
	sqlite3_stmt *begin, *update, *commit;
	EVP_PKEY *key;
	int64_t rows, end;
	pthread_mutex_t mutex;
} task = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void
check(int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
		die("SQLite: %s", sqlite3_errmsg(task.db));
}

static void
exec(const char *sql)
{
	check(sqlite3_exec(task.db, sql, NULL, NULL, NULL));
}

static void
run(sqlite3_stmt *st)
{
	check(sqlite3_step(st));
	check(sqlite3_reset(st));
}

static void
rotate_group(int64_t *row)
{
	run(task.begin);
	for (int i = 0; i < GROUP; i++) {
		*row = (*row * 6364136223846793005 + 1442695040888963407) & INT64_MAX;
		check(sqlite3_bind_int64(task.update, 1, *row % task.rows));
		check(sqlite3_bind_int64(task.update, 2, clock_now()));
		run(task.update);
	}
	run(task.commit);
}

static void
sign(EVP_MD_CTX *md)
{
	static const unsigned char claims[CLAIMS];
	unsigned char signature[80];
	size_t n = sizeof(signature);

	if (EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, task.key) != 1 ||
	    EVP_DigestSign(md, signature, &n, claims, sizeof(claims)) != 1)
		die("can't sign");
	EVP_MD_CTX_reset(md);
}

static void *
work(void *arg)
{
	int64_t *done = arg, row = (int64_t)(done - (int64_t *)NULL);
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	for (*done = 0; clock_mono() < task.end; *done += GROUP) {
		pthread_mutex_lock(&task.mutex);
		rotate_group(&row);
		pthread_mutex_unlock(&task.mutex);
		for (int i = 0; i < GROUP; i++)
			sign(md);
	}
	EVP_MD_CTX_free(md);
	return NULL;
}

static void
open_store(const char *path)
{
	sqlite3_stmt *st;

	check(sqlite3_open(path, &task.db));
	exec("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -8192;"
	     "create table t (id integer primary key, counter int, rotated_at int, last_seen_at "
	     "int,"
	     " idle_expires_at int, filler text); begin");
	check(sqlite3_prepare_v2(task.db, "insert into t values (?1, 0, 0, 0, 0, ?2)", -1, &st,
				 NULL));
	for (int64_t i = 0; i < task.rows; i++) {
		check(sqlite3_bind_int64(st, 1, i));
		check(sqlite3_bind_text(
			st, 2, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 127.0.0.1 pwd",
			-1, SQLITE_STATIC));
		run(st);
	}
	sqlite3_finalize(st);
	exec("commit");
	check(sqlite3_prepare_v2(task.db, "begin immediate", -1, &task.begin, NULL));
	check(sqlite3_prepare_v2(task.db, "commit", -1, &task.commit, NULL));
	check(sqlite3_prepare_v2(task.db,
				 "update t set counter = counter + 1, rotated_at = ?2,"
				 " last_seen_at = ?2, idle_expires_at = ?2 where id = ?1",
				 -1, &task.update, NULL));
}

static double
measure(int threads, int64_t seconds)
{
	pthread_t thread[THREADS_MOST];
	int64_t done[THREADS_MOST], sum = 0, began = clock_mono();

	task.end = began + seconds * SECOND;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, &done[i]) != 0)
			die("no thread");
	for (int i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		sum += done[i];
	}
	return (double)sum * 1e6 / (double)(clock_mono() - began);
}

int
main(int argc, char **argv)
{
	int64_t threads, seconds;

	if (argc != 5 || !str_int(str_of(argv[1]), &threads) ||
	    !str_int(str_of(argv[2]), &seconds) || !str_int(str_of(argv[3]), &task.rows) ||
	    threads < 1 || threads > THREADS_MOST || task.rows < 1) {
		fprintf(stderr, "usage: aldgate-limit-refresh THREADS SECONDS ROWS FILE\n");
		return 2;
	}
	task.key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (!task.key)
		die("no key");
	open_store(argv[4]);
	printf("%.1f\n", measure((int)threads, seconds));
	sqlite3_finalize(task.begin);
	sqlite3_finalize(task.update);
	sqlite3_finalize(task.commit);
	sqlite3_close(task.db);
	EVP_PKEY_free(task.key);
	return 0;
}

/*
 * The driver of the embedded store. Durable before fast: a write-ahead log that is synced at every
 * commit, and only the writer's connection copies it back into the database (Debian's SQLite can
 * corrupt a database when two connections do that at one moment). Readers see the last commit and
 * nothing of a group that is being written. Each connection belongs to one thread, so SQLite's own
 * locking is off.
 */
#include "store/driver.h"

#include "base/log.h"
#include "store/recall.h"

#define SQLITE_ENABLE_PREUPDATE_HOOK /* as Debian builds it */
#include <sqlite3.h>
#include <sys/stat.h>

#define APPLICATION_ID 0x616C6467 /* "aldg" */
#define APPLICATION_TEXT "0x616C6467"
#define BUSY_MS 1000
/* Pages in the log at which it is copied back: when nobody waits, and at the latest. */
#define LOG_PAGES 1000
#define LOG_PAGES_MOST 4000
/* A new store's schema and keys go to the database itself at once: damage to the log alone must not
 * make it look new. */
#define FIRST_UPKEEPS 8

struct sqlite_db {
	struct db db;
	sqlite3 *handle;
	sqlite3_stmt *controls[DB_CONTROLS];
	sqlite3_stmt *statements[Q_COUNT_];
	int log_pages;      /* after the last commit */
	int log_pages_then; /* when it was copied back last */
	int first_upkeeps;  /* still to come of a store that was just made */
	bool was_full;      /* since the log was last cut */
};

static const char *const control_texts[DB_CONTROLS] = {
	[DB_BEGIN] = "begin immediate",   [DB_SNAPSHOT] = "begin deferred",
	[DB_MIGRATE] = "begin immediate", [DB_COMMIT] = "commit",
	[DB_ROLLBACK] = "rollback",       [DB_SAVEPOINT] = "savepoint j",
	[DB_RELEASE] = "release j",       [DB_UNDO] = "rollback to j",
};

static struct sqlite_db *
of(struct db *db)
{
	return (struct sqlite_db *)db;
}

static enum err
verdict(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return OK;
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_NOMEM:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PROTOCOL:
		return ERR_UNAVAILABLE;
	case SQLITE_CONSTRAINT:
		if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
			return ERR_TAKEN;
		return ERR_INTERNAL;
	default:
		return ERR_INTERNAL;
	}
}

/* The outcome of rc, with a line in the log unless it is an everyday one. */
static enum err
judge(struct sqlite_db *d, const struct ctx *cx, int rc, const char *what)
{
	enum err e = verdict(rc);

	d->was_full |= (rc & 0xff) == SQLITE_FULL;
	if (e != OK && e != ERR_TAKEN)
		log_event(cx, LOG_ERROR, "store_failed", LOG_Z("statement", what),
			  LOG_INT("code", rc), LOG_Z("message", sqlite3_errmsg(d->handle)));
	return e;
}

static int
prepare(struct sqlite_db *d, const char *text, sqlite3_stmt **cached)
{
	if (*cached)
		return SQLITE_OK;
	return sqlite3_prepare_v3(d->handle, text, -1, SQLITE_PREPARE_PERSISTENT, cached, NULL);
}

static int
bind(sqlite3_stmt *st, int i, const struct arg *a)
{
	switch (a->kind) {
	case ARG_INT:
		return sqlite3_bind_int64(st, i, a->i);
	case ARG_TEXT:
		return sqlite3_bind_text64(st, i, a->s.p, a->s.n, SQLITE_STATIC, SQLITE_UTF8);
	case ARG_BLOB:
		return sqlite3_bind_blob64(st, i, a->s.p, a->s.n, SQLITE_STATIC);
	case ARG_NULL:
		return sqlite3_bind_null(st, i);
	}
	return SQLITE_MISUSE;
}

static int
step(struct sqlite_db *d, struct ctx *cx, sqlite3_stmt *st, struct result *r)
{
	const struct row row = {&sqlite_driver, st};
	int rc = SQLITE_ROW;

	while (r->rows < r->most && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		r->rows++;
		if (!r->each)
			continue;
		d->db.reading = true;
		r->each(cx, &row, r->out);
		d->db.reading = false;
	}
	if (rc == SQLITE_DONE)
		r->changed = sqlite3_changes64(d->handle);
	return rc;
}

static enum err
run(struct db *db, struct ctx *cx, enum query q, const struct arg *args, struct result *r)
{
	struct sqlite_db *d = of(db);
	const struct query_text *text = &query_texts[q];
	int rc = prepare(d, text->sqlite, &d->statements[q]), i;
	sqlite3_stmt *st = d->statements[q];
	enum err e;

	if (rc != SQLITE_OK)
		return judge(d, cx, rc, text->name);
	for (i = 0; rc == SQLITE_OK && i < text->params; i++)
		rc = bind(st, i + 1, &args[i]);
	if (rc == SQLITE_OK)
		rc = step(d, cx, st, r);
	e = judge(d, cx, rc, text->name);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return e;
}

static struct arg
cell(const struct row *r, int column)
{
	sqlite3_stmt *st = r->cursor;
	const char *p;
	int kind = sqlite3_column_type(st, column);

	if (kind == SQLITE_NULL)
		return A_NULL;
	if (kind == SQLITE_INTEGER)
		return A_INT(sqlite3_column_int64(st, column));
	/* A text's bytes are wanted as they are, not as a C string: column_blob converts nothing.
	 */
	p = sqlite3_column_blob(st, column);
	return (struct arg){
		.kind = kind == SQLITE_TEXT ? ARG_TEXT : ARG_BLOB,
		.s = {p ? p : "", (size_t)sqlite3_column_bytes(st, column)},
	};
}

static enum err
control(struct db *db, enum db_control what)
{
	struct sqlite_db *d = of(db);
	int rc = prepare(d, control_texts[what], &d->controls[what]);
	enum err e;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(d->controls[what]);
	e = judge(d, NULL, rc, control_texts[what]);
	sqlite3_reset(d->controls[what]);
	return e;
}

static enum err
exec(struct db *db, const char *sql)
{
	return judge(of(db), NULL, sqlite3_exec(of(db)->handle, sql, NULL, NULL, NULL), "exec");
}

static enum err
mark(struct db *db)
{
	return exec(db, "pragma application_id = " APPLICATION_TEXT);
}

static bool
in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(of(db)->handle);
}

static const char *
message(struct db *db)
{
	return sqlite3_errmsg(of(db)->handle);
}

static const char *
migration(const struct migration *m)
{
	return m->sqlite;
}

/*
 * A full disk: the log may be what fills it. Copied back and cut it makes room, and when even that
 * finds none it is tried again behind the next write.
 */
static void
cut_log(struct sqlite_db *d)
{
	int rc = sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (rc == SQLITE_OK) {
		d->was_full = false;
		d->log_pages = d->log_pages_then = 0;
	}
}

static void
upkeep(struct db *db, bool idle)
{
	struct sqlite_db *d = of(db);
	int grown;

	if (d->was_full) {
		cut_log(d);
		return;
	}
	if (d->log_pages < d->log_pages_then)
		d->log_pages_then = 0; /* it was begun anew */
	grown = d->log_pages - d->log_pages_then;
	if (d->first_upkeeps && idle && grown)
		d->first_upkeeps--;
	else if (grown < LOG_PAGES || (!idle && grown < LOG_PAGES_MOST))
		return;
	d->log_pages_then = d->log_pages;
	judge(d, NULL,
	      sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
	      "checkpoint");
}

/* Runs inside COMMIT, when readers see it and nobody has been told. */
static int
committed(void *arg, sqlite3 *handle UNUSED, const char *schema UNUSED, int pages)
{
	struct sqlite_db *d = arg;

	d->log_pages = pages;
	d->db.store->commits++;
	recall_publish(d->db.store->recall);
	return SQLITE_OK;
}

/* The tables that session_with_user reads, and the column that names the user whom a row is about.
 */
static const struct {
	const char *table;
	int user; /* -1: it may be about anybody */
} remembered[] = {{"sessions", 1}, {"users", 0}, {"blocked_devices", -1}};

static void
forget(struct sqlite_db *d, int op, int column)
{
	struct recall *recall = d->db.store->recall;
	sqlite3_value *v;

	if (column < 0)
		recall_changed_all(recall);
	else if (op == SQLITE_INSERT)
		return; /* of what was not there nothing is remembered */
	else if (sqlite3_preupdate_old(d->handle, column, &v) == SQLITE_OK &&
		 sqlite3_value_bytes(v) == sizeof(struct uuid))
		recall_changed(recall, sqlite3_value_blob(v));
	else
		recall_changed_all(recall);
}

/* Before each change of a row by the writer, those of cascades too. */
static void
changes(void *arg, sqlite3 *handle UNUSED, int op, const char *schema UNUSED, const char *table,
	sqlite3_int64 was UNUSED, sqlite3_int64 is UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(remembered); i++)
		if (strcmp(table, remembered[i].table) == 0)
			forget(arg, op, remembered[i].user);
}

/* The first column of a statement's first row. */
static int
ask_int(sqlite3 *handle, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(handle, sql, -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static enum err
complain(struct sqlite_db *d, int rc, struct buf *problem)
{
	const char *path = d->db.store->path, *why = sqlite3_errmsg(d->handle);

	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		buf_printf(problem,
			   "%s is not a database: it was damaged, or is another kind of file",
			   path);
		return ERR_INVALID;
	case SQLITE_CORRUPT:
		buf_printf(problem, "%s is damaged (%s): restore a backup", path, why);
		return ERR_INVALID;
	default:
		buf_printf(problem, "can't open %s: %s", path, why);
		return ERR_UNAVAILABLE;
	}
}

/* Looks before anything is changed: whether the file is ours, or has nothing in it yet. */
static enum err
look(struct sqlite_db *d, struct buf *problem)
{
	int64_t id = 0, tables = 0;
	int rc = ask_int(d->handle, "pragma application_id", &id);

	if (rc == SQLITE_OK)
		rc = ask_int(d->handle, "select count(*) from sqlite_schema", &tables);
	if (rc != SQLITE_OK)
		return complain(d, rc, problem);
	d->db.blank = id == 0 && tables == 0;
	d->first_upkeeps = d->db.blank ? FIRST_UPKEEPS : 0;
	if (d->db.blank || id == APPLICATION_ID)
		return OK;
	buf_printf(problem, "%s is a database of another program", d->db.store->path);
	return ERR_INVALID;
}

static const char everybody[] = "pragma trusted_schema = off;"
				"pragma cell_size_check = on;"
				"pragma mmap_size = 0;"
				"pragma temp_store = memory;"
				"pragma foreign_keys = on;"
				"pragma synchronous = full;";
/* What the log keeps of its size when it is begun anew: 64 MiB. */
static const char writers[] = "pragma journal_size_limit = 1048576;"
			      "pragma cache_size = -8192;"
			      "pragma journal_mode = wal;";
static const char readers[] = "pragma wal_autocheckpoint = 0;"
			      "pragma query_only = on;";

static int
configure(struct sqlite_db *d)
{
	static const int off[] = {SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL};
	static const int on[] = {SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE};
	size_t i;

	sqlite3_extended_result_codes(d->handle, 1);
	sqlite3_busy_timeout(d->handle, BUSY_MS);
	for (i = 0; i < ARRAY_LEN(off); i++)
		sqlite3_db_config(d->handle, off[i], 0, NULL);
	for (i = 0; i < ARRAY_LEN(on); i++)
		sqlite3_db_config(d->handle, on[i], 1, NULL);
	return sqlite3_exec(d->handle, everybody, NULL, NULL, NULL);
}

static enum err
become_writer(struct sqlite_db *d, struct buf *problem)
{
	int64_t mode = 0;
	int rc;

	TRY(look(d, problem));
	chmod(d->db.store->path, 0600);
	rc = sqlite3_exec(d->handle, writers, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = ask_int(d->handle, "select journal_mode = 'wal' from pragma_journal_mode",
			     &mode);
	if (rc != SQLITE_OK)
		return complain(d, rc, problem);
	if (!mode) {
		buf_printf(problem, "the file system under %s can't hold a write-ahead log",
			   d->db.store->path);
		return ERR_UNAVAILABLE;
	}
	sqlite3_wal_hook(d->handle, committed, d);
	sqlite3_preupdate_hook(d->handle, changes, d);
	return OK;
}

static enum err
prepare_for(struct sqlite_db *d, enum db_use use, struct buf *problem)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	int rc = sqlite3_open_v2(d->db.store->path, &d->handle, flags, NULL);

	if (rc == SQLITE_OK)
		rc = configure(d);
	if (rc == SQLITE_OK && use == DB_WRITES)
		return become_writer(d, problem);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(d->handle, readers, NULL, NULL, NULL);
	return rc == SQLITE_OK ? OK : complain(d, rc, problem);
}

static void
close_db(struct db *db)
{
	struct sqlite_db *d = of(db);
	size_t i;

	for (i = 0; i < ARRAY_LEN(d->controls); i++)
		sqlite3_finalize(d->controls[i]);
	for (i = 0; i < ARRAY_LEN(d->statements); i++)
		sqlite3_finalize(d->statements[i]);
	if (d->log_pages > 0)
		judge(d, NULL,
		      sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
						NULL),
		      "last checkpoint");
	sqlite3_close(d->handle);
	free(d);
}

static void
set_up(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* saves a lock at every allocation */
}

static enum err
open_db(struct store *s, enum db_use use, int64_t deadline UNUSED, struct db **out,
	struct buf *problem)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sqlite_db *d = calloc(1, sizeof(*d));
	enum err e;

	if (!d)
		die("out of memory");
	pthread_once(&once, set_up);
	d->db.driver = &sqlite_driver;
	d->db.store = s;
	e = prepare_for(d, use, problem);
	if (e != OK) {
		close_db(&d->db);
		return e;
	}
	*out = &d->db;
	return OK;
}

const struct driver sqlite_driver = {
	.name = "sqlite",
	.embedded = true,
	.open = open_db,
	.close = close_db,
	.mark = mark,
	.control = control,
	.exec = exec,
	.run = run,
	.cell = cell,
	.migration = migration,
	.message = message,
	.in_transaction = in_transaction,
	.upkeep = upkeep,
};

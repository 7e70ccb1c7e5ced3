/*
 * The driver of PostgreSQL. Statements are prepared by name at their first use on a connection and
 * exchange binary values; a transaction's BEGIN travels with its first statement. Transactions are
 * SERIALIZABLE: the use cases read, decide and write as if they were alone, which is what the
 * embedded store's one writer gives them, and only this level gives it here. Under any lower one
 * each use case would need a proof of its own (two requests that both find an address free, or both
 * find another administrator left, change different rows). It costs a sixth of the rate of the
 * smallest transactions, and a transaction that lost against another is run again (direct.c).
 */
#include "store/pg_link.h"

#include "base/clock.h"
#include "base/log.h"

#include <endian.h>

#define PARAMS_MOST 32
/* pg_type's numbers of the types that are used. */
#define TYPE_BYTEA 17
#define TYPE_INT8 20
#define BINARY 1

#define LOOK_TIME (5 * SECOND)

/* Every statement is meant to find its rows by an index, however few they are when it is planned;
 * and what the server was told to acknowledge before it is on disk would be lost by a crash. */
static const char usual[] = "set client_min_messages = error;"
			    "set default_transaction_isolation = 'read committed';"
			    "set statement_timeout = 5000;"
			    "set lock_timeout = 2000;"
			    "set idle_in_transaction_session_timeout = 10000;"
			    "set enable_seqscan = off;"
			    "set jit = off;"
			    "set plan_cache_mode = force_generic_plan;"
			    "select set_config('synchronous_commit', 'on', false)"
			    " where current_setting('synchronous_commit') = 'off'";

/* A migration may take long, and waits for another server's. */
static const char patient[] = "set client_min_messages = error;"
			      "set default_transaction_isolation = 'read committed';"
			      "set statement_timeout = 0;"
			      "set lock_timeout = 0;"
			      "set idle_in_transaction_session_timeout = 0";

/* Not of one moment: what another has done is to be seen once it is done. The number is "aldg". */
static const char begin_migration[] = "begin isolation level read committed;"
				      "select pg_advisory_xact_lock(1634493543)";

/* Before any snapshot is taken, which LOCK TABLE does not do. In the way of nobody but its like:
 * neither of who reads the table nor of who writes it. */
static const char wait_for_turn[] = "lock table schema_version in share update exclusive mode";

static const char *const control_texts[DB_CONTROLS] = {
	[DB_BEGIN] = "begin isolation level serializable",
	[DB_SNAPSHOT] = "begin isolation level repeatable read read only",
	[DB_MIGRATE] = begin_migration,
	[DB_COMMIT] = "commit",
	[DB_ROLLBACK] = "rollback",
	[DB_SAVEPOINT] = "savepoint j",
	[DB_RELEASE] = "release j",
	[DB_UNDO] = "rollback to j",
};

/* The outcome of a result, with a line in the log unless it is an everyday one. */
static enum err
judge(struct pg_link *l, const struct ctx *cx, const PGresult *result, const char *what)
{
	enum err e = pg_link_judge(l, result);

	if (e != OK && e != ERR_TAKEN && !l->db.again)
		log_event(cx, l->db.lost ? LOG_WARNING : LOG_ERROR, "store_failed",
			  LOG_Z("statement", what), LOG_Z("code", l->code),
			  LOG_Z("message", l->said));
	return e;
}

static enum err
tell(struct pg_link *l, const char *sql, const char *what)
{
	PGresult *result = pg_link_tell(l, sql);
	enum err e = judge(l, NULL, result, what);

	l->pq->clear(result);
	return e;
}

struct parameters {
	const char *values[PARAMS_MOST];
	int lengths[PARAMS_MOST], formats[PARAMS_MOST];
	uint64_t ints[PARAMS_MOST]; /* in network order */
};

/* PostgreSQL takes no text but valid UTF-8 without NUL; from headers anything can come. */
static struct str
clean(struct ctx *cx, struct str s)
{
	struct buf b;
	uint32_t c;
	size_t n;

	if (utf8_valid(s) && !memchr(s.p, '\0', s.n))
		return s;
	buf_init_arena(&b, cx->arena, 3 * s.n + 1);
	while (s.n) {
		n = utf8_next(s, &c);
		if (n && c)
			buf_add(&b, s.p, n);
		else
			buf_z(&b, "\xef\xbf\xbd");
		s = str_from(s, n ? n : 1);
	}
	return buf_view(&b);
}

static void
bind(struct parameters *p, int i, struct ctx *cx, const struct arg *a)
{
	struct str s = a->kind == ARG_TEXT ? clean(cx, a->s) : a->s;

	p->formats[i] = BINARY;
	p->values[i] = NULL;
	p->lengths[i] = 0;
	switch (a->kind) {
	case ARG_INT:
		p->ints[i] = htobe64((uint64_t)a->i);
		p->values[i] = (const char *)&p->ints[i];
		p->lengths[i] = sizeof(p->ints[i]);
		break;
	case ARG_TEXT:
	case ARG_BLOB:
		p->values[i] = s.p;
		p->lengths[i] = (int)s.n;
		break;
	case ARG_NULL:
		break;
	}
}

/* Sends what has to go before the statement itself; -1: it could not. */
static int
send_before(struct pg_link *l, enum query q)
{
	const struct query_text *text = &query_texts[q];
	const char *const first[] = {l->begin, l->turn};
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(first) && first[i]; i++) {
		if (!l->pq->sendQueryParams(l->conn, first[i], 0, NULL, NULL, NULL, NULL, BINARY))
			return -1;
		n++;
	}
	if (!l->prepared[q]) {
		if (!l->pq->sendPrepare(l->conn, text->name, text->postgres, text->params, NULL))
			return -1;
		n++;
	}
	return n;
}

static PGresult *
ask(struct pg_link *l, enum query q, const struct parameters *p)
{
	const struct query_text *text = &query_texts[q];
	PGresult *result;
	int before, good, sent = 0;

	if (!pg_link_start(l))
		return NULL;
	before = send_before(l, q);
	if (before >= 0)
		sent = l->pq->sendQueryPrepared(l->conn, text->name, text->params, p->values,
						p->lengths, p->formats, BINARY);
	if (!sent) {
		l->db.lost = true;
		return NULL;
	}
	result = pg_link_finish(l, before + 1, &good);
	if (good >= before)
		l->prepared[q] = true;
	l->begin = l->turn = NULL;
	return result;
}

struct cursor {
	const struct libpq *pq;
	const PGresult *result;
	int row;
};

static struct arg
cell(const struct row *r, int column)
{
	const struct cursor *c = r->cursor;
	const char *p = c->pq->getvalue(c->result, c->row, column);
	uint64_t number;

	if (c->pq->getisnull(c->result, c->row, column))
		return A_NULL;
	switch (c->pq->ftype(c->result, column)) {
	case TYPE_INT8:
		memcpy(&number, p, sizeof(number));
		return A_INT((int64_t)be64toh(number));
	case TYPE_BYTEA:
		return (struct arg){
			.kind = ARG_BLOB,
			.s = {p, (size_t)c->pq->getlength(c->result, c->row, column)},
		};
	default:
		return (struct arg){
			.kind = ARG_TEXT,
			.s = {p, (size_t)c->pq->getlength(c->result, c->row, column)},
		};
	}
}

static void
visit(struct pg_link *l, struct ctx *cx, PGresult *result, struct result *r)
{
	struct cursor c = {.pq = l->pq, .result = result};
	const struct row row = {&postgres_driver, &c};
	int n = l->pq->ntuples(result);

	(void)str_int(str_of(l->pq->cmdTuples(result)), &r->changed);
	for (; c.row < n && r->rows < r->most; c.row++) {
		r->rows++;
		if (!r->each)
			continue;
		l->db.reading = true;
		r->each(cx, &row, r->out);
		l->db.reading = false;
	}
}

static enum err
run(struct db *db, struct ctx *cx, enum query q, const struct arg *args, struct result *r)
{
	struct pg_link *l = pg_link_of(db);
	struct parameters p;
	PGresult *result;
	enum err e;

	if (query_texts[q].params > PARAMS_MOST)
		die("%s has too many parameters", query_texts[q].name);
	for (int i = 0; i < query_texts[q].params; i++)
		bind(&p, i, cx, &args[i]);
	result = ask(l, q, &p);
	e = judge(l, cx, result, query_texts[q].name);
	if (e == OK)
		visit(l, cx, result, r);
	l->pq->clear(result);
	return e;
}

/* A COMMIT of a transaction in which a statement failed is answered by "ROLLBACK". */
static enum err
commit(struct pg_link *l)
{
	PGresult *result = pg_link_tell(l, control_texts[DB_COMMIT]);
	enum err e = judge(l, NULL, result, control_texts[DB_COMMIT]);

	if (e == OK && strcmp(l->pq->cmdStatus(result), "COMMIT") != 0)
		e = ERR_INTERNAL;
	l->pq->clear(result);
	return e;
}

static enum err
control(struct db *db, enum db_control what)
{
	struct pg_link *l = pg_link_of(db);
	bool nothing_begun = l->begin != NULL;

	l->begin = l->turn = NULL;
	switch (what) {
	case DB_BEGIN:
		l->begin = control_texts[what];
		l->turn = db->turn ? wait_for_turn : NULL;
		return OK;
	case DB_COMMIT:
		return nothing_begun ? OK : commit(l);
	case DB_ROLLBACK:
		return nothing_begun ? OK : tell(l, control_texts[what], control_texts[what]);
	default:
		return tell(l, control_texts[what], control_texts[what]);
	}
}

static enum err
exec(struct db *db, const char *sql)
{
	struct pg_link *l = pg_link_of(db);

	const char *const first[] = {l->begin, l->turn};

	for (size_t i = 0; i < ARRAY_LEN(first) && first[i]; i++)
		TRY(tell(l, first[i], first[i]));
	l->begin = l->turn = NULL;
	return tell(l, sql, "exec");
}

static bool
in_transaction(struct db *db)
{
	struct pg_link *l = pg_link_of(db);

	return l->pq->transactionStatus(l->conn) != PQTRANS_IDLE;
}

static const char *
message(struct db *db)
{
	return pg_link_of(db)->said;
}

static const char *
migration(const struct migration *m)
{
	return m->postgres;
}

/* What stands where our tables would: the first schema of the search path. */
static const char look_text[] =
	"select case when current_schema() is null then 'nowhere'"
	" when not exists (select from pg_catalog.pg_tables"
	"  where schemaname = current_schema() and tablename = 'schema_version') then 'blank'"
	" when (select count(*) from information_schema.columns"
	"  where table_schema = current_schema() and table_name = 'schema_version'"
	"  and column_name in ('number', 'name', 'sum', 'applied_at')) = 4 then 'ours'"
	" else 'foreign' end";

static enum err
look(struct pg_link *l, struct buf *problem)
{
	PGresult *result = pg_link_tell(l, look_text);
	enum err e = judge(l, NULL, result, "look");
	const char *found = e == OK ? l->pq->getvalue(result, 0, 0) : "";

	if (e != OK)
		buf_printf(problem, "the database can't be looked at: %s", l->said);
	l->db.blank = strcmp(found, "blank") == 0;
	if (strcmp(found, "nowhere") == 0) {
		buf_z(problem,
		      "the database has no schema that the search_path of this user names");
		e = ERR_INVALID;
	} else if (strcmp(found, "foreign") == 0) {
		buf_z(problem, "the database's table schema_version belongs to another program: "
			       "use a database or schema of its own");
		e = ERR_INVALID;
	}
	l->pq->clear(result);
	return e;
}

static void
close_db(struct db *db)
{
	struct pg_link *l = pg_link_of(db);

	pg_link_close(l);
	free(l);
}

static enum err
prepare_for(struct pg_link *l, enum db_use use, const char *url, struct buf *problem)
{
	enum err e = pg_link_connect(l, url, use == DB_WRITES ? patient : usual);

	if (e != OK)
		buf_printf(problem, "can't use the database: %s", l->said);
	return e == OK && use == DB_WRITES ? look(l, problem) : e;
}

static enum err
open_db(struct store *s, enum db_use use, int64_t deadline, struct db **out, struct buf *problem)
{
	struct pg_link *l = calloc(1, sizeof(*l));
	enum err e;

	if (!l)
		die("out of memory");
	l->db.driver = &postgres_driver;
	l->db.store = s;
	l->db.deadline = deadline;
	e = prepare_for(l, use, s->url, problem);
	if (e != OK) {
		close_db(&l->db);
		return e;
	}
	*out = &l->db;
	return OK;
}

enum err
postgres_exists(const char *url, bool *exists, struct buf *problem)
{
	struct pg_link l = {.db.deadline = clock_mono() + LOOK_TIME};
	enum err e = prepare_for(&l, DB_WRITES, url, problem);

	*exists = !l.db.blank;
	pg_link_close(&l);
	return e;
}

const struct driver postgres_driver = {
	.name = "postgres",
	.open = open_db,
	.close = close_db,
	.control = control,
	.exec = exec,
	.run = run,
	.cell = cell,
	.migration = migration,
	.message = message,
	.in_transaction = in_transaction,
};

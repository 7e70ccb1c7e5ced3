/*
 * The wire to PostgreSQL: connecting, sending, waiting. libpq's blocking calls wait as long as the
 * kernel lets them, which for a server that was stopped or cut off is minutes; so only its
 * asynchronous ones are used, and each wait is poll(2) until a deadline. Past it the link is given
 * up: the server's own timeouts end what still runs there.
 */
#include "store/pg_link.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>

#define CONNECT_TIME (2 * SECOND)
#define VERSION_LEAST 120000

static void
say(struct pg_link *l, const char *text)
{
	snprintf(l->said, sizeof(l->said), "%s", text && *text ? text : "the connection broke");
	for (char *p = l->said; *p; p++) {
		if (*p == '\n' || *p == '\t')
			*p = p[1] ? ' ' : '\0';
	}
}

static bool
lose(struct pg_link *l, const char *text)
{
	l->db.lost = true;
	l->code[0] = '\0';
	say(l, text);
	return false;
}

static bool
lose_by_error(struct pg_link *l)
{
	return lose(l, l->pq->errorMessage(l->conn));
}

static bool
wait_for(struct pg_link *l, short events)
{
	struct pollfd p = {.fd = l->pq->socket(l->conn), .events = events};
	int64_t left;
	int n = 0;

	do {
		left = l->db.deadline - clock_mono();
		if (left > 0)
			n = poll(&p, 1, (int)((left + MILLISECOND - 1) / MILLISECOND));
	} while (n < 0 && errno == EINTR && left > 0);
	return n > 0 || lose(l, "the server did not answer in time");
}

static bool
send_all(struct pg_link *l)
{
	int more;

	while ((more = l->pq->flush(l->conn)) > 0) {
		if (!wait_for(l, POLLIN | POLLOUT))
			return false;
		if (!l->pq->consumeInput(l->conn))
			return lose_by_error(l);
	}
	return more == 0 || lose_by_error(l);
}

/* Waits until getResult has something to return. */
static bool
await(struct pg_link *l)
{
	while (l->pq->isBusy(l->conn)) {
		if (!wait_for(l, POLLIN))
			return false;
		if (!l->pq->consumeInput(l->conn))
			return lose_by_error(l);
	}
	return true;
}

static bool
is_good(const struct pg_link *l, const PGresult *result)
{
	ExecStatusType status = l->pq->resultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Keeps the first bad result, else the last. */
static void
keep(struct pg_link *l, PGresult **kept, PGresult *next)
{
	if (*kept && !is_good(l, *kept)) {
		l->pq->clear(next);
		return;
	}
	l->pq->clear(*kept);
	*kept = next;
}

/* What a link that broke still said: a server that ends a session tells why. */
static PGresult *
last_words(struct pg_link *l, PGresult *kept)
{
	if (kept && !is_good(l, kept))
		return kept;
	l->pq->clear(kept);
	return NULL;
}

PGresult *
pg_link_tell(struct pg_link *l, const char *sql)
{
	PGresult *kept = NULL, *next;

	if (!l->pq->sendQuery(l->conn, sql)) {
		lose_by_error(l);
		return NULL;
	}
	if (!send_all(l))
		return NULL;
	while (await(l)) {
		next = l->pq->getResult(l->conn);
		if (!next)
			return kept;
		keep(l, &kept, next);
	}
	return last_words(l, kept);
}

bool
pg_link_start(struct pg_link *l)
{
	return l->pq->enterPipelineMode(l->conn) || lose_by_error(l);
}

PGresult *
pg_link_finish(struct pg_link *l, int n, int *good)
{
	PGresult *kept = NULL, *next;
	int ends = 0;

	*good = 0;
	if (!l->pq->pipelineSync(l->conn)) {
		lose_by_error(l);
		return NULL;
	}
	if (!send_all(l))
		return NULL;
	while (ends <= n && await(l)) {
		next = l->pq->getResult(l->conn);
		if (!next) {
			ends++;
		} else if (l->pq->resultStatus(next) != PGRES_PIPELINE_SYNC) {
			*good += is_good(l, next);
			keep(l, &kept, next);
		} else {
			l->pq->clear(next);
			if (!l->pq->exitPipelineMode(l->conn))
				break;
			return kept;
		}
	}
	if (!l->db.lost)
		lose_by_error(l);
	return last_words(l, kept);
}

struct verdict {
	enum err err;
	bool lost, again; /* struct db */
};

/* By class or code of SQLSTATE, the first that fits. */
static const struct {
	const char *code;
	struct verdict verdict;
} verdicts[] = {
	{"23505", {.err = ERR_TAKEN}},
	{"40001", {.err = ERR_UNAVAILABLE, .again = true}}, /* serialization failure */
	{"40P01", {.err = ERR_UNAVAILABLE, .again = true}}, /* deadlock */
	/* What was prepared is gone, or its tables have changed: a new connection knows better. */
	{"26000", {.err = ERR_UNAVAILABLE, .lost = true}},
	{"0A000", {.err = ERR_UNAVAILABLE, .lost = true}},
	{"08", {.err = ERR_UNAVAILABLE, .lost = true}},     /* connection */
	{"57P", {.err = ERR_UNAVAILABLE, .lost = true}},    /* shutting down, starting up */
	{"25P03", {.err = ERR_UNAVAILABLE, .lost = true}},  /* idle in a transaction */
	{"25006", {.err = ERR_UNAVAILABLE, .lost = true}},  /* no longer the primary server */
	{"55P03", {.err = ERR_UNAVAILABLE, .again = true}}, /* lock_timeout */
	{"57014", {.err = ERR_UNAVAILABLE}},                /* statement_timeout */
	{"53", {.err = ERR_UNAVAILABLE}},                   /* disk full, out of memory */
	{"58", {.err = ERR_UNAVAILABLE}},                   /* input or output failed */
	{"XX001", {.err = ERR_UNAVAILABLE}},                /* damaged data */
	{"XX002", {.err = ERR_UNAVAILABLE}},
	{"", {.err = ERR_INTERNAL}},
};

static struct verdict
verdict_of(const char *code)
{
	size_t i = 0;

	while (strncmp(code, verdicts[i].code, strlen(verdicts[i].code)) != 0)
		i++;
	return verdicts[i].verdict;
}

enum err
pg_link_judge(struct pg_link *l, const PGresult *result)
{
	const char *code, *message;
	struct verdict v;

	if (!result)
		return ERR_UNAVAILABLE;
	if (is_good(l, result))
		return OK;
	code = l->pq->resultErrorField(result, PG_DIAG_SQLSTATE);
	message = l->pq->resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	if (!code) {
		lose_by_error(l);
		return ERR_UNAVAILABLE;
	}
	v = verdict_of(code);
	say(l, message);
	snprintf(l->code, sizeof(l->code), "%s", code);
	l->db.lost |= v.lost;
	l->db.again |= v.again;
	return v.err;
}

static void
ignore_notice(void *arg UNUSED, const char *message UNUSED)
{
}

/* libpq's own words about a URL can quote a password. */
static bool
url_can_be_read(struct pg_link *l, const char *url)
{
	char *message = NULL;
	PQconninfoOption *options = l->pq->conninfoParse(url, &message);

	l->pq->freemem(message);
	if (!options)
		return false;
	l->pq->conninfoFree(options);
	return true;
}

static bool
dial(struct pg_link *l, const char *url)
{
	/* What stands before the URL it may set otherwise. */
	static const char *const names[] = {
		"application_name",     "gssencmode",
		"keepalives_idle",      "keepalives_interval",
		"keepalives_count",     "tcp_user_timeout",
		"target_session_attrs", "dbname",
		"client_encoding",      NULL,
	};
	const char *const values[] = {
		"aldgate", "disable", "30", "2", "3", "5000", "read-write", url, "UTF8", NULL,
	};
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	l->conn = l->pq->connectStartParams(names, values, 1);
	if (!l->conn)
		die("out of memory");
	if (l->pq->status(l->conn) == CONNECTION_BAD)
		return lose_by_error(l);
	l->pq->setNoticeProcessor(l->conn, ignore_notice, NULL);
	while (next != PGRES_POLLING_OK) {
		if (next == PGRES_POLLING_FAILED)
			return lose_by_error(l);
		if (!wait_for(l, next == PGRES_POLLING_READING ? POLLIN : POLLOUT))
			return false;
		next = l->pq->connectPoll(l->conn);
	}
	return l->pq->setnonblocking(l->conn, 1) == 0 || lose_by_error(l);
}

static enum err
set_up(struct pg_link *l, const char *settings)
{
	const char *encoding = l->pq->parameterStatus(l->conn, "server_encoding");
	PGresult *result;
	enum err e;

	if (l->pq->serverVersion(l->conn) < VERSION_LEAST) {
		say(l, "the server is older than PostgreSQL 12");
		return ERR_INVALID;
	}
	if (!encoding || strcmp(encoding, "UTF8") != 0) {
		say(l, "the database's encoding is not UTF8");
		return ERR_INVALID;
	}
	result = pg_link_tell(l, settings);
	e = pg_link_judge(l, result);
	l->pq->clear(result);
	return e == OK ? OK : ERR_UNAVAILABLE;
}

enum err
pg_link_connect(struct pg_link *l, const char *url, const char *settings)
{
	int64_t deadline = l->db.deadline, latest = clock_mono() + CONNECT_TIME;
	enum err e;

	l->pq = libpq_open();
	if (!l->pq) {
		say(l, LIBPQ_MISSING);
		return ERR_UNAVAILABLE;
	}
	if (!url_can_be_read(l, url)) {
		say(l, "database.url can't be read as a PostgreSQL URL");
		return ERR_INVALID;
	}
	if (latest < deadline)
		l->db.deadline = latest;
	e = dial(l, url) ? set_up(l, settings) : ERR_UNAVAILABLE;
	l->db.deadline = deadline;
	return e;
}

void
pg_link_close(struct pg_link *l)
{
	if (l->conn)
		l->pq->finish(l->conn);
	l->conn = NULL;
}

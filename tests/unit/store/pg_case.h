/* A word with a PostgreSQL beside the store that is tested. */
#ifndef TESTS_PG_CASE_H
#define TESTS_PG_CASE_H

#include "../unit.h"

#include "base/clock.h"
#include "store/pg_link.h"

/* Runs sql; *out gets the first cell of what it returns, when it is not NULL. */
static inline void
pg_case_ask(const char *url, const char *sql, char *out, size_t room)
{
	struct pg_link l = {.db.deadline = clock_mono() + 20 * SECOND};
	PGresult *result = NULL;

	if (pg_link_connect(&l, url, "set client_min_messages = error") != OK)
		print_error("%s\n", l.said);
	else
		result = pg_link_tell(&l, sql);
	if (!result || pg_link_judge(&l, result) != OK) {
		print_error("%s: %s\n", sql, l.said);
		_fail(__FILE__, __LINE__);
	}
	if (out)
		snprintf(out, room, "%s", l.pq->getvalue(result, 0, 0));
	l.pq->clear(result);
	pg_link_close(&l);
}

static inline void
pg_case_tell(const char *url, const char *sql)
{
	pg_case_ask(url, sql, NULL, 0);
}

#endif

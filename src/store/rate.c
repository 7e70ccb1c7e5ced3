/*
 * The rates that servers share. Who is refused costs no write: the statement's condition finds
 * nothing to change. The table is not logged, so who is let through waits for no disk.
 */
#include "store/rate.h"

#include "store/query.h"

enum err
rate_take_shared(struct ctx *cx, const uint8_t key[static 16], int64_t now, int64_t burst,
		 int64_t window, int64_t *wait, int64_t *left)
{
	int64_t each = window / burst, due = 0;
	struct str id = {(const char *)key, 16};
	enum err e = ONE(cx, Q_RATE_TAKE, read_int, &due, A_BLOB(id), A_INT(now), A_INT(each),
			 A_INT(window));

	if (e == OK) {
		*wait = 0;
		*left = due > now ? (window - (due - now)) / each : burst;
		return OK;
	}
	if (e == ERR_NOT_FOUND)
		e = ONE(cx, Q_RATE_DUE, read_int, &due, A_BLOB(id));
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	/* When it was swept or is over by now, the next try will do. */
	*wait = due + each - now - window;
	if (*wait < 1)
		*wait = 1;
	*left = 0;
	return OK;
}

enum err
rate_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_RATE_SWEEP, removed, A_INT(before), A_INT(limit));
}

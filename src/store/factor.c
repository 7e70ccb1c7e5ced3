/* Rows of second factors. What two requests could race for is one statement with its conditions in
 * it. */
#include "store/factor.h"

#include "store/rows.h"

struct factors {
	struct factor *v;
	size_t n;
};

static void
read_factor(struct ctx *cx, const struct row *r, void *out)
{
	struct factors *list = out;

	if (list->n == FACTORS_MOST)
		return;
	list->v[list->n++] = (struct factor){
		.user_id = row_id(r, 0),
		.kind = row_text(cx, r, 1),
		.secret = row_blob(cx, r, 2),
		.last_step = row_int(r, 3),
		.created_at = row_int(r, 4),
		.enabled_at = row_int(r, 5),
	};
}

enum err
factor_put(struct ctx *cx, const struct uuid *user, struct str kind, struct str secret, int64_t now)
{
	return RUN(cx, Q_FACTOR_PUT, NULL, A_ID(user), A_TEXT(kind), A_BLOB(secret), A_INT(now));
}

enum err
factor_list(struct ctx *cx, const struct uuid *user, struct factor out[static FACTORS_MOST],
	    size_t *n)
{
	struct factors list = {.v = out};

	TRY(ALL(cx, Q_FACTOR_LIST, read_factor, &list, A_ID(user)));
	*n = list.n;
	return OK;
}

enum err
factor_enable(struct ctx *cx, const struct uuid *user, struct str kind, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_FACTOR_ENABLE, &changed, A_ID(user), A_TEXT(kind), A_INT(now)));
	return changed_one(changed);
}

enum err
factor_take_step(struct ctx *cx, const struct uuid *user, struct str kind, int64_t step)
{
	int64_t changed;

	TRY(RUN(cx, Q_FACTOR_TAKE_STEP, &changed, A_ID(user), A_TEXT(kind), A_INT(step)));
	return changed_one(changed);
}

enum err
factor_delete_all(struct ctx *cx, const struct uuid *user)
{
	return RUN(cx, Q_FACTOR_DELETE_ALL, NULL, A_ID(user));
}

enum err
factor_delete_since(struct ctx *cx, const struct uuid *user, int64_t since)
{
	return RUN(cx, Q_FACTOR_DELETE_SINCE, NULL, A_ID(user), A_INT(since));
}

enum err
user_set_mfa(struct ctx *cx, const struct uuid *user, bool enabled, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_MFA, &changed, A_ID(user), A_INT(enabled), A_INT(now)));
	return changed_one(changed);
}

enum err
recovery_code_put(struct ctx *cx, const struct uuid *user, const uint8_t mac[static 32],
		  int64_t now)
{
	return RUN(cx, Q_RECOVERY_CODE_PUT, NULL, A_ID(user), A_MAC(mac), A_INT(now));
}

enum err
recovery_code_take(struct ctx *cx, const struct uuid *user, const uint8_t mac[static 32])
{
	int64_t changed;

	TRY(RUN(cx, Q_RECOVERY_CODE_TAKE, &changed, A_ID(user), A_MAC(mac)));
	return changed_one(changed);
}

enum err
recovery_code_count(struct ctx *cx, const struct uuid *user, int64_t *count)
{
	return ONE(cx, Q_RECOVERY_CODE_COUNT, read_int, count, A_ID(user));
}

enum err
recovery_code_delete_all(struct ctx *cx, const struct uuid *user)
{
	return RUN(cx, Q_RECOVERY_CODE_DELETE_ALL, NULL, A_ID(user));
}

enum err
recovery_code_delete_since(struct ctx *cx, const struct uuid *user, int64_t since)
{
	return RUN(cx, Q_RECOVERY_CODE_DELETE_SINCE, NULL, A_ID(user), A_INT(since));
}

static void
read_ticket(struct ctx *cx, const struct row *r, void *out)
{
	struct ticket *t = out;

	*t = (struct ticket){
		.id = row_id(r, 0),
		.mac = row_blob(cx, r, 1),
		.user_id = row_id(r, 2),
		.device_id = row_text(cx, r, 3),
		.device_name = row_text(cx, r, 4),
		.channel = row_text(cx, r, 5),
		.amr = row_text(cx, r, 6),
		.session_id = row_id(r, 7),
		.attempts = row_int(r, 8),
		.created_at = row_int(r, 9),
		.expires_at = row_int(r, 10),
		.ended_at = row_int(r, 11),
	};
}

enum err
ticket_insert(struct ctx *cx, const struct ticket *t)
{
	return RUN(cx, Q_TICKET_INSERT, NULL, A_ID(&t->id), A_BLOB(t->mac), A_ID(&t->user_id),
		   A_TEXT(t->device_id), A_TEXT(t->device_name), A_TEXT(t->channel), A_TEXT(t->amr),
		   A_ID(&t->session_id), A_INT(t->created_at), A_INT(t->expires_at));
}

enum err
ticket_by_mac(struct ctx *cx, const uint8_t mac[static 32], struct ticket *out)
{
	return ONE(cx, Q_TICKET_BY_MAC, read_ticket, out, A_MAC(mac));
}

enum err
ticket_take_attempt(struct ctx *cx, const struct uuid *id, int64_t most, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_TICKET_TAKE_ATTEMPT, &changed, A_ID(id), A_INT(most), A_INT(now)));
	return changed_one(changed);
}

enum err
ticket_end(struct ctx *cx, const struct uuid *id, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_TICKET_END, &changed, A_ID(id), A_INT(now)));
	return changed_one(changed);
}

enum err
ticket_end_channel(struct ctx *cx, const struct uuid *user, struct str channel, int64_t now)
{
	return RUN(cx, Q_TICKET_END_CHANNEL, NULL, A_ID(user), A_TEXT(channel), A_INT(now));
}

enum err
ticket_end_all(struct ctx *cx, const struct uuid *user, int64_t now)
{
	return RUN(cx, Q_TICKET_END_ALL, NULL, A_ID(user), A_INT(now));
}

enum err
ticket_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_TICKET_SWEEP, removed, A_INT(before), A_INT(limit));
}

/* One row a user and device, so that a fingerprint is replaced whole. */
#include "store/fingerprint.h"

#include "store/query.h"

enum err
fingerprint_put(struct ctx *cx, const struct fingerprint *f)
{
	return RUN(cx, Q_FINGERPRINT_PUT, NULL, A_ID(&f->user_id), A_TEXT(f->device_id),
		   A_BLOB(f->parts), A_INT(f->saved_at));
}

static void
read_one(struct ctx *cx, const struct row *r, void *out)
{
	struct fingerprint *f = out;

	f->parts = row_blob(cx, r, 0);
	f->saved_at = row_int(r, 1);
}

enum err
fingerprint_get(struct ctx *cx, const struct uuid *user, struct str device_id,
		struct fingerprint *out)
{
	struct fingerprint f = {.user_id = *user, .device_id = device_id};

	TRY(ONE(cx, Q_FINGERPRINT_GET, read_one, &f, A_ID(user), A_TEXT(device_id)));
	*out = f;
	return OK;
}

enum err
fingerprint_count(struct ctx *cx, const struct uuid *user, int64_t *count)
{
	return ONE(cx, Q_FINGERPRINT_COUNT, read_int, count, A_ID(user));
}

enum err
fingerprint_delete(struct ctx *cx, const struct uuid *user, struct str device_id)
{
	return RUN(cx, Q_FINGERPRINT_DELETE, NULL, A_ID(user), A_TEXT(device_id));
}

enum err
fingerprint_delete_all(struct ctx *cx, const struct uuid *user)
{
	return RUN(cx, Q_FINGERPRINT_DELETE_ALL, NULL, A_ID(user));
}

enum err
session_set_fingerprint_poor(struct ctx *cx, const struct uuid *session, int64_t at)
{
	return RUN(cx, Q_SESSION_SET_FINGERPRINT_POOR, NULL, A_ID(session), A_TIME(at));
}

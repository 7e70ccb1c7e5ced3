/* A link is used up by one statement, and that statement knows its time too: so of many clicks at
 * one moment one acts. */
#include "store/undo_link.h"

#include "store/rows.h"

static void
undo_read(struct ctx *cx, const struct row *r, void *out)
{
	*(struct undo_link *)out = (struct undo_link){
		.id = row_id(r, 0),
		.user_id = row_id(r, 1),
		.kind = row_text(cx, r, 2),
		.email = row_text(cx, r, 3),
		.email_key = row_text(cx, r, 4),
		.phone = row_text(cx, r, 5),
		.phone_verified = row_bool(r, 6),
		.session_id = row_id(r, 7),
		.sent_to = row_text(cx, r, 8),
		.created_at = row_int(r, 9),
		.expires_at = row_int(r, 10),
		.used_at = row_int(r, 11),
	};
}

enum err
undo_insert(struct ctx *cx, const struct undo_link *l, const uint8_t mac[static 32])
{
	return RUN(cx, Q_UNDO_INSERT, NULL, A_ID(&l->id), A_ID(&l->user_id), A_TEXT(l->kind),
		   A_TEXT(l->email), A_TEXT(l->email_key), A_TEXT(l->phone),
		   A_INT(l->phone_verified), A_ID(&l->session_id), A_TEXT(l->sent_to),
		   A_INT(l->created_at), A_INT(l->expires_at), A_MAC(mac));
}

enum err
undo_by_mac(struct ctx *cx, const uint8_t mac[static 32], struct undo_link *out)
{
	return ONE(cx, Q_UNDO_BY_MAC, undo_read, out, A_MAC(mac));
}

enum err
undo_use(struct ctx *cx, const struct uuid *id, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_UNDO_USE, &changed, A_ID(id), A_INT(now)));
	return changed_one(changed);
}

enum err
undo_end_others(struct ctx *cx, const struct undo_link *used, struct str email_key, int64_t now)
{
	return RUN(cx, Q_UNDO_END_OTHERS, NULL, A_ID(&used->user_id), A_ID(&used->id),
		   A_INT(used->created_at), A_TEXT(email_key), A_TEXT(used->sent_to), A_INT(now));
}

enum err
undo_holds(struct ctx *cx, struct str email_key, const struct uuid *but, int64_t now, bool *held)
{
	*held = false;
	return err_map(ONE(cx, Q_UNDO_HOLDING, read_there, held, A_TEXT(email_key), A_INT(now),
			   A_ID(but)),
		       ERR_NOT_FOUND, OK);
}

enum err
undo_lives(struct ctx *cx, const struct uuid *user, int64_t now, bool *lives)
{
	*lives = false;
	return err_map(ONE(cx, Q_UNDO_LIVING, read_there, lives, A_ID(user), A_INT(now)),
		       ERR_NOT_FOUND, OK);
}

enum err
undo_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_UNDO_SWEEP, removed, A_INT(before), A_INT(limit));
}

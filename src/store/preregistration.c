/* Rows that become accounts, or nothing. One address may have several, since whoever asks later may
 * be a stranger. */
#include "store/preregistration.h"

#include "store/rows.h"

struct walk {
	preregistration_fn each;
	void *arg;
};

static void
read_row(struct ctx *cx, const struct row *r, void *out)
{
	struct preregistration *p = out;

	*p = (struct preregistration){
		.id = row_id(r, 0),
		.email = row_text(cx, r, 1),
		.email_key = row_text(cx, r, 2),
		.full_name = row_text(cx, r, 3),
		.password = row_text(cx, r, 4),
		.link_mac = row_blob(cx, r, 5),
		.net = row_blob(cx, r, 6),
		.created_at = row_int(r, 7),
		.expires_at = row_int(r, 8),
		.consumed_at = row_int(r, 9),
	};
}

static void
visit(struct ctx *cx, const struct row *r, void *arg)
{
	const struct walk *w = arg;
	struct preregistration p;

	read_row(cx, r, &p);
	w->each(cx, &p, w->arg);
}

enum err
preregistration_insert(struct ctx *cx, const struct preregistration *p)
{
	return RUN(cx, Q_PREREGISTRATION_INSERT, NULL, A_ID(&p->id), A_TEXT(p->email),
		   A_TEXT(p->email_key), A_TEXT(p->full_name), A_TEXT(p->password),
		   A_BLOB(p->link_mac), A_BLOB(p->net), A_INT(p->created_at), A_INT(p->expires_at),
		   A_TIME(p->consumed_at));
}

enum err
preregistration_by_link(struct ctx *cx, const uint8_t link_mac[static 32],
			struct preregistration *out)
{
	return ONE(cx, Q_PREREGISTRATION_BY_LINK, read_row, out, A_MAC(link_mac));
}

enum err
preregistration_pending(struct ctx *cx, struct str email_key, int64_t now, preregistration_fn each,
			void *arg)
{
	struct walk w = {each, arg};

	return ALL(cx, Q_PREREGISTRATION_PENDING, visit, &w, A_TEXT(email_key), A_INT(now));
}

enum err
preregistration_consume(struct ctx *cx, const struct uuid *id, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_PREREGISTRATION_CONSUME, &changed, A_ID(id), A_INT(now)));
	return changed_one(changed);
}

enum err
preregistration_relink(struct ctx *cx, const struct uuid *id, const uint8_t link_mac[static 32],
		       int64_t expires_at)
{
	int64_t changed;

	TRY(RUN(cx, Q_PREREGISTRATION_RELINK, &changed, A_ID(id), A_MAC(link_mac),
		A_INT(expires_at)));
	return changed_one(changed);
}

enum err
preregistration_delete(struct ctx *cx, const struct uuid *id)
{
	return RUN(cx, Q_PREREGISTRATION_DELETE, NULL, A_ID(id));
}

enum err
preregistration_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_PREREGISTRATION_SWEEP, removed, A_INT(before), A_INT(limit));
}

/* One row a block; scope is what makes "for all" a value that a key can hold. */
#include "store/device_block.h"

#include "store/rows.h"

static struct str
scope_of(struct ctx *cx, const struct uuid *user)
{
	return user && !uuid_is_zero(user) ? uuid_text(cx->arena, user) : S("all");
}

enum err
device_block_put(struct ctx *cx, const struct device_block *b)
{
	return RUN(cx, Q_DEVICE_BLOCK_PUT, NULL, A_TEXT(b->device_id),
		   A_TEXT(scope_of(cx, &b->user_id)), A_ID(&b->user_id), A_ID(&b->actor_id),
		   A_TEXT(b->reason), A_INT(b->created_at));
}

enum err
device_block_delete(struct ctx *cx, struct str device_id, const struct uuid *user)
{
	int64_t changed;

	TRY(RUN(cx, Q_DEVICE_BLOCK_DELETE, &changed, A_TEXT(device_id),
		A_TEXT(scope_of(cx, user))));
	return changed_one(changed);
}

static void
ignore(struct ctx *cx, const struct row *r, void *out)
{
}

enum err
device_block_find(struct ctx *cx, struct str device_id, const struct uuid *user, bool *blocked)
{
	enum err e;

	*blocked = false;
	if (str_absent(device_id))
		return OK;
	e = ONE(cx, Q_DEVICE_BLOCK_FIND, ignore, NULL, A_TEXT(device_id), A_ID(user));
	*blocked = e == OK;
	return err_map(e, ERR_NOT_FOUND, OK);
}

struct block_walk {
	device_block_fn each;
	void *arg;
};

static void
visit(struct ctx *cx, const struct row *r, void *arg)
{
	const struct block_walk *w = arg;
	struct device_block b = {
		.device_id = row_text(cx, r, 0),
		.user_id = row_id(r, 1),
		.actor_id = row_id(r, 2),
		.reason = row_text(cx, r, 3),
		.created_at = row_int(r, 4),
	};

	w->each(cx, &b, w->arg);
}

enum err
device_block_list(struct ctx *cx, struct str after_device, struct str after_scope, int64_t limit,
		  device_block_fn each, void *arg)
{
	struct block_walk w = {each, arg};

	return ALL(cx, Q_DEVICE_BLOCK_LIST, visit, &w, A_TEXT(after_device), A_TEXT(after_scope),
		   A_INT(limit));
}

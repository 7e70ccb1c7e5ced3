/*
 * One statement a way in: whatever narrows the most leads, by its index, and the rest is looked at
 * row by row. A prefix is a range of bytes, which is why the statements compare by bytes on both
 * engines.
 */
#include "store/user_search.h"

#include "base/buf.h"
#include "store/rows.h"

#define PREFIX_MAX 1024

/* No text that begins with the prefix comes behind it, but for those that go on with U+10FFFF. */
static struct str
end_of(struct ctx *cx, struct str prefix)
{
	struct buf end;

	buf_init_arena(&end, cx->arena, PREFIX_MAX);
	buf_str(&end, prefix);
	buf_z(&end, "\xf4\x8f\xbf\xbf");
	return buf_view(&end);
}

static enum query
way_in(const struct user_filter *f)
{
	if (str_eq(f->status, S("locked")))
		return Q_USER_FIND_LOCKED;
	if (str_eq(f->status, S("deleted")))
		return Q_USER_FIND_DELETED;
	return str_absent(f->role) ? Q_USER_FIND : Q_USER_FIND_BY_ROLE;
}

struct user_walk {
	user_fn each;
	void *arg;
};

static void
visit(struct ctx *cx, const struct row *r, void *arg)
{
	const struct user_walk *w = arg;
	struct user u;

	user_read(cx, r, 0, &u);
	w->each(cx, &u, w->arg);
}

enum err
user_find(struct ctx *cx, const struct user_filter *f, const struct uuid *before, int64_t limit,
	  user_fn each, void *arg)
{
	struct user_walk w = {each, arg};

	if (str_absent(f->prefix))
		return ALL(cx, way_in(f), visit, &w, A_BEFORE(before), A_TEXT(f->role),
			   A_TEXT(f->status), A_INT(f->now), A_INT(limit));
	return ALL(cx, Q_USER_FIND_BY_PREFIX, visit, &w, A_BEFORE(before), A_TEXT(f->role),
		   A_TEXT(f->status), A_INT(f->now), A_INT(limit), A_TEXT(f->prefix),
		   A_TEXT(end_of(cx, f->prefix)));
}

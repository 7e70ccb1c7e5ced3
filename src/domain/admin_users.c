/* Looking accounts up, and finding the one that is meant. What is done to them is admin.c's. */
#include "domain/admin_users.h"

#include "base/clock.h"
#include "domain/policy.h"
#include "store/user_search.h"

struct gathering {
	struct user *v;
	size_t n;
};

static void
gather(struct ctx *cx, const struct user *u, void *arg)
{
	struct gathering *g = arg;

	g->v[g->n++] = *u;
}

static enum err
filter_of(struct ctx *cx, const struct user_search *in, struct user_filter *out)
{
	static const struct str all[] = {S("active"), S("locked"), S("deleted")};
	const struct str_list statuses = {all, ARRAY_LEN(all)};

	*out = (struct user_filter){.now = clock_now()};
	if (!str_absent(in->q))
		out->prefix = str_lower(cx->arena, in->q);
	if (!str_absent(in->status))
		out->status = str_lower(cx->arena, in->status);
	if (!str_absent(in->role))
		out->role = role_find(cx, in->role);
	if (!str_absent(in->role) && str_absent(out->role))
		(void)fail_field(cx, "role", "There is no such role.");
	if (!str_absent(in->status) && !list_has(statuses, out->status))
		(void)fail_field(cx, "status", "Use active, locked or deleted.");
	return cx->fault.fields ? ERR_INVALID : OK;
}

enum err
admin_users(struct ctx *cx, const struct user_search *in, struct user_page *out)
{
	struct gathering g = {0};
	struct user_filter f;
	struct page page;
	struct uuid before;
	struct str scope;
	bool later;

	TRY(filter_of(cx, in, &f));
	scope = str_print(cx->arena, "users/%.*s/%.*s/%.*s", STR_ARG(f.role), STR_ARG(f.status),
			  STR_ARG(f.prefix));
	TRY(paging_begin(cx, &in->page, scope, &page));
	g.v = arena_array(cx->arena, struct user, (size_t)page.limit + 1);
	later = paging_id(&page, &before);
	TRY(user_find(cx, &f, later ? &before : NULL, page.limit + 1, gather, &g));
	*out = (struct user_page){.items = {g.v, g.n}};
	out->next_cursor = PAGING_END_ID(cx, &page, &out->items, struct user);
	return OK;
}

enum err
admin_user(struct ctx *cx, const struct id_in *in, struct user *out)
{
	return user_by_id(cx, &in->id, out);
}

enum err
admin_assign_role(struct ctx *cx, const struct assign_role_in *in, struct assign_role_out *out)
{
	struct admin_set_role_in set = {.user = in->user, .role = in->role, .reason = in->reason};
	struct user u;

	if (!str_absent(in->email)) {
		TRY(user_by_email(cx, str_lower(cx->arena, in->email), &u));
		set.user = u.id;
	}
	TRY(admin_set_role(cx, &set, &u));
	out->user = u;
	return OK;
}

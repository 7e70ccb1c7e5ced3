/* One row more than a page holds is read, to know whether another page follows. */
#include "domain/activity.h"

#include "base/net.h"
#include "domain/caller.h"

struct login_page {
	struct login_record *v;
	size_t n;
};

static void
gather_login(struct ctx *cx, const struct login_record *l, void *arg)
{
	struct login_page *g = arg;

	g->v[g->n++] = *l;
}

static enum err
logins(struct ctx *cx, const struct page_in *in, struct str scope, const struct login_filter *f,
       struct record_list *out)
{
	struct login_page g = {0};
	struct page page;
	struct uuid before;
	bool later;

	TRY(paging_begin(cx, in, scope, &page));
	g.v = arena_array(cx->arena, struct login_record, (size_t)page.limit + 1);
	later = paging_id(&page, &before);
	TRY(login_list(cx, f, later ? &before : NULL, page.limit + 1, gather_login, &g));
	*out = (struct record_list){.items = {g.v, g.n}};
	out->next_cursor = PAGING_END_ID(cx, &page, &out->items, struct login_record);
	return OK;
}

enum err
logins_own(struct ctx *cx, const struct page_in *in, struct record_list *out)
{
	struct login_filter f = {.user_id = cx->caller->user.id};
	struct str who = uuid_text(cx->arena, &f.user_id);

	return logins(cx, in, str_print(cx->arena, "logins/own/%.*s", STR_ARG(who)), &f, out);
}

enum err
logins_search(struct ctx *cx, const struct login_search *in, struct record_list *out)
{
	struct login_filter f = {.user_id = in->user, .ip = in->ip, .outcome = in->outcome};
	struct str who = uuid_text(cx->arena, &in->user);
	struct ip ip;

	if (!str_absent(f.ip)) {
		if (!ip_parse(f.ip, &ip))
			return fail_field(cx, "ip", "This is not an IP address.");
		f.ip = ip_text(cx->arena, &ip);
	}
	return logins(cx, &in->page,
		      str_print(cx->arena, "logins/%.*s/%.*s/%.*s", STR_ARG(who), STR_ARG(f.ip),
				STR_ARG(f.outcome)),
		      &f, out);
}

struct event_page {
	struct audit_event *v;
	size_t n;
};

static void
gather_event(struct ctx *cx, const struct audit_event *e, void *arg)
{
	struct event_page *g = arg;

	g->v[g->n++] = *e;
}

enum err
audit_search(struct ctx *cx, const struct audit_search *in, struct record_list *out)
{
	struct audit_filter f = {in->subject, in->actor, in->action};
	struct str scope =
		str_print(cx->arena, "audit/%.*s/%.*s/%.*s",
			  STR_ARG(uuid_text(cx->arena, &in->subject)),
			  STR_ARG(uuid_text(cx->arena, &in->actor)), STR_ARG(in->action));
	struct event_page g = {0};
	struct page page;
	struct uuid before;
	bool later;

	TRY(paging_begin(cx, &in->page, scope, &page));
	g.v = arena_array(cx->arena, struct audit_event, (size_t)page.limit + 1);
	later = paging_id(&page, &before);
	TRY(audit_list(cx, &f, later ? &before : NULL, page.limit + 1, gather_event, &g));
	*out = (struct record_list){.items = {g.v, g.n}};
	out->next_cursor = PAGING_END_ID(cx, &page, &out->items, struct audit_event);
	return OK;
}

/* Another user's session or device is answered like one that does not exist. */
#include "domain/devices.h"

#include "base/clock.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/signin.h"
#include "store/store.h"

struct gathering {
	struct session_item *v;
	size_t n;
};

static void
gather(struct ctx *cx, const struct session *s, struct str device_name, void *arg)
{
	struct gathering *g = arg;

	if (g->n == SIGNED_IN_MOST)
		return;
	g->v[g->n++] = (struct session_item){
		.token_id = s->id,
		.device_id = s->device_id,
		.device_name = device_name,
		.ip = s->ip,
		.country = s->country,
		.user_agent = s->user_agent,
		.created_at = s->created_at,
		.last_used_at = s->last_seen_at,
		.expires_at =
			s->expires_at < s->idle_expires_at ? s->expires_at : s->idle_expires_at,
		.current = uuid_eq(&s->id, &cx->caller->session.id),
	};
}

static enum err
live_sessions(struct ctx *cx, struct gathering *g)
{
	g->v = arena_array(cx->arena, struct session_item, SIGNED_IN_MOST);
	g->n = 0;
	return session_list_live(cx, &cx->caller->user.id, clock_now(), gather, g);
}

enum err
sessions_list(struct ctx *cx, const struct nothing *in, struct session_list *out)
{
	struct gathering g;

	TRY(live_sessions(cx, &g));
	*out = (struct session_list){.items = {g.v, g.n}};
	return OK;
}

static enum err
end_session(struct ctx *cx, void *arg)
{
	const struct id_in *in = arg;
	int64_t now = clock_now();
	struct session s;
	bool ended;

	TRY(session_by_id(cx, &in->id, &s));
	if (!uuid_eq(&s.user_id, &cx->caller->user.id))
		return ERR_NOT_FOUND;
	TRY(session_revoke(cx, &in->id, S("revoked"), now, &ended));
	if (!ended)
		return ERR_NOT_FOUND;
	return audit_note(cx, "session_revoked", &s.user_id, &in->id, now);
}

enum err
session_end(struct ctx *cx, const struct id_in *in, struct nothing *out)
{
	struct id_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, end_session, &copy);
}

struct device_gathering {
	struct device_item *v;
	size_t n;
	const struct gathering *sessions;
};

static struct list
sessions_of(struct ctx *cx, const struct gathering *g, struct str device_id)
{
	struct session_item *v;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += str_eq(g->v[i].device_id, device_id);
	v = arena_array(cx->arena, struct session_item, n);
	n = 0;
	for (size_t i = 0; i < g->n; i++)
		if (str_eq(g->v[i].device_id, device_id))
			v[n++] = g->v[i];
	return (struct list){v, n};
}

static void
gather_device(struct ctx *cx, const struct device *d, void *arg)
{
	struct device_gathering *g = arg;

	if (g->n == SIGNED_IN_MOST)
		return;
	g->v[g->n++] = (struct device_item){
		.id = d->id,
		.device_id = d->device_id,
		.name = d->name,
		.first_seen_at = d->first_seen_at,
		.last_seen_at = d->last_seen_at,
		.sessions = sessions_of(cx, g->sessions, d->device_id),
	};
}

enum err
devices_list(struct ctx *cx, const struct nothing *in, struct device_list *out)
{
	struct gathering sessions;
	struct device_gathering g = {.sessions = &sessions};

	TRY(live_sessions(cx, &sessions));
	g.v = arena_array(cx->arena, struct device_item, SIGNED_IN_MOST);
	TRY(device_list(cx, &cx->caller->user.id, gather_device, &g));
	*out = (struct device_list){.items = {g.v, g.n}};
	return OK;
}

static enum err
own_device(struct ctx *cx, const struct uuid *id, struct device *out)
{
	TRY(device_by_id(cx, id, out));
	return uuid_eq(&out->user_id, &cx->caller->user.id) ? OK : ERR_NOT_FOUND;
}

static enum err
rename_device(struct ctx *cx, void *arg)
{
	const struct device_rename_in *in = arg;
	struct device d;

	TRY(own_device(cx, &in->id, &d));
	return device_rename(cx, &in->id, in->name);
}

enum err
device_set_name(struct ctx *cx, const struct device_rename_in *in, struct nothing *out)
{
	struct device_rename_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, rename_device, &copy);
}

static enum err
forget(struct ctx *cx, void *arg)
{
	const struct id_in *in = arg;
	int64_t now = clock_now();
	struct device d;
	struct user u;

	TRY(caller_hold(cx, &u));
	TRY(own_device(cx, &in->id, &d));
	TRY(device_end(cx, &d, S("device_forgotten"), now));
	return audit_note(cx, "device_forgotten", &d.user_id, NULL, now);
}

enum err
device_forget(struct ctx *cx, const struct id_in *in, struct nothing *out)
{
	struct id_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, forget, &copy);
}

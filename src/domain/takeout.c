/*
 * Secrets stay out: a hash or a seed is nothing that tells of a person. Each list has a bound, far
 * above what a person makes, and all of them with the longest texts still fit into one answer.
 */
#include "domain/takeout.h"

#include "base/clock.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/kyc_number.h"
#include "domain/shared.h"
#include "domain/step_up.h"
#include "store/export.h"
#include "store/factor.h"
#include "store/kyc_paper.h"
#include "store/store.h"

#define LISTED_MOST 1000
#define APPLICATIONS_MOST 200

/* One list on its way: room for LISTED_MOST of one kind. */
struct pile {
	void *v;
	size_t n;
};

static void
add_session(struct ctx *cx UNUSED, const struct session *s, void *arg)
{
	struct pile *p = arg;

	((struct takeout_session *)p->v)[p->n++] = (struct takeout_session){
		.id = s->id,
		.device_id = s->device_id,
		.user_agent = s->user_agent,
		.ip = s->ip,
		.country = s->country,
		.amr = s->amr,
		.created_at = s->created_at,
		.last_used_at = s->last_seen_at,
		.expires_at = s->expires_at,
		.ended_at = s->revoked_at,
	};
}

static void
add_device(struct ctx *cx UNUSED, const struct device *d, void *arg)
{
	struct pile *p = arg;

	if (p->n == LISTED_MOST)
		return;
	((struct takeout_device *)p->v)[p->n++] = (struct takeout_device){
		.device_id = d->device_id,
		.name = d->name,
		.first_seen_at = d->first_seen_at,
		.last_seen_at = d->last_seen_at,
	};
}

static void
add_login(struct ctx *cx UNUSED, const struct login_record *l, void *arg)
{
	struct pile *p = arg;

	((struct takeout_login *)p->v)[p->n++] = (struct takeout_login){
		.at = l->at,
		.identifier = l->identifier,
		.outcome = l->outcome,
		.method = l->method,
		.ip = l->ip,
		.country = l->country,
		.city = l->city,
		.device_id = l->device_id,
		.user_agent = l->user_agent,
	};
}

static void
add_event(struct ctx *cx UNUSED, const struct audit_event *e, void *arg)
{
	struct pile *p = arg;

	((struct takeout_event *)p->v)[p->n++] = (struct takeout_event){
		.at = e->at,
		.action = e->action,
		.ip = e->ip,
		.detail = e->detail,
	};
}

static enum err
factors_of(struct ctx *cx, const struct uuid *user, struct list *out)
{
	struct takeout_factor *v = arena_array(cx->arena, struct takeout_factor, FACTORS_MOST);
	struct factor rows[FACTORS_MOST];
	size_t n;

	TRY(factor_list(cx, user, rows, &n));
	for (size_t i = 0; i < n; i++)
		v[i] = (struct takeout_factor){
			.method = rows[i].kind,
			.created_at = rows[i].created_at,
			.enabled_at = rows[i].enabled_at,
		};
	*out = (struct list){v, n};
	return OK;
}

struct applications {
	struct kyc_application v[APPLICATIONS_MOST];
	size_t n;
};

static void
add_application(struct ctx *cx UNUSED, const struct kyc_application *a, void *arg)
{
	struct applications *l = arg;

	l->v[l->n++] = *a;
}

static void
add_paper(struct ctx *cx UNUSED, const struct kyc_document *d, void *arg)
{
	struct pile *p = arg;

	if (p->n < LISTED_MOST)
		((struct kyc_document *)p->v)[p->n++] = *d;
}

static enum err
identity_of(struct ctx *cx, const struct uuid *user, struct takeout *out)
{
	struct applications *l = arena_new(cx->arena, struct applications);
	struct pile papers = {arena_array(cx->arena, struct kyc_document, LISTED_MOST), 0};

	TRY(kyc_of_user(cx, user, APPLICATIONS_MOST, add_application, l));
	for (size_t i = 0; i < l->n; i++) {
		TRY(kyc_number_open(cx, &l->v[i]));
		TRY(kyc_document_list(cx, &l->v[i].id, add_paper, &papers));
	}
	out->kyc_applications = (struct list){l->v, l->n};
	out->kyc_papers = (struct list){papers.v, papers.n};
	return OK;
}

#define PILE(cx, type) ((struct pile){arena_array((cx)->arena, type, LISTED_MOST), 0})

static enum err
gather(struct ctx *cx, const struct uuid *user, struct takeout *out)
{
	struct pile sessions = PILE(cx, struct takeout_session);
	struct pile devices = PILE(cx, struct takeout_device);
	struct pile logins = PILE(cx, struct takeout_login);
	struct pile events = PILE(cx, struct takeout_event);

	TRY(export_sessions(cx, user, LISTED_MOST, add_session, &sessions));
	TRY(device_list(cx, user, add_device, &devices));
	TRY(export_logins(cx, user, LISTED_MOST, add_login, &logins));
	TRY(export_events(cx, user, LISTED_MOST, add_event, &events));
	TRY(factors_of(cx, user, &out->second_factors));
	TRY(identity_of(cx, user, out));
	out->sessions = (struct list){sessions.v, sessions.n};
	out->devices = (struct list){devices.v, devices.n};
	out->logins = (struct list){logins.v, logins.n};
	out->events = (struct list){events.v, events.n};
	return OK;
}

static enum err
note(struct ctx *cx, void *arg UNUSED)
{
	return audit_note(cx, "data_exported", &cx->caller->user.id, &cx->caller->session.id,
			  clock_now());
}

enum err
account_takeout(struct ctx *cx, const struct takeout_in *in, struct takeout *out)
{
	struct takeout t = {.made_at = clock_now(), .user = cx->caller->user};
	enum err e;

	TRY(step_up(cx, in->password));
	TRY(export_begin(cx, &t.user.id, &t.place));
	e = store_write(cx, note, NULL);
	if (e == OK)
		e = gather(cx, &t.user.id, &t);
	if (e == OK)
		*out = t;
	else
		export_end(t.place);
	return e;
}

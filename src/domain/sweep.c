/*
 * A row a kind: how old it may grow, and what takes it away. Each batch is a transaction of its
 * own. A kind that fails holds up no other, and one that was not done in its round is gone on with
 * at once, else what comes faster than a round takes would grow for ever.
 */
#include "domain/sweep.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "domain/audit_chain.h"
#include "domain/closing.h"
#include "domain/kyc_sweep.h"
#include "store/challenge.h"
#include "store/count.h"
#include "store/factor.h"
#include "store/preregistration.h"
#include "store/rate.h"
#include "store/record.h"
#include "store/session.h"
#include "store/store.h"
#include "store/undo_link.h"

#define BATCH 200
#define BATCHES_MOST 20 /* a round and kind */
#define AWAY 2
#define DEAD_SESSION_KEPT (30 * DAY)
#define TICKET_KEPT HOUR
#define UNDO_LINK_KEPT DAY       /* past its end */
#define CHALLENGE_KEPT (2 * DAY) /* longer than any link lives after its making is added */

struct batch {
	struct str kind; /* of counts */
	int64_t before, removed;
};

static enum err
remove_counts(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return count_sweep(cx, b->kind, b->before, BATCH, &b->removed);
}

static enum err
remove_challenges(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return challenge_sweep(cx, b->before, BATCH, &b->removed);
}

static enum err
remove_preregistrations(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return preregistration_sweep(cx, b->before, BATCH, &b->removed);
}

static enum err
remove_sessions(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return session_sweep(cx, b->before, BATCH, &b->removed);
}

static enum err
remove_tickets(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return ticket_sweep(cx, b->before, BATCH, &b->removed);
}

static enum err
remove_logins(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return login_sweep(cx, b->before, BATCH, &b->removed);
}

static enum err
remove_audit(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return audit_trim(cx, b->before, BATCH, &b->removed);
}

static enum err
remove_rates(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return rate_sweep(cx, b->before, BATCH, &b->removed);
}

static enum err
remove_undo_links(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return undo_sweep(cx, b->before, BATCH, &b->removed);
}

static const struct {
	const char *kind;
	int64_t life; /* since the last change */
} counts[] = {
	{"password_pair", 2 * DAY},   {"password_account", 400 * DAY},
	{"password_notice", 2 * DAY}, {"place", 31 * DAY},
	{"code", 400 * DAY},          {"mail_10m", HOUR},
	{"mail_day", 2 * DAY},        {"sms_10m", HOUR},
	{"sms_day", 2 * DAY},         {"mfa", 400 * DAY},
};

struct round {
	bool more;
	enum err failed; /* the first one */
	int away;        /* kinds in a row that found no store */
};

/* What one kind ends in is no reason to let the others grow; a store that is away is. */
static enum err
note(struct ctx *cx, struct round *r, const char *kind, enum err e)
{
	r->away = e == ERR_UNAVAILABLE ? r->away + 1 : 0;
	if (e == OK)
		return OK;
	log_event(cx, LOG_WARNING, "sweep_failed", LOG_Z("kind", kind),
		  LOG_Z("error", err_row(e)->code));
	fault_clear(cx);
	if (r->failed == OK)
		r->failed = e;
	return r->away == AWAY ? e : OK;
}

/* life 0: for ever. */
static enum err
remove_older(struct ctx *cx, struct round *r, const char *kind, store_fn remove, int64_t life)
{
	struct batch b = {.kind = str_of(kind), .before = clock_now() - life, .removed = BATCH};
	enum err e = OK;

	if (!life)
		return OK;
	for (int n = 0; e == OK && n < BATCHES_MOST && b.removed == BATCH; n++)
		e = store_write_apart(cx, remove, &b);
	r->more |= e == OK && b.removed == BATCH;
	return note(cx, r, kind, e);
}

static enum err
sweep_tables(struct ctx *cx, struct round *r)
{
	const struct config *c = cx->config;
	const struct {
		const char *kind;
		store_fn remove;
		int64_t life;
	} tables[] = {
		{"rates", remove_rates, store_is_embedded(cx->store) ? 0 : HOUR},
		{"challenges", remove_challenges, CHALLENGE_KEPT + c->challenge_link_ttl},
		{"preregistrations", remove_preregistrations, CHALLENGE_KEPT},
		{"sessions", remove_sessions, DEAD_SESSION_KEPT},
		{"tickets", remove_tickets, TICKET_KEPT},
		{"undo_links", remove_undo_links, UNDO_LINK_KEPT},
		{"logins", remove_logins, c->retention_logins},
		{"audit", remove_audit, c->retention_audit},
	};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		TRY(remove_older(cx, r, tables[i].kind, tables[i].remove, tables[i].life));
	return OK;
}

enum err
sweep(struct ctx *cx, bool *more)
{
	struct round r = {.failed = OK};

	*more = false;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		TRY(remove_older(cx, &r, counts[i].kind, remove_counts, counts[i].life));
	TRY(sweep_tables(cx, &r));
	TRY(note(cx, &r, "accounts", accounts_erase_due(cx)));
	TRY(note(cx, &r, "kyc", kyc_sweep(cx)));
	*more = r.more;
	return r.failed;
}

/*
 * A row a kind: how old it may grow, and what takes it away. Each batch is a transaction of its
 * own.
 */
#include "domain/sweep.h"

#include "base/clock.h"
#include "base/config.h"
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

/* life 0: for ever. */
static enum err
remove_older(struct ctx *cx, store_fn remove, struct str kind, int64_t life)
{
	struct batch b = {.kind = kind, .before = clock_now() - life, .removed = BATCH};

	if (!life)
		return OK;
	for (int n = 0; n < BATCHES_MOST && b.removed == BATCH; n++)
		TRY(store_write_apart(cx, remove, &b));
	return OK;
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

enum err
sweep(struct ctx *cx)
{
	const struct config *c = cx->config;

	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		TRY(remove_older(cx, remove_counts, str_of(counts[i].kind), counts[i].life));
	if (!store_is_embedded(cx->store))
		TRY(remove_older(cx, remove_rates, STR_NONE, HOUR));
	TRY(remove_older(cx, remove_challenges, STR_NONE, CHALLENGE_KEPT + c->challenge_link_ttl));
	TRY(remove_older(cx, remove_preregistrations, STR_NONE, CHALLENGE_KEPT));
	TRY(remove_older(cx, remove_sessions, STR_NONE, DEAD_SESSION_KEPT));
	TRY(remove_older(cx, remove_tickets, STR_NONE, TICKET_KEPT));
	TRY(accounts_erase_due(cx));
	TRY(kyc_sweep(cx));
	TRY(remove_older(cx, remove_undo_links, STR_NONE, UNDO_LINK_KEPT));
	TRY(remove_older(cx, remove_logins, STR_NONE, c->retention_logins));
	return remove_older(cx, remove_audit, STR_NONE, c->retention_audit);
}

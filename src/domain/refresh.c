/*
 * One row a session, one counter for its tokens. The current token rotates it by compare-and-swap;
 * its predecessor answers with the same successor for a few seconds, so two tabs racing or a lost
 * answer do no harm; anything older means that somebody kept a copy, and ends the session. All of
 * it is decided inside one transaction.
 */
#include "domain/refresh.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/metrics.h"
#include "crypto/token.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/mfa.h"
#include "domain/standing.h"
#include "store/factor.h"
#include "store/store.h"

#define RACES_MOST 5

enum presented { CURRENT, PREDECESSOR, REUSED, NEVER_ISSUED };

struct turn {
	struct refresh_token token;
	struct str device_id;
	struct session session;
	struct user user;
	enum err refusal;   /* that leaves something behind */
	struct mfa_due due; /* with ERR_MFA_REQUIRED */
};

static enum presented
which(const struct ctx *cx, const struct session *s, int64_t counter, int64_t now)
{
	if (counter == s->counter)
		return CURRENT;
	if (counter > s->counter)
		return NEVER_ISSUED;
	if (counter == s->counter - 1 && now - s->rotated_at < cx->config->token_reuse_grace)
		return PREDECESSOR;
	return REUSED;
}

static enum err
end_reused(struct ctx *cx, struct turn *t, int64_t now)
{
	bool ended;

	t->refusal = ERR_TOKEN;
	TRY(session_revoke(cx, &t->session.id, S("refresh_reused"), now, &ended));
	if (!ended)
		return OK;
	metric_count(METRIC_SESSIONS_REUSED);
	TRY(audit_note(cx, "refresh_reused", &t->user.id, &t->session.id, now));
	return mail_refresh_reused(cx, &t->user, &t->session, now);
}

static bool
device_right(const struct turn *t)
{
	return str_absent(t->session.device_id) || str_eq(t->session.device_id, t->device_id);
}

enum err
session_advance(struct ctx *cx, struct session *s, int64_t now)
{
	int64_t idle = jittered(now, cx->config->token_refresh_idle_ttl);

	if (idle > s->expires_at)
		idle = s->expires_at;
	if (!cx->config->token_rotate) {
		TRY(session_prolong(cx, &s->id, s->counter, now, idle));
	} else {
		TRY(session_rotate(cx, &s->id, s->counter, now, idle));
		s->counter++;
		s->rotated_at = now;
	}
	s->idle_expires_at = idle;
	return OK;
}

/* Its device looked like another: the second factor tells whether the owner is there, and without
 * one the session ends. */
static enum err
ask_again(struct ctx *cx, struct turn *t, int64_t now)
{
	const struct session *s = &t->session;
	struct sign_in_waiting waiting = {
		.device_id = s->device_id,
		.amr = s->amr,
		.session_id = s->id,
	};
	enum err e = mfa_gate(cx, &t->user, &waiting, now, &t->due);
	bool ended;

	if (e != OK && e != ERR_MFA_REQUIRED)
		return e;
	t->refusal = e == OK ? ERR_TOKEN : ERR_MFA_REQUIRED;
	if (e != OK)
		return OK;
	TRY(session_revoke(cx, &s->id, S("fingerprint"), now, &ended));
	return audit_note(cx, "fingerprint_session_ended", &t->user.id, &s->id, now);
}

static enum err
take_turn(struct ctx *cx, struct turn *t)
{
	int64_t now = clock_now();
	struct session *s = &t->session;
	enum presented p;

	t->refusal = OK;
	TRY(err_map(session_with_user(cx, &t->token.session, s, &t->user), ERR_NOT_FOUND,
		    ERR_TOKEN));
	if (s->revoked_at || now >= s->expires_at || now >= s->idle_expires_at)
		return ERR_TOKEN;
	if (standing_of(&t->user, now) != OK)
		return ERR_TOKEN;
	if (s->device_blocked)
		return ERR_DEVICE_BLOCKED;
	p = which(cx, s, t->token.counter, now);
	if (p == NEVER_ISSUED)
		return ERR_TOKEN;
	if (p == REUSED)
		return end_reused(cx, t, now);
	if (!device_right(t)) {
		t->refusal = ERR_TOKEN;
		return audit_note(cx, "refresh_wrong_device", &t->user.id, &s->id, now);
	}
	if (s->fingerprint_poor_at && cx->config->fingerprint_require_mfa)
		return ask_again(cx, t, now);
	return p == CURRENT ? session_advance(cx, s, now) : OK;
}

static enum err
turn(struct ctx *cx, void *arg)
{
	enum err e = take_turn(cx, arg);

	for (int i = 0; e == ERR_NOT_FOUND && i < RACES_MOST; i++)
		e = take_turn(cx, arg);
	return err_map(e, ERR_NOT_FOUND, ERR_UNAVAILABLE);
}

enum err
session_refresh(struct ctx *cx, const struct refresh_in *in, struct tokens *out)
{
	struct turn t = {.device_id = in->device_id};

	TRY(refresh_token_read(cx, in->refresh_token, &t.token));
	TRY(store_write(cx, turn, &t));
	if (t.refusal == ERR_MFA_REQUIRED)
		return mfa_refuse(cx, &t.due);
	TRY(t.refusal);
	metric_count(METRIC_SESSIONS_REFRESHED);
	return tokens_make(cx, &t.session, &t.user, clock_now(), out);
}

static enum err
end_one(struct ctx *cx, void *arg)
{
	const struct uuid *id = arg;
	struct session s;
	bool ended;
	int64_t now = clock_now();
	enum err e = session_by_id(cx, id, &s);

	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	TRY(session_revoke(cx, id, S("logout"), now, &ended));
	return ended ? audit_note(cx, "logout", &s.user_id, id, now) : OK;
}

enum err
logout(struct ctx *cx, const struct logout_in *in, struct nothing *out)
{
	struct refresh_token token;

	*out = (struct nothing){0};
	if (str_absent(in->refresh_token)) {
		if (cx->caller->bearer != BEARER_BLOCKED)
			TRY(caller_must_be_signed_in(cx));
		token.session = cx->caller->session.id;
	} else {
		TRY(refresh_token_read(cx, in->refresh_token, &token));
	}
	return store_write(cx, end_one, &token.session);
}

static enum err
end_all(struct ctx *cx, void *arg UNUSED)
{
	int64_t now = clock_now();
	struct user u;

	TRY(caller_hold(cx, &u));
	TRY(session_revoke_all(cx, &u.id, NULL, S("logout_all"), now, NULL));
	TRY(ticket_end_all(cx, &u.id, now));
	return audit_note(cx, "logout_all", &u.id, NULL, now);
}

enum err
logout_all(struct ctx *cx, const struct nothing *in, struct nothing *out)
{
	*out = (struct nothing){0};
	return store_write(cx, end_all, NULL);
}

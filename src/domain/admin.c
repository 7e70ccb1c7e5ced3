/*
 * Whether somebody with the role ADMIN is left is decided in the transaction that would take one
 * away. Two such transactions at one moment, each seeing the other's administrator, would take
 * both: so each begins by writing one and the same row, and the second waits for the first to end.
 */
#include "domain/admin.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/json_write.h"
#include "crypto/hasher.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/mfa.h"
#include "domain/policy.h"
#include "domain/standing.h"
#include "store/challenge.h"
#include "store/factor.h"
#include "store/key.h"
#include "store/session.h"
#include "store/store.h"

#define DETAIL_MAX 8192

static const struct str admin_role = {"ADMIN", 5};

enum err
admin_check_reason(struct ctx *cx, struct str reason)
{
	if (str_absent(reason))
		return OK;
	if (!utf8_valid(reason) || utf8_has_control(reason))
		return fail_field(cx, "reason", "Control characters are not allowed.");
	if (str_trim(reason).n == 0 || utf8_length(reason) > REASON_MAX)
		return fail_field(cx, "reason", "Use 1 to 500 characters.");
	return OK;
}

static void
detail_open(struct ctx *cx, struct buf *text, struct json_out *w)
{
	buf_init_arena(text, cx->arena, DETAIL_MAX);
	*w = json_to(text);
	json_open(w);
}

static void
detail_word(struct json_out *w, const char *name, struct str value)
{
	if (!str_absent(value))
		json_pair_str(w, name, value);
}

static struct str
detail_close(struct buf *text, struct json_out *w)
{
	json_close(w);
	return buf_view(text);
}

enum err
admin_still(struct ctx *cx)
{
	struct user u;

	if (cx->caller->bearer != BEARER_GOOD)
		return OK;
	TRY(caller_still(cx, &u));
	return str_eq(u.role, admin_role) ? OK : ERR_ROLE_REQUIRED;
}

/* Who could end an administrator's rights waits here for who is just doing it. */
static enum err
take_turn(struct ctx *cx)
{
	return fact_set(cx, S("admin_lock"), S("held"));
}

/* The account as it is now. */
static enum err
begin(struct ctx *cx, const struct uuid *id, struct user *out)
{
	TRY(take_turn(cx));
	TRY(admin_still(cx));
	return user_hold(cx, id, out);
}

static enum err
another_admin_is_left(struct ctx *cx, const struct user *u, int64_t now)
{
	bool there;

	if (!str_eq(u->role, admin_role) || standing_of(u, now) != OK)
		return OK;
	TRY(user_another_admin(cx, &u->id, now, &there));
	return there ? OK : ERR_LAST_ADMIN;
}

static enum err
end_access(struct ctx *cx, const struct uuid *user, struct str why, int64_t now)
{
	TRY(session_revoke_all(cx, user, NULL, why, now, NULL));
	TRY(ticket_end_all(cx, user, now));
	return challenge_end_all(cx, user, now);
}

struct locking {
	const struct admin_lock_in *in;
	struct user user;
};

static struct str
lock_detail(struct ctx *cx, const struct admin_lock_in *in)
{
	struct buf text;
	struct json_out w;

	detail_open(cx, &text, &w);
	detail_word(&w, "reason", in->reason);
	if (in->until)
		json_pair_time(&w, "until", in->until);
	return detail_close(&text, &w);
}

static enum err
lock(struct ctx *cx, void *arg)
{
	struct locking *l = arg;
	const struct admin_lock_in *in = l->in;
	struct user *u = &l->user;
	int64_t now = clock_now();

	TRY(begin(cx, &in->user, u));
	TRY(another_admin_is_left(cx, u, now));
	u->locked_at = now;
	u->locked_until = in->until;
	u->lock_reason = in->reason;
	u->updated_at = now;
	TRY(user_set_lock(cx, &u->id, now, in->until, in->reason, now));
	TRY(end_access(cx, &u->id, S("locked"), now));
	return audit_note_detail(cx, "user_locked", &u->id, lock_detail(cx, in), now);
}

enum err
admin_lock(struct ctx *cx, const struct admin_lock_in *in, struct user *out)
{
	struct locking l = {.in = in};

	if (str_absent(in->reason))
		(void)fail_field(cx, "reason", "A lock needs a reason.");
	else
		TRY(admin_check_reason(cx, in->reason));
	if (in->until && in->until <= clock_now())
		(void)fail_field(cx, "until", "This time has passed.");
	if (cx->fault.fields)
		return ERR_INVALID;
	TRY(store_write(cx, lock, &l));
	*out = l.user;
	return OK;
}

struct unlocking {
	const struct admin_unlock_in *in;
	struct user user;
};

static struct str
reason_detail(struct ctx *cx, struct str reason)
{
	struct buf text;
	struct json_out w;

	if (str_absent(reason))
		return STR_NONE;
	detail_open(cx, &text, &w);
	detail_word(&w, "reason", reason);
	return detail_close(&text, &w);
}

static enum err
unlock(struct ctx *cx, void *arg)
{
	struct unlocking *l = arg;
	struct user *u = &l->user;
	int64_t now = clock_now();

	TRY(admin_still(cx));
	TRY(user_hold(cx, &l->in->user, u));
	TRY(attempts_clear(cx, &u->id));
	if (!u->locked_at)
		return OK;
	u->locked_at = 0;
	u->locked_until = 0;
	u->lock_reason = STR_NONE;
	u->updated_at = now;
	TRY(user_set_lock(cx, &u->id, 0, 0, STR_NONE, now));
	return audit_note_detail(cx, "user_unlocked", &u->id, reason_detail(cx, l->in->reason),
				 now);
}

enum err
admin_unlock(struct ctx *cx, const struct admin_unlock_in *in, struct user *out)
{
	struct unlocking l = {.in = in};

	TRY(admin_check_reason(cx, in->reason));
	TRY(store_write(cx, unlock, &l));
	*out = l.user;
	return OK;
}

static enum err
logout_all_of(struct ctx *cx, void *arg)
{
	const struct admin_act_in *in = arg;
	int64_t now = clock_now();
	struct user u;

	TRY(admin_still(cx));
	TRY(user_hold(cx, &in->user, &u));
	TRY(session_revoke_all(cx, &u.id, NULL, S("logout_all"), now, NULL));
	TRY(ticket_end_all(cx, &u.id, now));
	return audit_note_detail(cx, "logout_all", &u.id, reason_detail(cx, in->reason), now);
}

enum err
admin_logout_all(struct ctx *cx, const struct admin_act_in *in, struct nothing *out)
{
	struct admin_act_in copy = *in;

	*out = (struct nothing){0};
	TRY(admin_check_reason(cx, in->reason));
	return store_write(cx, logout_all_of, &copy);
}

static enum err
reset_mfa(struct ctx *cx, void *arg)
{
	const struct admin_act_in *in = arg;
	int64_t now = clock_now();
	struct user u;

	TRY(admin_still(cx));
	TRY(user_hold(cx, &in->user, &u));
	TRY(mfa_forget(cx, &u.id, now));
	TRY(user_set_mfa(cx, &u.id, false, now));
	TRY(audit_note_detail(cx, "mfa_reset", &u.id, reason_detail(cx, in->reason), now));
	return u.mfa_enabled ? mail_mfa_disabled(cx, &u, now) : OK;
}

enum err
admin_reset_mfa(struct ctx *cx, const struct admin_act_in *in, struct nothing *out)
{
	struct admin_act_in copy = *in;

	*out = (struct nothing){0};
	TRY(admin_check_reason(cx, in->reason));
	/* One's own goes by the password (mfa_disable), not by a token alone. */
	if (cx->caller->bearer == BEARER_GOOD && uuid_eq(&in->user, &cx->caller->user.id))
		return ERR_REAUTHENTICATION;
	return store_write(cx, reset_mfa, &copy);
}

struct role_change {
	const struct admin_set_role_in *in;
	struct str role;
	struct user user;
};

static struct str
role_detail(struct ctx *cx, const struct role_change *c)
{
	struct buf text;
	struct json_out w;

	detail_open(cx, &text, &w);
	detail_word(&w, "from", c->user.role);
	detail_word(&w, "to", c->role);
	detail_word(&w, "reason", c->in->reason);
	return detail_close(&text, &w);
}

static enum err
set_role(struct ctx *cx, void *arg)
{
	struct role_change *c = arg;
	struct user *u = &c->user;
	int64_t now = clock_now();

	TRY(begin(cx, &c->in->user, u));
	if (str_eq(u->role, c->role))
		return OK;
	TRY(another_admin_is_left(cx, u, now));
	/* Who typed an address does not own it: a power is not for whoever that was. */
	if (!u->is_email_verified && !list_has(cx->config->roles_self_assignable, c->role))
		return ERR_EMAIL_NOT_VERIFIED;
	TRY(user_set_role(cx, &u->id, c->role, now));
	TRY(audit_note_detail(cx, "role_changed", &u->id, role_detail(cx, c), now));
	u->role = c->role;
	u->updated_at = now;
	return OK;
}

enum err
admin_set_role(struct ctx *cx, const struct admin_set_role_in *in, struct user *out)
{
	struct role_change c = {.in = in, .role = role_find(cx, in->role)};

	if (str_absent(c.role))
		return fail_field(cx, "role", "There is no such role.");
	TRY(admin_check_reason(cx, in->reason));
	TRY(store_write(cx, set_role, &c));
	*out = c.user;
	return OK;
}

struct password_setting {
	struct uuid user_id;
	struct str phc;
	struct user user;
};

static enum err
set_password(struct ctx *cx, void *arg)
{
	struct password_setting *s = arg;
	struct user *u = &s->user;
	int64_t now = clock_now();

	TRY(user_hold(cx, &s->user_id, u));
	TRY(user_set_password(cx, &u->id, STR_NONE, s->phc, now));
	TRY(end_access(cx, &u->id, S("password_set"), now));
	TRY(attempts_clear(cx, &u->id));
	u->password = s->phc;
	u->updated_at = now;
	TRY(audit_note(cx, "password_set", &u->id, NULL, now));
	return mail_password_changed(cx, u, now);
}

enum err
admin_set_password(struct ctx *cx, const struct admin_set_password_in *in, struct user *out)
{
	struct password_setting s = {.user_id = in->user};

	TRY(user_by_id(cx, &in->user, &s.user));
	TRY(policy_password_of(cx, "password", &s.user, in->password));
	TRY(password_hash(cx, in->password, &s.phc));
	TRY(store_write(cx, set_password, &s));
	*out = s.user;
	return OK;
}

enum err
admin_may_go(struct ctx *cx, const struct uuid *user, int64_t now, struct user *out)
{
	TRY(take_turn(cx));
	TRY(user_hold(cx, user, out));
	return another_admin_is_left(cx, out, now);
}

/*
 * A wrong password and an unknown identifier cost the same hash and get the same answer. Whether
 * the account may sign in is decided inside the transaction that opens the session, on the row as
 * it is then: what was locked or changed while the hash ran counts. Each attempt leaves a login
 * record, whatever its end.
 */
#include "domain/login.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/hasher.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/device_fingerprint.h"
#include "domain/mails.h"
#include "domain/mfa.h"
#include "domain/policy.h"
#include "domain/preregister.h"
#include "domain/shared.h"
#include "domain/standing.h"
#include "store/store.h"

enum err
user_by_identifier(struct ctx *cx, struct str identifier, struct user *out)
{
	struct str key = str_lower(cx->arena, str_trim(identifier));

	switch (identifier_kind(key)) {
	case IDENTIFIER_EMAIL:
		return user_by_email(cx, key, out);
	case IDENTIFIER_PHONE:
		return user_by_verified_phone(cx, key, out);
	case IDENTIFIER_USERNAME:
		break;
	}
	return user_by_username(cx, key, out);
}

struct attempt {
	const struct login_in *in;
	struct guesser guesser;
	bool found, right;
	bool outdated; /* the stored hash changed meanwhile: what was compared says nothing */
	bool last_try;
	bool waiting; /* nobody has this address, but a pre-registration does */
	struct str waiting_password;
	struct user user;       /* as read before the hash; set anew by the transaction */
	struct str verified;    /* the stored hash that the password was compared with */
	struct str rehash;      /* absent: the stored hash stays */
	struct str fingerprint; /* as it would be kept; absent: none was sent */
	struct session session; /* that opens when nothing forbids it */
	enum err outcome;
	struct mfa_due due; /* with ERR_MFA_REQUIRED */
};

static enum err
record(struct ctx *cx, const struct attempt *a, int64_t now)
{
	struct attempt_record r = {
		.user = a->found ? &a->user.id : NULL,
		.identifier = str_trim(a->in->identifier),
		.device_id = a->in->device_id,
		.method = "password",
		.outcome = a->outcome,
		.session = a->outcome == OK ? &a->session.id : NULL,
	};

	return login_note(cx, &r, now);
}

/* After the tenth failure, and again when all are refused, the owner hears of it. */
static enum err
tell_owner(struct ctx *cx, const struct attempt *a, int64_t now)
{
	int64_t count;

	TRY(attempt_notice_due(cx, &a->guesser, now, &count));
	if (!count || !a->found)
		return OK;
	TRY(audit_note(cx, "login_failures", &a->user.id, NULL, now));
	return mail_login_failures(cx, &a->user, count, now);
}

static enum err
failed(struct ctx *cx, void *arg)
{
	struct attempt *a = arg;
	int64_t now = clock_now();

	a->outcome = ERR_CREDENTIALS;
	TRY(record(cx, a, now));
	return tell_owner(cx, a, now);
}

static enum err
open_session(struct ctx *cx, struct attempt *a, int64_t now)
{
	struct user *u = &a->user;

	TRY(session_store(cx, &a->session, a->in->device_name));
	TRY(code_attempts_clear_all(cx, &u->id));
	TRY(user_set_last_login(cx, &u->id, now));
	u->last_login_at = now;
	TRY(attempt_note_place(cx, &a->guesser, now));
	return str_absent(a->fingerprint) ? OK : fingerprint_meet(cx, &a->session, a->fingerprint);
}

/*
 * The account as it is now, held. A password that was changed while it was compared is another, but
 * one that was only hashed anew is the same: so it is compared once more.
 */
static enum err
still_the_password(struct ctx *cx, struct attempt *a)
{
	enum err e = user_hold(cx, &a->user.id, &a->user);

	a->outdated = e == ERR_NOT_FOUND || (e == OK && !str_eq(a->user.password, a->verified));
	return err_map(e, ERR_NOT_FOUND, OK);
}

static enum err
succeeded(struct ctx *cx, void *arg)
{
	struct attempt *a = arg;
	struct sign_in_waiting waiting = {
		.device_id = a->in->device_id,
		.device_name = a->in->device_name,
		.amr = S("pwd"),
	};
	int64_t now = clock_now();

	TRY(still_the_password(cx, a));
	if (a->outdated)
		return a->last_try ? failed(cx, a) : OK;
	TRY(attempt_succeeded(cx, &a->guesser, now));
	if (!str_absent(a->rehash))
		TRY(user_set_password(cx, &a->user.id, a->verified, a->rehash, now));
	a->outcome = sign_in_gate(cx, &a->user, a->in->device_id, now);
	if (a->outcome == OK)
		a->outcome = mfa_gate(cx, &a->user, &waiting, now, &a->due);
	if (a->outcome != OK && err_row(a->outcome)->status >= 500)
		return a->outcome;
	if (a->outcome == OK)
		TRY(open_session(cx, a, now));
	return record(cx, a, now);
}

static enum err
check_password(struct ctx *cx, struct attempt *a)
{
	bool stale;

	a->verified = a->found ? a->user.password : a->waiting_password;
	TRY(password_verify(cx, a->verified, a->in->password, &a->right, &stale));
	if (!a->right || a->waiting)
		return OK;
	/* Without a free slot for it, the next sign-in does it. */
	if (stale && password_hash(cx, a->in->password, &a->rehash) != OK)
		fault_clear(cx);
	if (a->in->fingerprint.v)
		a->fingerprint =
			fingerprint_parts(cx, &a->user.id, a->in->device_id, &a->in->fingerprint);
	return session_plan(cx, &a->user, a->in->device_id, S("pwd"), clock_now(), &a->session);
}

static enum err
compare(struct ctx *cx, struct attempt *a, store_fn if_wrong, store_fn if_right)
{
	enum err e;

	a->outdated = false;
	a->rehash = STR_NONE;
	e = check_password(cx, a);
	if (e == OK)
		e = store_write(cx, a->right ? if_right : if_wrong, a);
	/* Right and wrong are answered alike then, so it tells nothing and counts for nothing. */
	if (e != OK)
		attempt_cancel(cx, &a->guesser);
	return e;
}

/*
 * Few of one account and address at a time, each counted before its hash. What could not be looked
 * at (no hash slot) was no guess.
 */
static enum err
guess(struct ctx *cx, struct attempt *a, store_fn if_wrong, store_fn if_right)
{
	enum err e;

	TRY(gate_enter(cx, gate_of(a->guesser.pair)));
	e = attempt_begin(cx, &a->guesser);
	if (e == OK)
		e = compare(cx, a, if_wrong, if_right);
	a->last_try = true;
	if (e == OK && a->outdated)
		e = compare(cx, a, if_wrong, if_right);
	gate_leave(cx->shared, gate_of(a->guesser.pair));
	return e;
}

static enum err
refused(struct ctx *cx, void *arg)
{
	return record(cx, arg, clock_now());
}

/* The record of who was told to wait; one that can't be kept changes nothing for them. */
static void
note_throttled(struct ctx *cx, struct attempt *a)
{
	struct fault kept = cx->fault;

	a->outcome = ERR_THROTTLED;
	(void)!store_write(cx, refused, a);
	cx->fault = kept;
}

/* The right password of who has not opened the link yet. */
static enum err
not_proven(struct ctx *cx, void *arg)
{
	struct attempt *a = arg;
	int64_t now = clock_now();

	a->outcome = ERR_EMAIL_NOT_VERIFIED;
	TRY(attempt_succeeded(cx, &a->guesser, now));
	return record(cx, a, now);
}

/* The account that the identifier means, or else the pre-registration that waits for its address.
 */
static enum err
find(struct ctx *cx, struct attempt *a)
{
	struct str key = str_lower(cx->arena, str_trim(a->in->identifier));
	struct preregistration waiting;
	enum err e = user_by_identifier(cx, key, &a->user);

	a->found = e == OK;
	if (e != ERR_NOT_FOUND)
		return e;
	e = preregistration_newest(cx, key, clock_now(), &waiting);
	a->waiting = e == OK;
	if (a->waiting)
		a->waiting_password = waiting.password;
	return err_map(e, ERR_NOT_FOUND, OK);
}

static enum err
check_fingerprint(struct ctx *cx, const struct login_in *in)
{
	if (!in->fingerprint.v)
		return OK;
	if (str_absent(in->device_id))
		(void)fail_field(cx, "device_id", "A fingerprint is that of a device: name it.");
	(void)!fingerprint_check(cx, &in->fingerprint);
	return cx->fault.fields ? ERR_INVALID : OK;
}

enum err
login_password(struct ctx *cx, const struct login_in *in, struct sign_in *out)
{
	struct attempt a = {.in = in};
	struct sign_in done = {.has_tokens = true};
	enum err e;

	TRY(check_fingerprint(cx, in));
	TRY(find(cx, &a));
	guesser_init(cx, a.found ? &a.user.id : NULL, in->identifier, &a.guesser);
	e = guess(cx, &a, failed, a.waiting ? not_proven : succeeded);
	if (e == ERR_THROTTLED)
		note_throttled(cx, &a);
	TRY(e);
	if (a.outcome == ERR_MFA_REQUIRED)
		return mfa_refuse(cx, &a.due);
	TRY(a.outcome);
	TRY(tokens_make(cx, &a.session, &a.user, clock_now(), &done.tokens));
	done.user = a.user;
	*out = done;
	return OK;
}

static enum err
not_confirmed(struct ctx *cx, void *arg)
{
	struct attempt *a = arg;

	return tell_owner(cx, a, clock_now());
}

static enum err
confirmed(struct ctx *cx, void *arg)
{
	struct attempt *a = arg;
	int64_t now = clock_now();

	TRY(still_the_password(cx, a));
	if (a->outdated) {
		a->right = !a->last_try;
		return a->last_try ? tell_owner(cx, a, now) : OK;
	}
	if (!str_absent(a->rehash)) {
		TRY(user_set_password(cx, &a->user.id, a->verified, a->rehash, now));
		a->user.password = a->rehash;
	}
	return attempt_succeeded(cx, &a->guesser, now);
}

enum err
password_confirm(struct ctx *cx, const char *field, struct secret password, struct str *stored)
{
	const struct user *u = &cx->caller->user;
	struct login_in in = {.identifier = u->email, .password = password};
	struct attempt a = {.in = &in, .found = true, .user = *u};

	guesser_init(cx, &u->id, u->email, &a.guesser);
	TRY(guess(cx, &a, not_confirmed, confirmed));
	if (!a.right)
		return fail_field(cx, field, "This is not your password.");
	if (stored)
		*stored = a.user.password;
	return OK;
}

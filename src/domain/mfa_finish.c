/*
 * The second half of a sign-in. A guess is counted on the ticket and on the account in the
 * transaction that looks at the code; what forbids a sign-in is asked again behind it, since
 * minutes may have passed. A wrong code fails the request but keeps its counts, so that is told
 * through the argument.
 */
#include "base/clock.h"
#include "base/config.h"
#include "base/metrics.h"
#include "crypto/token.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/mfa.h"
#include "domain/mfa_count.h"
#include "domain/mfa_proof.h"
#include "domain/refresh.h"
#include "domain/shared.h"
#include "domain/standing.h"
#include "store/fingerprint.h"
#include "store/store.h"

struct finish {
	const struct mfa_verify_in *in;
	uint8_t mac[MAC_SIZE]; /* of the mfa_token */
	struct ticket ticket;
	struct user user;
	struct session session; /* that opens, or goes on */
	struct mfa_guess guess;
	struct str method; /* "otp" or "sms", RFC 8176; absent: the code was wrong */
	bool by_recovery_code;
	enum err refusal;  /* that leaves something behind, or nothing to undo */
	const char *field; /* of ERR_INVALID */
};

/* The ticket while it is good, and whose it is. */
static enum err
ticket_find(struct ctx *cx, const uint8_t mac[static MAC_SIZE], int64_t now, struct ticket *t,
	    struct user *u)
{
	TRY(err_map(ticket_by_mac(cx, mac, t), ERR_NOT_FOUND, ERR_MFA_TOKEN));
	if (t->ended_at || now >= t->expires_at || t->attempts >= MFA_ATTEMPTS)
		return ERR_MFA_TOKEN;
	TRY(err_map(user_by_id(cx, &t->user_id, u), ERR_NOT_FOUND, ERR_MFA_TOKEN));
	return u->mfa_enabled && standing_of(u, now) == OK ? OK : ERR_MFA_TOKEN;
}

static bool
same_device(const struct ticket *t, struct str device_id)
{
	if (str_absent(t->device_id) || str_absent(device_id))
		return str_absent(t->device_id) && str_absent(device_id);
	return str_eq(t->device_id, device_id);
}

static enum err
record(struct ctx *cx, const struct finish *f, int64_t now)
{
	struct attempt_record r = {
		.user = &f->user.id,
		.identifier = f->user.email,
		.device_id = f->ticket.device_id,
		.method = str_starts(f->ticket.amr, S("pwd")) ? "password" : "otp",
		.outcome = f->refusal,
		.session = f->refusal == OK ? &f->session.id : NULL,
	};

	return login_note(cx, &r, now);
}

static enum err
wrong(struct ctx *cx, struct finish *f, int64_t now)
{
	const struct user *u = &f->user;

	f->refusal = ERR_INVALID_CODE;
	metric_count(f->guess.stopped ? METRIC_MFA_REFUSED : METRIC_MFA_WRONG);
	TRY(record(cx, f, now));
	if (f->guess.nth != MFA_GUESSES_FREE && f->guess.nth != MFA_GUESSES_MOST)
		return OK;
	TRY(audit_note(cx, "mfa_failures", &u->id, NULL, now));
	return mail_mfa_failures(cx, u, f->guess.nth, now);
}

/* Each factor that is on, but the channel that the first step used; an authenticator first. */
static enum err
try_factors(struct ctx *cx, struct finish *f, int64_t now)
{
	struct factor factors[FACTORS_MOST];
	bool right = false;
	size_t n;

	TRY(factor_list(cx, &f->user.id, factors, &n));
	for (size_t i = 0; i < n && !right; i++) {
		if (!factors[i].enabled_at || str_eq(factors[i].kind, f->ticket.channel))
			continue;
		TRY(factor_try(cx, &f->user, &factors[i], f->in->code, now, &right));
		if (right)
			f->method = str_eq(factors[i].kind, FACTOR_SMS) ? S("sms") : S("otp");
	}
	return OK;
}

static enum err
try_code(struct ctx *cx, struct finish *f, int64_t now)
{
	bool right;

	f->method = STR_NONE;
	if (f->guess.stopped)
		return OK;
	if (!f->by_recovery_code)
		return try_factors(cx, f, now);
	TRY(recovery_code_try(cx, &f->user.id, f->in->code, &right));
	f->method = right ? S("otp") : STR_NONE;
	return OK;
}

static enum err
tell_of_recovery_code(struct ctx *cx, const struct user *u, int64_t now)
{
	int64_t left;

	TRY(recovery_code_count(cx, &u->id, &left));
	TRY(audit_note(cx, "recovery_code_used", &u->id, NULL, now));
	return mail_recovery_code_used(cx, u, left, now);
}

/* Both steps; a second one of the same name is told by "mfa". */
static struct str
amr_of(struct ctx *cx, const struct finish *f)
{
	struct str rest = f->ticket.amr, one, second = f->method;

	while (str_cut(&rest, ' ', &one))
		if (str_eq(one, f->method))
			second = S("mfa");
	return str_print(cx->arena, "%.*s %.*s", STR_ARG(f->ticket.amr), STR_ARG(second));
}

/* The session whose refresh was asked for the factor. */
static enum err
resume(struct ctx *cx, struct finish *f, int64_t now)
{
	struct session *s = &f->session;

	TRY(session_by_id(cx, &f->ticket.session_id, s));
	if (s->revoked_at || now >= s->expires_at || now >= s->idle_expires_at)
		return ERR_NOT_FOUND;
	TRY(session_advance(cx, s, now));
	TRY(session_set_fingerprint_poor(cx, &s->id, 0));
	s->amr = amr_of(cx, f);
	s->auth_time = now;
	return session_set_auth(cx, &s->id, s->amr, now);
}

static enum err
open_session(struct ctx *cx, struct finish *f, int64_t now)
{
	struct user *u = &f->user;
	struct guesser g;

	if (!uuid_is_zero(&f->ticket.session_id))
		return err_map(resume(cx, f, now), ERR_NOT_FOUND, ERR_MFA_TOKEN);
	f->session.amr = amr_of(cx, f);
	TRY(session_store(cx, &f->session, f->ticket.device_name));
	if (str_starts(f->ticket.amr, S("pwd")))
		TRY(code_attempts_clear_all(cx, &u->id));
	TRY(user_set_last_login(cx, &u->id, now));
	u->last_login_at = now;
	guesser_init(cx, &u->id, STR_NONE, &g);
	return attempt_note_place(cx, &g, now);
}

static void
count_right(const struct finish *f)
{
	if (f->by_recovery_code)
		metric_count(METRIC_MFA_RECOVERY_CODE);
	else
		metric_count(str_eq(f->method, S("sms")) ? METRIC_MFA_SMS : METRIC_MFA_TOTP);
}

static enum err
right(struct ctx *cx, struct finish *f, int64_t now)
{
	TRY(err_map(ticket_end(cx, &f->ticket.id, now), ERR_NOT_FOUND, ERR_MFA_TOKEN));
	TRY(mfa_guess_clear(cx, &f->user.id));
	count_right(f);
	f->refusal = sign_in_gate(cx, &f->user, f->ticket.device_id, now);
	if (f->refusal != OK && err_row(f->refusal)->status >= 500)
		return f->refusal;
	if (f->refusal == OK)
		TRY(open_session(cx, f, now));
	if (f->by_recovery_code)
		TRY(tell_of_recovery_code(cx, &f->user, now));
	return record(cx, f, now);
}

/* What is refused before anything is counted. */
static enum err
refused_early(const struct ctx *cx, struct finish *f)
{
	bool signed_in = cx->caller->bearer == BEARER_GOOD;

	f->field = NULL;
	if (signed_in && !uuid_eq(&cx->caller->user.id, &f->user.id))
		f->field = "mfa_token";
	else if (!same_device(&f->ticket, f->in->device_id))
		f->field = "device_id";
	return f->field ? ERR_INVALID : OK;
}

static enum err
finish(struct ctx *cx, void *arg)
{
	struct finish *f = arg;
	int64_t now = clock_now();
	char digits[CODE_DIGITS];

	TRY(ticket_find(cx, f->mac, now, &f->ticket, &f->user));
	TRY(err_map(user_hold(cx, &f->user.id, &f->user), ERR_NOT_FOUND, ERR_MFA_TOKEN));
	f->refusal = refused_early(cx, f);
	if (f->refusal != OK)
		return OK;
	f->by_recovery_code = !code_digits(f->in->code, digits);
	TRY(mfa_guess_begin(cx, &f->user.id, f->by_recovery_code, now, &f->guess));
	if (f->guess.wait) {
		f->refusal = ERR_THROTTLED;
		metric_count(METRIC_MFA_REFUSED);
		return record(cx, f, now);
	}
	TRY(err_map(ticket_take_attempt(cx, &f->ticket.id, MFA_ATTEMPTS, now), ERR_NOT_FOUND,
		    ERR_MFA_TOKEN));
	TRY(try_code(cx, f, now));
	return str_absent(f->method) ? wrong(cx, f, now) : right(cx, f, now);
}

static enum err
refuse(struct ctx *cx, const struct finish *f)
{
	if (f->refusal == ERR_THROTTLED)
		return fail_retry(cx, ERR_THROTTLED, f->guess.wait);
	if (f->refusal == ERR_INVALID)
		return fail_field(cx, f->field,
				  str_eq(str_of(f->field), S("device_id"))
					  ? "This is not the device that the sign-in began on."
					  : "This is not of the account that is signed in.");
	if (f->guess.stopped)
		return fail(cx, f->refusal,
			    "There were too many wrong codes: only a recovery code serves now.");
	return f->refusal;
}

/* Few of one account at a time: all of them write the same rows, and would else hold every
 * connection to the database while they wait for each other. */
static enum err
finish_in_turn(struct ctx *cx, struct finish *f)
{
	struct guesser g;
	enum err e;

	guesser_init(cx, &f->user.id, STR_NONE, &g);
	TRY(gate_enter(cx, gate_of(g.account)));
	e = store_write(cx, finish, f);
	gate_leave(cx->shared, gate_of(g.account));
	return e;
}

enum err
mfa_finish(struct ctx *cx, const struct mfa_verify_in *in, struct sign_in *out)
{
	struct finish f = {.in = in};
	struct sign_in done = {.has_tokens = true};
	int64_t now = clock_now();

	TRY(err_map(link_token_mac(cx, in->mfa_token, f.mac), ERR_INVALID_LINK, ERR_MFA_TOKEN));
	TRY(ticket_find(cx, f.mac, now, &f.ticket, &f.user));
	TRY(session_plan(cx, &f.user, f.ticket.device_id, f.ticket.amr, now, &f.session));
	TRY(finish_in_turn(cx, &f));
	if (f.refusal != OK)
		return refuse(cx, &f);
	TRY(tokens_make(cx, &f.session, &f.user, clock_now(), &done.tokens));
	done.user = f.user;
	*out = done;
	return OK;
}

static enum err
send(struct ctx *cx, void *arg)
{
	const uint8_t *mac = arg;
	struct factor factors[FACTORS_MOST];
	int64_t now = clock_now();
	struct ticket t;
	struct user u;
	size_t n;

	TRY(ticket_find(cx, mac, now, &t, &u));
	TRY(err_map(user_hold(cx, &u.id, &u), ERR_NOT_FOUND, ERR_MFA_TOKEN));
	TRY(factor_list(cx, &u.id, factors, &n));
	for (size_t i = 0; i < n; i++)
		if (factors[i].enabled_at && str_eq(factors[i].kind, FACTOR_SMS) &&
		    !str_eq(t.channel, FACTOR_SMS))
			return mfa_sms_send(cx, &u, now);
	return ERR_CONFLICT;
}

enum err
mfa_send(struct ctx *cx, const struct mfa_send_in *in, struct nothing *out)
{
	uint8_t mac[MAC_SIZE];

	TRY(err_map(link_token_mac(cx, in->mfa_token, mac), ERR_INVALID_LINK, ERR_MFA_TOKEN));
	*out = (struct nothing){0};
	return store_write(cx, send, mac);
}

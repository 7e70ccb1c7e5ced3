/*
 * A mail carries a code and a link, which are one challenge. Guesses at the code are counted before it is compared, by
 * challenge and over all challenges; the count stays although the request fails, so a refusal is told through the argument and the transaction commits.
 */
#include "domain/verify.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/token.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/standing.h"
#include "store/challenge.h"
#include "store/store.h"

static const struct str purpose = {"verify_email", 12};

static struct str
mac_view(struct ctx *cx, const uint8_t mac[static MAC_SIZE])
{
	return (struct str){arena_copy(cx->arena, mac, MAC_SIZE), MAC_SIZE};
}

enum err
verification_send(struct ctx *cx, const struct user *u, int64_t now)
{
	struct challenge c = {
		.user_id = u->id,
		.purpose = purpose,
		.channel = S("email"),
		.destination = u->email_key,
		.created_at = now,
		.code_expires_at = now + cx->config->challenge_code_ttl,
		.link_expires_at = now + cx->config->challenge_link_ttl,
	};
	struct str code, link;
	uint8_t mac[MAC_SIZE];

	TRY(uuid_new(&c.id));
	TRY(code_make(cx, &c.id, &code, mac));
	c.code_mac = mac_view(cx, mac);
	TRY(link_token_make(cx, &link, mac));
	c.link_mac = mac_view(cx, mac);
	TRY(challenge_put(cx, &c));
	return mail_verify_email(cx, u, code, link, now);
}

/* An e-mail beside a bearer must be the bearer's own. */
static enum err
email_is_callers(struct ctx *cx, struct str email)
{
	if (cx->caller->bearer != BEARER_GOOD || str_absent(email))
		return OK;
	if (str_eq_nocase(str_trim(email), cx->caller->user.email_key))
		return OK;
	return fail_field(cx, "email", "This is not the address of the account that is signed in.");
}

/* The account meant by an e-mail or else by the caller; ERR_NOT_FOUND for an unknown address. */
static enum err
user_meant(struct ctx *cx, struct str email, struct user *out)
{
	TRY(email_is_callers(cx, email));
	if (cx->caller->bearer == BEARER_GOOD)
		return user_by_id(cx, &cx->caller->user.id, out);
	if (str_absent(email))
		return caller_must_be_signed_in(cx);
	return user_by_email(cx, str_lower(cx->arena, str_trim(email)), out);
}

static enum err
request(struct ctx *cx, void *arg)
{
	const struct send_verification_in *in = arg;
	bool signed_in = cx->caller->bearer == BEARER_GOOD;
	struct str destination = signed_in ? cx->caller->user.email_key
					   : str_lower(cx->arena, str_trim(in->email));
	int64_t now = clock_now();
	struct user u;
	enum err e = user_meant(cx, in->email, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(message_budget_take(cx, signed_in ? "verification_bearer" : "verification", destination, now));
	if (e == ERR_NOT_FOUND || u.is_email_verified || standing_of(&u, now) != OK)
		return OK;
	return verification_send(cx, &u, now);
}

enum err
verification_request(struct ctx *cx, const struct send_verification_in *in, struct nothing *out)
{
	struct send_verification_in copy = *in;

	if (str_absent(in->email))
		TRY(caller_must_be_signed_in(cx));
	*out = (struct nothing){0};
	return store_write(cx, request, &copy);
}

struct confirmation {
	const struct verify_in *in;
	struct user user;
	enum err refusal; /* that leaves its count behind */
};

static enum err
mark_verified(struct ctx *cx, struct user *u, int64_t now)
{
	TRY(user_set_email_verified(cx, &u->id, now));
	TRY(code_attempts_clear(cx, purpose, &u->id));
	TRY(audit_note(cx, "email_verified", &u->id, NULL, now));
	u->is_email_verified = true;
	u->updated_at = now;
	return OK;
}

static enum err
by_link(struct ctx *cx, void *arg)
{
	struct confirmation *c = arg;
	int64_t now = clock_now();
	struct challenge ch;
	uint8_t mac[MAC_SIZE];

	TRY(link_token_mac(cx, c->in->token, mac));
	TRY(err_map(challenge_by_link(cx, mac, &ch), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (!str_eq(ch.purpose, purpose) || uuid_is_zero(&ch.user_id))
		return ERR_INVALID_LINK;
	TRY(err_map(user_by_id(cx, &ch.user_id, &c->user), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (standing_of(&c->user, now) != OK || ch.replaced_at)
		return ERR_INVALID_LINK;
	if (c->user.is_email_verified)
		return ERR_ALREADY_VERIFIED;
	if (ch.consumed_at || now >= ch.link_expires_at)
		return ERR_INVALID_LINK;
	TRY(err_map(challenge_consume(cx, &ch.id, now), ERR_NOT_FOUND, ERR_INVALID_LINK));
	return mark_verified(cx, &c->user, now);
}

/* Takes one guess at the account's open code; ERR_INVALID_CODE when there is nothing to guess at, or no guess left. */
static enum err
guess(struct ctx *cx, const struct user *u, struct challenge *ch, int64_t now)
{
	enum err e = challenge_open_of_user(cx, purpose, &u->id, ch);

	if (e == OK)
		e = challenge_take_attempt(cx, &ch->id, cx->config->challenge_max_attempts, now);
	TRY(err_map(e, ERR_NOT_FOUND, ERR_INVALID_CODE));
	return code_attempt(cx, purpose, &u->id, now);
}

static enum err
by_code(struct ctx *cx, void *arg)
{
	struct confirmation *c = arg;
	int64_t now = clock_now();
	struct challenge ch;

	c->refusal = OK;
	TRY(err_map(user_meant(cx, c->in->email, &c->user), ERR_NOT_FOUND, ERR_INVALID_CODE));
	if (standing_of(&c->user, now) != OK)
		return ERR_INVALID_CODE;
	if (c->user.is_email_verified)
		return cx->caller->bearer == BEARER_GOOD ? ERR_ALREADY_VERIFIED : ERR_INVALID_CODE;
	TRY(guess(cx, &c->user, &ch, now));
	if (!code_matches(cx, &ch.id, c->in->code, ch.code_mac)) {
		c->refusal = ERR_INVALID_CODE;
		return OK;
	}
	TRY(err_map(challenge_consume(cx, &ch.id, now), ERR_NOT_FOUND, ERR_INVALID_CODE));
	return mark_verified(cx, &c->user, now);
}

enum err
verification_confirm(struct ctx *cx, const struct verify_in *in, struct verify_out *out)
{
	struct confirmation c = {.in = in};

	if (!str_absent(in->token)) {
		TRY(store_write(cx, by_link, &c));
	} else if (str_absent(in->code)) {
		return fail_field(cx, "token", "Give a token, or a code.");
	} else {
		if (str_absent(in->email))
			TRY(caller_must_be_signed_in(cx));
		TRY(store_write(cx, by_code, &c));
		TRY(c.refusal);
	}
	out->user = c.user;
	return OK;
}

/*
 * A mail carries a code and a link, which are one challenge: either uses up both. At rest are only
 * MACs. Guesses are counted by challenge and over all challenges of a purpose, before the code is
 * looked at.
 */
#include "domain/proof.h"

#include "base/config.h"
#include "base/metrics.h"
#include "crypto/token.h"
#include "domain/attempts.h"
#include "domain/mails.h"

static struct str
mac_view(struct ctx *cx, const uint8_t mac[static MAC_SIZE])
{
	return (struct str){arena_copy(cx->arena, mac, MAC_SIZE), MAC_SIZE};
}

enum err
proof_make(struct ctx *cx, struct str purpose, const struct user *u, int64_t now, struct str *code,
	   struct str *link_token)
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
	uint8_t mac[MAC_SIZE];

	TRY(uuid_new(&c.id));
	TRY(code_make(cx, &c.id, code, mac));
	c.code_mac = mac_view(cx, mac);
	TRY(link_token_make(cx, link_token, mac));
	c.link_mac = mac_view(cx, mac);
	return challenge_put(cx, &c);
}

enum err
proof_decoy(struct ctx *cx, struct str purpose, struct str destination, int64_t now)
{
	struct user nobody = {.email = destination, .email_key = destination};
	struct str code, link;

	TRY(proof_make(cx, purpose, &nobody, now, &code, &link));
	return mail_to_nobody(cx, destination, code, link, now);
}

enum err
proof_make_code(struct ctx *cx, const struct code_plan *plan, int64_t now, struct uuid *id,
		struct str *code)
{
	struct challenge c = {
		.user_id = plan->user_id,
		.purpose = plan->purpose,
		.channel = plan->channel,
		.destination = plan->destination,
		.created_at = now,
		.code_expires_at = now + cx->config->challenge_code_ttl,
	};
	uint8_t mac[MAC_SIZE];

	TRY(uuid_new(&c.id));
	TRY(code_make(cx, &c.id, code, mac));
	c.code_mac = mac_view(cx, mac);
	*id = c.id;
	return challenge_put(cx, &c);
}

enum err
proof_decoy_code(struct ctx *cx, const struct code_plan *plan, int64_t now, struct uuid *id)
{
	struct code_plan nobody = *plan;
	struct str code;

	nobody.user_id = (struct uuid){0};
	TRY(proof_make_code(cx, &nobody, now, id, &code));
	return mail_to_nobody(cx, plan->destination, code, STR_NONE, now);
}

enum err
proof_by_link(struct ctx *cx, struct str purpose, struct str token, struct challenge *out)
{
	uint8_t mac[MAC_SIZE];

	TRY(link_token_mac(cx, token, mac));
	TRY(err_map(challenge_by_link(cx, mac, out), ERR_NOT_FOUND, ERR_INVALID_LINK));
	return str_eq(out->purpose, purpose) && !uuid_is_zero(&out->user_id) ? OK
									     : ERR_INVALID_LINK;
}

bool
proof_link_lives(const struct challenge *c, int64_t now)
{
	return !c->consumed_at && !c->replaced_at && now < c->link_expires_at;
}

static void
count_guess(const struct challenge *c, bool right)
{
	if (str_eq(c->channel, S("sms")))
		metric_count(right ? METRIC_CODES_RIGHT_SMS : METRIC_CODES_WRONG_SMS);
	else
		metric_count(right ? METRIC_CODES_RIGHT_EMAIL : METRIC_CODES_WRONG_EMAIL);
}

static enum err
take_guess(struct ctx *cx, const struct challenge *c, const struct uuid *counted_for,
	   struct str typed, int64_t now, bool *right)
{
	int64_t most = cx->config->challenge_max_attempts;

	TRY(err_map(challenge_take_attempt(cx, &c->id, most, now), ERR_NOT_FOUND,
		    ERR_INVALID_CODE));
	TRY(code_attempt(cx, c->purpose, counted_for, now));
	*right = code_matches(cx, &c->id, typed, c->code_mac);
	return OK;
}

enum err
proof_guess_at(struct ctx *cx, const struct challenge *c, struct str typed, int64_t now,
	       bool *right)
{
	struct user owner;

	TRY(err_map(user_hold(cx, &c->user_id, &owner), ERR_NOT_FOUND, ERR_INVALID_CODE));
	TRY(take_guess(cx, c, &c->user_id, typed, now, right));
	count_guess(c, *right);
	return *right ? code_attempts_clear(cx, c->purpose, &c->user_id) : OK;
}

enum err
proof_guess(struct ctx *cx, struct str purpose, const struct user *u, struct str typed, int64_t now,
	    struct challenge *out, bool *right)
{
	TRY(err_map(challenge_open_of_user(cx, purpose, &u->id, out), ERR_NOT_FOUND,
		    ERR_INVALID_CODE));
	return proof_guess_at(cx, out, typed, now, right);
}

enum err
proof_guess_decoy(struct ctx *cx, struct str purpose, struct str destination, struct str typed,
		  int64_t now)
{
	struct challenge c;
	struct user nobody;
	bool right;

	TRY(err_map(challenge_open_decoy(cx, purpose, destination, &c), ERR_NOT_FOUND,
		    ERR_INVALID_CODE));
	TRY(err_map(user_hold(cx, &c.id, &nobody), ERR_NOT_FOUND, OK));
	TRY(take_guess(cx, &c, &c.id, typed, now, &right));
	return OK;
}

enum err
proof_use(struct ctx *cx, const struct challenge *c, int64_t now)
{
	return err_map(challenge_consume(cx, &c->id, now), ERR_NOT_FOUND, ERR_INVALID_LINK);
}

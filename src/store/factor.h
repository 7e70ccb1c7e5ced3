/* Second factors, recovery codes, and the tickets of sign-ins that wait for one. */
#ifndef STORE_FACTOR_H
#define STORE_FACTOR_H

#include "base/ctx.h"
#include "base/uuid.h"

#define FACTOR_TOTP S("totp")
#define FACTOR_SMS S("sms")

struct factor {
	struct uuid user_id;
	struct str kind;
	struct str secret; /* TOTP: the seed, sealed in context "totp:" and the user's id */
	int64_t last_step; /* TOTP: the newest step that was accepted; 0: none */
	int64_t created_at;
	int64_t enabled_at; /* 0: being set up */
};

/* Puts one that is being set up in the place of any of its kind. */
MUST_CHECK enum err factor_put(struct ctx *cx, const struct uuid *user, struct str kind,
			       struct str secret, int64_t now);
#define FACTORS_MOST 4
/* At most FACTORS_MOST, TOTP before SMS; *n tells how many. */
MUST_CHECK enum err factor_list(struct ctx *cx, const struct uuid *user,
				struct factor out[static FACTORS_MOST], size_t *n);
/* ERR_NOT_FOUND when it is on already or not there. */
MUST_CHECK enum err
factor_enable(struct ctx *cx, const struct uuid *user, struct str kind, int64_t now);
/* The compare-and-swap that accepts a TOTP step once; ERR_NOT_FOUND when it, or a later one, was
 * accepted. */
MUST_CHECK enum err
factor_take_step(struct ctx *cx, const struct uuid *user, struct str kind, int64_t step);
MUST_CHECK enum err factor_delete_all(struct ctx *cx, const struct uuid *user);
/* Those set up or turned on at or after `since`. */
MUST_CHECK enum err factor_delete_since(struct ctx *cx, const struct uuid *user, int64_t since);
MUST_CHECK enum err
user_set_mfa(struct ctx *cx, const struct uuid *user, bool enabled, int64_t now);

MUST_CHECK enum err recovery_code_put(struct ctx *cx, const struct uuid *user,
				      const uint8_t mac[static 32], int64_t now);
/* Uses one up; ERR_NOT_FOUND when there is none of that MAC. */
MUST_CHECK enum err
recovery_code_take(struct ctx *cx, const struct uuid *user, const uint8_t mac[static 32]);
MUST_CHECK enum err recovery_code_count(struct ctx *cx, const struct uuid *user, int64_t *count);
MUST_CHECK enum err recovery_code_delete_all(struct ctx *cx, const struct uuid *user);
/* Those made at or after `since`. */
MUST_CHECK enum err
recovery_code_delete_since(struct ctx *cx, const struct uuid *user, int64_t since);

struct ticket {
	struct uuid id, user_id;
	struct uuid session_id; /* all zero: a new session opens; else that one goes on */
	struct str mac;         /* of the mfa_token */
	struct str device_id, device_name;
	struct str channel; /* "email" or "sms" when the sign-in used it already; absent: neither */
	struct str amr;
	int64_t attempts, created_at, expires_at, ended_at;
};
MUST_CHECK enum err ticket_insert(struct ctx *cx, const struct ticket *t);
MUST_CHECK enum err ticket_by_mac(struct ctx *cx, const uint8_t mac[static 32], struct ticket *out);
/* Counts one guess; ERR_NOT_FOUND when it has ended, expired, or had `most`. */
MUST_CHECK enum err
ticket_take_attempt(struct ctx *cx, const struct uuid *id, int64_t most, int64_t now);
/* Uses it up; ERR_NOT_FOUND when it was. */
MUST_CHECK enum err ticket_end(struct ctx *cx, const struct uuid *id, int64_t now);
/* Those of sign-ins that used a channel. */
MUST_CHECK enum err
ticket_end_channel(struct ctx *cx, const struct uuid *user, struct str channel, int64_t now);
MUST_CHECK enum err ticket_end_all(struct ctx *cx, const struct uuid *user, int64_t now);
MUST_CHECK enum err ticket_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);

#endif

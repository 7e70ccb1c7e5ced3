/*
 * The counts of failures and the budgets of messages, by account or destination, kept in the store
 * (7-states.md, "Counts of failures"). The functions with a ctx alone run inside a store_write of
 * the caller, unless said.
 */
#ifndef DOMAIN_ATTEMPTS_H
#define DOMAIN_ATTEMPTS_H

#include "base/ctx.h"
#include "base/uuid.h"

/* Whose guesses are counted together: an account, or an identifier that has none, and the address
 * they come from. */
struct guesser {
	uint8_t account[32]; /* one for all spellings of the identifier */
	uint8_t pair[32];    /* account and client address */
	uint8_t place[32];   /* half of each, account first: all places of one stand together */
	bool has_account;
	int64_t nth; /* set by attempt_begin: which failure in a row this guess is, if it is one */
};

/* user: NULL when the identifier (trimmed) belongs to nobody. */
void
guesser_init(struct ctx *cx, const struct uuid *user, struct str identifier, struct guesser *out);

#define GUESSES_FREE 5    /* in a row from one address before each must wait */
#define GUESSES_MOST 100  /* in a row, however spread */
#define GUESSES_NOTICE 10 /* the owner is told */

/* How long the next guess must wait after so many failures in a row, of which the first few cost
 * nothing: 1 s, doubling, at most 15 minutes. */
int64_t guess_wait(int64_t failures, int64_t free_ones);

/*
 * Counts one guess before its hash is computed: as failed, until attempt_succeeded takes it back,
 * so that parallel guesses can't pass the limit and a crash forgives none. Runs its own
 * store_write. ERR_THROTTLED (with the wait): not counted.
 */
MUST_CHECK enum err attempt_begin(struct ctx *cx, struct guesser *g);
/* Takes the guess back: its password was never looked at. Runs its own store_write; a store that
 * fails keeps the guess. */
void attempt_cancel(struct ctx *cx, const struct guesser *g);
/* The right password: ends the row from this address, and the account's when the address is a known
 * place. */
MUST_CHECK enum err attempt_succeeded(struct ctx *cx, const struct guesser *g, int64_t now);
/* A sign-in with all factors makes its address a known place of the account. */
MUST_CHECK enum err attempt_note_place(struct ctx *cx, const struct guesser *g, int64_t now);
/* After a wrong one: whether the owner should hear of it now (10, at most daily, or 100); 0: no,
 * else the count. */
MUST_CHECK enum err
attempt_notice_due(struct ctx *cx, const struct guesser *g, int64_t now, int64_t *count);

/* Wrong codes over all challenges of a purpose for an account: after GUESSES_MOST in a row its
 * codes are refused (ERR_INVALID_CODE). */
MUST_CHECK enum err
code_attempt(struct ctx *cx, struct str purpose, const struct uuid *user, int64_t now);
MUST_CHECK enum err
code_attempts_clear(struct ctx *cx, struct str purpose, const struct uuid *user);

/* Of every purpose: a sign-in by password ends them. */
MUST_CHECK enum err code_attempts_clear_all(struct ctx *cx, const struct uuid *user);

/* A login code by mail: the account's wrong passwords are forgotten. */
MUST_CHECK enum err password_attempts_clear(struct ctx *cx, const struct uuid *user);
/* A reset, or an administrator: the account's counts end. */
MUST_CHECK enum err attempts_clear(struct ctx *cx, const struct uuid *user);
/* The same, and its known places are forgotten. */
MUST_CHECK enum err attempts_forget(struct ctx *cx, const struct uuid *user);

/*
 * Takes one message from the budget of a destination (an address key); kind sets apart reset,
 * verification, login codes. ERR_THROTTLED with the wait when it is used up. Runs inside a
 * store_write. OK at once when throttles are off.
 */
MUST_CHECK enum err
message_budget_take(struct ctx *cx, const char *kind, struct str destination, int64_t now);
/* What an account is counted by, where any destination may be named: a view of *user. Who can make
 * one account must not be able to write to the whole world with it. */
struct str account_budget(const struct uuid *user);
/* The same for a text message: destination is a phone, or what else the texts are counted by. */
MUST_CHECK enum err
sms_budget_take(struct ctx *cx, const char *kind, struct str destination, int64_t now);

#endif

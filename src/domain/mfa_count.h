/*
 * Wrong second-factor codes of an account, over all its tickets (7-states.md, "Counts of
 * failures"). All functions run inside a store_write.
 */
#ifndef DOMAIN_MFA_COUNT_H
#define DOMAIN_MFA_COUNT_H

#include "base/ctx.h"
#include "base/uuid.h"

#define MFA_GUESSES_FREE 10  /* in a row before each must wait; then the owner is told */
#define MFA_GUESSES_MOST 100 /* in a row: from here on only recovery codes serve */

struct mfa_guess {
	int64_t wait; /* microseconds to refuse for; then nothing was counted */
	bool stopped; /* refused without a look, and not counted either */
	int64_t nth;  /* which failure in a row this is, if it is one */
};

/* Counts a guess as failed before it is looked at, until mfa_guess_clear. recovery: it has the
 * shape of a recovery code. */
MUST_CHECK enum err mfa_guess_begin(struct ctx *cx, const struct uuid *user, bool recovery,
				    int64_t now, struct mfa_guess *out);
MUST_CHECK enum err mfa_guess_clear(struct ctx *cx, const struct uuid *user);

#endif

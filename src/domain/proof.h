/*
 * The proof that somebody reads a mailbox: a challenge with a code, a link, or both, made for a
 * purpose, found again by either. All functions run inside a store_write, and what a wrong guess
 * leaves behind stays only when that transaction commits: so a wrong code is told by *right, with
 * OK.
 */
#ifndef DOMAIN_PROOF_H
#define DOMAIN_PROOF_H

#include "store/challenge.h"
#include "store/user.h"

#define PURPOSE_VERIFY_EMAIL S("verify_email")
#define PURPOSE_RESET_PASSWORD S("reset_password")
#define PURPOSE_LOGIN S("login")
#define PURPOSE_VERIFY_PHONE S("verify_phone")
#define PURPOSE_CHANGE_EMAIL S("change_email")

/* A new code and link for u's address; those of before for the same purpose are dead. */
MUST_CHECK enum err proof_make(struct ctx *cx, struct str purpose, const struct user *u,
			       int64_t now, struct str *code, struct str *link_token);
/*
 * The same work for an address that gets nothing: rows that no token opens, and a message that
 * nobody is sent. So the time of an answer does not tell the two apart.
 */
MUST_CHECK enum err
proof_decoy(struct ctx *cx, struct str purpose, struct str destination, int64_t now);
struct code_plan {
	struct str purpose, channel, destination;
	struct uuid user_id;
};
/* A code alone; the one of before for the same purpose, destination and user is dead. */
MUST_CHECK enum err proof_make_code(struct ctx *cx, const struct code_plan *plan, int64_t now,
				    struct uuid *id, struct str *code);
/* The same work for a destination that gets nothing; no code opens *id. */
MUST_CHECK enum err
proof_decoy_code(struct ctx *cx, const struct code_plan *plan, int64_t now, struct uuid *id);
/* The challenge of a link token, whatever its state; ERR_INVALID_LINK when it is none of this
 * purpose. */
MUST_CHECK enum err
proof_by_link(struct ctx *cx, struct str purpose, struct str token, struct challenge *out);
/* Whether the link is still good at time now. */
bool proof_link_lives(const struct challenge *c, int64_t now);
/*
 * One guess at the account's open code, counted before it is compared. ERR_INVALID_CODE: there is
 * nothing to guess at, or no guess left. A right one is not used up yet (proof_use).
 */
MUST_CHECK enum err proof_guess(struct ctx *cx, struct str purpose, const struct user *u,
				struct str typed, int64_t now, struct challenge *out, bool *right);
/* The same with a challenge that was found in another way. */
MUST_CHECK enum err proof_guess_at(struct ctx *cx, const struct challenge *c, struct str typed,
				   int64_t now, bool *right);
/* The same work where nobody can be right: an address without account, or one that needs no proof.
 */
MUST_CHECK enum err proof_guess_decoy(struct ctx *cx, struct str purpose, struct str destination,
				      struct str typed, int64_t now);
/* Uses it up; ERR_INVALID_LINK when another was faster. */
MUST_CHECK enum err proof_use(struct ctx *cx, const struct challenge *c, int64_t now);

#endif

/* Pending proofs: a code, a link token, or both. At rest are only MACs. */
#ifndef STORE_CHALLENGE_H
#define STORE_CHALLENGE_H

#include "base/ctx.h"
#include "base/uuid.h"

struct challenge {
	struct uuid id;
	struct uuid user_id;    /* all zero: none */
	struct str purpose;     /* "verify_email", "reset_password", … */
	struct str channel;     /* "email", "sms" */
	struct str destination; /* address key or phone */
	struct str code_mac;    /* 32 bytes; absent: no code */
	struct str link_mac;    /* 32 bytes; absent: no link */
	int64_t attempts;       /* codes tried so far */
	int64_t created_at;
	int64_t code_expires_at, link_expires_at; /* 0: has none */
	int64_t consumed_at;                      /* 0: open */
	int64_t replaced_at; /* 0: the newest of its purpose, destination and user */
};

/* Inserts c and marks older open ones of the same purpose, destination and user as replaced. */
MUST_CHECK enum err challenge_put(struct ctx *cx, const struct challenge *c);
/* Whatever its state: the caller tells used, expired and unknown apart where a seed asks for it. */
MUST_CHECK enum err
challenge_by_link(struct ctx *cx, const uint8_t link_mac[static 32], struct challenge *out);
MUST_CHECK enum err challenge_by_id(struct ctx *cx, const struct uuid *id, struct challenge *out);
/* The open one with a code for purpose, user and destination. */
MUST_CHECK enum err challenge_open_at(struct ctx *cx, struct str purpose, const struct uuid *user,
				      struct str destination, struct challenge *out);
/* The open (unconsumed, unreplaced) one with a code for purpose and user. */
MUST_CHECK enum err challenge_open_of_user(struct ctx *cx, struct str purpose,
					   const struct uuid *user, struct challenge *out);
/* The open one that was made for a destination, and for no user. */
MUST_CHECK enum err challenge_open_decoy(struct ctx *cx, struct str purpose, struct str destination,
					 struct challenge *out);
/* Counts one guess, in one statement, if the challenge is open, its code unexpired and fewer than
 * `most` were made; ERR_NOT_FOUND otherwise. */
MUST_CHECK enum err
challenge_take_attempt(struct ctx *cx, const struct uuid *id, int64_t most, int64_t now);
/* The compare-and-swap that uses it up; ERR_NOT_FOUND when it was consumed or replaced before. */
MUST_CHECK enum err challenge_consume(struct ctx *cx, const struct uuid *id, int64_t now);
/* Ends the open ones of the user for one purpose. */
MUST_CHECK enum err
challenge_end_purpose(struct ctx *cx, const struct uuid *user, struct str purpose, int64_t now);
/* Ends the open ones of the user that went to an address or phone. */
MUST_CHECK enum err challenge_end_destination(struct ctx *cx, const struct uuid *user,
					      struct str destination, int64_t now);
/* Takes away those made before `before`, at most limit. */
MUST_CHECK enum err
challenge_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);
/* Of one account's rows at most limit; *removed says how many. */
MUST_CHECK enum err
challenge_delete_some(struct ctx *cx, const struct uuid *user, int64_t limit, int64_t *removed);
/* Ends all open ones of the user. */
MUST_CHECK enum err challenge_end_all(struct ctx *cx, const struct uuid *user, int64_t now);

#endif

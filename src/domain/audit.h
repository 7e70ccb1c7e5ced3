/* Notes security-relevant acts and sign-in attempts, inside the transaction that they belong to. */
#ifndef DOMAIN_AUDIT_H
#define DOMAIN_AUDIT_H

#include "store/record.h"
#include "store/session.h"
#include "store/user.h"

/*
 * Every event is a link of one chain, whose head is one row: a transaction that notes one makes all
 * others wait that note one too. So before it come all writes to rows that another transaction may
 * hold (user_hold takes an account's together); after it only inserts, and rows of accounts held.
 *
 * action (a literal) about a user (NULL: none) by cx's caller; session (NULL: none) goes into the
 * detail.
 */
MUST_CHECK enum err audit_note(struct ctx *cx, const char *action, const struct uuid *subject,
			       const struct uuid *session, int64_t now);

/* The same with a detail of the caller's: a JSON object without secrets; absent: none. */
MUST_CHECK enum err audit_note_detail(struct ctx *cx, const char *action,
				      const struct uuid *subject, struct str detail, int64_t now);

/* One sign-in attempt of cx's caller. user NULL: nobody has that identifier. */
struct attempt_record {
	const struct uuid *user;
	struct str identifier, device_id;
	const char *method;
	enum err outcome; /* OK: success */
	const struct uuid *session;
};
MUST_CHECK enum err login_note(struct ctx *cx, const struct attempt_record *a, int64_t now);

#endif

/*
 * Pending proofs. A guess is counted by the statement that asks whether it may be made, and a proof
 * is used up by a compare-and-swap, so that no number of requests at one moment gets more guesses
 * or two uses.
 */
#include "store/challenge.h"

#include "store/rows.h"

static void
challenge_read(struct ctx *cx, const struct row *r, void *out)
{
	*(struct challenge *)out = (struct challenge){
		.id = row_id(r, 0),
		.user_id = row_id(r, 1),
		.purpose = row_text(cx, r, 2),
		.channel = row_text(cx, r, 3),
		.destination = row_text(cx, r, 4),
		.code_mac = row_blob(cx, r, 5),
		.link_mac = row_blob(cx, r, 6),
		.attempts = row_int(r, 7),
		.created_at = row_int(r, 8),
		.code_expires_at = row_int(r, 9),
		.link_expires_at = row_int(r, 10),
		.consumed_at = row_int(r, 11),
		.replaced_at = row_int(r, 12),
	};
}

enum err
challenge_put(struct ctx *cx, const struct challenge *c)
{
	TRY(RUN(cx, Q_CHALLENGE_REPLACE, NULL, A_TEXT(c->purpose), A_TEXT(c->destination),
		A_ID(&c->user_id), A_INT(c->created_at)));
	return RUN(cx, Q_CHALLENGE_INSERT, NULL, A_ID(&c->id), A_ID(&c->user_id),
		   A_TEXT(c->purpose), A_TEXT(c->channel), A_TEXT(c->destination),
		   A_BLOB(c->code_mac), A_BLOB(c->link_mac), A_INT(c->attempts),
		   A_INT(c->created_at), A_TIME(c->code_expires_at), A_TIME(c->link_expires_at),
		   A_TIME(c->consumed_at), A_TIME(c->replaced_at));
}

enum err
challenge_by_link(struct ctx *cx, const uint8_t link_mac[static 32], struct challenge *out)
{
	return ONE(cx, Q_CHALLENGE_BY_LINK, challenge_read, out, A_MAC(link_mac));
}

enum err
challenge_by_id(struct ctx *cx, const struct uuid *id, struct challenge *out)
{
	return ONE(cx, Q_CHALLENGE_BY_ID, challenge_read, out, A_ID(id));
}

enum err
challenge_open_at(struct ctx *cx, struct str purpose, const struct uuid *user,
		  struct str destination, struct challenge *out)
{
	return ONE(cx, Q_CHALLENGE_OPEN_AT, challenge_read, out, A_ID(user), A_TEXT(purpose),
		   A_TEXT(destination));
}

enum err
challenge_open_decoy(struct ctx *cx, struct str purpose, struct str destination,
		     struct challenge *out)
{
	return ONE(cx, Q_CHALLENGE_OPEN_DECOY, challenge_read, out, A_TEXT(purpose),
		   A_TEXT(destination));
}

enum err
challenge_open_of_user(struct ctx *cx, struct str purpose, const struct uuid *user,
		       struct challenge *out)
{
	return ONE(cx, Q_CHALLENGE_OPEN_OF_USER, challenge_read, out, A_ID(user), A_TEXT(purpose));
}

enum err
challenge_take_attempt(struct ctx *cx, const struct uuid *id, int64_t most, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_CHALLENGE_TAKE_ATTEMPT, &changed, A_ID(id), A_INT(most), A_INT(now)));
	return changed_one(changed);
}

enum err
challenge_consume(struct ctx *cx, const struct uuid *id, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_CHALLENGE_CONSUME, &changed, A_ID(id), A_INT(now)));
	return changed_one(changed);
}

enum err
challenge_end_all(struct ctx *cx, const struct uuid *user, int64_t now)
{
	return RUN(cx, Q_CHALLENGE_END_ALL, NULL, A_ID(user), A_INT(now));
}

enum err
challenge_end_purpose(struct ctx *cx, const struct uuid *user, struct str purpose, int64_t now)
{
	return RUN(cx, Q_CHALLENGE_END_PURPOSE, NULL, A_ID(user), A_TEXT(purpose), A_INT(now));
}

enum err
challenge_end_destination(struct ctx *cx, const struct uuid *user, struct str destination,
			  int64_t now)
{
	return RUN(cx, Q_CHALLENGE_END_DESTINATION, NULL, A_ID(user), A_TEXT(destination),
		   A_INT(now));
}

enum err
challenge_delete_some(struct ctx *cx, const struct uuid *user, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_CHALLENGE_DELETE_SOME, removed, A_ID(user), A_INT(limit));
}

enum err
challenge_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_CHALLENGE_SWEEP, removed, A_INT(before), A_INT(limit));
}

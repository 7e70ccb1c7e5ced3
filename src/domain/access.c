/* Whoever loses a session must not come back by a link, a code or a second step that was asked for
 * before. */
#include "domain/access.h"

#include "store/challenge.h"
#include "store/factor.h"
#include "store/session.h"

enum err
access_end(struct ctx *cx, const struct uuid *user, const struct uuid *keep, struct str why,
	   int64_t now)
{
	TRY(session_revoke_all(cx, user, keep, why, now, NULL));
	TRY(challenge_end_all(cx, user, now));
	return ticket_end_all(cx, user, now);
}

/*
 * The check of each protected request: the token's signature (remembered), then the session and the
 * user as they are in the store right now, so that logout, revocation, locking and a role change
 * act at once.
 */
#include "base/clock.h"
#include "crypto/jwt.h"
#include "domain/caller.h"
#include "domain/keys.h"
#include "domain/shared.h"
#include "domain/standing.h"

enum err
caller_must_be_signed_in(const struct ctx *cx)
{
	switch (cx->caller->bearer) {
	case BEARER_GOOD:
		return OK;
	case BEARER_BAD:
		return ERR_TOKEN;
	case BEARER_BLOCKED:
		return ERR_DEVICE_BLOCKED;
	case BEARER_NONE:
		break;
	}
	return ERR_NOT_SIGNED_IN;
}

enum err
caller_hold(struct ctx *cx, struct user *out)
{
	return err_map(user_hold(cx, &cx->caller->user.id, out), ERR_NOT_FOUND, ERR_TOKEN);
}

enum err
caller_still(struct ctx *cx, struct user *out)
{
	TRY(err_map(user_by_id(cx, &cx->caller->user.id, out), ERR_NOT_FOUND, ERR_TOKEN));
	return standing_of(out, clock_now()) == OK ? OK : ERR_TOKEN;
}

static bool
session_lives(const struct session *s, int64_t now)
{
	return s->revoked_at == 0 && now < s->expires_at && now < s->idle_expires_at;
}

/*
 * An unknown key may be one that another server made since this one last read its ring. Anybody can
 * name a key that nobody has, so the reading is rationed.
 */
static enum err
token_check(struct ctx *cx, struct str token, int64_t now, struct token_of *out)
{
	enum err e = jwt_verify(cx, token, now, out);
	struct str kid;

	if (e != ERR_TOKEN)
		return e;
	kid = jwt_kid(cx, token);
	if (str_absent(kid) || keyring_has(cx->keys, kid) || !ring_reload_take(cx->shared))
		return e;
	TRY(keys_reload(cx));
	return jwt_verify(cx, token, now, out);
}

enum err
bearer_check(struct ctx *cx, struct str token, struct caller *out)
{
	int64_t now = clock_now();
	struct session s;
	struct user u;
	struct token_of t;
	enum err e;

	TRY(token_check(cx, token, now, &t));
	e = session_with_user(cx, &t.sid, &s, &u);
	if (e == ERR_NOT_FOUND)
		return ERR_TOKEN;
	TRY(e);
	if (!uuid_eq(&t.sub, &u.id) || !session_lives(&s, now))
		return ERR_TOKEN;
	if (standing_of(&u, now) != OK)
		return ERR_TOKEN;
	if (now - s.last_seen_at >= MINUTE)
		touch_note(cx->shared, &s.id, now);
	out->session = s;
	out->user = u;
	return s.device_blocked ? ERR_DEVICE_BLOCKED : OK;
}

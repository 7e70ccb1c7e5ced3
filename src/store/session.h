/* Sessions: one row a sign-in, however often its refresh token rotates. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "store/user.h"

struct session {
	struct uuid id, user_id;
	struct str device_id; /* absent: not bound */
	struct str user_agent, ip, country;
	struct str amr; /* space-separated, RFC 8176 */
	int64_t auth_time, created_at, last_seen_at;
	int64_t expires_at;          /* absolute */
	int64_t idle_expires_at;     /* moves with each refresh */
	int64_t counter;             /* of the current refresh token */
	int64_t rotated_at;          /* when counter last moved; 0: never */
	int64_t revoked_at;          /* 0: live */
	int64_t fingerprint_poor_at; /* when its device last looked like another; 0: never */
	bool device_blocked;         /* set by session_with_user only */
	struct str
		revoked_why; /* "logout", "logout_all", "refresh_reused", "password_changed", … */
};

MUST_CHECK enum err session_insert(struct ctx *cx, const struct session *s);
MUST_CHECK enum err session_by_id(struct ctx *cx, const struct uuid *id, struct session *out);
/* Session and its user in one read (the check of each protected request). */
MUST_CHECK enum err
session_with_user(struct ctx *cx, const struct uuid *id, struct session *s, struct user *u);
/*
 * The compare-and-swap of a refresh: counter `was` becomes was + 1, rotated_at and last_seen_at
 * become now, idle_expires_at moves, but only of a live, unexpired session whose counter is still
 * `was`. ERR_NOT_FOUND when it lost.
 */
MUST_CHECK enum err session_rotate(struct ctx *cx, const struct uuid *id, int64_t was, int64_t now,
				   int64_t idle_expires_at);
/* The same without moving the counter (token.rotate=no). */
MUST_CHECK enum err session_prolong(struct ctx *cx, const struct uuid *id, int64_t counter,
				    int64_t now, int64_t idle_expires_at);
/* How and when its holder was last proven. */
MUST_CHECK enum err
session_set_auth(struct ctx *cx, const struct uuid *id, struct str amr, int64_t auth_time);
/* Ends it if it is live. *ended tells whether this call did. */
MUST_CHECK enum err
session_revoke(struct ctx *cx, const struct uuid *id, struct str why, int64_t now, bool *ended);
/* Ends all live ones of the user but `keep` (NULL: all); *count may be NULL. */
MUST_CHECK enum err session_revoke_all(struct ctx *cx, const struct uuid *user,
				       const struct uuid *keep, struct str why, int64_t now,
				       int64_t *count);
/* Ends those of the user that were seen longest ago (some at a time), when more than `most` live.
 */
MUST_CHECK enum err session_end_surplus(struct ctx *cx, const struct uuid *user, int64_t most,
					struct str why, int64_t now);
MUST_CHECK enum err session_set_last_seen(struct ctx *cx, const struct uuid *id, int64_t at);

/* The live sessions of a user, newest first, with what their device is called (absent: nothing). */
typedef void (*session_fn)(struct ctx *cx, const struct session *s, struct str device_name,
			   void *arg);
MUST_CHECK enum err
session_list_live(struct ctx *cx, const struct uuid *user, int64_t now, session_fn each, void *arg);
MUST_CHECK enum err session_revoke_of_device(struct ctx *cx, const struct uuid *user,
					     struct str device_id, struct str why, int64_t now);
/* Takes away those that expired before `before`, at most limit. */
MUST_CHECK enum err session_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);
/* Of one account's rows at most limit; *removed says how many. */
MUST_CHECK enum err
session_delete_some(struct ctx *cx, const struct uuid *user, int64_t limit, int64_t *removed);
/* Takes the rows themselves away: of an account whose holder never proved the address. */
MUST_CHECK enum err session_delete_all(struct ctx *cx, const struct uuid *user);

/* What a device calls itself, noted at a sign-in with a device_id. */
struct device {
	struct uuid id, user_id;
	struct str device_id, name; /* name absent: keeps what is there */
	int64_t first_seen_at, last_seen_at;
};
MUST_CHECK enum err device_note(struct ctx *cx, const struct device *d);
typedef void (*device_fn)(struct ctx *cx, const struct device *d, void *arg);
MUST_CHECK enum err
device_list(struct ctx *cx, const struct uuid *user, device_fn each, void *arg); /* newest first */
/* Those past the `most` of an account, of which `keep` is one; at most DEVICE_SURPLUS at a time.
 * Who has no session goes first, then who was used longest ago. */
#define DEVICE_SURPLUS 10
MUST_CHECK enum err device_surplus(struct ctx *cx, const struct uuid *user, struct str keep,
				   int64_t most, device_fn each, void *arg);
MUST_CHECK enum err device_by_id(struct ctx *cx, const struct uuid *id, struct device *out);
MUST_CHECK enum err
device_known(struct ctx *cx, const struct uuid *user, struct str device_id, bool *known);
MUST_CHECK enum err device_rename(struct ctx *cx, const struct uuid *id, struct str name);
MUST_CHECK enum err device_delete(struct ctx *cx, const struct uuid *id);
MUST_CHECK enum err device_delete_all(struct ctx *cx, const struct uuid *user);

#endif

/* What is kept of the fingerprint of a user's device: an opaque value of
 * domain/device_fingerprint.c's. */
#ifndef STORE_FINGERPRINT_H
#define STORE_FINGERPRINT_H

#include "base/ctx.h"
#include "base/uuid.h"

struct fingerprint {
	struct uuid user_id;
	struct str device_id;
	struct str parts;
	int64_t saved_at;
};

/* Puts or replaces it. */
MUST_CHECK enum err fingerprint_put(struct ctx *cx, const struct fingerprint *f);
/* ERR_NOT_FOUND when none is kept. */
MUST_CHECK enum err fingerprint_get(struct ctx *cx, const struct uuid *user, struct str device_id,
				    struct fingerprint *out);
/* Of how many devices of the user one is kept. */
MUST_CHECK enum err fingerprint_count(struct ctx *cx, const struct uuid *user, int64_t *count);
/* None there is no error. */
MUST_CHECK enum err
fingerprint_delete(struct ctx *cx, const struct uuid *user, struct str device_id);
MUST_CHECK enum err fingerprint_delete_all(struct ctx *cx, const struct uuid *user);

/* at 0: takes the mark away. */
MUST_CHECK enum err
session_set_fingerprint_poor(struct ctx *cx, const struct uuid *session, int64_t at);

#endif

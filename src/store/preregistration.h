/* Pre-registrations: name, e-mail and password hash of people whose address is not proven yet. No
 * account stands behind one. */
#ifndef STORE_PREREGISTRATION_H
#define STORE_PREREGISTRATION_H

#include "base/ctx.h"
#include "base/uuid.h"

struct preregistration {
	struct uuid id;
	struct str email, email_key, full_name, password;
	struct str link_mac; /* 32 bytes */
	struct str net;      /* 32 bytes: keyed hash of the client address it came from */
	int64_t created_at, expires_at;
	int64_t consumed_at; /* 0: pending */
};

MUST_CHECK enum err preregistration_insert(struct ctx *cx, const struct preregistration *p);
/* Whatever its state. */
MUST_CHECK enum err preregistration_by_link(struct ctx *cx, const uint8_t link_mac[static 32],
					    struct preregistration *out);
typedef void (*preregistration_fn)(struct ctx *cx, const struct preregistration *p, void *arg);
/* The unconsumed, unexpired ones of an address, newest first. */
MUST_CHECK enum err preregistration_pending(struct ctx *cx, struct str email_key, int64_t now,
					    preregistration_fn each, void *arg);
/* The compare-and-swap that uses it up; ERR_NOT_FOUND when it was consumed or has expired. */
MUST_CHECK enum err preregistration_consume(struct ctx *cx, const struct uuid *id, int64_t now);
/* Another link for the same row; the one before is dead. */
MUST_CHECK enum err preregistration_relink(struct ctx *cx, const struct uuid *id,
					   const uint8_t link_mac[static 32], int64_t expires_at);
MUST_CHECK enum err preregistration_delete(struct ctx *cx, const struct uuid *id);
/* Those that expired before `before`, at most limit. */
MUST_CHECK enum err
preregistration_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);

#endif

/* Signing keys as they rest: public parts in plain, private parts sealed. And single facts about
 * the store. */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "base/ctx.h"

struct key_row {
	struct str kid, alg;
	struct str public_der;     /* absent for HS256 */
	struct str sealed_private; /* by crypto/vault.h's seal, context "key:" kid */
	int64_t created_at, signs_from;
	int64_t verifies_until; /* 0: for ever */
};

MUST_CHECK enum err key_insert(struct ctx *cx, const struct key_row *k);
typedef void (*key_fn)(struct ctx *cx, const struct key_row *k, void *arg);
MUST_CHECK enum err key_list(struct ctx *cx, key_fn each, void *arg); /* oldest first */

/* Every key but kid that has no end yet gets this one. */
MUST_CHECK enum err key_retire_others(struct ctx *cx, struct str kid, int64_t until);
/* Takes away those whose end has passed. */
MUST_CHECK enum err key_delete_expired(struct ctx *cx, int64_t now);

/* Facts by name ("master_key_check", "epoch"); ERR_NOT_FOUND when unset. put: only when unset,
 * *stored tells; set: always. */
MUST_CHECK enum err fact_get(struct ctx *cx, struct str name, struct str *value);
MUST_CHECK enum err fact_put(struct ctx *cx, struct str name, struct str value, bool *stored);
MUST_CHECK enum err fact_set(struct ctx *cx, struct str name, struct str value);

#endif

/* The signing keys of the store, opened with the master key and put into the ring; made on the
 * first start, and replaced by command. */
#ifndef DOMAIN_KEYS_H
#define DOMAIN_KEYS_H

#include "base/buf.h"
#include "base/ctx.h"

/*
 * Checks that the store belongs to cx->vault's master key, makes what is missing (the check itself,
 * a key of token.alg), and fills cx->keys. ERR_INVALID with a sentence in *problem when the master
 * key is another.
 */
MUST_CHECK enum err keys_open(struct ctx *cx, struct buf *problem);
/* Reads the ring again. */
MUST_CHECK enum err keys_reload(struct ctx *cx);
/*
 * A new key of token.alg: published at once, signing from 120 s on, when all servers have read it.
 * The others end when the last token that they can have signed has expired. ERR_INVALID with HS256,
 * whose secret is the configuration's; ERR_THROTTLED when too many are still in use.
 */
MUST_CHECK enum err keys_rotate(struct ctx *cx, struct str *kid);

enum key_state {
	KEY_SIGNING,
	KEY_NEXT, /* signs when its time has come */
	KEY_OLD,  /* only verifies */
};

struct key_info {
	struct str kid, alg;
	int64_t created_at; /* 0: the configured secret */
	int64_t signs_from;
	int64_t verifies_until; /* 0: no end yet */
	enum key_state state;
};

/* Reads the ring again, and what is in it, oldest first, into the arena. */
MUST_CHECK enum err keys_list(struct ctx *cx, const struct key_info **out, size_t *n);

#endif

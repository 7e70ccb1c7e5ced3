/* Signing keys at rest, and facts: single values that the store as a whole remembers. */
#include "store/key.h"

#include "store/query.h"

struct visit {
	key_fn each;
	void *arg;
};

enum err
key_insert(struct ctx *cx, const struct key_row *k)
{
	return RUN(cx, Q_KEY_INSERT, NULL, A_TEXT(k->kid), A_TEXT(k->alg), A_BLOB(k->public_der),
		   A_BLOB(k->sealed_private), A_INT(k->created_at), A_INT(k->signs_from),
		   A_TIME(k->verifies_until));
}

static void
key_read(struct ctx *cx, const struct row *r, void *out)
{
	const struct visit *v = out;
	struct key_row k = {
		.kid = row_text(cx, r, 0),
		.alg = row_text(cx, r, 1),
		.public_der = row_blob(cx, r, 2),
		.sealed_private = row_blob(cx, r, 3),
		.created_at = row_int(r, 4),
		.signs_from = row_int(r, 5),
		.verifies_until = row_int(r, 6),
	};

	v->each(cx, &k, v->arg);
}

enum err
key_list(struct ctx *cx, key_fn each, void *arg)
{
	struct visit v = {each, arg};

	return query_all(cx, Q_KEY_LIST, NULL, 0, key_read, &v);
}

enum err
key_retire_others(struct ctx *cx, struct str kid, int64_t until)
{
	return RUN(cx, Q_KEY_RETIRE_OTHERS, NULL, A_TEXT(kid), A_INT(until));
}

enum err
key_delete_expired(struct ctx *cx, int64_t now)
{
	return RUN(cx, Q_KEY_DELETE_EXPIRED, NULL, A_INT(now));
}

static void
read_value(struct ctx *cx, const struct row *r, void *out)
{
	*(struct str *)out = row_blob(cx, r, 0);
}

enum err
fact_get(struct ctx *cx, struct str name, struct str *value)
{
	return ONE(cx, Q_FACT_GET, read_value, value, A_TEXT(name));
}

enum err
fact_put(struct ctx *cx, struct str name, struct str value, bool *stored)
{
	int64_t changed;

	TRY(RUN(cx, Q_FACT_PUT, &changed, A_TEXT(name), A_BLOB(value)));
	*stored = changed > 0;
	return OK;
}

enum err
fact_set(struct ctx *cx, struct str name, struct str value)
{
	return RUN(cx, Q_FACT_SET, NULL, A_TEXT(name), A_BLOB(value));
}

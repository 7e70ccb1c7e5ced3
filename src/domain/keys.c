/*
 * Keys rest in the store, sealed under the master key, so that several servers of one store share them. A keyed check value beside them tells
 * at once when a server was started with a foreign master key: then it must not start, least of all make new keys.
 */
#include "domain/keys.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/enc.h"
#include "crypto/keyring.h"
#include "crypto/vault.h"
#include "store/key.h"
#include "store/store.h"

#define KEYS_MOST 64

struct loading {
	struct key_material keys[KEYS_MOST];
	size_t n;
	enum alg alg; /* that signs */
	bool has_alg;
	enum err err;
};

static struct str
key_context(struct ctx *cx, struct str kid)
{
	return str_print(cx->arena, "key:%.*s", STR_ARG(kid));
}

static void
load_one(struct ctx *cx, const struct key_row *row, void *arg)
{
	struct loading *l = arg;
	struct key_material *k = &l->keys[l->n];

	if (l->err != OK || l->n == KEYS_MOST || !alg_parse(row->alg, &k->alg))
		return;
	k->kid = row->kid;
	k->public_der = row->public_der;
	k->signs_from = row->signs_from;
	k->verifies_until = row->verifies_until;
	l->err = unseal(cx, key_context(cx, row->kid), row->sealed_private, &k->private_der);
	if (k->alg == l->alg)
		l->has_alg = true;
	l->n++;
}

static enum err
load(struct ctx *cx, struct loading *l)
{
	*l = (struct loading){0};
	if (!alg_parse(cx->config->token_alg, &l->alg))
		return ERR_INTERNAL;
	TRY(key_list(cx, load_one, l));
	TRY(l->err);
	if (l->alg != ALG_HS256)
		return OK;
	/* The shared secret is the configuration's, never the store's. */
	if (l->n == KEYS_MOST)
		return ERR_INTERNAL;
	TRY(key_from_secret(cx, cx->config->token_hs256_secret, &l->keys[l->n]));
	l->n++;
	l->has_alg = true;
	return OK;
}

static enum err
insert(struct ctx *cx, void *arg)
{
	return key_insert(cx, arg);
}

static enum err
make_key(struct ctx *cx, enum alg alg)
{
	int64_t now = clock_now();
	struct key_row row = {.alg = alg_name(alg), .created_at = now, .signs_from = now};
	struct key_material k;

	TRY(key_generate(cx, alg, &k));
	row.kid = k.kid;
	row.public_der = k.public_der;
	TRY(seal(cx, key_context(cx, k.kid), (struct str){k.private_der.p, k.private_der.n},
		 &row.sealed_private));
	return store_write(cx, insert, &row);
}

struct check {
	struct str mine;
	bool same;
};

static enum err
check(struct ctx *cx, void *arg)
{
	struct check *c = arg;
	struct str stored;
	bool put;

	TRY(fact_put(cx, S("master_key_check"), c->mine, &put));
	TRY(fact_get(cx, S("master_key_check"), &stored));
	c->same = secret_eq(secret_of(stored), secret_of(c->mine));
	return OK;
}

static enum err
check_master_key(struct ctx *cx, struct buf *problem)
{
	uint8_t mac[MAC_SIZE];
	struct check c = {0};
	struct buf text;

	buf_init_arena(&text, cx->arena, 64);
	vault_mac(cx->vault, VAULT_CHECK, "aldgate", 7, mac);
	base64url_encode(&text, mac, sizeof mac);
	c.mine = buf_view(&text);
	TRY(store_write(cx, check, &c));
	if (c.same)
		return OK;
	buf_printf(problem,
		   "this store was made with another master key: copy the master.key of the server that "
		   "made it to %.*s/master.key (or set keys.master_key); no new keys are made",
		   STR_ARG(cx->config->server_data_dir));
	return ERR_INVALID;
}

enum err
keys_reload(struct ctx *cx)
{
	struct loading *l = arena_new(cx->arena, struct loading);

	TRY(load(cx, l));
	return keyring_set(cx->keys, l->keys, l->n, l->alg);
}

enum err
keys_open(struct ctx *cx, struct buf *problem)
{
	struct loading *l = arena_new(cx->arena, struct loading);

	TRY(check_master_key(cx, problem));
	TRY(load(cx, l));
	if (!l->has_alg)
		TRY(make_key(cx, l->alg));
	return keys_reload(cx);
}

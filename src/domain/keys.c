/*
 * Keys rest in the store, sealed under the master key, so that several servers of one store share
 * them. A keyed check value beside them tells at once when a server was started with a foreign
 * master key: then it must not start, least of all make new keys.
 *
 * A new key signs only when every server has read it, and an old one goes when the last token that
 * it signed has expired; both times are stored with the rotation, so servers need no word of each
 * other.
 */
#include "domain/keys.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/enc.h"
#include "base/json_write.h"
#include "crypto/jwt.h"
#include "crypto/vault.h"
#include "domain/audit.h"
#include "store/key.h"
#include "store/store.h"

#define KEYS_MOST 64
#define SIGNS_AFTER (120 * SECOND) /* twice the time in which each server reads the ring again */

struct loading {
	struct key_material keys[KEYS_MOST];
	int64_t created_at[KEYS_MOST];
	size_t n;
	int64_t now;
	enum alg alg; /* that signs */
	bool has_alg; /* there is a key of it that has no end yet */
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
	bool expired = row->verifies_until && row->verifies_until < l->now;

	if (l->n == KEYS_MOST)
		l->err = ERR_INTERNAL;
	if (l->err != OK || expired || !alg_parse(row->alg, &k->alg))
		return;
	l->created_at[l->n] = row->created_at;
	k->kid = row->kid;
	k->public_der = row->public_der;
	k->signs_from = row->signs_from;
	k->verifies_until = row->verifies_until;
	l->err = unseal(cx, key_context(cx, row->kid), row->sealed_private, &k->private_der);
	if (k->alg == l->alg && !k->verifies_until)
		l->has_alg = true;
	l->n++;
}

static enum err
load(struct ctx *cx, struct loading *l)
{
	*l = (struct loading){.now = clock_now()};
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

/* A row that is not stored yet, signing from `lead` on. */
static enum err
make_row(struct ctx *cx, enum alg alg, int64_t lead, struct key_row *out)
{
	int64_t now = clock_now();
	struct key_material k;

	*out = (struct key_row){.alg = alg_name(alg), .created_at = now, .signs_from = now + lead};
	TRY(key_generate(cx, alg, &k));
	out->kid = k.kid;
	out->public_der = k.public_der;
	return seal(cx, key_context(cx, k.kid), (struct str){k.private_der.p, k.private_der.n},
		    &out->sealed_private);
}

struct first_key {
	struct key_row row;
	bool needless; /* another server made one meanwhile */
};

static void
look_at_one(struct ctx *cx, const struct key_row *row, void *arg)
{
	struct first_key *f = arg;

	f->needless |= str_eq(row->alg, f->row.alg) && !row->verifies_until;
}

static enum err
insert_first(struct ctx *cx, void *arg)
{
	struct first_key *f = arg;

	f->needless = false;
	TRY(key_list(cx, look_at_one, f));
	return f->needless ? OK : key_insert(cx, &f->row);
}

static enum err
make_first_key(struct ctx *cx, enum alg alg)
{
	struct first_key f = {0};

	TRY(make_row(cx, alg, 0, &f.row));
	return store_write(cx, insert_first, &f);
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
		   "this store was made with another master key: copy the master.key of the server "
		   "that "
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

static enum err
open_ring(struct ctx *cx)
{
	struct loading *l = arena_new(cx->arena, struct loading);

	TRY(load(cx, l));
	if (!l->has_alg)
		TRY(make_first_key(cx, l->alg));
	return keys_reload(cx);
}

enum err
keys_open(struct ctx *cx, struct buf *problem)
{
	enum err e;

	TRY(check_master_key(cx, problem));
	e = open_ring(cx);
	if (e == ERR_INTERNAL && str_absent(cx->fault.detail))
		buf_printf(problem,
			   "the store's signing keys can't be read; when the log doesn't tell why, "
			   "a row of theirs is damaged: restore a backup");
	return e;
}

static void
count_one(struct ctx *cx, const struct key_row *row, void *arg)
{
	++*(size_t *)arg;
}

static struct str
kid_detail(struct ctx *cx, struct str kid)
{
	struct buf text;
	struct json_out w = json_to(&text);

	buf_init_arena(&text, cx->arena, 128);
	json_open(&w);
	json_pair_str(&w, "kid", kid);
	json_close(&w);
	return buf_view(&text);
}

static enum err
store_rotation(struct ctx *cx, void *arg)
{
	const struct key_row *row = arg;
	int64_t last_token = row->signs_from + cx->config->token_access_ttl;
	size_t n = 0;

	TRY(key_delete_expired(cx, row->created_at));
	TRY(key_list(cx, count_one, &n));
	if (n + 1 >= KEYS_MOST)
		return fail(cx, ERR_THROTTLED, "Too many keys are in use; wait until some expire.");
	TRY(key_insert(cx, row));
	TRY(key_retire_others(cx, row->kid, last_token + JWT_SKEW));
	return audit_note_detail(cx, "key_rotated", NULL, kid_detail(cx, row->kid),
				 row->created_at);
}

enum err
keys_rotate(struct ctx *cx, struct str *kid)
{
	struct key_row row;
	enum alg alg;

	if (!alg_parse(cx->config->token_alg, &alg))
		return ERR_INTERNAL;
	if (alg == ALG_HS256)
		return fail(
			cx, ERR_INVALID,
			"With token.alg = HS256 the key is token.hs256_secret: change it there.");
	TRY(make_row(cx, alg, SIGNS_AFTER, &row));
	TRY(store_write(cx, store_rotation, &row));
	TRY(keys_reload(cx));
	*kid = row.kid;
	return OK;
}

static enum key_state
state_of(struct ctx *cx, const struct loading *l, const struct key_material *k)
{
	if (keyring_signs(cx->keys, k->kid, l->now))
		return KEY_SIGNING;
	return k->alg == l->alg && k->signs_from > l->now ? KEY_NEXT : KEY_OLD;
}

enum err
keys_list(struct ctx *cx, const struct key_info **out, size_t *n)
{
	struct loading *l = arena_new(cx->arena, struct loading);
	struct key_info *list = arena_array(cx->arena, struct key_info, KEYS_MOST);

	TRY(load(cx, l));
	TRY(keyring_set(cx->keys, l->keys, l->n, l->alg));
	for (size_t i = 0; i < l->n; i++) {
		const struct key_material *k = &l->keys[i];

		list[i] = (struct key_info){
			.kid = k->kid,
			.alg = alg_name(k->alg),
			.created_at = l->created_at[i],
			.signs_from = k->signs_from,
			.verifies_until = k->verifies_until,
			.state = state_of(cx, l, k),
		};
	}
	*out = list;
	*n = l->n;
	return OK;
}

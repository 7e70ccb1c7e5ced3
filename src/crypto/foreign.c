/*
 * Each scheme by the library that is trusted with it: libxcrypt for those of crypt(5), OpenSSL for
 * PBKDF2 and scrypt, libargon2 for the Argon2 that libsodium does not do. Argon2's lanes run one
 * after the other, since a slot stands for one core, and its blocks lie in the slot's arena when
 * they fit.
 */
#include "crypto/foreign.h"

#include "crypto/foreign_library.h"
#include "crypto/hash_arena.h"
#include "crypto/ossl.h"

#include <errno.h>

#define BCRYPT_MAX 72
/* Beyond what the computation itself takes: OpenSSL counts its small buffers too. */
#define SCRYPT_MEMORY_MAX ((uint64_t)(HASH_MEMORY_KIB_MAX + 1024) * 1024)

static bool
is_crypt(enum hash_scheme scheme)
{
	return scheme == HASH_BCRYPT || scheme == HASH_SHA512_CRYPT || scheme == HASH_YESCRYPT;
}

bool
foreign_takes(const struct hash_text *t, struct secret password)
{
	if (!is_crypt(t->scheme))
		return true;
	if (memchr(password.p, '\0', password.n) || password.n >= CRYPT_MAX_PASSPHRASE_SIZE)
		return false;
	return t->scheme != HASH_BCRYPT || password.n <= BCRYPT_MAX;
}

static enum err
no_memory(struct ctx *cx)
{
	return fail_retry(cx, ERR_OVERLOADED, SECOND);
}

static bool
tag_is(const struct hash_text *t, const uint8_t tag[static HASH_TAG_MAX])
{
	struct str want = {(const char *)t->tag, t->tag_n}, got = {(const char *)tag, t->tag_n};

	return secret_eq(secret_of(want), secret_of(got));
}

static enum err
by_crypt(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	struct crypt_data *data = arena_new(cx->arena, struct crypt_data);
	const char *key = str_z(cx->arena, (struct str){password.p, password.n});
	const char *got;
	crypt_fn hash;
	enum err e = OK;

	TRY(crypt_open(cx, &hash));
	errno = 0;
	got = hash(key, str_z(cx->arena, t->text), data);
	if (!got || got[0] == '*')
		e = errno == ENOMEM ? no_memory(cx) : ERR_INVALID;
	else
		*ok = secret_eq(secret_of(str_of(got)), secret_of(t->text));
	wipe(data, sizeof(*data));
	return e;
}

static enum err
by_pbkdf2(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	uint8_t tag[HASH_TAG_MAX];

	if (PKCS5_PBKDF2_HMAC(password.p, (int)password.n, t->salt, (int)t->salt_n, (int)t->passes,
			      sha256_md(), (int)t->tag_n, tag) != 1)
		return no_memory(cx);
	*ok = tag_is(t, tag);
	return OK;
}

static enum err
by_scrypt(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	uint8_t tag[HASH_TAG_MAX];

	if (EVP_PBE_scrypt(password.p, password.n, t->salt, t->salt_n, (uint64_t)t->n,
			   (uint64_t)t->r, (uint64_t)t->lanes, SCRYPT_MEMORY_MAX, tag,
			   t->tag_n) != 1)
		return no_memory(cx);
	*ok = tag_is(t, tag);
	return OK;
}

static int
take_blocks(uint8_t **memory, size_t n)
{
	*memory = hash_arena_map(n);
	return *memory ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void
give_blocks(uint8_t *memory, size_t n)
{
	hash_arena_unmap(memory, n);
}

static enum err
by_argon2(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	uint8_t tag[HASH_TAG_MAX];
	struct hash_text copy = *t; /* the library takes no pointers to what it must not write */
	argon2_context context = {
		.out = tag,
		.outlen = (uint32_t)t->tag_n,
		.pwd = (uint8_t *)arena_copy(cx->arena, password.p, password.n),
		.pwdlen = (uint32_t)password.n,
		.salt = copy.salt,
		.saltlen = (uint32_t)t->salt_n,
		.t_cost = (uint32_t)t->passes,
		.m_cost = (uint32_t)t->memory_kib,
		.lanes = (uint32_t)t->lanes,
		.threads = 1,
		.version = ARGON2_VERSION_13,
		.allocate_cbk = take_blocks,
		.free_cbk = give_blocks,
		.flags = ARGON2_DEFAULT_FLAGS,
	};
	argon2_fn hash;
	int failed;

	TRY(argon2_open(cx, &hash));
	failed = hash(&context, t->scheme == HASH_ARGON2I ? Argon2_i : Argon2_id);
	if (failed == ARGON2_MEMORY_ALLOCATION_ERROR)
		return no_memory(cx);
	if (failed)
		return ERR_INVALID;
	*ok = tag_is(t, tag);
	return OK;
}

enum err
foreign_verify(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	switch (t->scheme) {
	case HASH_ARGON2ID:
	case HASH_ARGON2I:
		return by_argon2(cx, t, password, ok);
	case HASH_PBKDF2_SHA256:
		return by_pbkdf2(cx, t, password, ok);
	case HASH_SCRYPT:
		return by_scrypt(cx, t, password, ok);
	case HASH_BCRYPT:
	case HASH_SHA512_CRYPT:
	case HASH_YESCRYPT:
		break;
	}
	return by_crypt(cx, t, password, ok);
}

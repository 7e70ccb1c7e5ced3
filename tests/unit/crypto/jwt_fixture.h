/* A ring of one key an algorithm, a clock that stands still, and tokens of any header and claims
 * signed by any key. */
#ifndef TESTS_JWT_FIXTURE_H
#define TESTS_JWT_FIXTURE_H

#include "key_fixture.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/jwt.h"

#define NOW_SECONDS INT64_C(1800000000)
#define NOW (NOW_SECONDS * SECOND)
#define ISSUER "https://id.example"
#define AUDIENCE "https://api.example"
#define SUB "01890a5d-ac96-774b-bcce-b302099a8057"
#define SID "01890a5d-ac96-774b-bcce-b302099a8058"
#define JTI "01890a5d-ac96-774b-bcce-b302099a8059"
#define OLD_SECRET "0123456789abcdef0123456789abcdef"

static struct arena arena, keys_arena;
static struct config config;
static struct ctx cx = {.arena = &arena, .config = &config};
static struct key_material es, ed, rs, hs, stranger;
static struct key_material ring[4];

static inline int64_t
fixed_clock(void)
{
	return NOW;
}

static inline void
make_keys(void)
{
	struct ctx maker = {.arena = &keys_arena};

	if (key_generate(&maker, ALG_ES256, &es) != OK ||
	    key_generate(&maker, ALG_EDDSA, &ed) != OK ||
	    key_generate(&maker, ALG_RS256, &rs) != OK ||
	    key_generate(&maker, ALG_ES256, &stranger) != OK ||
	    key_from_secret(&maker, secret_of(S(OLD_SECRET)), &hs) != OK)
		die("no keys");
	ring[0] = es;
	ring[1] = ed;
	ring[2] = rs;
	ring[3] = hs;
}

static inline int
new_ring(void **state)
{
	cx.keys = keyring_new();
	return keyring_set(cx.keys, ring, ARRAY_LEN(ring), ALG_ES256) == OK ? 0 : -1;
}

static inline int
drop_ring(void **state)
{
	keyring_free(cx.keys);
	fault_clear(&cx);
	arena_reset(&arena);
	return 0;
}

static inline struct claims
some_claims(void)
{
	struct claims c = {
		.iat = NOW,
		.exp = NOW + 15 * MINUTE,
		.auth_time = NOW - HOUR,
		.iss = S(ISSUER),
		.aud = S(AUDIENCE),
		.role = S("CUSTOMER"),
		.kyc = S("none"),
		.amr = S("pwd otp"),
		.email_verified = true,
	};

	assert_true(uuid_parse(S(SUB), &c.sub) && uuid_parse(S(SID), &c.sid) &&
		    uuid_parse(S(JTI), &c.jti));
	return c;
}

static inline struct str
signed_token(void)
{
	struct claims c = some_claims();
	struct str token;

	assert_int_equal(jwt_sign(&cx, &c, &token), OK);
	return token;
}

/* Forging: a token of any header and claims, signed by any key. */

struct member {
	const char *name, *json;
};

static const struct member claims_default[] = {
	{"iss", "\"" ISSUER "\""}, {"sub", "\"" SUB "\""},   {"aud", "\"" AUDIENCE "\""},
	{"exp", "1800000900"},     {"iat", "1800000000"},    {"jti", "\"" JTI "\""},
	{"sid", "\"" SID "\""},    {"role", "\"CUSTOMER\""}, {"email_verified", "true"},
	{"kyc", "\"none\""},       {"amr", "[\"pwd\"]"},     {"auth_time", "1799996400"},
};

static struct member header_default[] = {
	{"alg", "\"ES256\""},
	{"typ", "\"at+jwt\""},
	{"kid", NULL}, /* the ES256 key's, set by jwt_fixture_open */
};

/* The members, the one called `change` with another value (NULL: left out), a new name at the end;
 * then `more` as it is. */
static inline struct str
object(const struct member *members, size_t n, const char *change, const char *json,
       const char *more)
{
	bool found = !change;
	struct buf b;

	buf_init_arena(&b, &arena, 8192);
	buf_char(&b, '{');
	for (size_t i = 0; i < n; i++) {
		bool this = change && strcmp(members[i].name, change) == 0;
		const char *value = this ? json : members[i].json;

		found = found || this;
		if (value)
			buf_printf(&b, "%s\"%s\":%s", b.n > 1 ? "," : "", members[i].name, value);
	}
	if (!found)
		buf_printf(&b, ",\"%s\":%s", change, json);
	buf_z(&b, more ? more : "");
	buf_char(&b, '}');
	return buf_view(&b);
}

static inline struct str
header_with(const char *change, const char *json, const char *more)
{
	return object(header_default, ARRAY_LEN(header_default), change, json, more);
}

static inline struct str
claims_with(const char *change, const char *json, const char *more)
{
	return object(claims_default, ARRAY_LEN(claims_default), change, json, more);
}

static inline struct str
encoded(struct str s)
{
	struct buf b;

	buf_init_arena(&b, &arena, 16384);
	base64url_encode(&b, s.p, s.n);
	return buf_view(&b);
}

static inline struct str
joined(struct str header, struct str claims)
{
	return str_print(&arena, "%.*s.%.*s", STR_ARG(encoded(header)), STR_ARG(encoded(claims)));
}

static inline struct str
with_signature(struct str input, struct str signature)
{
	return str_print(&arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(encoded(signature)));
}

static inline struct str
signature_by(const struct key_material *m, struct str input)
{
	uint8_t signature[JWS_SIGNATURE_MAX];
	struct jws_key key;
	size_t n;

	assert_int_equal(jws_key_read(&key, m), OK);
	assert_int_equal(jws_sign(&key, input, signature, &n), OK);
	jws_key_release(&key);
	return (struct str){arena_copy(&arena, signature, n), n};
}

static inline struct str
forged(const struct key_material *m, struct str header, struct str claims)
{
	struct str input = joined(header, claims);

	return with_signature(input, signature_by(m, input));
}

/* Twice, since a forged token must not be remembered either. */
static inline void
expect(struct str token, enum err want)
{
	struct token_of t;
	struct claims c;

	assert_int_equal(jwt_read(&cx, token, NOW, &c), want);
	assert_int_equal(jwt_verify(&cx, token, NOW, &t), want);
	assert_int_equal(jwt_verify(&cx, token, NOW, &t), want);
}

static inline void
jwt_fixture_open(void)
{
	arena_init(&arena, 64 << 20);
	arena_init(&keys_arena, 1 << 20);
	clock_inject(fixed_clock);
	config.server_public_url = S(ISSUER);
	config.token_audience_effective = S(AUDIENCE);
	make_keys();
	header_default[2].json =
		str_z(&keys_arena, str_print(&keys_arena, "\"%.*s\"", STR_ARG(es.kid)));
}

static inline void
jwt_fixture_close(void)
{
	arena_release(&keys_arena);
	arena_release(&arena);
}

#define WITH_RING(test) cmocka_unit_test_setup_teardown(test, new_ring, drop_ring)

#endif

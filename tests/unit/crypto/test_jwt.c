/* Access tokens that are ours: what is signed is accepted, in its time, while its key is there. */
#include "../unit.h"

#include "jwt_fixture.h"

#include <pthread.h>

static void
assert_claims(const struct claims *got, const struct claims *want)
{
	assert_true(uuid_eq(&got->sub, &want->sub) && uuid_eq(&got->sid, &want->sid) &&
		    uuid_eq(&got->jti, &want->jti));
	assert_int_equal(got->iat, want->iat);
	assert_int_equal(got->exp, want->exp);
	assert_int_equal(got->auth_time, want->auth_time);
	assert_str(got->iss, want->iss);
	assert_str(got->aud, want->aud);
	assert_str(got->role, want->role);
	assert_str(got->kyc, want->kyc);
	assert_str(got->amr, want->amr);
	assert_int_equal(got->email_verified, want->email_verified);
}

static const struct {
	const char *name;
	enum alg alg;
	const char *role, *kyc, *amr;
	bool email_verified;
} good_rows[] = {
	{"ES256", ALG_ES256, "CUSTOMER", "none", "pwd", true},
	{"EdDSA", ALG_EDDSA, "ADMIN", "approved", "pwd otp", false},
	{"RS256", ALG_RS256, "SELLER", "pending", "", true},
	{"HS256", ALG_HS256, "", "", "otp", true},
	{"texts to be escaped", ALG_ES256, "A\"\\\n\xc3\xa4", "</script>", "pwd", true},
	{"long texts", ALG_ES256, "A_ROLE_OF_MORE_THAN_THIRTY_TWO_BYTES", "none", "pwd", true},
};

static void
good_tokens(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(good_rows); i++) {
		struct claims want = some_claims(), got;
		struct token_of seen;
		struct str token;

		print_message("%s\n", good_rows[i].name);
		want.role = str_of(good_rows[i].role);
		want.kyc = str_of(good_rows[i].kyc);
		want.amr = str_of(good_rows[i].amr);
		want.email_verified = good_rows[i].email_verified;
		assert_int_equal(keyring_set(cx.keys, ring, ARRAY_LEN(ring), good_rows[i].alg), OK);
		assert_int_equal(jwt_sign(&cx, &want, &token), OK);
		assert_true(token.n < JWT_MAX);
		assert_int_equal(jwt_read(&cx, token, NOW, &got), OK);
		assert_claims(&got, &want);
		for (int look = 0; look < 3; look++) {
			assert_int_equal(jwt_verify(&cx, token, NOW, &seen), OK);
			assert_true(uuid_eq(&seen.sub, &want.sub) && uuid_eq(&seen.sid, &want.sid));
			assert_int_equal(seen.iat, want.iat);
			assert_int_equal(seen.exp, want.exp);
		}
		assert_str(jwt_kid(&cx, token), ring[good_rows[i].alg].kid);
	}
}

static void
whole_seconds(void **state)
{
	struct claims c = some_claims(), got;
	struct str token;

	c.iat += 999999;
	c.exp += 1;
	assert_int_equal(jwt_sign(&cx, &c, &token), OK);
	assert_int_equal(jwt_read(&cx, token, NOW, &got), OK);
	assert_int_equal(got.iat, NOW);
	assert_int_equal(got.exp, NOW + 15 * MINUTE);
}

static void
no_key(void **state)
{
	struct claims c = some_claims();
	struct str token = signed_token();

	assert_int_equal(keyring_set(cx.keys, NULL, 0, ALG_ES256), OK);
	assert_int_equal(jwt_sign(&cx, &c, &token), ERR_UNAVAILABLE);
	expect(token, ERR_TOKEN);
}

static const struct {
	const char *name;
	int64_t now; /* from NOW */
	enum err want;
} time_rows[] = {
	{"at once", 0, OK},
	{"at the end", 15 * MINUTE, OK},
	{"at the end of the skew", 15 * MINUTE + JWT_SKEW - 1, OK},
	{"past the skew", 15 * MINUTE + JWT_SKEW, ERR_TOKEN},
	{"long after", 300 * DAY, ERR_TOKEN},
	{"before it was made, within the skew", -JWT_SKEW, OK},
	{"before it was made", -JWT_SKEW - 1, ERR_TOKEN},
};

/* On a token that was never seen, and on one that is remembered. */
static void
times(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(time_rows); i++) {
		int64_t now = NOW + time_rows[i].now;
		struct str token = signed_token();
		struct token_of c;

		print_message("%s\n", time_rows[i].name);
		assert_int_equal(jwt_verify(&cx, token, now, &c), time_rows[i].want);
		token = signed_token();
		assert_int_equal(jwt_verify(&cx, token, NOW, &c), OK);
		assert_int_equal(jwt_verify(&cx, token, now, &c), time_rows[i].want);
		assert_int_equal(jwt_verify(&cx, token, NOW, &c), OK);
	}
}

static void
forgotten_with_its_key(void **state)
{
	struct str token = signed_token();
	struct key_material keys[] = {es, ed};
	struct token_of c;

	assert_int_equal(jwt_verify(&cx, token, NOW, &c), OK);
	assert_int_equal(keyring_set(cx.keys, &ed, 1, ALG_EDDSA), OK);
	expect(token, ERR_TOKEN);
	assert_int_equal(keyring_set(cx.keys, keys, 2, ALG_EDDSA), OK);
	expect(token, OK);
	keys[0].verifies_until = NOW;
	assert_int_equal(keyring_set(cx.keys, keys, 2, ALG_EDDSA), OK);
	expect(token, OK);
	assert_int_equal(jwt_verify(&cx, token, NOW + 1, &c), ERR_TOKEN);
	assert_int_equal(jwt_verify(&cx, token, NOW, &c), OK);
}

/* A key that another pair stands for under the same kid: what the old one signed is over. */
static void
forgotten_when_a_key_is_swapped(void **state)
{
	struct str token = signed_token();
	struct key_material other = stranger;

	expect(token, OK);
	other.kid = es.kid;
	assert_int_equal(keyring_set(cx.keys, &other, 1, ALG_ES256), OK);
	expect(token, ERR_TOKEN);
}

static void
unproven_kid(void **state)
{
	assert_str(jwt_kid(&cx, forged(&stranger, header_with("kid", "\"abc\"", NULL), S("{}"))),
		   S("abc"));
	assert_true(
		str_absent(jwt_kid(&cx, forged(&es, header_with("jku", "\"x\"", NULL), S("{}")))));
	assert_true(str_absent(jwt_kid(&cx, S("agr_AAAA"))));
	assert_true(str_absent(jwt_kid(&cx, STR_NONE)));
}

struct reader {
	pthread_t thread;
	struct str tokens[2];
	bool good;
};

static void *
read_tokens(void *arg)
{
	struct reader *r = arg;
	struct arena mine;
	struct ctx own = {.arena = &mine, .config = &config, .keys = cx.keys};

	arena_init(&mine, 1 << 16);
	r->good = true;
	for (int i = 0; i < 400; i++) {
		struct token_of c;
		/* the first one's key is always there, the other's comes and goes */
		enum err first = jwt_verify(&own, r->tokens[0], NOW, &c),
			 second = jwt_verify(&own, r->tokens[1], NOW, &c);

		r->good = r->good && first == OK && (second == OK || second == ERR_TOKEN);
		arena_reset(&mine);
	}
	arena_release(&mine);
	return NULL;
}

static void
replaced_while_read(void **state)
{
	struct key_material keys[] = {es, ed};
	struct reader readers[2];
	struct str tokens[2] = {signed_token()};
	struct claims c = some_claims();

	assert_int_equal(keyring_set(cx.keys, keys, 2, ALG_EDDSA), OK);
	assert_int_equal(jwt_sign(&cx, &c, &tokens[1]), OK);
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		memcpy(readers[i].tokens, tokens, sizeof(tokens));
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_tokens, &readers[i]),
				 0);
	}
	for (int i = 0; i < 100; i++) {
		assert_int_equal(keyring_set(cx.keys, keys, 1 + (size_t)(i % 2), ALG_ES256), OK);
		sched_yield();
	}
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		pthread_join(readers[i].thread, NULL);
		assert_true(readers[i].good);
	}
	assert_int_equal(keyring_set(cx.keys, keys, 1, ALG_ES256), OK);
	expect(tokens[1], ERR_TOKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RING(good_tokens),
		WITH_RING(whole_seconds),
		WITH_RING(no_key),
		WITH_RING(times),
		WITH_RING(forgotten_with_its_key),
		WITH_RING(forgotten_when_a_key_is_swapped),
		WITH_RING(unproven_kid),
		WITH_RING(replaced_while_read),
	};
	int failed;

	jwt_fixture_open();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	jwt_fixture_close();
	return failed;
}

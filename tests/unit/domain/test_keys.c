/* Rotation: who signs when, what stays verifiable until when, and what an unknown key leads to. */
#include "domain_case.h"

#include "crypto/jwt.h"
#include "store/key.h"

#define ROTATED (START + DAY)
#define LEAD (120 * SECOND)
#define LAST_TOKEN (LEAD + 15 * MINUTE + 30 * SECOND)

static void
listed(struct domain_case *t, const struct key_info **keys, size_t want)
{
	size_t n;

	assert_int_equal(keys_list(&t->cx, keys, &n), OK);
	assert_int_equal(n, want);
}

static size_t
published(struct domain_case *t)
{
	struct buf json;
	size_t n = 0;

	buf_init_arena(&json, &t->arena, 1 << 16);
	keyring_jwks(t->cx.keys, clock_now(), &json);
	for (struct str rest = buf_view(&json), piece; str_cut(&rest, '{', &piece);)
		n++;
	return n - 2;
}

static void
first_key(void **state)
{
	struct domain_case *t = *state;
	const struct key_info *keys;

	listed(t, &keys, 1);
	assert_int_equal(keys[0].state, KEY_SIGNING);
	assert_str(keys[0].alg, S("ES256"));
	assert_int_equal(keys[0].signs_from, START);
	assert_int_equal(keys[0].verifies_until, 0);
}

static void
rotation(void **state)
{
	struct domain_case *t = *state;
	const struct key_info *keys;
	struct str kid;

	case_now = ROTATED;
	assert_int_equal(keys_rotate(&t->cx, &kid), OK);
	assert_int_equal(published(t), 2);
	listed(t, &keys, 2);
	assert_int_equal(keys[0].state, KEY_SIGNING);
	assert_int_equal(keys[0].verifies_until, ROTATED + LAST_TOKEN);
	assert_str(keys[1].kid, kid);
	assert_int_equal(keys[1].state, KEY_NEXT);
	assert_int_equal(keys[1].signs_from, ROTATED + LEAD);
	assert_int_equal(keys[1].verifies_until, 0);
	case_now = ROTATED + LEAD;
	listed(t, &keys, 2);
	assert_int_equal(keys[0].state, KEY_OLD);
	assert_int_equal(keys[1].state, KEY_SIGNING);
	case_now = ROTATED + LAST_TOKEN;
	assert_int_equal(published(t), 2);
	case_now = ROTATED + LAST_TOKEN + 1;
	assert_int_equal(published(t), 1);
	listed(t, &keys, 1);
	assert_str(keys[0].kid, kid);
	assert_int_equal(case_count(t, "select count(*) from signing_keys"), 2);
	assert_int_equal(keys_rotate(&t->cx, &kid), OK);
	assert_int_equal(case_count(t, "select count(*) from signing_keys"), 2);
	assert_int_equal(
		case_count(t, "select count(*) from audit_events where action = 'key_rotated' and "
			      "detail like '{\"kid\":\"%\"}'"),
		2);
}

/* The last token of the old key lives as long as it says, and a little skew. */
static void
last_token(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct caller who = {0};
	struct str kid, old, token, access;

	case_now = ROTATED;
	(void)case_sign_in(t, &u, &access);
	old = jwt_kid(&t->cx, access);
	assert_int_equal(keys_rotate(&t->cx, &kid), OK);
	case_now = ROTATED + LEAD - 1;
	(void)case_sign_in(t, &u, &token);
	assert_str(jwt_kid(&t->cx, token), old);
	case_now = ROTATED + LEAD;
	(void)case_sign_in(t, &u, &access);
	assert_str(jwt_kid(&t->cx, access), kid);
	case_now = ROTATED + LEAD + 14 * MINUTE;
	assert_int_equal(keys_reload(&t->cx), OK);
	assert_int_equal(bearer_check(&t->cx, token, &who), OK);
	assert_int_equal(bearer_check(&t->cx, access, &who), OK);
	case_now = ROTATED + LAST_TOKEN + SECOND;
	assert_int_equal(bearer_check(&t->cx, token, &who), ERR_TOKEN);
}

/* The end that a key has got is not moved by the next rotation. */
static void
twice_in_a_row(void **state)
{
	struct domain_case *t = *state;
	const struct key_info *keys;
	struct str second, third;

	case_now = ROTATED;
	assert_int_equal(keys_rotate(&t->cx, &second), OK);
	case_now = ROTATED + MINUTE;
	assert_int_equal(keys_rotate(&t->cx, &third), OK);
	listed(t, &keys, 3);
	assert_int_equal(keys[0].verifies_until, ROTATED + LAST_TOKEN);
	assert_int_equal(keys[1].verifies_until, ROTATED + MINUTE + LAST_TOKEN);
	assert_int_equal(keys[2].verifies_until, 0);
	case_now = ROTATED + LEAD;
	assert_true(keyring_signs(t->cx.keys, second, clock_now()));
	case_now = ROTATED + MINUTE + LEAD;
	assert_true(keyring_signs(t->cx.keys, third, clock_now()));
}

static void
too_many(void **state)
{
	struct domain_case *t = *state;
	struct str kid;
	enum err e = OK;
	int made = 1;

	while (e == OK && made < 100) {
		e = keys_rotate(&t->cx, &kid);
		made += e == OK;
	}
	assert_int_equal(e, ERR_THROTTLED);
	assert_int_equal(made, 63);
	assert_int_equal(keys_reload(&t->cx), OK);
	case_now += HOUR;
	assert_int_equal(keys_rotate(&t->cx, &kid), OK);
	assert_int_equal(case_count(t, "select count(*) from signing_keys"), 2);
}

static void
shared_secret(void **state)
{
	struct domain_case *t = *state;
	const struct key_info *keys;
	struct buf problem;
	struct str kid;

	t->config.token_alg = S("HS256");
	t->config.token_hs256_secret = secret_of(S("0123456789abcdef0123456789abcdef"));
	buf_init(&problem, 1024);
	assert_int_equal(keys_open(&t->cx, &problem), OK);
	buf_release(&problem);
	assert_int_equal(keys_rotate(&t->cx, &kid), ERR_INVALID);
	listed(t, &keys, 2);
	assert_int_equal(keys[0].state, KEY_OLD);
	assert_str(keys[1].alg, S("HS256"));
	assert_int_equal(keys[1].state, KEY_SIGNING);
	assert_int_equal(keys[1].created_at, 0);
}

/* A key that has got its end must not be taken for one to sign with from now on. */
static void
back_to_an_algorithm(void **state)
{
	struct domain_case *t = *state;
	const struct key_info *keys;
	struct buf problem;
	struct str kid;

	buf_init(&problem, 1024);
	t->config.token_alg = S("EdDSA");
	assert_int_equal(keys_open(&t->cx, &problem), OK);
	assert_int_equal(keys_rotate(&t->cx, &kid), OK);
	case_now += MINUTE;
	t->config.token_alg = S("ES256");
	assert_int_equal(keys_open(&t->cx, &problem), OK);
	buf_release(&problem);
	listed(t, &keys, 4);
	assert_str(keys[3].alg, S("ES256"));
	assert_int_equal(keys[3].state, KEY_SIGNING);
	assert_int_equal(keys[3].verifies_until, 0);
	assert_int_equal(keys[0].state, KEY_OLD);
}

/* What can't be opened is told of, not taken for a fault of the program. */
static void
damaged(void **state)
{
	static const char *const harm[] = {
		"update signing_keys set public_der = sealed_private",
		"update signing_keys set sealed_private = public_der",
	};
	struct domain_case *t = *state;
	struct buf problem;

	buf_init(&problem, 1024);
	for (size_t i = 0; i < ARRAY_LEN(harm); i++) {
		must(store_write(&t->cx, case_exec, (void *)(uintptr_t)harm[i]));
		buf_clear(&problem);
		assert_int_equal(keys_open(&t->cx, &problem), ERR_INTERNAL);
		assert_true(str_has(buf_view(&problem), S("is damaged: restore")));
	}
	buf_release(&problem);
}

/* Another server on the same store: its own ring, which it read before the rotation. */
static void
unknown_key(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct ctx other = t->cx;
	struct caller who = {0};
	struct str kid, access;

	other.keys = keyring_new();
	assert_int_equal(shared_open(&other.shared), OK);
	assert_int_equal(keys_reload(&other), OK);
	assert_int_equal(keys_rotate(&t->cx, &kid), OK);
	case_now = START + LEAD;
	(void)case_sign_in(t, &u, &access);
	assert_str(jwt_kid(&t->cx, access), kid);
	assert_false(keyring_has(other.keys, kid));
	assert_int_equal(bearer_check(&other, access, &who), OK);
	assert_true(keyring_has(other.keys, kid));

	assert_int_equal(keys_rotate(&t->cx, &kid), OK);
	case_now += LEAD;
	assert_true(ring_reload_take(other.shared));
	(void)case_sign_in(t, &u, &access);
	assert_int_equal(bearer_check(&other, access, &who), ERR_TOKEN);
	case_now += 5 * SECOND;
	assert_int_equal(bearer_check(&other, access, &who), OK);
	shared_close(other.shared);
	keyring_free(other.keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(first_key),      ROW(rotation), ROW(last_token),
		ROW(twice_in_a_row), ROW(too_many), ROW(shared_secret),
		ROW(unknown_key),    ROW(damaged),  ROW(back_to_an_algorithm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

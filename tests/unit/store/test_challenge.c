/* Pending proofs: replaced by newer ones, guessed a bounded number of times, used once. */
#include "store_case.h"

#include "store/challenge.h"
#include "store/user.h"

static const uint8_t mac_a[32] = {'a'}, mac_b[32] = {'b'}, mac_c[32] = {'c'};

static struct challenge
challenge_one(uint32_t n, const uint8_t *mac)
{
	return (struct challenge){
		.id = id_of(n),
		.user_id = id_of(1),
		.purpose = S("verify_email"),
		.channel = S("email"),
		.destination = S("a@example.org"),
		.code_mac = {(const char *)mac, 32},
		.link_mac = {(const char *)mac, 32},
		.created_at = NOW + n,
		.code_expires_at = NOW + MINUTE,
		.link_expires_at = NOW + DAY,
	};
}

static enum err
put_two(struct ctx *cx, void *arg UNUSED)
{
	struct user u = {.id = id_of(1),
			 .email = S("a@example.org"),
			 .email_key = S("a@example.org"),
			 .role = S("CUSTOMER"),
			 .kyc_status = S("none"),
			 .created_at = NOW,
			 .updated_at = NOW};
	struct challenge a = challenge_one(2, mac_a), b = challenge_one(3, mac_b),
			 other = challenge_one(4, mac_c);

	other.user_id = (struct uuid){{0}};
	other.code_mac = STR_NONE;
	other.code_expires_at = 0;
	TRY(user_insert(cx, &u));
	TRY(challenge_put(cx, &a));
	TRY(challenge_put(cx, &other));
	return challenge_put(cx, &b);
}

static void
newest_stands(void **state)
{
	struct store_case *t = *state;
	struct ctx *cx = &t->c.cx;
	struct uuid user = id_of(1);
	struct challenge got, want = challenge_one(3, mac_b);
	static const uint8_t none[32] = {0};

	assert_int_equal(store_write(cx, put_two, NULL), OK);
	assert_int_equal(challenge_by_link(cx, mac_a, &got), OK);
	assert_int_equal(got.replaced_at, NOW + 3);
	assert_int_equal(challenge_by_link(cx, mac_c, &got), OK);
	assert_int_equal(got.replaced_at, 0);
	assert_true(uuid_is_zero(&got.user_id));
	assert_null(got.code_mac.p);
	assert_int_equal(challenge_by_link(cx, none, &got), ERR_NOT_FOUND);
	assert_int_equal(challenge_open_of_user(cx, S("reset_password"), &user, &got),
			 ERR_NOT_FOUND);
	assert_int_equal(challenge_open_of_user(cx, S("verify_email"), &user, &got), OK);
	assert_true(uuid_eq(&got.id, &want.id));
	assert_true(uuid_eq(&got.user_id, &want.user_id));
	assert_str(got.purpose, want.purpose);
	assert_str(got.channel, want.channel);
	assert_str(got.destination, want.destination);
	assert_str(got.code_mac, want.code_mac);
	assert_str(got.link_mac, want.link_mac);
	assert_int_equal(got.attempts, 0);
	assert_int_equal(got.created_at, want.created_at);
	assert_int_equal(got.code_expires_at, want.code_expires_at);
	assert_int_equal(got.link_expires_at, want.link_expires_at);
	assert_int_equal(got.consumed_at, 0);
}

struct step {
	enum { GUESS, USE, END } kind;
	uint32_t id;
	int64_t now;
	enum err want;
};

static enum err
run_step(struct ctx *cx, void *arg)
{
	const struct step *s = arg;
	struct uuid id = id_of(s->id);

	if (s->kind == GUESS)
		return challenge_take_attempt(cx, &id, 2, s->now);
	if (s->kind == USE)
		return challenge_consume(cx, &id, s->now);
	return challenge_end_all(cx, &id, s->now);
}

static void
run_steps(void **state, struct step *rows, size_t n)
{
	struct store_case *t = *state;
	size_t i;

	assert_int_equal(store_write(&t->c.cx, put_two, NULL), OK);
	for (i = 0; i < n; i++) {
		if (store_write(&t->c.cx, run_step, &rows[i]) != rows[i].want)
			fail_msg("row %zu", i);
	}
}

static void
guesses_and_uses_are_bounded(void **state)
{
	struct step rows[] = {
		{GUESS, 2, NOW, ERR_NOT_FOUND}, /* replaced */
		{USE, 2, NOW, ERR_NOT_FOUND},
		{GUESS, 4, NOW, ERR_NOT_FOUND},          /* has no code */
		{GUESS, 3, NOW + MINUTE, ERR_NOT_FOUND}, /* expired */
		{GUESS, 3, NOW, OK},
		{GUESS, 3, NOW, OK},
		{GUESS, 3, NOW, ERR_NOT_FOUND},
		{USE, 3, NOW, OK},
		{USE, 3, NOW, ERR_NOT_FOUND},
	};

	run_steps(state, rows, ARRAY_LEN(rows));
}

static void
ended_is_over(void **state)
{
	struct step rows[] = {
		{END, 1, NOW, OK}, {GUESS, 3, NOW, ERR_NOT_FOUND}, {USE, 3, NOW, ERR_NOT_FOUND},
		{USE, 4, NOW, OK}, /* is not the user's */
		{END, 1, NOW, OK},
	};

	run_steps(state, rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(newest_stands),
		ROW(guesses_and_uses_are_bounded),
		ROW(ended_is_over),
	};

	return store_case_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}

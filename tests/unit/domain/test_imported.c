/* Accounts that came with another program's hash: the first sign-in replaces it by ours; a hash
 * that can't be used is a wrong password. */
#include "domain_case.h"

#include "domain/login.h"

/* "correct horse": base64 of hashlib.pbkdf2_hmac('sha256', b'correct horse', b'seasalt', 1000), and
 * crypt.crypt('correct horse', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.') of Python 3. */
static const struct {
	const char *name, *hash;
	enum err want;
} rows[] = {
	{"Django", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=", OK},
	{"bcrypt", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.WrAwgFxicHZ3kL7zMvXYXHKosDn8ot2", OK},
	{"cut", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZar", ERR_CREDENTIALS},
	{"too dear", "pbkdf2_sha256$9999999$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=",
	 ERR_CREDENTIALS},
	{"plain text", "correct horse", ERR_CREDENTIALS},
};

struct placing {
	struct uuid id;
	struct str hash;
};

static enum err
place(struct ctx *cx, void *arg)
{
	const struct placing *p = arg;

	return user_set_password(cx, &p->id, STR_NONE, p->hash, clock_now());
}

static enum err
sign_in(struct domain_case *t, struct str password)
{
	struct login_in in = {.identifier = S("ada@example.com"), .password = secret_of(password)};
	struct sign_in out;

	return login_password(&t->cx, &in, &out);
}

static void
first_sign_in(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true), got;

	t->config.throttle_enabled = false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct placing p = {u.id, str_of(rows[i].hash)};

		print_message("%s\n", rows[i].name);
		assert_int_equal(store_write(&t->cx, place, &p), OK);
		assert_int_equal(sign_in(t, S("wrong horse")), ERR_CREDENTIALS);
		assert_int_equal(sign_in(t, S("correct horse")), rows[i].want);
		assert_int_equal(user_by_id(&t->cx, &u.id, &got), OK);
		if (rows[i].want == OK)
			assert_true(str_starts(got.password, S("$argon2id$v=19$m=1024,t=1,p=1$")));
		else
			assert_str(got.password, p.hash);
		assert_int_equal(sign_in(t, S("correct horse")), rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {ROW(first_sign_in)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What asks for the owner again: the password, or for who has none a sign-in a moment ago. */
#include "domain_case.h"

#include "domain/step_up.h"

static const struct {
	bool has_password; /* the account */
	const char *given;
	int64_t age; /* of the sign-in */
	enum err strict, either;
} rows[] = {
	{true, PASSWORD, HOUR, OK, OK},
	{true, WRONG, 0, ERR_INVALID, ERR_INVALID},
	{true, NULL, 0, ERR_INVALID, OK},
	{true, NULL, 10 * MINUTE - SECOND, ERR_INVALID, OK},
	{true, NULL, 10 * MINUTE, ERR_INVALID, ERR_REAUTHENTICATION},
	{false, NULL, 10 * MINUTE - SECOND, OK, OK},
	{false, NULL, 10 * MINUTE, ERR_REAUTHENTICATION, ERR_REAUTHENTICATION},
	{false, PASSWORD, HOUR, ERR_REAUTHENTICATION, ERR_INVALID},
};

static void
the_owner_is_there(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct secret given =
			rows[i].given ? secret_of(str_of(rows[i].given)) : SECRET_NONE;
		struct domain_case t;
		struct str access;

		domain_case_make(&t, NULL);
		access = member(&t, "a@example.com", NULL).tokens.access;
		if (!rows[i].has_password)
			case_count(&t, "update users set password = null");
		as(&t, access);
		t.caller.session.auth_time = case_now - rows[i].age;
		assert_int_equal(step_up(&t.cx, given), rows[i].strict);
		fault_clear(&t.cx);
		assert_int_equal(step_up_either(&t.cx, given), rows[i].either);
		domain_case_end(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_owner_is_there)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

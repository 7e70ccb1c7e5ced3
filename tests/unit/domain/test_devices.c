/* Sessions and devices are their owner's alone; a blocked device is shut for whom it is blocked. */
#include "domain_case.h"

#include "domain/device_blocks.h"
#include "domain/devices.h"
#include "domain/login.h"

static struct sign_in
on(struct domain_case *t, const char *email, const char *device, enum err want)
{
	struct login_in in = {
		.identifier = str_of(email),
		.password = secret_of(S(PASSWORD)),
		.device_id = str_of(device),
	};
	struct sign_in out = {0};

	nobody(t);
	fault_clear(&t->cx);
	assert_int_equal(login_password(&t->cx, &in, &out), want);
	return out;
}

static struct device_item
only_device(struct domain_case *t)
{
	struct device_list list;

	must(devices_list(&t->cx, &(struct nothing){0}, &list));
	assert_int_equal(list.items.n, 1);
	return *(const struct device_item *)list.items.v;
}

static void
of_another(void **state)
{
	struct domain_case *t = *state;
	struct sign_in hers, his;
	struct id_in session, device;
	struct device_rename_in name;
	struct nothing none;

	(void)member(t, "a@example.com", NULL);
	(void)member(t, "b@example.com", NULL);
	hers = on(t, "a@example.com", "laptop", OK);
	as(t, hers.tokens.access);
	session.id = hers.tokens.session_id;
	device.id = only_device(t).id;
	name = (struct device_rename_in){device.id, S("mine")};
	his = on(t, "b@example.com", "laptop", OK);
	as(t, his.tokens.access);
	assert_int_equal(session_end(&t->cx, &session, &none), ERR_NOT_FOUND);
	assert_int_equal(device_forget(&t->cx, &device, &none), ERR_NOT_FOUND);
	assert_int_equal(device_set_name(&t->cx, &name, &none), ERR_NOT_FOUND);
	as(t, hers.tokens.access);
	must(device_set_name(&t->cx, &name, &none));
	assert_str(only_device(t).name, S("mine"));
	must(device_forget(&t->cx, &device, &none));
	assert_int_equal(bearer_check(&t->cx, hers.tokens.access, &t->caller), ERR_TOKEN);
	assert_int_equal(device_forget(&t->cx, &device, &none), ERR_NOT_FOUND);
	must(bearer_check(&t->cx, his.tokens.access, &t->caller));
}

static void
blocked(void **state UNUSED)
{
	static const struct {
		bool for_one; /* a@example.com */
		const char *email, *device;
		enum err want;
	} rows[] = {
		{false, "a@example.com", "kiosk", ERR_DEVICE_BLOCKED},
		{false, "b@example.com", "kiosk", ERR_DEVICE_BLOCKED},
		{false, "a@example.com", "laptop", OK},
		{true, "a@example.com", "kiosk", ERR_DEVICE_BLOCKED},
		{true, "b@example.com", "kiosk", OK},
		{true, "a@example.com", "KIOSK", OK},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device_block_in in = {.device_id = S("kiosk"), .reason = S("stolen")};
		struct nothing none;
		struct sign_in before;
		struct domain_case t;
		enum err want = rows[i].want;

		domain_case_make(&t, NULL);
		in.user = rows[i].for_one ? member(&t, "a@example.com", NULL).user.id
					  : (struct uuid){{0}};
		if (!rows[i].for_one)
			(void)member(&t, "a@example.com", NULL);
		(void)member(&t, "b@example.com", NULL);
		before = on(&t, rows[i].email, rows[i].device, OK);
		must(device_block(&t.cx, &in, &none));
		(void)on(&t, rows[i].email, rows[i].device, want);
		assert_int_equal(bearer_check(&t.cx, before.tokens.access, &t.caller), want);
		must(device_unblock(&t.cx, &in, &none));
		assert_int_equal(device_unblock(&t.cx, &in, &none), ERR_NOT_FOUND);
		must(bearer_check(&t.cx, before.tokens.access, &t.caller));
		domain_case_end(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {ROW(of_another), cmocka_unit_test(blocked)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

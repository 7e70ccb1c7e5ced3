/* Words of the gate, and what they demand of whom. */
#include "../unit.h"

#include "base/config.h"
#include "domain/demands.h"

static const struct str roles[] = {S("CUSTOMER"), S("SELLER"), S("ADMIN")};
static const struct config config = {.roles_names = {roles, ARRAY_LEN(roles)}};

struct people {
	struct arena arena;
	struct ctx cx;
};

static void
begin(struct people *p)
{
	arena_init(&p->arena, 1 << 20);
	p->cx = (struct ctx){.arena = &p->arena, .config = &config};
}

static void
test_words(void **state)
{
	static const struct {
		const char *words, *told; /* told NULL: refused */
	} rows[] = {
		{"session", ""},
		{"email", "email"},
		{"kyc", "kyc"},
		{"kyc,email", "email,kyc"},
		{"email,email,session", "email"},
		{"role:SELLER", "role:SELLER"},
		{"role:seller|Admin", "role:seller|Admin"},
		{"email,kyc,role:SELLER", "email,kyc,role:SELLER"},
		{"role:SELLER,role:ADMIN", "role:SELLER,role:ADMIN"},
		{"role:ADMIN,role:ADMIN,role:ADMIN,role:ADMIN",
		 "role:ADMIN,role:ADMIN,role:ADMIN,role:ADMIN"},
		{"role:ADMIN,role:ADMIN,role:ADMIN,role:ADMIN,role:ADMIN", NULL},
		{NULL, NULL},
		{"", NULL},
		{",", NULL},
		{"email,", NULL},
		{",email", NULL},
		{"email,,kyc", NULL},
		{"nonsense", NULL},
		{"email,nonsense", NULL},
		{"Email", NULL},
		{"KYC", NULL},
		{" email", NULL},
		{"email ", NULL},
		{"email;kyc", NULL},
		{"email|kyc", NULL},
		{"email%2ckyc", NULL},
		{"role", NULL},
		{"role:", NULL},
		{"Role:ADMIN", NULL},
		{"role:NOBODY", NULL},
		{"role:ADMIN|", NULL},
		{"role:|ADMIN", NULL},
		{"role:ADMIN||SELLER", NULL},
		{"role:ADMIN|NOBODY", NULL},
		{"role:ADMIN SELLER", NULL},
		{"role: ADMIN", NULL},
		{"role:ADMI", NULL},
		{"role:ADMINS", NULL},
		{"require=email", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct people p;
		struct demands d;
		struct buf told;
		enum err e;

		begin(&p);
		e = demands_read(&p.cx, str_of(rows[i].words), &d);
		if ((e == OK) != (rows[i].told != NULL))
			print_error("%s\n", rows[i].words ? rows[i].words : "(none)");
		assert_int_equal(e, rows[i].told ? OK : ERR_INVALID);
		if (e == OK) {
			buf_init(&told, 256);
			demands_tell(&d, &told);
			assert_str(buf_view(&told), str_of(rows[i].told));
			buf_release(&told);
		} else {
			assert_str(p.cx.fault.fields->field, S("require"));
		}
		arena_release(&p.arena);
	}
}

static void
test_judgement(void **state)
{
	static const struct {
		const char *words;
		bool verified;
		const char *kyc, *role;
		enum err want;
	} rows[] = {
		{"session", false, "none", "CUSTOMER", OK},
		{"email", false, "approved", "ADMIN", ERR_EMAIL_NOT_VERIFIED},
		{"email", true, "none", "CUSTOMER", OK},
		{"kyc", true, "none", "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", true, "pending", "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", true, "rejected", "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", true, "resubmit", "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", true, "expired", "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", true, "Approved", "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", true, "", "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", true, NULL, "CUSTOMER", ERR_KYC_REQUIRED},
		{"kyc", false, "approved", "CUSTOMER", OK},
		{"role:SELLER", false, "none", "SELLER", OK},
		{"role:seller", false, "none", "SELLER", OK},
		{"role:SELLER", true, "approved", "ADMIN", ERR_ROLE_REQUIRED},
		{"role:SELLER|ADMIN", false, "none", "ADMIN", OK},
		{"role:SELLER|ADMIN", false, "none", "CUSTOMER", ERR_ROLE_REQUIRED},
		{"role:SELLER,role:ADMIN", false, "none", "ADMIN", ERR_ROLE_REQUIRED},
		{"role:SELLER|ADMIN,role:ADMIN", false, "none", "ADMIN", OK},
		{"role:ADMIN,kyc,email", false, "none", "CUSTOMER", ERR_EMAIL_NOT_VERIFIED},
		{"role:ADMIN,kyc,email", true, "none", "CUSTOMER", ERR_KYC_REQUIRED},
		{"role:ADMIN,kyc,email", true, "approved", "CUSTOMER", ERR_ROLE_REQUIRED},
		{"role:ADMIN,kyc,email", true, "approved", "ADMIN", OK},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct user u = {
			.is_email_verified = rows[i].verified,
			.kyc_status = str_of(rows[i].kyc),
			.role = str_of(rows[i].role),
		};
		struct people p;
		struct demands d;
		enum err e;

		begin(&p);
		assert_int_equal(demands_read(&p.cx, str_of(rows[i].words), &d), OK);
		e = demands_met(&d, &u);
		if (e != rows[i].want)
			print_error("%s of %s, %s\n", rows[i].words, rows[i].role, rows[i].kyc);
		assert_int_equal(e, rows[i].want);
		arena_release(&p.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_judgement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

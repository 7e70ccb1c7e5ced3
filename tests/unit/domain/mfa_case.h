/* Whom the tests of the second factor are about: a member with an authenticator, and what she
 * does. */
#ifndef TESTS_MFA_CASE_H
#define TESTS_MFA_CASE_H

#include "domain_case.h"

#include "crypto/totp.h"
#include "domain/login.h"
#include "domain/mfa.h"

#define ADA "ada@example.com"

struct ada {
	struct user user;
	struct str access; /* of a session that lives */
	char seed[TOTP_SEED];
	struct str_list codes; /* recovery codes */
};

static inline void
base32_read(struct str text, char out[static TOTP_SEED])
{
	uint32_t v = 0;
	int bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		v = v << 5 | (uint32_t)(c >= 'A' ? c - 'A' : c - '2' + 26);
		bits += 5;
		if (bits < 8)
			continue;
		bits -= 8;
		assert_true(n < TOTP_SEED);
		out[n++] = (char)(v >> bits & 255);
	}
	assert_int_equal(n, TOTP_SEED);
}

/* Her authenticator's code, so many steps from now. */
static inline struct str
app_code(struct domain_case *t, const struct ada *a, int64_t ahead)
{
	char code[CODE_DIGITS + 1];

	must(totp_code((struct secret){a->seed, TOTP_SEED}, case_clock() / TOTP_STEP + ahead,
		       code));
	return str_copy(t->cx.arena, str_of(code));
}

static inline struct str
wrong_code(struct domain_case *t, const struct ada *a)
{
	static const struct str rows[] = {{"000000", 6}, {"111111", 6}, {"222222", 6}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool fits = false;

		for (int64_t ahead = -1; ahead <= 1; ahead++)
			fits |= str_eq(app_code(t, a, ahead), rows[i]);
		if (!fits)
			return rows[i];
	}
	return S("333333");
}

static inline enum err
begin_set_up(struct domain_case *t, const char *method, struct mfa_enabling *out)
{
	struct mfa_enable_in in = {.method = str_of(method), .password = secret_of(S(PASSWORD))};

	fault_clear(&t->cx);
	return mfa_enable(&t->cx, &in, out);
}

static inline enum err
prove_set_up(struct domain_case *t, struct str code, struct mfa_verified *out)
{
	struct mfa_verify_in in = {.code = code};

	fault_clear(&t->cx);
	return mfa_verify(&t->cx, &in, out);
}

/* With her authenticator on, and nobody signed in here. */
static inline struct ada
ada_with_app(struct domain_case *t)
{
	struct ada a = {.user = case_user(t, S(ADA), STR_NONE, true)};
	struct mfa_enabling begun = {0};
	struct mfa_verified done = {0};

	(void)case_sign_in(t, &a.user, &a.access);
	as(t, a.access);
	must(begin_set_up(t, "totp", &begun));
	base32_read(begun.secret, a.seed);
	must(prove_set_up(t, app_code(t, &a, 0), &done));
	assert_int_equal(done.recovery_codes.n, 10);
	a.codes = done.recovery_codes;
	nobody(t);
	pass(2 * TOTP_STEP);
	return a;
}

/* Her phone, as if she had proven it. */
static inline void
phone_is_proven(struct domain_case *t)
{
	(void)case_count(t, "update users set phone = '+49301234567', is_phone_verified = 1");
}

static inline struct str
extra_text(const struct ctx *cx, const char *name)
{
	for (const struct fault_extra *x = cx->fault.extras; x; x = x->next)
		if (str_eq(str_of(x->name), str_of(name)))
			return x->list ? S("list") : x->text;
	return STR_NONE;
}

static inline struct str_list
methods_told(const struct ctx *cx)
{
	for (const struct fault_extra *x = cx->fault.extras; x; x = x->next)
		if (x->list)
			return *x->list;
	return (struct str_list){NULL, 0};
}

static inline enum err
sign_in(struct domain_case *t, struct str device_id, struct sign_in *out)
{
	struct login_in in = {
		.identifier = S(ADA),
		.password = secret_of(S(PASSWORD)),
		.device_id = device_id,
	};

	fault_clear(&t->cx);
	return login_password(&t->cx, &in, out);
}

/* A right password; the mfa_token. */
static inline struct str
ticket(struct domain_case *t, struct str device_id)
{
	struct sign_in out;

	assert_int_equal(sign_in(t, device_id, &out), ERR_MFA_REQUIRED);
	assert_false(str_absent(extra_text(&t->cx, "mfa_token")));
	return extra_text(&t->cx, "mfa_token");
}

static inline enum err
end_with(struct domain_case *t, struct str token, struct str code, struct sign_in *out)
{
	struct mfa_verify_in in = {.mfa_token = token, .code = code};
	struct sign_in ignored;

	fault_clear(&t->cx);
	return mfa_finish(&t->cx, &in, out ? out : &ignored);
}

/* The mails that wait, read up to the first of this template. */
static inline bool
told(struct domain_case *t, const char *template, struct mail *mail)
{
	struct mail any;

	while (next_mail(t, mail ? mail : &any))
		if (str_eq((mail ? mail : &any)->template, str_of(template)))
			return true;
	return false;
}

#endif

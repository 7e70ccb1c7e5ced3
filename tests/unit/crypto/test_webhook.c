/*
 * Signatures of webhooks. Vectors: Standard Webhooks' own libraries (secret whsec_MfKQ9r8G…),
 * Onfido's own Python library (token wU99mE6j…), RFC 4231 case 2 for the plain MACs; the rest by
 * another implementation.
 */
#include "../base/row.h"

#include "crypto/webhook.h"

#include "base/enc.h"

#define AT INT64_C(1614265330)
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define GOOD "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define OTHER "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define BODY "{\"test\": 2432232314}"

#define JEFE "what do ya want for nothing?"
#define JEFE_256 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
#define JEFE_512                                                                                   \
	"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65" \
	"f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
#define ONFIDO_BODY                                                                                \
	"{\"payload\":{\"resource_type\":\"check\",\"action\":\"check.completed\",\"object\":"     \
	"{\"id\":\"f2302f45-227d-413d-ad61-09ec077a086a\",\"status\":\"complete\","                \
	"\"completed_at_iso8601\":\"2024-04-04T09:21:21Z\",\"href\":"                              \
	"\"https://api.onfido.com/v3.6/checks/f2302f45-227d-413d-ad61-09ec077a086a\"}}}"
#define ONFIDO_MAC "77ebc3e418f26be6eebb47f7ebe551321de26734fc273961e075fc9ab163d9c7"
#define VERIFF_MAC "84c4d5300e99fe0f3902985310f0d074469db7446c2e5a92f3ebda1ce77c0931"
#define PERSONA_MAC "1b93c691811b71a3eb77193e2dfefdc53275f1565871e9928dfd6e015f10fd64"
#define NO_MAC "0000000000000000000000000000000000000000000000000000000000000000"

static uint8_t spec_key[24];

static struct secret_list
spec_keys(void)
{
	static struct secret key;
	size_t n = sizeof(spec_key);

	assert_true(base64_decode(S("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), spec_key, &n));
	key = (struct secret){(const char *)spec_key, n};
	return (struct secret_list){&key, 1};
}

static void
standard(void **state)
{
	static const struct {
		struct str id, timestamp, signature, body;
		int64_t seconds_off;
		bool good;
	} rows[] = {
		{S(ID), S("1614265330"), S(GOOD), S(BODY), 0, true},
		{S(ID), S("1614265330"), S(GOOD), S(BODY), 300, true},
		{S(ID), S("1614265330"), S(GOOD), S(BODY), -300, true},
		{S(ID), S("1614265330"), S(GOOD), S(BODY), 301, false},
		{S(ID), S("1614265330"), S(GOOD), S(BODY), -301, false},
		{S(ID), S("1614265330"), S(OTHER " " GOOD), S(BODY), 0, true},
		{S(ID), S("1614265330"), S("v2,x v1a,y  v1, " GOOD " v1,z"), S(BODY), 0, true},
		{S(ID), S("1614265330"), S(OTHER), S(BODY), 0, false},
		{S(ID), S("1614265330"), S("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), S(BODY),
		 0, false},
		{S(ID), S("1614265330"), S("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
		 S(BODY), 0, false},
		{S(ID), S("1614265330"), S("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE"),
		 S(BODY), 0, false},
		{S(ID), S("1614265330"), S("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ"), S(BODY),
		 0, false},
		{S(ID), S("1614265330"), S("v1,"), S(BODY), 0, false},
		{S(ID), S("1614265330"), S(""), S(BODY), 0, false},
		{S(ID), S("1614265330"), STR_NONE, S(BODY), 0, false},
		{S(ID), S("1614265330"), S(GOOD), S("{\"test\":2432232314}"), 0, false},
		{S(ID), S("1614265330"), S(GOOD), S(BODY "\n"), 0, false},
		{S(ID), S("1614265330"), S(GOOD), S(""), 0, false},
		{S(ID), S("1614265331"), S(GOOD), S(BODY), 0, false},
		{S(ID), S("01614265330"), S(GOOD), S(BODY), 0, false},
		{S(ID), S("1614265330.0"), S(GOOD), S(BODY), 0, false},
		{S(ID), S("-1614265330"), S(GOOD), S(BODY), 0, false},
		{S(ID), S("99999999999999999999"), S(GOOD), S(BODY), 0, false},
		{S(ID), S("9223372036854775807"), S(GOOD), S(BODY), 0, false},
		{S(ID), S(""), S(GOOD), S(BODY), 0, false},
		{S(ID), STR_NONE, S(GOOD), S(BODY), 0, false},
		{S("msg_other"), S("1614265330"), S(GOOD), S(BODY), 0, false},
		{S(""), S("1614265330"), S(GOOD), S(BODY), 0, false},
		{STR_NONE, S("1614265330"), S(GOOD), S(BODY), 0, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct webhook w = {.headers = {[WEBHOOK_SIGNATURE] = rows[i].signature,
						[WEBHOOK_ID] = rows[i].id,
						[WEBHOOK_TIMESTAMP] = rows[i].timestamp},
				    .body = rows[i].body};
		int64_t now = (AT + rows[i].seconds_off) * SECOND;

		if (webhook_verify(WEBHOOK_STANDARD, spec_keys(), &w, now) !=
		    (rows[i].good ? OK : ERR_SIGNATURE))
			fail_row("row %zu", i);
	}
}

static void
vendors(void **state)
{
	static const struct {
		enum webhook_form form;
		const char *key;
		struct str body, signature, algorithm;
		bool good;
	} rows[] = {
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S(JEFE_256), S("HMAC_SHA256_HEX"), true},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S(JEFE_512), S("HMAC_SHA512_HEX"), true},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S(JEFE_256), S("HMAC_SHA512_HEX"), false},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S(JEFE_512), S("HMAC_SHA256_HEX"), false},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
		 S("HMAC_SHA1_HEX"), false},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S(JEFE_256), S("hmac_sha256_hex"), false},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S(JEFE_256), STR_NONE, false},
		{WEBHOOK_SUMSUB, "jefe", S(JEFE), S(JEFE_256), S("HMAC_SHA256_HEX"), false},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE " "), S(JEFE_256), S("HMAC_SHA256_HEX"), false},
		{WEBHOOK_SUMSUB, "Jefe", S(JEFE), S(""), S("HMAC_SHA256_HEX"), false},
		{WEBHOOK_SUMSUB, "", S(JEFE), S(JEFE_256), S("HMAC_SHA256_HEX"), false},
		{WEBHOOK_ONFIDO, "wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZh", S(ONFIDO_BODY), S(ONFIDO_MAC),
		 STR_NONE, true},
		{WEBHOOK_ONFIDO, "wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZi", S(ONFIDO_BODY), S(ONFIDO_MAC),
		 STR_NONE, false},
		{WEBHOOK_ONFIDO, "wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZh", S(ONFIDO_BODY),
		 S("77ebc3e418f26be6eebb47f7ebe55132"), STR_NONE, false},
		{WEBHOOK_ONFIDO, "wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZh", S(ONFIDO_BODY), STR_NONE,
		 STR_NONE, false},
		{WEBHOOK_VERIFF, "abcdef12-abcd-abcd-abcd-abcdef012345", S("{\"a\":1}"),
		 S(VERIFF_MAC), STR_NONE, true},
		{WEBHOOK_VERIFF, "abcdef12-abcd-abcd-abcd-abcdef012345", S("{\"a\": 1}"),
		 S(VERIFF_MAC), STR_NONE, false},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265330,v1=" PERSONA_MAC), STR_NONE, true},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265330,v1=" NO_MAC " t=1614265330,v1=" PERSONA_MAC), STR_NONE, true},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265330,v1=" NO_MAC ",v1=" PERSONA_MAC), STR_NONE, true},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265330,v1=" NO_MAC), STR_NONE, false},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265330,v0=" PERSONA_MAC), STR_NONE, false},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265331,v1=" PERSONA_MAC), STR_NONE, false},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("v1=" PERSONA_MAC), STR_NONE, false},
		{WEBHOOK_PERSONA, "wbhsec_12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265330 v1=" PERSONA_MAC), STR_NONE, false},
		{WEBHOOK_PERSONA, "12345678901234567890", S("{\"a\":1}"),
		 S("t=1614265330,v1=" PERSONA_MAC), STR_NONE, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct webhook w = {.headers = {[WEBHOOK_SIGNATURE] = rows[i].signature,
						[WEBHOOK_ALGORITHM] = rows[i].algorithm},
				    .body = rows[i].body};
		struct secret key = secret_of(str_of(rows[i].key));
		struct secret_list keys = {&key, 1};

		if (webhook_verify(rows[i].form, keys, &w, AT * SECOND) !=
		    (rows[i].good ? OK : ERR_SIGNATURE))
			fail_row("row %zu", i);
	}
}

/* Persona signs the time as Standard Webhooks does. */
static void
persona_times(void **state)
{
	static const struct {
		int64_t off;
		bool good;
	} rows[] = {{-301, false}, {-300, true}, {300, true}, {301, false}};
	struct webhook w = {
		.headers = {[WEBHOOK_SIGNATURE] = S("t=1614265330,v1=" PERSONA_MAC)},
		.body = S("{\"a\":1}"),
	};
	struct secret key = secret_of(S("wbhsec_12345678901234567890"));
	struct secret_list keys = {&key, 1};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(webhook_verify(WEBHOOK_PERSONA, keys, &w,
						(AT + rows[i].off) * SECOND),
				 rows[i].good ? OK : ERR_SIGNATURE);
}

static void
keys_change(void **state)
{
	struct webhook w = {.headers = {[WEBHOOK_SIGNATURE] = S(GOOD),
					[WEBHOOK_ID] = S(ID),
					[WEBHOOK_TIMESTAMP] = S("1614265330")},
			    .body = S(BODY)};
	struct secret keys[] = {secret_of(S("another key, of other 24")), spec_keys().v[0]};

	assert_int_equal(webhook_verify(WEBHOOK_STANDARD, (struct secret_list){keys, 2}, &w,
					AT * SECOND),
			 OK);
	assert_int_equal(webhook_verify(WEBHOOK_STANDARD, (struct secret_list){keys, 1}, &w,
					AT * SECOND),
			 ERR_SIGNATURE);
	assert_int_equal(webhook_verify(WEBHOOK_STANDARD, (struct secret_list){NULL, 0}, &w,
					AT * SECOND),
			 ERR_SIGNATURE);
}

static void
ids(void **state)
{
	char longest[WEBHOOK_ID_MAX + 1];
	const struct {
		struct str id;
		bool good;
	} rows[] = {
		{{longest, WEBHOOK_ID_MAX}, true},
		{{longest, WEBHOOK_ID_MAX + 1}, false},
		{S("a b"), false},
		{S("a\nb"), false},
		{S("a\x7f"), false},
		{S("\xc3\xa4"), false},
		{S("a.b"), true},
	};
	struct arena arena;
	struct ctx cx = {.arena = &arena};

	memset(longest, 'a', sizeof(longest));
	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct webhook w = {
			.headers =
				{[WEBHOOK_ID] = rows[i].id, [WEBHOOK_TIMESTAMP] = S("1614265330")},
			.body = S(BODY)};
		struct webhook_signer *s =
			webhook_sign_begin(&cx, spec_keys().v[0], rows[i].id, AT);
		struct buf signature;

		buf_init_arena(&signature, &arena, 1024);
		webhook_sign_add(s, S("{\"test\":"));
		webhook_sign_add(s, S(""));
		webhook_sign_add(s, S(" 2432232314}"));
		webhook_sign_end(s, &signature);
		w.headers[WEBHOOK_SIGNATURE] = buf_view(&signature);
		if (webhook_verify(WEBHOOK_STANDARD, spec_keys(), &w, AT * SECOND) !=
		    (rows[i].good ? OK : ERR_SIGNATURE))
			fail_row("row %zu", i);
	}
	arena_release(&arena);
}

static void
signs_as_the_specification(void **state)
{
	struct arena arena;
	struct ctx cx = {.arena = &arena};
	struct webhook_signer *s;
	struct buf signature;

	arena_init(&arena, 1 << 16);
	buf_init_arena(&signature, &arena, 1024);
	s = webhook_sign_begin(&cx, spec_keys().v[0], S(ID), AT);
	webhook_sign_add(s, S(BODY));
	webhook_sign_end(s, &signature);
	assert_str(buf_view(&signature), S(GOOD));
	arena_release(&arena);
}

static void
forms(void **state)
{
	assert_int_equal(webhook_form(STR_NONE), WEBHOOK_STANDARD);
	assert_int_equal(webhook_form(S("sumsub")), WEBHOOK_SUMSUB);
	assert_int_equal(webhook_form(S("persona")), WEBHOOK_PERSONA);
	assert_int_equal(webhook_form(S("onfido")), WEBHOOK_ONFIDO);
	assert_int_equal(webhook_form(S("veriff")), WEBHOOK_VERIFF);
	for (int i = 0; i < WEBHOOK_FORMS; i++)
		assert_non_null(webhook_header_name((enum webhook_form)i, WEBHOOK_SIGNATURE));
	assert_null(webhook_header_name(WEBHOOK_ONFIDO, WEBHOOK_ID));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard),      cmocka_unit_test(vendors),
		cmocka_unit_test(persona_times), cmocka_unit_test(keys_change),
		cmocka_unit_test(ids),           cmocka_unit_test(signs_as_the_specification),
		cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

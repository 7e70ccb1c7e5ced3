/* The gate's verdict through the pipeline: in which order it refuses, what it tells of whom, and
 * that no method, body or Origin changes any of it. */
#include "ask.h"

static struct ask
at(const char *target, struct str access, struct domain_case *t)
{
	struct ask a = {METHOD_GET, target};

	if (!str_absent(access))
		a.headers[0] = (struct http_header){S("Authorization"), bearer_of(t, access)};
	return a;
}

static void
passes(struct domain_case *t, const struct ask *a, int status)
{
	struct got g = ask(t, a);

	if (g.an.status != status)
		print_error("%s: %d\n", a->target, g.an.status);
	assert_int_equal(g.an.status, status);
	assert_int_equal(g.an.body.n, 0);
	assert_true(str_absent(g.an.content_type));
	assert_str(header(&g, "Cache-Control"), S("no-store"));
	done(&g);
}

static void
is_refused(struct domain_case *t, const struct ask *a, enum err want)
{
	struct got g = ask(t, a);

	assert_str(header(&g, "X-Gate-Code"), str_of(err_row(want)->code));
	assert_true(str_absent(header(&g, "X-User-Id")));
	done(&g);
	is_problem(t, a, want);
}

static void
test_who_passes(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "Ada@Example.com", NULL);
	struct ask a = at("/gate?require=email,role:customer", in.tokens.access, t);
	struct got g = ask(t, &a);

	assert_int_equal(g.next, PIPELINE_FAST);
	assert_int_equal(g.an.status, 204);
	assert_str(header(&g, "X-User-Id"), uuid_text(&t->arena, &in.user.id));
	assert_str(header(&g, "X-User-Role"), S("CUSTOMER"));
	assert_str(header(&g, "X-User-Email"), S("Ada@Example.com"));
	assert_str(header(&g, "X-Kyc-Status"), S("none"));
	assert_str(header(&g, "X-Session-Id"), uuid_text(&t->arena, &in.tokens.session_id));
	a = at("/gate/require/email,role:customer/some/path?require=kyc", in.tokens.access, t);
	g = ask(t, &a);
	assert_int_equal(g.an.status, 200);
	assert_str(header(&g, "X-User-Id"), uuid_text(&t->arena, &in.user.id));
	case_count(t, "update users set kyc_status = 'approved', role = 'SELLER'");
	a = at("/gate?require=kyc,role:SELLER", in.tokens.access, t);
	g = ask(t, &a);
	assert_int_equal(g.an.status, 204);
	assert_str(header(&g, "X-User-Role"), S("SELLER"));
	assert_str(header(&g, "X-Kyc-Status"), S("approved"));
}

static void
test_words(void **state)
{
	static const struct {
		const char *target;
		enum err want; /* OK: 204 or 200 */
	} rows[] = {
		{"/gate?require=session", OK},
		{"/gate/?require=session", OK},
		{"/gate?require=role:CUSTOMER|ADMIN", OK},
		{"/gate?require=role:CUSTOMER%7CADMIN", OK},
		{"/gate?require=role%3acustomer", OK},
		{"/gate?x=y&require=session&z", OK},
		{"/gate?require=email%2Csession", OK},
		{"/gate?require=role:ADMIN", ERR_ROLE_REQUIRED},
		{"/gate?require=kyc", ERR_KYC_REQUIRED},
		{"/gate?require=kyc,role:ADMIN", ERR_KYC_REQUIRED},
		{"/gate", ERR_INVALID},
		{"/gate?", ERR_INVALID},
		{"/gate?require", ERR_INVALID},
		{"/gate?require=", ERR_INVALID},
		{"/gate?require=nonsense", ERR_INVALID},
		{"/gate?require=session,nonsense", ERR_INVALID},
		{"/gate?require=role:NOBODY", ERR_INVALID},
		{"/gate?require=session&require=session", ERR_INVALID},
		{"/gate?require=session&%72equire=email", ERR_INVALID},
		{"/gate?require=session+", ERR_INVALID},
		{"/gate?require=session%00", ERR_INVALID},
		{"/gate?require=session%2", ERR_INVALID},
		{"/gate?Require=session", ERR_INVALID},
		{"/gate/require/session", OK},
		{"/gate/require/session/", OK},
		{"/gate/require/session//", OK},
		{"/gate/require/session?require=kyc", OK},
		{"/gate/require/session/?require=kyc&require=nonsense", OK},
		{"/gate/require/session/../../admin", OK},
		{"/gate/require/session/%2e%2e/%2E%2E/require/kyc", OK},
		{"/gate/require/session/%", OK},
		{"/gate/require/role:ADMIN|CUSTOMER/x", OK},
		{"/gate/require/role:ADMIN%7cCUSTOMER/x", OK},
		{"/gate/require/kyc/../session", ERR_KYC_REQUIRED},
		{"/gate/require/kyc/../../session/", ERR_KYC_REQUIRED},
		{"/gate/require/kyc/%2e%2e/session", ERR_KYC_REQUIRED},
		{"/gate/require/kyc?x=/session", ERR_KYC_REQUIRED},
		{"/gate/require/", ERR_INVALID},
		{"/gate/require//session", ERR_INVALID},
		{"/gate/require/./session", ERR_INVALID},
		{"/gate/require/../session", ERR_INVALID},
		{"/gate/require/session%2f..", ERR_INVALID},
		{"/gate/require/session%2", ERR_INVALID},
		{"/gate/require/session%00/", ERR_INVALID},
		{"/gate/require/nonsense/session", ERR_INVALID},
		{"/gate/require/session;x/y", ERR_INVALID},
		{"/gate/require/session+/y", ERR_INVALID},
	};
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask a = at(rows[i].target, in.tokens.access, t), anonymous = a;

		anonymous.headers[0].name = STR_NONE;
		is_refused(t, &anonymous, ERR_NOT_SIGNED_IN);
		if (rows[i].want != OK)
			is_refused(t, &a, rows[i].want);
		else
			passes(t, &a, str_has(str_of(a.target), S("/require/")) ? 200 : 204);
	}
}

/* Live, and in the order of a protected call. */
static void
test_states(void **state)
{
	static const struct {
		const char *change, *back;
		enum err want;
	} rows[] = {
		{"update users set is_email_verified = 0", "update users set is_email_verified = 1",
		 ERR_EMAIL_NOT_VERIFIED},
		{"update users set kyc_status = 'expired'",
		 "update users set kyc_status = 'approved'", ERR_KYC_REQUIRED},
		{"update users set role = 'SELLER'", "update users set role = 'CUSTOMER'",
		 ERR_ROLE_REQUIRED},
		{"insert into blocked_devices (device_id, scope, reason, created_at) "
		 "values ('phone', 'all', 'x', 1)",
		 "delete from blocked_devices", ERR_DEVICE_BLOCKED},
		{"update users set locked_at = 1", "update users set locked_at = null", ERR_TOKEN},
		{"update users set deleted_at = 1", "update users set deleted_at = null",
		 ERR_TOKEN},
		{"update sessions set revoked_at = 1", "update sessions set revoked_at = null",
		 ERR_TOKEN},
		{"delete from sessions", NULL, ERR_TOKEN},
	};
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct ask good = at("/gate?require=email,kyc,role:CUSTOMER", in.tokens.access, t);
	struct ask odd = at("/gate?require=nonsense", in.tokens.access, t);

	case_count(t, "update users set kyc_status = 'approved'");
	case_count(t, "update sessions set device_id = 'phone'");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool early = rows[i].want == ERR_DEVICE_BLOCKED || rows[i].want == ERR_TOKEN;

		passes(t, &good, 204);
		case_count(t, rows[i].change);
		is_refused(t, &good, rows[i].want);
		is_refused(t, &odd, early ? rows[i].want : ERR_INVALID);
		if (rows[i].back)
			case_count(t, rows[i].back);
	}
}

static struct str required[] = {S("SELLER")};

static void
test_enrolment(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct ask good = at("/gate?require=session", in.tokens.access, t);
	struct ask odd = at("/gate/require/nonsense", in.tokens.access, t);

	t->config.mfa_required_roles = (struct str_list){required, 1};
	passes(t, &good, 204);
	case_count(t, "update users set role = 'SELLER'");
	is_refused(t, &good, ERR_MFA_ENROLLMENT);
	is_refused(t, &odd, ERR_MFA_ENROLLMENT);
	case_count(t, "update users set mfa_enabled = 1");
	passes(t, &good, 204);
}

static struct str listed[] = {S("https://app.example")};

/* A browser's preflight, a form, an upload: the request that waits at the proxy is none of ours. */
static void
test_whatever_is_asked(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	static const char *const targets[] = {"/gate?require=session", "/gate/require/session/x"};

	t->config.server_cors_origins = (struct str_list){listed, 1};
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		for (int method = METHOD_OTHER; method <= METHOD_OPTIONS; method++)
			for (int signed_in = 0; signed_in < 2; signed_in++) {
				struct ask a = at(targets[i], in.tokens.access, t);
				struct got g;

				a.method = (enum method)method;
				a.headers[1] = (struct http_header){S("Origin"), listed[0]};
				a.headers[2] = (struct http_header){
					S("Access-Control-Request-Method"), S("POST")};
				a.headers[3] = (struct http_header){
					S("Content-Type"), S("application/x-www-form-urlencoded")};
				a.body = S("require=nonsense");
				if (!signed_in)
					a.headers[0].name = S("X-None");
				g = ask(t, &a);
				assert_int_equal(g.an.status, !signed_in ? 401 : i ? 200 : 204);
				assert_false(str_has(buf_view(&g.an.head), S("Access-Control-")));
				assert_true(str_absent(header(&g, "Allow")));
				assert_true(str_absent(header(&g, "Vary")));
				assert_true(header(&g, "X-User-Id").n == (signed_in ? 36u : 0));
				done(&g);
			}
}

/* No e-mail address has a line end; if one had, it would be left out and not begin a header. */
static void
test_no_header_is_smuggled(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct ask a = at("/gate?require=session", in.tokens.access, t);
	struct got g;

	case_count(t,
		   "update users set email = 'a' || char(13) || char(10) || 'X-User-Role: ADMIN'");
	g = ask(t, &a);
	assert_int_equal(g.an.status, 204);
	assert_true(str_absent(header(&g, "X-User-Email")));
	assert_str(header(&g, "X-User-Role"), S("CUSTOMER"));
	assert_false(str_has(buf_view(&g.an.head), S("ADMIN")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_who_passes),
		ROW(test_words),
		ROW(test_states),
		ROW(test_enrolment),
		ROW(test_whatever_is_asked),
		ROW(test_no_header_is_smuggled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

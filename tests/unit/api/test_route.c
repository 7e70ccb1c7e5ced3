/* The tables of routes: each row whole, each path found, each method told. */
#include "../unit.h"

#include "api/route.h"
#include "base/config.h"

static const struct str everything[] = {S("v1"), S("api"), S("auth"), S("admin")};
static const struct config all_on = {.surfaces_enabled = {everything, ARRAY_LEN(everything)}};

static void
each_row(void (*check)(const struct surface *s, const struct route *r))
{
	size_t n;
	const struct surface *const *all = surfaces(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < all[i]->n; j++)
			check(all[i], &all[i]->routes[j]);
}

static bool
tells(const struct route *r, enum err e)
{
	for (size_t i = 0; i < ROUTE_ERRORS && r->errors[i]; i++)
		if (r->errors[i] == e)
			return true;
	return false;
}

static void
is_whole(const struct surface *s, const struct route *r)
{
	size_t answers = 0;

	assert_true(r->method >= METHOD_GET && r->method <= METHOD_DELETE);
	assert_true(r->access > ACCESS_UNSET && r->access <= ACCESS_BEARER);
	assert_true(r->limit < THROTTLE_SCOPES);
	assert_true(str_of(r->summary).n > 3);
	while (answers < ROUTE_ANSWERS && r->answers[answers].status) {
		const struct route_answer *a = &r->answers[answers++];

		assert_true(a->status >= 200 && a->status < 300);
		assert_true(a->shape || a->type || a->headers || a->status == 204);
		assert_false(a->shape && a->type);
	}
	assert_true(answers >= 1);
	for (size_t i = 0; i < ROUTE_ERRORS && r->errors[i]; i++)
		assert_true(err_row(r->errors[i])->status >= 400);
	assert_true(tells(r, ERR_EMAIL_NOT_VERIFIED) || !(r->needs & NEED_VERIFIED_EMAIL));
	assert_true(tells(r, ERR_KYC_REQUIRED) || !(r->needs & NEED_KYC));
	assert_true(tells(r, ERR_ROLE_REQUIRED) || !r->role);
	if (r->flags & ROUTE_FAST)
		assert_true(r->method == METHOD_GET);
	if (r->flags & ROUTE_FORM)
		assert_true(r->method == METHOD_POST && r->page);
	if (r->op)
		assert_true(r->out_size > 0 && (r->answers[0].shape || r->answers[0].headers ||
						r->send || r->answers[0].status == 204));
}

static void
test_whole(void **state)
{
	routes_check();
	each_row(is_whole);
}

static void
is_found(const struct surface *s, const struct route *r)
{
	char path[256];
	size_t n = 0;
	struct route_match m;

	for (const char *p = r->path; *p && n < sizeof(path) - 2; p++) {
		if (*p != '{') {
			path[n++] = *p;
			continue;
		}
		path[n++] = 'x';
		p = strchr(p, '}');
	}
	m = route_find(&all_on, r->method, (struct str){path, n});
	assert_ptr_equal(m.route, r);
	assert_ptr_equal(m.surface, s);
	assert_true(m.methods & 1u << r->method);
	path[n] = '/';
	assert_ptr_equal(route_find(&all_on, r->method, (struct str){path, n + 1}).route, r);
	path[n + 1] = '/';
	m = route_find(&all_on, r->method, (struct str){path, n + 2});
	assert_ptr_equal(m.route, r->flags & ROUTE_REST ? r : NULL);
}

static void
test_found(void **state)
{
	each_row(is_found);
}

static void
test_not_found(void **state)
{
	static const struct str paths[] = {
		S("/nowhere"),
		S("/auth"),
		S("/auth/"),
		S("/Auth/login"),
		S("/auth//login"),
		S("//auth/login"),
		S("auth/login"),
		S("/auth/login/x"),
		S("/auth/logi"),
		S("/auth/%6cogin"),
		S("/auth/login;"),
		S("/auth/login\0"),
		S(""),
		S("*"),
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct route_match m = route_find(&all_on, METHOD_POST, paths[i]);

		assert_null(m.route);
		assert_int_equal(m.methods, 0);
	}
}

static void
allowed(const char *path, const char *want)
{
	struct route_match m = route_find(&all_on, METHOD_OPTIONS, str_of(path));
	struct buf list;

	buf_init(&list, 256);
	assert_null(m.route);
	route_allow(m.methods, &list);
	assert_str(buf_view(&list), str_of(want));
	buf_release(&list);
}

static void
test_methods(void **state)
{
	struct route_match m = route_find(&all_on, METHOD_DELETE, S("/healthz"));

	assert_null(m.route);
	assert_true(m.methods != 0);
	allowed("/healthz", "GET, HEAD, OPTIONS");
	allowed("/auth/login", "POST, OPTIONS");
	allowed("/auth/email/verify", "GET, HEAD, POST, OPTIONS");
	assert_null(route_find(&all_on, METHOD_OTHER, S("/auth/login")).route);
	assert_null(route_find(&all_on, METHOD_HEAD, S("/auth/login")).route);
	assert_ptr_equal(route_find(&all_on, METHOD_HEAD, S("/healthz")).route,
			 route_find(&all_on, METHOD_GET, S("/healthz")).route);
}

/* What a row says is what the dispatcher judges by. */
static void
test_demands(void **state)
{
	static const struct {
		struct route row;
		struct user who;
		enum err want;
	} rows[] = {
		{{.needs = 0}, {.role = S("CUSTOMER")}, OK},
		{{.needs = NEED_KYC}, {.kyc_status = S("pending")}, ERR_KYC_REQUIRED},
		{{.needs = NEED_KYC}, {.kyc_status = S("approved")}, OK},
		{{.needs = NEED_KYC | NEED_VERIFIED_EMAIL},
		 {.kyc_status = S("approved")},
		 ERR_EMAIL_NOT_VERIFIED},
		{{.needs = NEED_KYC | NEED_VERIFIED_EMAIL, .role = "ADMIN|KYC_REVIEWER"},
		 {.kyc_status = S("approved"), .is_email_verified = true, .role = S("SELLER")},
		 ERR_ROLE_REQUIRED},
		{{.needs = NEED_KYC | NEED_VERIFIED_EMAIL, .role = "ADMIN|KYC_REVIEWER"},
		 {.kyc_status = S("approved"),
		  .is_email_verified = true,
		  .role = S("KYC_REVIEWER")},
		 OK},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct demands d = route_demands(&rows[i].row);

		assert_int_equal(demands_met(&d, &rows[i].who), rows[i].want);
	}
}

/* The gate takes every method, and its second form whatever stands behind its beginning. */
static void
test_gate(void **state)
{
	static const struct {
		struct str path;
		const char *operation; /* NULL: not the gate's */
	} rows[] = {
		{S("/gate"), "gate"},
		{S("/gate/"), "gate"},
		{S("/gate//"), NULL},
		{S("/gate/x"), NULL},
		{S("/gate/require"), NULL},
		{S("/gate/require/"), "gate_path"},
		{S("/gate/require//"), "gate_path"},
		{S("/gate/require/session"), "gate_path"},
		{S("/gate/require/session/"), "gate_path"},
		{S("/gate/require/session/../../admin"), "gate_path"},
		{S("/gate/require/session/a/b/c//%2e%2e/%"), "gate_path"},
		{S("/gate/requirex/session"), NULL},
		{S("/gate/Require/session"), NULL},
		{S("/gate%2frequire/session"), NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int method = METHOD_OTHER; method <= METHOD_OPTIONS; method++) {
			struct route_match m =
				route_find(&all_on, (enum method)method, rows[i].path);

			assert_int_equal(m.route != NULL, rows[i].operation != NULL);
			if (m.route)
				assert_string_equal(m.route->operation, rows[i].operation);
		}
}

/* A surface that is off is not there; the system's rows always are. */
static void
test_surfaces(void **state)
{
	static const struct config none = {.log_format = {"json", 4}};

	assert_non_null(route_find(&none, METHOD_GET, S("/healthz")).route);
	assert_null(route_find(&none, METHOD_POST, S("/auth/login")).route);
	assert_int_equal(route_find(&none, METHOD_POST, S("/auth/login")).methods, 0);
	assert_non_null(route_find(&all_on, METHOD_POST, S("/auth/login")).route);
}

static void
test_tables_of_a_surface(void **state)
{
	size_t n;
	const struct surface *const *all = surfaces(&n);

	for (size_t i = 0; i < n; i++) {
		const struct surface *s = NULL;

		for (size_t j = 0; j < n; j++)
			if (strcmp(all[j]->name, all[i]->name) == 0) {
				s = surface_named(str_of(all[i]->name), s);
				assert_ptr_equal(s, all[j]);
			}
		assert_null(surface_named(str_of(all[i]->name), s));
	}
	assert_null(surface_named(S("none"), NULL));
}

static void
test_needs(void **state)
{
	static const struct {
		struct route row;
		const char *told;
	} rows[] = {
		{{.needs = 0}, ""},
		{{.needs = NEED_NO_FACTOR}, ""},
		{{.needs = NEED_VERIFIED_EMAIL}, "email"},
		{{.needs = NEED_KYC | NEED_VERIFIED_EMAIL}, "email,kyc"},
		{{.role = "ADMIN"}, "role:ADMIN"},
		{{.needs = NEED_KYC, .role = "ADMIN|KYC_REVIEWER"}, "kyc,role:ADMIN|KYC_REVIEWER"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf told;

		buf_init(&told, 256);
		route_tell_needs(&rows[i].row, &told);
		assert_str(buf_view(&told), str_of(rows[i].told));
		buf_release(&told);
	}
}

static void
has_a_number(const struct surface *s, const struct route *r)
{
	assert_string_equal(route_name(route_number(r)), r->operation);
	assert_true(route_number(r) > 0 && route_number(r) < route_numbers());
}

static void
test_numbers(void **state)
{
	each_row(has_a_number);
	assert_int_equal(route_number(NULL), 0);
	assert_string_equal(route_name(0), "none");
	assert_string_equal(route_name(route_numbers()), "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),     cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_found), cmocka_unit_test(test_methods),
		cmocka_unit_test(test_surfaces),  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_needs),     cmocka_unit_test(test_gate),
		cmocka_unit_test(test_demands),   cmocka_unit_test(test_tables_of_a_surface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

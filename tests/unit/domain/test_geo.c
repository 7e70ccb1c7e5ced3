/* Distances along the ground, and being nowhere without a database. */
#include "domain_case.h"

#include "domain/geo.h"

#include <math.h>

#define DEG INT64_C(1000000)

static void
distances(void **state UNUSED)
{
	static const struct {
		const char *name;
		int64_t a[2], b[2]; /* latitude, longitude */
		double km, within;
	} rows[] = {
		{"nowhere to go", {52 * DEG, 13 * DEG}, {52 * DEG, 13 * DEG}, 0, 0.001},
		{"Berlin to Madrid", {52520008, 13404954}, {40416775, -3703790}, 1869, 5},
		{"London to New York", {51507351, -127758}, {40712776, -74005974}, 5570, 10},
		{"over the date line", {0, 179 * DEG}, {0, -179 * DEG}, 222.4, 1},
		{"pole to pole", {90 * DEG, 0}, {-90 * DEG, 45 * DEG}, 20015, 5},
		{"half round the equator", {0, 0}, {0, 180 * DEG}, 20015, 5},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		double there = geo_distance(rows[i].a[0], rows[i].a[1], rows[i].b[0], rows[i].b[1]);
		double back = geo_distance(rows[i].b[0], rows[i].b[1], rows[i].a[0], rows[i].a[1]);
		bool right =
			fabs(there - rows[i].km) <= rows[i].within && fabs(there - back) < 0.001;

		if (!right)
			print_error("%s: %f km, and %f back\n", rows[i].name, there, back);
		assert_true(right);
	}
}

static void
nowhere(void **state)
{
	static const char *const rows[] = {"192.0.2.1", "2001:db8::1", "no address", ""};
	struct domain_case *t = *state;
	struct geo_spot spot;
	struct geo *g;

	must(geo_open(&t->config, &g));
	assert_null(g);
	geo_close(g);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		geo_find(&t->cx, str_of(rows[i]), &spot);
		assert_true(str_absent(spot.country) && str_absent(spot.city) && !spot.placed);
	}
	geo_find(&t->cx, STR_NONE, &spot);
	assert_false(spot.placed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(distances), ROW(nowhere)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The score, and what is kept of what was sent. */
#include "domain_case.h"

#include "domain/device_fingerprint.h"

#define A                                                                                          \
	{                                                                                          \
		S("a"), S("1")                                                                     \
	}
#define B                                                                                          \
	{                                                                                          \
		S("b"), S("2")                                                                     \
	}
#define C                                                                                          \
	{                                                                                          \
		S("c"), S("3")                                                                     \
	}
#define D                                                                                          \
	{                                                                                          \
		S("d"), S("4")                                                                     \
	}
#define OTHER_D                                                                                    \
	{                                                                                          \
		S("d"), S("5")                                                                     \
	}

struct set {
	struct str_pair v[5];
	size_t n;
};

static enum err
send(struct domain_case *t, const struct set *set, struct fingerprint_out *out)
{
	struct fingerprint_in in = {
		.device_id = S("laptop"),
		.attributes = {(struct str_pair *)(uintptr_t)set->v, set->n},
	};

	fault_clear(&t->cx);
	return fingerprint(&t->cx, &in, out);
}

static void
scores(void **state)
{
	static const struct set saved = {{A, B, C, D}, 4};
	static const struct {
		struct set sent;
		int percent;
		bool match;
		size_t changed;
	} rows[] = {
		{{{A, B, C, D}, 4}, 100, true, 0},
		{{{D, C, B, A}, 4}, 100, true, 0},
		{{{A, B, C, OTHER_D}, 4}, 75, true, 1},
		{{{A, B, C}, 3}, 75, true, 1},
		{{{A, B, C, D, {S("e"), S("6")}}, 5}, 80, true, 1},
		{{{A, B}, 2}, 50, false, 2},
		{{{A, {S("b"), S("x")}, {S("c"), S("x")}, OTHER_D}, 4}, 25, false, 3},
		{{{{S("z"), S("1")}}, 1}, 0, false, 5},
	};
	struct domain_case *t = *state;
	struct fingerprint_out out;

	as(t, member(t, "a@example.com", NULL).tokens.access);
	must(send(t, &saved, &out));
	assert_true(out.saved && !out.compared);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		must(send(t, &rows[i].sent, &out));
		assert_true(out.compared);
		assert_int_equal((int)(out.similarity * 100 + 0.5), rows[i].percent);
		assert_int_equal(out.match, rows[i].match);
		assert_int_equal(out.changed.n, rows[i].changed);
	}
}

static void
poor_ones_are_marked(void **state)
{
	static const struct set saved = {{A, B, C, D}, 4}, poor = {{{S("z"), S("1")}}, 1};
	struct domain_case *t = *state;
	struct fingerprint_out out;

	as(t, member(t, "a@example.com", NULL).tokens.access);
	must(send(t, &saved, &out));
	must(send(t, &saved, &out));
	assert_int_equal(case_count(t, "select count(*) from sessions where fingerprint_poor_at is "
				       "not null"),
			 0);
	must(send(t, &poor, &out));
	assert_int_equal(case_count(t, "select count(*) from sessions where fingerprint_poor_at is "
				       "not null"),
			 1);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'fingerprint_mismatch'"),
			 1);
}

/* The mark of a session stays when another device's fingerprint is saved anew. */
static void
marks_are_their_devices(void **state)
{
	static const struct set saved = {{A, B, C, D}, 4}, poor = {{{S("z"), S("1")}}, 1};
	static const char *const sessions[] = {"phone", "laptop"};
	struct domain_case *t = *state;
	struct fingerprint_out out;
	struct fingerprint_in over = {
		.device_id = S("laptop"),
		.action = S("save"),
		.password = secret_of(S(PASSWORD)),
		.attributes = {(struct str_pair *)(uintptr_t)saved.v, saved.n},
	};

	as(t, member(t, "a@example.com", NULL).tokens.access);
	must(send(t, &saved, &out));
	for (size_t i = 0; i < ARRAY_LEN(sessions); i++) {
		t->caller.session.device_id = str_of(sessions[i]);
		must(send(t, &poor, &out));
		must(fingerprint(&t->cx, &over, &out));
		assert_int_equal(case_count(t, "select count(*) from sessions where "
					       "fingerprint_poor_at is not null"),
				 i == 0);
	}
}

/* The same attributes of two users, or two devices, can't be told to be the same. */
static void
hashes_are_bound(void **state)
{
	static const struct str_pair one[] = {A};
	const struct str_pairs sent = {(struct str_pair *)(uintptr_t)one, 1};
	struct domain_case *t = *state;
	struct uuid u, v;
	struct str kept;

	must(uuid_new(&u));
	must(uuid_new(&v));
	kept = fingerprint_parts(&t->cx, &u, S("laptop"), &sent);
	assert_str(kept, fingerprint_parts(&t->cx, &u, S("laptop"), &sent));
	assert_false(str_eq(kept, fingerprint_parts(&t->cx, &v, S("laptop"), &sent)));
	assert_false(str_eq(kept, fingerprint_parts(&t->cx, &u, S("phone"), &sent)));
}

static void
refused(void **state)
{
	static char name[65] = {[0 ... 64] = 'n'}, value[1025] = {[0 ... 1024] = 'v'};
	static const struct set rows[] = {
		{{{{"", 0}, {"v", 1}}}, 1},
		{{{{name, sizeof(name)}, {"v", 1}}}, 1},
		{{{{"n", 1}, {value, sizeof(value)}}}, 1},
		{{{{"n", 1}, {"v", 1}}}, 0},
	};
	struct domain_case *t = *state;
	struct fingerprint_out out;

	as(t, member(t, "a@example.com", NULL).tokens.access);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(send(t, &rows[i], &out), ERR_INVALID);
	assert_int_equal(case_count(t, "select count(*) from fingerprints"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(scores),
		ROW(poor_ones_are_marked),
		ROW(marks_are_their_devices),
		ROW(hashes_are_bound),
		ROW(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

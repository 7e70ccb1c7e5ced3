/* Opening a store on PostgreSQL: what is made, what is refused, and with which words. */
#include "store_case.h"

#include <sys/wait.h>

#define STARTERS 6

static int
make(void **state)
{
	struct place_case *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	place_make(p);
	*state = p;
	return 0;
}

static int
end(void **state)
{
	place_remove(*state);
	free(*state);
	return 0;
}

static void
open_and_close(struct place_case *p, enum store_migration how)
{
	struct store *s;

	if (place_open(p, how, &s) != OK)
		fail_msg("%s", p->said);
	store_close(s);
}

static void
refused(struct place_case *p, enum store_migration how, enum err want, const char *words)
{
	struct store *s;
	enum err e = place_open(p, how, &s);

	if (e != want || !strstr(p->said, words))
		fail_msg("got %d, \"%s\", not \"%s\"", (int)e, p->said, words);
}

static void
exists_when_made(void **state)
{
	struct place_case *p = *state;
	struct buf problem;
	bool exists = true;

	buf_init(&problem, 1024);
	assert_int_equal(store_exists(&p->config, &exists, &problem), OK);
	assert_false(exists);
	open_and_close(p, STORE_MIGRATE);
	assert_int_equal(store_exists(&p->config, &exists, &problem), OK);
	assert_true(exists);
	buf_release(&problem);
}

static void
migrates_once(void **state)
{
	struct place_case *p = *state;
	struct cx_case c;
	struct store *s;
	int have, want;

	open_and_close(p, STORE_MIGRATE);
	open_and_close(p, STORE_MIGRATE);
	assert_int_equal(place_open(p, STORE_MUST_BE_CURRENT, &s), OK);
	assert_false(store_is_embedded(s));
	cx_make(&c, s);
	assert_int_equal(store_ping(&c.cx), OK);
	assert_int_equal(store_version(&c.cx, &have, &want), OK);
	assert_int_equal(have, want);
	assert_int_equal(have, MIGRATION_COUNT);
	cx_end(&c);
	store_close(s);
}

static void
two_may_open_it(void **state)
{
	struct store *a, *b;

	assert_int_equal(place_open(*state, STORE_MIGRATE, &a), OK);
	assert_int_equal(place_open(*state, STORE_MIGRATE, &b), OK);
	store_close(a);
	store_close(b);
}

static void
is_not_made_unless_told(void **state)
{
	refused(*state, STORE_MUST_BE_CURRENT, ERR_NOT_FOUND, "run aldgate migrate");
	refused(*state, STORE_ANY_VERSION, ERR_NOT_FOUND, "run aldgate migrate");
}

static void
newer_schema_is_refused(void **state)
{
	struct place_case *p = *state;

	open_and_close(p, STORE_MIGRATE);
	pg_case_tell(p->url, "insert into schema_version"
			     " select max(number) + 1, 'later', 'x', 1 from schema_version");
	refused(p, STORE_MIGRATE, ERR_INVALID, "run a newer aldgate");
	open_and_close(p, STORE_ANY_VERSION);
}

static void
older_schema_must_be_migrated(void **state)
{
	struct place_case *p = *state;

	open_and_close(p, STORE_MIGRATE);
	pg_case_tell(p->url, "delete from schema_version");
	refused(p, STORE_MUST_BE_CURRENT, ERR_INVALID, "run aldgate migrate");
	refused(p, STORE_MIGRATE, ERR_INTERNAL, "migration 1 (start) failed and was undone");
	assert_non_null(strstr(p->said, "already exists"));
}

static void
changed_migration_is_refused(void **state)
{
	struct place_case *p = *state;

	open_and_close(p, STORE_MIGRATE);
	pg_case_tell(p->url, "update schema_version set sum = 'other' where number = 1");
	refused(p, STORE_MIGRATE, ERR_INVALID, "another edition");
}

static void
foreign_table_is_refused(void **state)
{
	struct place_case *p = *state;

	pg_case_tell(p->url, "create table schema_version (version_rank int, script text)");
	refused(p, STORE_MIGRATE, ERR_INVALID, "another program");
}

static void
missing_schema_is_told(void **state)
{
	struct place_case *p = *state;
	char sql[256];

	snprintf(sql, sizeof(sql), "alter schema %s rename to %s_away", p->schema, p->schema);
	pg_case_tell(p->url, sql);
	refused(p, STORE_MIGRATE, ERR_INVALID, "search_path");
	snprintf(sql, sizeof(sql), "alter schema %s_away rename to %s", p->schema, p->schema);
	pg_case_tell(p->url, sql);
}

static void
bad_urls_are_told_without_their_password(void **state)
{
	static const struct {
		const char *url;
		enum err want;
		const char *words;
	} rows[] = {
		{"postgresql://u:geheim%zz@h/d", ERR_INVALID, "database.url can't be read"},
		{"postgresql://u:geheim@h/d?geheim=geheim", ERR_INVALID, "can't be read"},
		{"postgresql://u:geheim@/d?host=/tmp/no-such-folder", ERR_UNAVAILABLE,
		 "No such file"},
		{"postgresql://u:geheim@127.0.0.1:1/d", ERR_UNAVAILABLE, "refused"},
	};
	struct place_case p = *(struct place_case *)*state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		p.config.database_url = (struct secret){rows[i].url, strlen(rows[i].url)};
		refused(&p, STORE_MIGRATE, rows[i].want, rows[i].words);
		assert_null(strstr(p.said, "geheim"));
	}
}

/* As two servers that are started at once. */
static void
all_starters_succeed(void **state)
{
	struct place_case *p = *state;
	pid_t children[STARTERS];
	struct store *s;
	int i, status;

	for (i = 0; i < STARTERS; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			_exit(place_open(p, STORE_MIGRATE, &s) == OK ? 0 : 1);
	}
	for (i = 0; i < STARTERS; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	open_and_close(p, STORE_MUST_BE_CURRENT);
}

#define OPEN_ROW(test) cmocka_unit_test_setup_teardown(test, make, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN_ROW(exists_when_made),
		OPEN_ROW(migrates_once),
		OPEN_ROW(two_may_open_it),
		OPEN_ROW(is_not_made_unless_told),
		OPEN_ROW(newer_schema_is_refused),
		OPEN_ROW(older_schema_must_be_migrated),
		OPEN_ROW(changed_migration_is_refused),
		OPEN_ROW(foreign_table_is_refused),
		OPEN_ROW(missing_schema_is_told),
		OPEN_ROW(bad_urls_are_told_without_their_password),
		OPEN_ROW(all_starters_succeed),
	};

	setenv("ALDGATE_TEST_ENGINE", "postgres", 1);
	return store_case_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}

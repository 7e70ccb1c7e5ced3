/* Opening a store: what is made, what is refused, and with which words. */
#include "store_case.h"

#include "queries.h"

#include <sqlite3.h>
#include <sys/stat.h>

static int
make(void **state)
{
	struct place_case *p = calloc(1, sizeof(*p));

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

	assert_int_equal(place_open(p, how, &s), want);
	if (!strstr(p->said, words))
		fail_msg("\"%s\" does not say \"%s\"", p->said, words);
}

/* As another program would write it, with the store closed. */
static void
edit(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void
put(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void
is_made_for_its_owner_only(void **state)
{
	struct place_case *p = *state;
	char folder[128];

	open_and_close(p, STORE_MIGRATE);
	snprintf(folder, sizeof(folder), "%s/data", p->folder);
	assert_int_equal(mode_of(folder), 0700);
	assert_int_equal(mode_of(p->path), 0600);
	chmod(p->path, 0644);
	open_and_close(p, STORE_MIGRATE);
	assert_int_equal(mode_of(p->path), 0600);
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
	assert_true(store_is_embedded(s));
	cx_make(&c, s);
	assert_int_equal(store_ping(&c.cx), OK);
	assert_int_equal(store_version(&c.cx, &have, &want), OK);
	assert_int_equal(have, want);
	assert_int_equal(have, MIGRATION_COUNT);
	cx_end(&c);
	store_close(s);
}

static void
is_not_made_unless_told(void **state)
{
	struct place_case *p = *state;
	struct stat st;

	refused(p, STORE_MUST_BE_CURRENT, ERR_NOT_FOUND, "there is no store at");
	refused(p, STORE_ANY_VERSION, ERR_NOT_FOUND, "there is no store at");
	assert_int_equal(stat(p->path, &st), -1);
}

static void
second_opener_is_told(void **state)
{
	struct place_case *p = *state;
	struct store *s;

	assert_int_equal(place_open(p, STORE_MIGRATE, &s), OK);
	refused(p, STORE_MIGRATE, ERR_TAKEN, "another process");
	store_close(s);
	open_and_close(p, STORE_MIGRATE);
}

static void
newer_schema_is_refused(void **state)
{
	struct place_case *p = *state;

	open_and_close(p, STORE_MIGRATE);
	edit(p->path, "insert into schema_version select max(number) + 1, 'later', 'x', 1 from "
		      "schema_version");
	refused(p, STORE_MIGRATE, ERR_INVALID, "run a newer aldgate");
	refused(p, STORE_MUST_BE_CURRENT, ERR_INVALID, "run a newer aldgate");
	open_and_close(p, STORE_ANY_VERSION);
}

static void
older_schema_must_be_migrated(void **state)
{
	struct place_case *p = *state;

	open_and_close(p, STORE_MIGRATE);
	edit(p->path, "delete from schema_version");
	refused(p, STORE_MUST_BE_CURRENT, ERR_INVALID, "run aldgate migrate");
	/* Its tables stand already, so the migration fails; and says which. */
	refused(p, STORE_MIGRATE, ERR_INTERNAL, "migration 1 (start) failed and was undone");
}

static void
changed_migration_is_refused(void **state)
{
	struct place_case *p = *state;

	open_and_close(p, STORE_MIGRATE);
	edit(p->path, "update schema_version set sum = 'other' where number = 1");
	refused(p, STORE_MIGRATE, ERR_INVALID, "another edition");
}

static void
garbage_is_refused_and_kept(void **state)
{
	struct place_case *p = *state;
	static const char text[] =
		"Dear diary, this is no database at all, but it is long enough to be one. "
		"It goes on for more than a hundred bytes.";
	char folder[128], got[sizeof(text)];
	FILE *f;

	snprintf(folder, sizeof(folder), "%s/data", p->folder);
	mkdir(folder, 0700);
	put(p->path, text, sizeof(text));
	refused(p, STORE_MIGRATE, ERR_INVALID, "is not a database");
	f = fopen(p->path, "r");
	assert_int_equal(fread(got, 1, sizeof(got), f), sizeof(got));
	fclose(f);
	assert_memory_equal(got, text, sizeof(text));
}

static void
damaged_is_refused(void **state)
{
	struct place_case *p = *state;

	open_and_close(p, STORE_MIGRATE);
	assert_int_equal(truncate(p->path, 8192), 0);
	refused(p, STORE_MIGRATE, ERR_INVALID, "damaged");
}

static void
foreign_is_refused(void **state)
{
	struct place_case *p = *state;
	char folder[128];

	snprintf(folder, sizeof(folder), "%s/data", p->folder);
	mkdir(folder, 0700);
	edit(p->path, "create table theirs (x)");
	refused(p, STORE_MIGRATE, ERR_INVALID, "another program");
	edit(p->path, "pragma application_id = 77");
	refused(p, STORE_MIGRATE, ERR_INVALID, "another program");
}

static void
log_without_database_is_refused(void **state)
{
	struct place_case *p = *state;
	char log[128];

	open_and_close(p, STORE_MIGRATE);
	assert_int_equal(unlink(p->path), 0);
	snprintf(log, sizeof(log), "%s-wal", p->path);
	put(log, "frames", 6);
	refused(p, STORE_MIGRATE, ERR_INVALID, "put the database back");
}

static void
folder_in_its_place_is_refused(void **state)
{
	struct place_case *p = *state;
	char folder[128];

	snprintf(folder, sizeof(folder), "%s/data", p->folder);
	mkdir(folder, 0700);
	mkdir(p->path, 0700);
	refused(p, STORE_MIGRATE, ERR_INVALID, "is not a file");
}

#define OPEN_ROW(test) cmocka_unit_test_setup_teardown(test, make, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OPEN_ROW(is_made_for_its_owner_only),
		OPEN_ROW(exists_when_made),
		OPEN_ROW(migrates_once),
		OPEN_ROW(is_not_made_unless_told),
		OPEN_ROW(second_opener_is_told),
		OPEN_ROW(newer_schema_is_refused),
		OPEN_ROW(older_schema_must_be_migrated),
		OPEN_ROW(changed_migration_is_refused),
		OPEN_ROW(garbage_is_refused_and_kept),
		OPEN_ROW(damaged_is_refused),
		OPEN_ROW(foreign_is_refused),
		OPEN_ROW(log_without_database_is_refused),
		OPEN_ROW(folder_in_its_place_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

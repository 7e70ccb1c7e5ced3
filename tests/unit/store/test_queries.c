/* Every statement is good SQL on every engine that is built in, and none reads a whole table unless
 * it is meant to. */
#include "store_case.h"

#include "queries.h"

#include <sqlite3.h>

static sqlite3 *db;

static void
must(int rc)
{
	if (rc != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
}

static int
open_memory(void **state UNUSED)
{
	int i;

	must(sqlite3_open(":memory:", &db));
	must(sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL));
	must(sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL));
	must(sqlite3_exec(db, query_texts[Q_SCHEMA_VERSION_CREATE].sqlite, NULL, NULL, NULL));
	for (i = 0; i < MIGRATION_COUNT; i++) {
		assert_int_equal(migrations[i].number, i + 1);
		assert_int_equal(strlen(migrations[i].sum), 64);
		must(sqlite3_exec(db, migrations[i].sqlite, NULL, NULL, NULL));
	}
	return 0;
}

static int
close_memory(void **state UNUSED)
{
	return sqlite3_close(db);
}

static void
all_prepare_on_sqlite(void **state UNUSED)
{
	sqlite3_stmt *st;
	int q;

	for (q = 0; q < Q_COUNT_; q++) {
		if (sqlite3_prepare_v2(db, query_texts[q].sqlite, -1, &st, NULL) != SQLITE_OK)
			fail_msg("%s: %s", query_texts[q].name, sqlite3_errmsg(db));
		if (sqlite3_bind_parameter_count(st) != query_texts[q].params)
			fail_msg("%s takes %d parameters", query_texts[q].name,
				 sqlite3_bind_parameter_count(st));
		sqlite3_finalize(st);
	}
}

/* These read little: small tables, the few open challenges of one user; or they want all of an
 * index. */
static bool
may_scan(const char *name)
{
	static const char *const names[] = {
		"schema_version_list", "schema_version_get", "key_list",
		"outbox_depth",        "outbox_next",        "challenge_open_of_user"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static void
none_scans(void **state UNUSED)
{
	sqlite3_stmt *st;
	char text[4096];
	const char *step;
	int q;

	for (q = 0; q < Q_COUNT_; q++) {
		snprintf(text, sizeof(text), "explain query plan %s", query_texts[q].sqlite);
		must(sqlite3_prepare_v2(db, text, -1, &st, NULL));
		while (sqlite3_step(st) == SQLITE_ROW) {
			step = (const char *)sqlite3_column_text(st, 3);
			if ((strstr(step, "TEMP B-TREE") || strncmp(step, "SCAN", 4) == 0) &&
			    !may_scan(query_texts[q].name))
				fail_msg("%s: %s", query_texts[q].name, step);
		}
		sqlite3_finalize(st);
	}
}

static void
texts_differ_by_engine(void **state UNUSED)
{
	assert_non_null(strstr(query_texts[Q_USER_BY_ID].sqlite, "users.id = ?1"));
	assert_non_null(strstr(query_texts[Q_USER_BY_ID].postgres, "users.id = $1"));
	assert_non_null(strstr(migrations[0].sqlite, ") strict;"));
	assert_null(strstr(migrations[0].postgres, "strict"));
	assert_non_null(strstr(migrations[0].postgres, "id bytea primary key"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_prepare_on_sqlite),
		cmocka_unit_test(none_scans),
		cmocka_unit_test(texts_differ_by_engine),
	};

	return cmocka_run_group_tests(tests, open_memory, close_memory);
}

/* Every statement is good SQL on both engines and speaks in the types that the drivers know; and
 * none reads a whole table unless it is meant to. */
#include "store_case.h"

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
 * index; or gather what three indexes found. */
static bool
may_scan(const char *name)
{
	static const char *const names[] = {
		"schema_version_list", "schema_version_get",   "key_list",
		"key_retire_others",   "key_delete_expired",   "user_another_admin",
		"outbox_depth",        "outbox_next",          "challenge_open_of_user",
		"session_list_live",   "rate_sweep",           "challenge_open_at",
		"export_sessions",     "user_find_by_prefix",  "kyc_trash_pieces",
		"kyc_trash_empty",     "challenge_open_decoy", "session_end_surplus",
		"device_surplus"};
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

static struct place_case place;
static struct store *store;
static struct pg_link link_;

static int
open_postgres(void **state UNUSED)
{
	place_make(&place);
	if (place_open(&place, STORE_MIGRATE, &store) != OK)
		fail_msg("%s", place.said);
	link_.db.deadline = clock_mono() + MINUTE;
	assert_int_equal(pg_link_connect(&link_, place.url, "set enable_seqscan = off"), OK);
	return 0;
}

static int
close_postgres(void **state UNUSED)
{
	pg_link_close(&link_);
	store_close(store);
	place_remove(&place);
	return 0;
}

static bool
type_known(Oid type)
{
	return type == 17 || type == 20 || type == 25; /* bytea, int8, text */
}

static void
check_types(const char *name, const PGresult *r)
{
	int i;

	for (i = 0; i < link_.pq->nparams(r); i++) {
		if (!type_known(link_.pq->paramtype(r, i)))
			fail_msg("%s: $%d is of type %u: write cast($%d as …)", name, i + 1,
				 link_.pq->paramtype(r, i), i + 1);
	}
	for (i = 0; i < link_.pq->nfields(r); i++) {
		if (!type_known(link_.pq->ftype(r, i)))
			fail_msg("%s: column %d is of type %u", name, i + 1, link_.pq->ftype(r, i));
	}
}

static void
all_prepare_on_postgres(void **state UNUSED)
{
	PGresult *r;
	int q, good;

	for (q = 0; q < Q_COUNT_; q++) {
		const struct query_text *t = &query_texts[q];

		assert_true(pg_link_start(&link_));
		link_.pq->sendPrepare(link_.conn, t->name, t->postgres, t->params, NULL);
		link_.pq->sendDescribePrepared(link_.conn, t->name);
		r = pg_link_finish(&link_, 2, &good);
		if (good != 2) {
			(void)pg_link_judge(&link_, r);
			fail_msg("%s: %s", t->name, link_.said);
		}
		assert_int_equal(link_.pq->nparams(r), t->params);
		check_types(t->name, r);
		link_.pq->clear(r);
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
	const struct CMUnitTest of_postgres[] = {
		cmocka_unit_test(all_prepare_on_postgres),
	};

	if (!on_postgres())
		return cmocka_run_group_tests(tests, open_memory, close_memory);
	return store_case_skipped()
		       ? 0
		       : cmocka_run_group_tests(of_postgres, open_postgres, close_postgres);
}

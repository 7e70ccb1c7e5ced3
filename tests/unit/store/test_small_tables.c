/* Counts, the outbox, keys, facts and records. */
#include "store_case.h"

#include "store/count.h"
#include "store/key.h"
#include "store/outbox.h"
#include "store/record.h"

static const uint8_t key_a[32] = {'a'}, key_b[32] = {'b'};

static enum err
put_counts(struct ctx *cx, void *arg UNUSED)
{
	struct count one = {1, NOW, 0}, two = {2, NOW + 1, NOW + 9};

	TRY(count_set(cx, S("login"), key_a, &one));
	TRY(count_set(cx, S("login"), key_a, &two));
	TRY(count_set(cx, S("login"), key_b, &one));
	return count_set(cx, S("reset"), key_a, &one);
}

static enum err
sweep(struct ctx *cx, void *arg)
{
	return count_sweep(cx, S("login"), NOW + 1, 10, arg);
}

static enum err
clear(struct ctx *cx, void *arg UNUSED)
{
	return count_clear(cx, S("login"), key_a);
}

static void
counts_are_kept_and_swept(void **state)
{
	struct store_case *t = *state;
	struct ctx *cx = &t->c.cx;
	struct count got = {5, 5, 5};
	int64_t removed;

	assert_int_equal(count_get(cx, S("login"), key_a, &got), OK);
	assert_int_equal(got.failures + got.last_at + got.wait_until, 0);
	assert_int_equal(store_write(cx, put_counts, NULL), OK);
	assert_int_equal(count_get(cx, S("login"), key_a, &got), OK);
	assert_int_equal(got.failures, 2);
	assert_int_equal(got.last_at, NOW + 1);
	assert_int_equal(got.wait_until, NOW + 9);
	assert_int_equal(store_write(cx, sweep, &removed), OK);
	assert_int_equal(removed, 1);
	assert_int_equal(count_get(cx, S("login"), key_b, &got), OK);
	assert_int_equal(got.failures, 0);
	assert_int_equal(count_get(cx, S("reset"), key_a, &got), OK);
	assert_int_equal(got.failures, 1);
	assert_int_equal(store_write(cx, clear, NULL), OK);
	assert_int_equal(count_get(cx, S("login"), key_a, &got), OK);
	assert_int_equal(got.failures, 0);
}

static enum err
put_messages(struct ctx *cx, void *arg UNUSED)
{
	struct outbox_row rows[] = {
		{id_of(1), S("email"), S("later"), NOW, NOW + 5, 0},
		{id_of(2), S("sms"), S("first\0sealed"), NOW - 4, NOW, 0},
		{id_of(3), S("email"), S("second"), NOW - 3, NOW + 1, 0},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		TRY(outbox_insert(cx, &rows[i]));
	return OK;
}

static enum err
work_messages(struct ctx *cx, void *arg UNUSED)
{
	struct uuid one = id_of(1), two = id_of(2), three = id_of(3);

	TRY(outbox_take(cx, &two, 0, NOW + 60));
	if (outbox_take(cx, &two, 0, NOW + 60) != ERR_NOT_FOUND)
		return ERR_INTERNAL;
	TRY(outbox_delay(cx, &three, NOW + 90));
	TRY(outbox_delete(cx, &one));
	return outbox_delete(cx, &one) == ERR_NOT_FOUND ? OK : ERR_INTERNAL;
}

static void
note_row(struct ctx *cx, const struct outbox_row *r, void *arg)
{
	struct str *list = arg;

	*list = str_print(cx->arena, "%.*s %.*s:%zu:%d", STR_ARG(*list), STR_ARG(r->channel),
			  r->payload.n, (int)r->attempts);
}

static void
outbox_is_worked_off(void **state)
{
	struct store_case *t = *state;
	struct ctx *cx = &t->c.cx;
	struct str list = S("");
	int64_t at = 1, rows, oldest;

	assert_int_equal(outbox_next(cx, S("email"), &at), OK);
	assert_int_equal(at, 0);
	assert_int_equal(outbox_depth(cx, &rows, &oldest), OK);
	assert_int_equal(rows + oldest, 0);
	assert_int_equal(store_write(cx, put_messages, NULL), OK);
	assert_int_equal(outbox_depth(cx, &rows, &oldest), OK);
	assert_int_equal(rows, 3);
	assert_int_equal(oldest, NOW - 4);
	assert_int_equal(outbox_due(cx, STR_NONE, NOW - 1, 9, note_row, &list), OK);
	assert_str(list, S(""));
	assert_int_equal(outbox_due(cx, STR_NONE, NOW + 1, 9, note_row, &list), OK);
	assert_str(list, S(" sms:12:0 email:6:0"));
	list = S("");
	assert_int_equal(outbox_due(cx, STR_NONE, NOW + 9, 1, note_row, &list), OK);
	assert_str(list, S(" sms:12:0"));
	assert_int_equal(store_write(cx, work_messages, NULL), OK);
	assert_int_equal(outbox_next(cx, S("sms"), &at), OK);
	assert_int_equal(at, NOW + 60);
	assert_int_equal(outbox_next(cx, S("email"), &at), OK);
	assert_int_equal(at, NOW + 90);
	list = S("");
	assert_int_equal(outbox_due(cx, S("sms"), NOW + 99, 9, note_row, &list), OK);
	assert_str(list, S(" sms:12:1"));
	list = S("");
	assert_int_equal(outbox_due(cx, STR_NONE, NOW + 99, 9, note_row, &list), OK);
	assert_str(list, S(" sms:12:1 email:6:0"));
}

static enum err
put_keys(struct ctx *cx, void *arg UNUSED)
{
	struct key_row b = {S("b"), S("ES256"), S("der"), S("sealed"), NOW, NOW + 1, 0};
	struct key_row a = {S("a"), S("HS256"), STR_NONE, S("sealed"), NOW + 5, NOW, NOW + 2};

	TRY(key_insert(cx, &a));
	return key_insert(cx, &b);
}

static void
note_key(struct ctx *cx, const struct key_row *k, void *arg)
{
	struct str *list = arg;

	*list = str_print(cx->arena, "%.*s %.*s/%.*s/%.*s/%.*s/%d/%d/%d", STR_ARG(*list),
			  STR_ARG(k->kid), STR_ARG(k->alg), STR_ARG(k->public_der),
			  STR_ARG(k->sealed_private), (int)(k->created_at - NOW),
			  (int)(k->signs_from - NOW),
			  k->verifies_until ? (int)(k->verifies_until - NOW) : -1);
}

static void
keys_are_listed_by_age(void **state)
{
	struct store_case *t = *state;
	struct str list = S("");

	assert_int_equal(store_write(&t->c.cx, put_keys, NULL), OK);
	assert_int_equal(store_write(&t->c.cx, put_keys, NULL), ERR_TAKEN);
	assert_int_equal(key_list(&t->c.cx, note_key, &list), OK);
	assert_str(list, S(" b/ES256/der/sealed/0/1/-1 a/HS256//sealed/5/0/2"));
}

static enum err
put_facts(struct ctx *cx, void *arg UNUSED)
{
	bool stored;

	TRY(fact_put(cx, S("once"), S("first"), &stored));
	if (!stored)
		return ERR_INTERNAL;
	TRY(fact_put(cx, S("once"), S("second"), &stored));
	if (stored)
		return ERR_INTERNAL;
	TRY(fact_set(cx, S("always"), S("first")));
	TRY(fact_set(cx, S("empty"), S("")));
	return fact_set(cx, S("always"), S("sec\0nd"));
}

static void
facts_are_put_once_or_set(void **state)
{
	struct store_case *t = *state;
	struct ctx *cx = &t->c.cx;
	struct str value;

	assert_int_equal(store_write(cx, put_facts, NULL), OK);
	assert_int_equal(fact_get(cx, S("once"), &value), OK);
	assert_str(value, S("first"));
	assert_int_equal(fact_get(cx, S("always"), &value), OK);
	assert_str(value, S("sec\0nd"));
	assert_int_equal(fact_get(cx, S("empty"), &value), OK);
	assert_non_null(value.p);
	assert_int_equal(value.n, 0);
	assert_int_equal(fact_get(cx, S("none"), &value), ERR_NOT_FOUND);
}

static enum err
put_records(struct ctx *cx, void *arg UNUSED)
{
	struct login_record l = {.id = id_of(1),
				 .at = NOW,
				 .identifier = S("who"),
				 .outcome = S("throttled"),
				 .method = S("password"),
				 .ip = S("::1")};
	struct audit_event e = {.id = id_of(2),
				.at = NOW,
				.subject_id = id_of(7),
				.action = S("user_created"),
				.detail = S("{\"by\":\"cli\"}")};

	TRY(login_insert(cx, &l));
	l.id = id_of(2);
	l.user_id = id_of(7);
	l.session_id = id_of(8);
	l.outcome = S("success");
	TRY(login_insert(cx, &l));
	return audit_insert(cx, &e);
}

static void
records_need_no_account(void **state)
{
	struct store_case *t = *state;

	assert_int_equal(store_write(&t->c.cx, put_records, NULL), OK);
	assert_int_equal(store_write(&t->c.cx, put_records, NULL), ERR_TAKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(counts_are_kept_and_swept), ROW(outbox_is_worked_off),
		ROW(keys_are_listed_by_age),    ROW(facts_are_put_once_or_set),
		ROW(records_need_no_account),
	};

	return store_case_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}

/* A cursor opens the list that it was handed out for, and nothing else. */
#include "domain_case.h"

#include "domain/cursor.h"

static enum err
begin(struct domain_case *t, struct str cursor, struct str scope, struct page *out)
{
	struct page_in in = {.cursor = cursor};

	fault_clear(&t->cx);
	return paging_begin(&t->cx, &in, scope, out);
}

static void
limits(void **state)
{
	struct domain_case *t = *state;
	struct page page;

	must(paging_begin(&t->cx, &(struct page_in){.limit = 7}, S("a"), &page));
	assert_int_equal(page.limit, 7);
	must(begin(t, STR_NONE, S("a"), &page));
	assert_int_equal(page.limit, PAGE_DEFAULT);
	assert_true(str_absent(page.key));
}

static void
keys_come_back(void **state)
{
	static const struct str rows[] = {{"k", 1}, {"a key with \0 in it", 18}, {"\xff\xfe", 2}};
	struct domain_case *t = *state;
	struct page page, next;
	struct uuid id, got;

	must(begin(t, STR_NONE, S("logins/a"), &page));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		must(begin(t, paging_cursor(&t->cx, &page, rows[i]), S("logins/a"), &next));
		assert_str(next.key, rows[i]);
		assert_false(paging_id(&next, &got));
	}
	must(uuid_new(&id));
	must(begin(t, paging_cursor_id(&t->cx, &page, &id), S("logins/a"), &next));
	assert_true(paging_id(&next, &got) && uuid_eq(&got, &id));
}

static void
what_was_not_handed_out(void **state)
{
	static const struct {
		const char *name, *scope;
		ptrdiff_t at; /* the character that is changed; -1: none */
		size_t cut;   /* from the end */
	} rows[] = {
		{"another user's", "logins/b", -1, 0}, {"another list's", "users/a", -1, 0},
		{"a changed tag", "logins/a", 0, 0},   {"a changed key", "logins/a", 30, 0},
		{"cut by one", "logins/a", -1, 1},     {"no key left", "logins/a", -1, 22},
	};
	struct domain_case *t = *state;
	struct page page, next;
	struct uuid id;
	enum err e;

	must(uuid_new(&id));
	must(begin(t, STR_NONE, S("logins/a"), &page));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str text = paging_cursor_id(&t->cx, &page, &id);
		char *changed = arena_copy(t->cx.arena, text.p, text.n);

		if (rows[i].at >= 0)
			changed[rows[i].at] = changed[rows[i].at] == 'A' ? 'B' : 'A';
		text = (struct str){changed, text.n - rows[i].cut};
		e = begin(t, text, str_of(rows[i].scope), &next);
		if (e != ERR_INVALID)
			print_error("%s was taken\n", rows[i].name);
		assert_int_equal(e, ERR_INVALID);
		assert_str(t->cx.fault.fields->field, S("cursor"));
	}
	assert_int_equal(begin(t, S("no cursor!"), S("logins/a"), &next), ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(limits),
		ROW(keys_come_back),
		ROW(what_was_not_handed_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

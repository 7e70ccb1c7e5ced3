/* The end of an account, by its owner or an operator, and until when it can be taken back. */
#include "domain_case.h"

#include "domain/closing.h"
#include "domain/email_change.h"
#include "domain/undo.h"

static enum err
by_operator(struct domain_case *t, const struct uuid *user, bool at_once, bool *erased)
{
	struct account_delete_in in = {.user = *user, .at_once = at_once};
	struct account_deleted out = {0};
	enum err e;

	nobody(t);
	fault_clear(&t->cx);
	e = account_delete(&t->cx, &in, &out);
	*erased = out.erased;
	return e;
}

static int64_t
events(struct domain_case *t, const char *action)
{
	char text[128];

	snprintf(text, sizeof(text), "select count(*) from audit_events where action = '%s'",
		 action);
	return case_count(t, text);
}

static void
closed_or_erased(void **state UNUSED)
{
	static const struct {
		int64_t grace; /* account.erase_after */
		bool at_once, erased;
	} rows[] = {
		{14 * DAY, false, false},
		{14 * DAY, true, true},
		{0, false, true},
		{0, true, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct domain_case t;
		struct sign_in m;
		struct user u;
		bool erased;

		domain_case_make(&t, NULL);
		t.config.account_erase_after = rows[i].grace;
		m = member(&t, "a@example.com", "ada");
		must(by_operator(&t, &m.user.id, rows[i].at_once, &erased));
		assert_int_equal(erased, rows[i].erased);
		assert_int_equal(user_by_id(&t.cx, &m.user.id, &u), erased ? ERR_NOT_FOUND : OK);
		assert_int_equal(events(&t, "deletion_requested"), 1);
		assert_int_equal(events(&t, "user_erased"), erased);
		assert_int_equal(str_absent(mail_of(&t, "deletion").restore_token), erased);
		assert_int_equal(
			case_count(&t, "select count(*) from sessions where revoked_at is null"),
			0);
		domain_case_end(&t);
	}
}

static void
once_closed(void **state)
{
	struct domain_case *t = *state;
	struct sign_in m = member(t, "a@example.com", "ada");
	struct user u, again;
	bool erased;

	must(by_operator(t, &m.user.id, false, &erased));
	must(user_by_id(&t->cx, &m.user.id, &u));
	pass(DAY);
	must(by_operator(t, &m.user.id, false, &erased));
	must(user_by_id(&t->cx, &m.user.id, &again));
	assert_int_equal(again.deleted_at, u.deleted_at);
	assert_int_equal(events(t, "deletion_requested"), 1);
	must(by_operator(t, &m.user.id, true, &erased));
	assert_true(erased);
	assert_int_equal(by_operator(t, &m.user.id, true, &erased), ERR_NOT_FOUND);
}

static void
the_last_administrator_stays(void **state)
{
	struct domain_case *t = *state;
	struct user a = case_user(t, S("a@example.com"), S("ADMIN"), true);
	struct user b = case_user(t, S("b@example.com"), S("ADMIN"), true);
	bool erased;

	must(by_operator(t, &a.id, true, &erased));
	for (int at_once = 0; at_once < 2; at_once++)
		assert_int_equal(by_operator(t, &b.id, at_once, &erased), ERR_LAST_ADMIN);
	must(user_by_id(&t->cx, &b.id, &b));
	assert_int_equal(b.deleted_at, 0);
}

static void
a_restore_link_lives_the_grace(void **state UNUSED)
{
	static const struct {
		int64_t after;
		enum err want;
	} rows[] = {{14 * DAY - SECOND, OK}, {14 * DAY, ERR_INVALID_LINK}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct domain_case t;
		struct restore_in in;
		struct nothing none;
		struct sign_in m;
		bool erased;

		domain_case_make(&t, NULL);
		m = member(&t, "a@example.com", NULL);
		must(by_operator(&t, &m.user.id, false, &erased));
		in.token = mail_of(&t, "deletion").restore_token;
		pass(rows[i].after);
		assert_int_equal(account_restore(&t.cx, &in, &none), rows[i].want);
		assert_int_equal(account_restore(&t.cx, &in, &none), ERR_INVALID_LINK);
		domain_case_end(&t);
	}
}

static void
ask_for(struct domain_case *t, struct str access, const char *to, enum err want)
{
	struct email_change_in in = {.password = secret_of(S(PASSWORD)), .new_email = str_of(to)};
	struct nothing none;

	as(t, access);
	fault_clear(&t->cx);
	assert_int_equal(email_change_request(&t->cx, &in, &none), want);
}

static enum err
confirm(struct domain_case *t, struct str code)
{
	struct email_confirm_in in = {.code = code};
	struct user u;

	fault_clear(&t->cx);
	return email_change_confirm(&t->cx, &in, &u);
}

/* While an undo link lives, nothing is erased and its address counts as taken. */
static void
an_undo_link_holds(void **state)
{
	struct domain_case *t = *state;
	struct sign_in m = member(t, "old@example.com", NULL), n = member(t, "n@example.com", NULL);
	struct mail mail;
	struct nothing none;
	bool erased;

	ask_for(t, m.tokens.access, "new@example.com", OK);
	must(confirm(t, mail_of(t, "change_email").code));
	ask_for(t, n.tokens.access, "OLD@example.com", ERR_TAKEN);
	mail = (struct mail){.undo_token = STR_NONE};
	for (struct mail one; next_mail(t, &one);)
		if (!str_absent(one.undo_token))
			mail = one;
	must(by_operator(t, &m.user.id, true, &erased));
	assert_false(erased);
	pass(72 * HOUR);
	must(by_operator(t, &m.user.id, true, &erased));
	assert_true(erased);
	assert_int_equal(undo(&t->cx, &(struct undo_in){mail.undo_token}, &none), ERR_INVALID_LINK);
}

/* Much of an account goes ahead of it, each piece for good: what ends the last one undoes no other.
 */
static void
erased_in_pieces(void **state)
{
	struct domain_case *t = *state;
	struct sign_in m = member(t, "a@example.com", NULL),
		       other = member(t, "b@example.com", NULL);
	bool erased;

	(void)other;
	must(by_operator(t, &m.user.id, false, &erased));
	case_count(t,
		   "with recursive n(i) as (select 1 union all select i + 1 from n where i < 450) "
		   "insert into logins (id, at, user_id, outcome) "
		   "select randomblob(16), 5, users.id, 'success' from n, users");
	case_count(t, "create trigger stays before delete on users begin "
		      "select raise(abort, 'stays'); end");
	pass(15 * DAY);
	assert_int_not_equal(accounts_erase_due(&t->cx), OK);
	assert_int_equal(case_count(t, "select count(*) from logins"), 450);
	assert_int_equal(case_count(t, "select count(*) from users"), 2);
	assert_int_equal(case_count(t, "select count(*) from sessions"), 1);
	case_count(t, "drop trigger stays");
	must(accounts_erase_due(&t->cx));
	assert_int_equal(case_count(t, "select count(*) from users"), 1);
	assert_int_equal(events(t, "user_erased"), 1);
}

static void
codes_of_an_email_change(void **state)
{
	struct domain_case *t = *state;
	struct sign_in m = member(t, "a@example.com", NULL);
	struct str code, wrong;

	(void)member(t, "taken@example.com", NULL);
	ask_for(t, m.tokens.access, "taken@example.com", ERR_TAKEN);
	ask_for(t, m.tokens.access, "A@example.com", ERR_INVALID);
	assert_int_equal(confirm(t, S("123456")), ERR_INVALID_CODE);
	ask_for(t, m.tokens.access, "b@example.com", OK);
	code = mail_of(t, "change_email").code;
	wrong = str_eq(code, S("000000")) ? S("111111") : S("000000");
	for (int i = 0; i < 5; i++)
		assert_int_equal(confirm(t, wrong), ERR_INVALID_CODE);
	assert_int_equal(confirm(t, code), ERR_INVALID_CODE);
	ask_for(t, m.tokens.access, "b@example.com", OK);
	code = mail_of(t, "change_email").code;
	pass(10 * MINUTE);
	assert_int_equal(confirm(t, code), ERR_INVALID_CODE);
	ask_for(t, m.tokens.access, "b@example.com", OK);
	code = mail_of(t, "change_email").code;
	nobody(t);
	(void)member(t, "b@example.com", NULL);
	as(t, m.tokens.access);
	assert_int_equal(confirm(t, code), ERR_TAKEN);
	assert_int_equal(
		case_count(t, "select count(*) from users where email_key = 'a@example.com'"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_or_erased),
		ROW(once_closed),
		ROW(the_last_administrator_stays),
		cmocka_unit_test(a_restore_link_lives_the_grace),
		ROW(an_undo_link_holds),
		ROW(erased_in_pieces),
		ROW(codes_of_an_email_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

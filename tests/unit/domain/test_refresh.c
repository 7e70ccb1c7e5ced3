/* "Refresh, exactly" of the contract, row by row, and the ends of sessions. */
#include "domain_case.h"

#include "domain/refresh.h"

#include <pthread.h>

static enum err
refresh(struct domain_case *t, struct str token, const char *device, struct tokens *out)
{
	struct refresh_in in = {.refresh_token = token, .device_id = str_of(device)};

	return session_refresh(&t->cx, &in, out);
}

static struct tokens
refreshed(struct domain_case *t, struct str token)
{
	struct tokens out;

	must(refresh(t, token, NULL, &out));
	return out;
}

static void
dead(struct domain_case *t, struct str token)
{
	struct tokens out;

	assert_int_equal(refresh(t, token, NULL, &out), ERR_TOKEN);
}

static int64_t
audited(struct domain_case *t, const char *action)
{
	char text[128];

	snprintf(text, sizeof(text), "select count(*) from audit_events where action = '%s'",
		 action);
	return case_count(t, text);
}

static struct tokens
with_device(struct domain_case *t, const char *email, const char *device)
{
	struct signup_in in = {
		.email = str_of(email),
		.password = secret_of(S(PASSWORD)),
		.device_id = str_of(device),
	};
	struct sign_in out;

	must(signup(&t->cx, &in, &out));
	return out.tokens;
}

static void
rotation(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = member(t, "ada@example.com", NULL).tokens, b, c;

	b = refreshed(t, a.refresh);
	assert_false(str_eq(a.refresh, b.refresh));
	assert_true(uuid_eq(&a.session_id, &b.session_id));
	c = refreshed(t, b.refresh);
	assert_false(str_eq(b.refresh, c.refresh));
	assert_int_equal(case_count(t, "select count(*) from sessions"), 1);
	as(t, a.access);
	as(t, c.access);
}

static void
grace(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = member(t, "ada@example.com", NULL).tokens, b, again;

	b = refreshed(t, a.refresh);
	pass(10 * SECOND - 1);
	again = refreshed(t, a.refresh);
	assert_str(again.refresh, b.refresh);
	as(t, again.access);
	assert_str(refreshed(t, a.refresh).refresh, b.refresh);
	(void)refreshed(t, b.refresh);
	assert_int_equal(audited(t, "refresh_reused"), 0);
}

static void
after_the_grace(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = member(t, "ada@example.com", NULL).tokens, b;
	struct caller who;
	struct mail mail;

	b = refreshed(t, a.refresh);
	pass(10 * SECOND);
	dead(t, a.refresh);
	dead(t, b.refresh);
	assert_int_equal(bearer_check(&t->cx, b.access, &who), ERR_TOKEN);
	assert_int_equal(audited(t, "refresh_reused"), 1);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'refresh_reused' and subject_id is not null and "
				       "detail like '{\"session_id\":\"%\"}'"),
			 1);
	assert_true(next_mail(t, &mail));
	assert_str(mail.template, S("refresh_reused"));
	assert_str(mail.to, S("ada@example.com"));
	dead(t, a.refresh);
	assert_false(next_mail(t, &mail));
}

/* Two steps old is reuse at once: the grace is the predecessor's alone. */
static void
older(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = member(t, "ada@example.com", NULL).tokens, other, b;

	other = signed_up(t, "bob@example.com", NULL).tokens;
	b = refreshed(t, refreshed(t, a.refresh).refresh);
	dead(t, a.refresh);
	dead(t, b.refresh);
	assert_int_equal(audited(t, "refresh_reused"), 1);
	(void)refreshed(t, other.refresh);
}

static void
reuse_from_any_device(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = with_device(t, "ada@example.com", "phone"), b;

	must(refresh(t, a.refresh, "phone", &b));
	pass(10 * SECOND);
	assert_int_equal(refresh(t, a.refresh, "laptop", &a), ERR_TOKEN);
	assert_int_equal(refresh(t, b.refresh, "phone", &b), ERR_TOKEN);
	assert_int_equal(audited(t, "refresh_reused"), 1);
	assert_int_equal(audited(t, "refresh_wrong_device"), 0);
}

static void
no_notice_to_the_unproven(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens;
	struct mail mail;

	assert_true(next_mail(t, &mail));
	(void)refreshed(t, a.refresh);
	pass(MINUTE);
	dead(t, a.refresh);
	assert_false(next_mail(t, &mail));
}

static void
devices(void **state)
{
	static const char *const wrong[] = {NULL, "laptop", "Phone", "phone "};
	struct domain_case *t = *state;
	struct tokens a = with_device(t, "ada@example.com", "phone"), b, out;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(refresh(t, a.refresh, wrong[i], &out), ERR_TOKEN);
	must(refresh(t, a.refresh, "phone", &b));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(refresh(t, a.refresh, wrong[i], &out), ERR_TOKEN);
	assert_int_equal(audited(t, "refresh_wrong_device"), 2 * ARRAY_LEN(wrong));
	must(refresh(t, a.refresh, "phone", &out));
	assert_str(out.refresh, b.refresh);
	as(t, b.access);
}

static void
device_of_an_unbound_session(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens, out;

	must(refresh(t, a.refresh, "phone", &out));
}

static void
garbage(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens;
	struct str rows[] = {
		S(""),
		S("agr_"),
		S("garbage"),
		a.access,
		{a.refresh.p, a.refresh.n - 1},
		str_print(&t->arena, "%.*sA", STR_ARG(a.refresh)),
		str_print(&t->arena, " %.*s", STR_ARG(a.refresh)),
		str_upper(&t->arena, a.refresh),
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		dead(t, rows[i]);
	(void)refreshed(t, a.refresh);
}

static void
rotate_off(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens;

	t->config.token_rotate = false;
	for (int i = 0; i < 3; i++) {
		pass(29 * DAY - 2 * DAY);
		assert_str(refreshed(t, a.refresh).refresh, a.refresh);
	}
}

static void
idle(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens, b;
	struct caller who;

	pass(28 * DAY);
	b = refreshed(t, a.refresh);
	assert_true(b.refresh_expires_in <= 30 * DAY / SECOND);
	assert_true(b.refresh_expires_in >= 28 * DAY / SECOND);
	pass(30 * DAY);
	dead(t, b.refresh);
	assert_int_equal(bearer_check(&t->cx, b.access, &who), ERR_TOKEN);
}

static void
absolute(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens;

	for (int i = 0; i < 3; i++) {
		pass(28 * DAY);
		a = refreshed(t, a.refresh);
	}
	assert_true(a.refresh_expires_in <= 6 * DAY / SECOND);
	assert_int_equal(
		case_count(t, "select count(*) from sessions where idle_expires_at > expires_at"),
		0);
	pass(6 * DAY);
	dead(t, a.refresh);
}

/* An access token never outlives its session. */
static void
last_access_token(void **state)
{
	struct domain_case *t = *state;
	struct tokens a;

	t->config.token_refresh_ttl = 10 * MINUTE;
	a = signed_up(t, "ada@example.com", NULL).tokens;
	assert_true(a.expires_in <= 600 && a.expires_in >= 569);
	assert_true(a.access_expires_at <= a.refresh_expires_at);
}

static void
states_of_the_account(void **state)
{
	static const struct {
		const char *sql;
		bool live;
	} rows[] = {
		{"update users set locked_at = 5", false},
		{"update users set locked_at = null, deleted_at = 5", false},
		{"update users set deleted_at = null, role = 'SELLER'", true},
		{"update users set is_email_verified = 0", true},
	};
	struct domain_case *t = *state;
	struct tokens a = member(t, "ada@example.com", NULL).tokens;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		case_count(t, rows[i].sql);
		if (rows[i].live)
			a = refreshed(t, a.refresh);
		else
			dead(t, a.refresh);
	}
}

struct racer {
	struct domain_case *t;
	struct str token;
	struct tokens out;
	enum err e;
	char refresh[128];
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	struct domain_case own = *r->t;

	arena_init(&own.arena, 1 << 20);
	own.cx.arena = &own.arena;
	r->e = refresh(&own, r->token, NULL, &r->out);
	if (r->e == OK)
		snprintf(r->refresh, sizeof(r->refresh), "%.*s", STR_ARG(r->out.refresh));
	store_thread_end(own.cx.store);
	arena_release(&own.arena);
	return NULL;
}

/* All at once, all get the one successor. */
static void
races(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens;
	pthread_t threads[8];
	struct racer racers[8];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		racers[i] = (struct racer){.t = t, .token = a.refresh};
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], NULL);
		must(racers[i].e);
		assert_string_equal(racers[i].refresh, racers[0].refresh);
	}
	assert_int_equal(case_count(t, "select counter from sessions"), 1);
}

static enum err
log_out(struct domain_case *t, struct str token)
{
	struct logout_in in = {.refresh_token = token};
	struct nothing out;

	return logout(&t->cx, &in, &out);
}

static void
logging_out(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = with_device(t, "ada@example.com", "phone"), b, other;

	other = signed_up(t, "bob@example.com", NULL).tokens;
	must(refresh(t, a.refresh, "phone", &b));
	pass(HOUR);
	must(log_out(t, a.refresh));
	assert_int_equal(refresh(t, b.refresh, "phone", &b), ERR_TOKEN);
	must(log_out(t, a.refresh));
	assert_int_equal(audited(t, "logout"), 1);
	assert_int_equal(audited(t, "refresh_reused"), 0);
	assert_int_equal(log_out(t, S("garbage")), ERR_TOKEN);
	assert_int_equal(log_out(t, STR_NONE), ERR_NOT_SIGNED_IN);
	t->caller.bearer = BEARER_BAD;
	assert_int_equal(log_out(t, STR_NONE), ERR_TOKEN);
	nobody(t);
	case_count(t, "delete from sessions where revoked_at is not null");
	must(log_out(t, a.refresh));
	(void)refreshed(t, other.refresh);
}

static void
logging_out_by_bearer(void **state)
{
	struct domain_case *t = *state;
	struct tokens a = signed_up(t, "ada@example.com", NULL).tokens;

	as(t, a.access);
	must(log_out(t, STR_NONE));
	dead(t, a.refresh);
}

static void
logging_out_everywhere(void **state)
{
	struct domain_case *t = *state;
	struct sign_in a = member(t, "ada@example.com", NULL);
	struct tokens other = signed_up(t, "bob@example.com", NULL).tokens;
	const struct nothing in = {0};
	struct nothing out;
	struct str second;

	(void)case_sign_in(t, &a.user, &second);
	as(t, second);
	must(logout_all(&t->cx, &in, &out));
	dead(t, a.tokens.refresh);
	assert_int_equal(bearer_check(&t->cx, second, &t->caller), ERR_TOKEN);
	assert_int_equal(audited(t, "logout_all"), 1);
	nobody(t);
	(void)refreshed(t, other.refresh);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(rotation),
		ROW(grace),
		ROW(after_the_grace),
		ROW(older),
		ROW(reuse_from_any_device),
		ROW(no_notice_to_the_unproven),
		ROW(devices),
		ROW(device_of_an_unbound_session),
		ROW(garbage),
		ROW(rotate_off),
		ROW(idle),
		ROW(absolute),
		ROW(last_access_token),
		ROW(states_of_the_account),
		ROW(races),
		ROW(logging_out),
		ROW(logging_out_by_bearer),
		ROW(logging_out_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

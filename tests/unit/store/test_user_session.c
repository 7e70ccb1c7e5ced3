/* Accounts, sessions and devices: what goes in comes out, and the conditions of each change. */
#include "store_case.h"

#include "store/session.h"

static struct user
user_one(void)
{
	return (struct user){
		.id = id_of(1),
		.email = S("Ada@Example.org"),
		.email_key = S("ada@example.org"),
		.username = S("Ada"),
		.username_key = S("ada"),
		.phone = S("+33123456789"),
		.full_name = S("Ada Lovelace"),
		.password = S("$argon2id$x"),
		.role = S("ADMIN"),
		.kyc_status = S("none"),
		.is_phone_verified = true,
		.mfa_enabled = true,
		.locked_at = NOW - 3,
		.locked_until = NOW + 3,
		.lock_reason = S("why"),
		.deleted_at = NOW - 2,
		.created_at = NOW - 9,
		.updated_at = NOW - 8,
		.last_login_at = NOW - 7,
	};
}

static struct user
user_plain(uint32_t n, struct str email)
{
	return (struct user){
		.id = id_of(n),
		.email = email,
		.email_key = email,
		.role = S("CUSTOMER"),
		.kyc_status = S("none"),
		.created_at = NOW,
		.updated_at = NOW,
	};
}

static struct session
session_one(void)
{
	return (struct session){
		.id = id_of(11),
		.user_id = id_of(1),
		.device_id = S("phone-1"),
		.user_agent = S("Browser/1"),
		.ip = S("192.0.2.1"),
		.country = S("FR"),
		.amr = S("pwd otp"),
		.auth_time = NOW - 1,
		.created_at = NOW - 2,
		.last_seen_at = NOW - 3,
		.expires_at = NOW + DAY,
		.idle_expires_at = NOW + HOUR,
		.counter = 7,
	};
}

static void
same_user(const struct user *got, const struct user *want)
{
	assert_true(uuid_eq(&got->id, &want->id));
	assert_str(got->email, want->email);
	assert_str(got->email_key, want->email_key);
	assert_str(got->username, want->username);
	assert_str(got->username_key, want->username_key);
	assert_str(got->phone, want->phone);
	assert_str(got->full_name, want->full_name);
	assert_str(got->password, want->password);
	assert_str(got->role, want->role);
	assert_str(got->kyc_status, want->kyc_status);
	assert_str(got->lock_reason, want->lock_reason);
	assert_int_equal(got->is_email_verified, want->is_email_verified);
	assert_int_equal(got->is_phone_verified, want->is_phone_verified);
	assert_int_equal(got->mfa_enabled, want->mfa_enabled);
	assert_int_equal(got->locked_at, want->locked_at);
	assert_int_equal(got->locked_until, want->locked_until);
	assert_int_equal(got->deleted_at, want->deleted_at);
	assert_int_equal(got->created_at, want->created_at);
	assert_int_equal(got->updated_at, want->updated_at);
	assert_int_equal(got->last_login_at, want->last_login_at);
}

static void
same_session(const struct session *got, const struct session *want)
{
	assert_true(uuid_eq(&got->id, &want->id));
	assert_true(uuid_eq(&got->user_id, &want->user_id));
	assert_str(got->device_id, want->device_id);
	assert_str(got->user_agent, want->user_agent);
	assert_str(got->ip, want->ip);
	assert_str(got->country, want->country);
	assert_str(got->amr, want->amr);
	assert_str(got->revoked_why, want->revoked_why);
	assert_int_equal(got->auth_time, want->auth_time);
	assert_int_equal(got->created_at, want->created_at);
	assert_int_equal(got->last_seen_at, want->last_seen_at);
	assert_int_equal(got->expires_at, want->expires_at);
	assert_int_equal(got->idle_expires_at, want->idle_expires_at);
	assert_int_equal(got->counter, want->counter);
	assert_int_equal(got->rotated_at, want->rotated_at);
	assert_int_equal(got->revoked_at, want->revoked_at);
}

static enum err
users_in(struct ctx *cx, void *arg UNUSED)
{
	struct user one = user_one(), two = user_plain(2, S("b@example.org")), got;

	TRY(user_insert(cx, &one));
	TRY(user_insert(cx, &two));
	TRY(user_by_id(cx, &one.id, &got));
	same_user(&got, &one);
	TRY(user_by_id(cx, &two.id, &got));
	same_user(&got, &two);
	assert_null(got.username.p);
	assert_null(got.password.p);
	TRY(user_by_email(cx, S("ada@example.org"), &got));
	TRY(user_by_username(cx, S("ada"), &got));
	TRY(user_by_verified_phone(cx, S("+33123456789"), &got));
	same_user(&got, &one);
	assert_int_equal(user_by_email(cx, S("Ada@Example.org"), &got), ERR_NOT_FOUND);
	assert_int_equal(user_by_verified_phone(cx, S("+1"), &got), ERR_NOT_FOUND);
	return OK;
}

static void
users_round_trip(void **state)
{
	here(*state, users_in, NULL);
}

static enum err
takens(struct ctx *cx, void *arg UNUSED)
{
	struct user u = user_plain(3, S("ada@example.org"));

	assert_int_equal(user_insert(cx, &u), ERR_TAKEN);
	u.email = u.email_key = S("c@example.org");
	u.username = u.username_key = S("ada");
	assert_int_equal(user_insert(cx, &u), ERR_TAKEN);
	u.username = u.username_key = S("carl");
	return user_insert(cx, &u);
}

static enum err
take_over(struct ctx *cx, void *arg UNUSED)
{
	struct user u = user_plain(3, S("c@example.org"));

	u.username = u.username_key = S("ada");
	return user_set_profile(cx, &u);
}

/* Whatever its own result, a transaction whose statement failed comes to nothing. */
static enum err
take_over_and_go_on(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(3);
	struct user u;

	assert_int_equal(take_over(cx, NULL), ERR_TAKEN);
	assert_int_equal(user_by_id(cx, &id, &u), ERR_INTERNAL);
	return ERR_INTERNAL;
}

static void
taken_names_are_told_and_harm_nothing(void **state)
{
	struct store_case *t = *state;
	struct uuid id = id_of(3);
	struct user got;

	here(t, users_in, NULL);
	here(t, takens, NULL);
	here_gives(t, take_over, NULL, ERR_TAKEN);
	here_gives(t, take_over_and_go_on, NULL, ERR_INTERNAL);
	assert_int_equal(user_by_id(&t->c.cx, &id, &got), OK);
	assert_str(got.username, S("carl"));
}

static enum err
user_changes(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(2), nobody = id_of(99);
	struct user u, got;

	TRY(user_by_id(cx, &id, &u));
	u.username = S("Bob");
	u.username_key = S("bob");
	u.full_name = S("Bob B");
	u.phone = S("+4412345");
	u.is_phone_verified = true;
	u.updated_at = NOW + 1;
	TRY(user_set_profile(cx, &u));
	TRY(user_set_email_verified(cx, &id, NOW + 2));
	TRY(user_set_last_login(cx, &id, NOW + 3));
	assert_int_equal(user_set_password(cx, &id, S("other"), S("new"), NOW + 4), ERR_NOT_FOUND);
	TRY(user_set_password(cx, &id, STR_NONE, S("new"), NOW + 4));
	TRY(user_set_password(cx, &id, S("new"), S("newer"), NOW + 5));
	TRY(user_by_id(cx, &id, &got));
	u.is_email_verified = true;
	u.password = S("newer");
	u.updated_at = NOW + 5;
	u.last_login_at = NOW + 3;
	same_user(&got, &u);
	assert_int_equal(user_set_email_verified(cx, &nobody, NOW), ERR_NOT_FOUND);
	assert_int_equal(user_set_last_login(cx, &nobody, NOW), ERR_NOT_FOUND);
	return OK;
}

static void
users_change(void **state)
{
	here(*state, users_in, NULL);
	here(*state, user_changes, NULL);
}

static void
note_email(struct ctx *cx, const struct user *u, void *arg)
{
	struct str *list = arg;

	*list = str_print(cx->arena, "%.*s %.*s", STR_ARG(*list), STR_ARG(u->email_key));
}

static void
users_are_listed_by_pages(void **state)
{
	struct store_case *t = *state;
	struct uuid first = id_of(1);
	struct str list = S("");

	here(t, users_in, NULL);
	assert_int_equal(user_list(&t->c.cx, NULL, 1, note_email, &list), OK);
	assert_str(list, S(" ada@example.org"));
	assert_int_equal(user_list(&t->c.cx, &first, 9, note_email, &list), OK);
	assert_str(list, S(" ada@example.org b@example.org"));
}

static enum err
session_in(struct ctx *cx, void *arg UNUSED)
{
	struct session s = session_one(), got;
	struct user u = user_one(), got_user;
	struct uuid nobody = id_of(99);

	TRY(user_insert(cx, &u));
	TRY(session_insert(cx, &s));
	TRY(session_by_id(cx, &s.id, &got));
	same_session(&got, &s);
	TRY(session_with_user(cx, &s.id, &got, &got_user));
	same_session(&got, &s);
	same_user(&got_user, &u);
	assert_int_equal(session_with_user(cx, &nobody, &got, &got_user), ERR_NOT_FOUND);
	return OK;
}

static void
sessions_round_trip(void **state)
{
	here(*state, session_in, NULL);
}

static enum err
rotations(struct ctx *cx, void *arg UNUSED)
{
	static const struct {
		int64_t was, now;
		enum err want;
	} rows[] = {
		{6, NOW, ERR_NOT_FOUND},
		{8, NOW, ERR_NOT_FOUND},
		{7, NOW + HOUR, ERR_NOT_FOUND}, /* idle for too long */
		{7, NOW, OK},
		{7, NOW, ERR_NOT_FOUND},
		{8, NOW + DAY, ERR_NOT_FOUND}, /* too old */
		{8, NOW + 1, OK},
	};
	struct session s;
	struct uuid id = id_of(11);
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(session_rotate(cx, &id, rows[i].was, rows[i].now, NOW + 2 * DAY),
				 rows[i].want);
	assert_int_equal(session_prolong(cx, &id, 8, NOW, 1), ERR_NOT_FOUND);
	TRY(session_prolong(cx, &id, 9, NOW + 5, NOW + 3 * DAY));
	TRY(session_by_id(cx, &id, &s));
	assert_int_equal(s.counter, 9);
	assert_int_equal(s.rotated_at, NOW + 1);
	assert_int_equal(s.last_seen_at, NOW + 5);
	assert_int_equal(s.idle_expires_at, NOW + 3 * DAY);
	return session_set_last_seen(cx, &id, NOW + 6);
}

static void
sessions_rotate(void **state)
{
	here(*state, session_in, NULL);
	here(*state, rotations, NULL);
}

static enum err
ends(struct ctx *cx, void *arg UNUSED)
{
	struct session s = session_one();
	struct uuid keep = id_of(13), user = id_of(1);
	int64_t count;
	bool ended;

	s.id = id_of(12);
	TRY(session_insert(cx, &s));
	s.id = keep;
	TRY(session_insert(cx, &s));
	TRY(session_revoke(cx, &keep, S("logout"), NOW, &ended));
	assert_true(ended);
	TRY(session_revoke(cx, &keep, S("again"), NOW + 1, &ended));
	assert_false(ended);
	assert_int_equal(session_rotate(cx, &keep, 7, NOW, NOW + DAY), ERR_NOT_FOUND);
	TRY(session_by_id(cx, &keep, &s));
	assert_str(s.revoked_why, S("logout"));
	assert_int_equal(s.revoked_at, NOW);
	keep = id_of(12);
	TRY(session_revoke_all(cx, &user, &keep, S("logout_all"), NOW, &count));
	assert_int_equal(count, 1);
	TRY(session_revoke_all(cx, &user, NULL, S("logout_all"), NOW, &count));
	assert_int_equal(count, 1);
	return session_revoke_all(cx, &user, NULL, S("logout_all"), NOW, NULL);
}

static void
sessions_end(void **state)
{
	here(*state, session_in, NULL);
	here(*state, ends, NULL);
}

static enum err
devices(struct ctx *cx, void *arg UNUSED)
{
	struct device d = {id_of(21), id_of(1), S("phone-1"), S("Ada's phone"), NOW, NOW};

	TRY(device_note(cx, &d));
	d = (struct device){id_of(22), id_of(1), S("phone-1"), STR_NONE, NOW + 1, NOW + 1};
	return device_note(cx, &d);
}

static void
note_device(struct ctx *cx, const struct device *d, void *arg)
{
	struct str *list = arg;

	*list = str_print(cx->arena, "%.*s %.*s/%d/%d", STR_ARG(*list), STR_ARG(d->name),
			  (int)(d->first_seen_at - NOW), (int)(d->last_seen_at - NOW));
}

static void
devices_keep_their_name(void **state)
{
	struct store_case *t = *state;
	struct uuid user = id_of(1);
	struct str list = S("");

	here(t, session_in, NULL);
	here(t, devices, NULL);
	assert_int_equal(device_list(&t->c.cx, &user, note_device, &list), OK);
	assert_str(list, S(" Ada's phone/0/1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(users_round_trip),    ROW(taken_names_are_told_and_harm_nothing),
		ROW(users_change),        ROW(users_are_listed_by_pages),
		ROW(sessions_round_trip), ROW(sessions_rotate),
		ROW(sessions_end),        ROW(devices_keep_their_name),
	};

	return store_case_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}

/* One function a mail. Links are built here, from public_url or the operator's own page, never from
 * a request. */
#include "domain/mails.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/enc.h"
#include "base/net.h"
#include "domain/attempts.h"
#include "domain/caller.h"
#include "domain/message.h"
#include "domain/mfa_count.h"

#define LINK_MAX 2048

/* page has {token}; absent: our own page at path. */
static struct str
link_to(struct ctx *cx, struct str page, const char *path, struct str token)
{
	static const struct str mark = {"{token}", 7};
	struct buf link;

	buf_init_arena(&link, cx->arena, LINK_MAX);
	if (str_absent(page)) {
		buf_str(&link, cx->config->server_public_url);
		buf_z(&link, path);
		buf_z(&link, "?token=");
		percent_encode(&link, token);
		return buf_view(&link);
	}
	while (page.n) {
		if (str_starts(page, mark)) {
			percent_encode(&link, token);
			page = str_from(page, mark.n);
			continue;
		}
		buf_char(&link, page.p[0]);
		page = str_from(page, 1);
	}
	return buf_view(&link);
}

static struct str
time_text(struct ctx *cx, int64_t us)
{
	char text[RFC3339_ROOM];

	time_format(text, us);
	return str_copy(cx->arena, str_of(text));
}

static struct str
number(struct ctx *cx, int64_t n)
{
	return str_print(cx->arena, "%" PRId64, n);
}

static int64_t
rounded_up(int64_t us, int64_t unit)
{
	return (us + unit - 1) / unit;
}

enum err
mail_verify_email(struct ctx *cx, const struct user *u, struct str code, struct str link_token,
		  int64_t now)
{
	const struct config *c = cx->config;
	struct message m = {
		.channel = "email",
		.to = u->email,
		.template = "verify_email",
		.vars =
			{
				{"code", code},
				{"link", link_to(cx, c->links_verify_email, "/auth/email/verify",
						 link_token)},
				{"undo", link_to(cx, c->links_undo, "/undo", link_token)},
				{"code_minutes",
				 number(cx, rounded_up(c->challenge_code_ttl, MINUTE))},
				{"link_hours", number(cx, rounded_up(c->challenge_link_ttl, HOUR))},
				{"expires_at", time_text(cx, now + c->challenge_link_ttl)},
			},
	};

	return message_queue(cx, &m, now);
}

enum err
mail_account_exists(struct ctx *cx, const struct user *u, int64_t now)
{
	struct message m = {
		.channel = "email",
		.to = u->email,
		.template = "account_exists",
		.vars = {{"time", time_text(cx, now)}},
	};

	return message_queue(cx, &m, now);
}

static enum err
notice(struct ctx *cx, const struct user *u, struct message *m, int64_t now)
{
	if (!u->is_email_verified)
		return OK;
	m->channel = "email";
	m->to = u->email;
	return message_queue(cx, m, now);
}

enum err
mail_refresh_reused(struct ctx *cx, const struct user *u, const struct session *s, int64_t now)
{
	struct message m = {
		.template = "refresh_reused",
		.vars = {{"time", time_text(cx, now)},
			 {"ip", cx->caller->ip},
			 {"device", s->device_id}},
	};

	return notice(cx, u, &m, now);
}

static struct str
undo_link(struct ctx *cx, struct str token)
{
	if (str_absent(token))
		return STR_NONE;
	return link_to(cx, cx->config->links_undo, "/undo", token);
}

enum err
mail_login_alert(struct ctx *cx, const struct user *u, const struct login_record *l,
		 struct str undo_token, int64_t now)
{
	bool fast = str_eq(l->alert, S("impossible_travel"));
	struct message m = {
		.template = "login_alert",
		.vars = {{"time", time_text(cx, now)},
			 {"ip", l->ip},
			 {"city", l->city},
			 {"country", l->country},
			 {"device", l->device_id},
			 {"fast", fast ? S("yes") : STR_NONE},
			 {"undo", undo_link(cx, undo_token)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_new_device(struct ctx *cx, const struct user *u, const struct session *s, struct str name,
		struct str undo_token, int64_t now)
{
	struct message m = {
		.template = "new_device",
		.vars = {{"time", time_text(cx, now)},
			 {"ip", s->ip},
			 {"country", s->country},
			 {"device", str_absent(name) ? s->device_id : name},
			 {"undo", undo_link(cx, undo_token)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_login_failures(struct ctx *cx, const struct user *u, int64_t count, int64_t now)
{
	struct message m = {
		.template = count >= GUESSES_MOST ? "login_stopped" : "login_failures",
		.vars = {{"time", time_text(cx, now)}, {"count", number(cx, count)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_phone_changed(struct ctx *cx, const struct user *u, struct str undo, int64_t now)
{
	struct message m = {
		.template = "phone_changed",
		.vars = {{"time", time_text(cx, now)}, {"undo", undo_link(cx, undo)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_email_changed(struct ctx *cx, const struct user *u, struct str undo, int64_t now)
{
	struct message m = {
		.template = "email_changed",
		.vars = {{"time", time_text(cx, now)}, {"undo", undo_link(cx, undo)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_deletion(struct ctx *cx, const struct user *u, struct str restore, int64_t now)
{
	const struct config *c = cx->config;
	struct message m = {.template = "deletion", .vars = {{"time", time_text(cx, now)}}};

	if (!str_absent(restore)) {
		m.vars[1] = (struct message_var){"restore", link_to(cx, c->links_restore,
								    "/restore", restore)};
		m.vars[2] =
			(struct message_var){"until", time_text(cx, now + c->account_erase_after)};
	}
	return notice(cx, u, &m, now);
}

enum err
mail_change_email(struct ctx *cx, struct str email, struct str code, int64_t now)
{
	int64_t ttl = cx->config->challenge_code_ttl;
	struct message m = {
		.channel = "email",
		.to = email,
		.template = "change_email",
		.vars = {{"code", code},
			 {"code_minutes", number(cx, rounded_up(ttl, MINUTE))},
			 {"expires_at", time_text(cx, now + ttl)}},
	};

	return message_queue(cx, &m, now);
}

enum err
mail_password_changed(struct ctx *cx, const struct user *u, int64_t now)
{
	struct message m = {
		.template = "password_changed",
		.vars = {{"time", time_text(cx, now)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_reset_password(struct ctx *cx, const struct user *u, struct str code, struct str link_token,
		    int64_t now)
{
	const struct config *c = cx->config;
	struct message m = {
		.channel = "email",
		.to = u->email,
		.template = "reset_password",
		.vars =
			{
				{"code", code},
				{"link",
				 link_to(cx, c->links_reset_password, "/reset", link_token)},
				{"code_minutes",
				 number(cx, rounded_up(c->challenge_code_ttl, MINUTE))},
				{"link_hours", number(cx, rounded_up(c->challenge_link_ttl, HOUR))},
				{"expires_at", time_text(cx, now + c->challenge_link_ttl)},
			},
	};

	return message_queue(cx, &m, now);
}

enum err
mail_to_nobody(struct ctx *cx, struct str to, struct str code, struct str link_token, int64_t now)
{
	const struct config *c = cx->config;
	struct message m = {
		.channel = "void",
		.to = to,
		.template = "reset_password",
		.vars =
			{
				{"code", code},
				{"link",
				 link_to(cx, c->links_reset_password, "/reset", link_token)},
				{"code_minutes", number(cx, c->challenge_code_ttl / MINUTE)},
				{"link_hours", number(cx, c->challenge_link_ttl / HOUR)},
				{"expires_at", time_text(cx, now + c->challenge_link_ttl)},
			},
	};

	return message_queue(cx, &m, now);
}

enum err
mail_login_code(struct ctx *cx, const struct user *u, struct str code, int64_t now)
{
	int64_t ttl = cx->config->challenge_code_ttl;
	struct message m = {
		.channel = "email",
		.to = u->email,
		.template = "login_code",
		.vars = {{"code", code},
			 {"code_minutes", number(cx, rounded_up(ttl, MINUTE))},
			 {"expires_at", time_text(cx, now + ttl)}},
	};

	return message_queue(cx, &m, now);
}

enum err
sms_code(struct ctx *cx, struct str phone, struct str code, int64_t now)
{
	int64_t ttl = cx->config->challenge_code_ttl;
	struct message m = {
		.channel = "sms",
		.to = phone,
		.template = "sms_code",
		.vars = {{"code", code},
			 {"minutes", number(cx, rounded_up(ttl, MINUTE))},
			 {"expires_at", time_text(cx, now + ttl)}},
	};

	return message_queue(cx, &m, now);
}

enum err
mail_preregistration(struct ctx *cx, struct str email, struct str link_token, bool again,
		     int64_t now)
{
	const struct config *c = cx->config;
	struct message m = {
		.channel = "email",
		.to = email,
		.template = "preregistration",
		.vars =
			{
				{"link", link_to(cx, c->links_verify_email, "/api/auth/verify",
						 link_token)},
				{"link_hours", number(cx, rounded_up(c->challenge_link_ttl, HOUR))},
				{"again", again ? S("yes") : STR_NONE},
				{"expires_at", time_text(cx, now + c->challenge_link_ttl)},
			},
	};

	return message_queue(cx, &m, now);
}

enum err
mail_mfa_enabled(struct ctx *cx, const struct user *u, struct str method, int64_t now)
{
	struct message m = {
		.template = "mfa_enabled",
		.vars = {{"time", time_text(cx, now)},
			 {"method", str_eq(method, S("sms")) ? S("a code by SMS")
							     : S("an authenticator app")}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_mfa_disabled(struct ctx *cx, const struct user *u, int64_t now)
{
	struct message m = {
		.template = "mfa_disabled",
		.vars = {{"time", time_text(cx, now)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_recovery_code_used(struct ctx *cx, const struct user *u, int64_t left, int64_t now)
{
	struct message m = {
		.template = "recovery_code_used",
		.vars = {{"time", time_text(cx, now)},
			 {"ip", cx->caller->ip},
			 {"count", number(cx, left)}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_mfa_failures(struct ctx *cx, const struct user *u, int64_t count, int64_t now)
{
	struct message m = {
		.template = "mfa_failures",
		.vars = {{"time", time_text(cx, now)},
			 {"count", number(cx, count)},
			 {"stopped", count >= MFA_GUESSES_MOST ? S("yes") : STR_NONE}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_kyc_received(struct ctx *cx, const struct user *u, int64_t now)
{
	struct message m = {.template = "kyc_received", .vars = {{"time", time_text(cx, now)}}};

	return notice(cx, u, &m, now);
}

enum err
mail_kyc_approved(struct ctx *cx, const struct user *u, int64_t ends_at, int64_t now)
{
	struct message m = {.template = "kyc_approved", .vars = {{"time", time_text(cx, now)}}};

	if (ends_at)
		m.vars[1] = (struct message_var){"until", time_text(cx, ends_at)};
	return notice(cx, u, &m, now);
}

enum err
mail_kyc_rejected(struct ctx *cx, const struct user *u, struct str reason, int64_t now)
{
	struct message m = {
		.template = "kyc_rejected",
		.vars = {{"time", time_text(cx, now)}, {"reason", reason}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_kyc_revoked(struct ctx *cx, const struct user *u, struct str reason, int64_t now)
{
	struct message m = {
		.template = "kyc_revoked",
		.vars = {{"time", time_text(cx, now)}, {"reason", reason}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_kyc_resubmit(struct ctx *cx, const struct user *u, struct str reason, struct str papers,
		  int64_t now)
{
	struct message m = {
		.template = "kyc_resubmit",
		.vars = {{"time", time_text(cx, now)}, {"reason", reason}, {"papers", papers}},
	};

	return notice(cx, u, &m, now);
}

enum err
mail_kyc_expired(struct ctx *cx, const struct user *u, int64_t now)
{
	struct message m = {.template = "kyc_expired", .vars = {{"time", time_text(cx, now)}}};

	return notice(cx, u, &m, now);
}

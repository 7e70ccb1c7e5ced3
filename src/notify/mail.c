/*
 * Where mails go is said by mail.url: this file reads it and sends each mail there. On the terminal
 * (console:) a mail is one frame in one write, so that nothing else that is printed stands inside
 * it; it is how a developer sees codes and links.
 */
#include "notify/mail.h"

#include "base/clock.h"
#include "base/enc.h"
#include "base/net.h"
#include "notify/console.h"
#include "notify/smtp.h"

#define SETTINGS_MAX ((size_t)64 * 1024)
#define CONSOLE_MAX ((size_t)512 * 1024)

struct mailer {
	struct arena arena;
	struct mail_sender sender;
	struct smtp_server server;
	struct smtp *smtp; /* NULL: console */
	const atomic_bool *stop;
};

static bool
is_ipv4(struct str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
			return false;
	return host.n > 0;
}

static bool
is_loopback(struct str host)
{
	if (str_eq_nocase(host, S("localhost")) || str_eq(host, S("::1")))
		return true;
	return is_ipv4(host) && str_starts(host, S("127."));
}

/* How EHLO and the Message-ID name this host: a name, or an address literal (RFC 5321 4.1.3). */
static struct str
mail_name(struct arena *a, struct str host)
{
	if (host.n == 0)
		return S("localhost");
	if (str_find(host, ':') >= 0)
		return str_print(a, "[IPv6:%.*s]", STR_ARG(host));
	if (is_ipv4(host))
		return str_print(a, "[%.*s]", STR_ARG(host));
	return host;
}

static bool
decode(struct arena *a, struct str s, const char **out)
{
	struct buf b;

	buf_init_arena(&b, a, 4096);
	if (!percent_decode(&b, s, false) || b.full)
		return false;
	*out = str_z(a, buf_view(&b));
	return true;
}

static bool
read_credentials(struct mailer *m, struct str userinfo)
{
	struct str rest = userinfo, user;

	if (!str_cut(&rest, ':', &user) || user.n == 0)
		return false;
	if (str_absent(rest))
		rest = S("");
	return decode(&m->arena, user, &m->server.user) &&
	       decode(&m->arena, rest, &m->server.password);
}

/* host:port, with characters that can't change what the rest of the URL means. */
static bool
authority_fits(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !strchr(".-_:[]", c))
			return false;
	}
	return s.n > 0;
}

static ptrdiff_t
last_at_sign(struct str s)
{
	for (size_t i = s.n; i-- > 0;)
		if (s.p[i] == '@')
			return (ptrdiff_t)i;
	return -1;
}

/* smtp[s]://[user[:password]@]host[:port][/] */
static bool
read_server(struct mailer *m, struct str url)
{
	struct str scheme = str_starts(url, S("smtps://")) ? S("smtps://") : S("smtp://");
	struct str rest = str_from(url, scheme.n), host = url_host(url);
	struct buf b;
	ptrdiff_t at;

	if (!str_starts(url, scheme))
		return false;
	if (str_ends(rest, S("/")))
		rest.n--;
	at = last_at_sign(rest);
	if (at >= 0 && !read_credentials(m, (struct str){rest.p, (size_t)at}))
		return false;
	rest = str_from(rest, (size_t)(at + 1));
	if (!authority_fits(rest))
		return false;
	host = url_host(rest);
	buf_init_arena(&b, &m->arena, 4096);
	buf_str(&b, scheme);
	buf_str(&b, rest);
	buf_char(&b, '/');
	percent_encode(&b, m->sender.host);
	m->server.url = str_z(&m->arena, buf_view(&b));
	m->server.from = str_z(&m->arena, m->sender.address);
	m->server.loopback = is_loopback(host);
	return !b.full && host.n > 0;
}

static enum err
read_settings(struct ctx *cx, struct mailer *m)
{
	const struct config *c = cx->config;
	struct str url = {c->mail_url.p, c->mail_url.n};

	if (!mail_sender_parse(str_copy(&m->arena, c->mail_from), &m->sender))
		return fail(cx, ERR_INVALID, "mail.from must be an address, or Name <address>.");
	m->sender.host = mail_name(&m->arena, str_copy(&m->arena, url_host(c->server_public_url)));
	if (url.n == 0 || str_eq(url, S("console:")))
		return OK;
	if (!read_server(m, url))
		return fail(cx, ERR_INVALID,
			    "mail.url must be console:, smtp://[user:password@]host:port or "
			    "smtps://…, with %%XX for "
			    "special characters in user and password.");
	m->smtp = smtp_new(&m->server, m->stop);
	return OK;
}

enum err
mailer_open(struct ctx *cx, const atomic_bool *stop, struct mailer **out)
{
	struct mailer *m = calloc(1, sizeof(*m));
	enum err e;

	if (!m)
		die("out of memory");
	arena_init(&m->arena, SETTINGS_MAX);
	m->stop = stop;
	e = read_settings(cx, m);
	if (e != OK)
		mailer_close(m);
	else
		*out = m;
	return e;
}

void
mailer_close(struct mailer *m)
{
	if (!m)
		return;
	smtp_free(m->smtp);
	arena_release(&m->arena);
	free(m);
}

static void
frame(struct buf *out, const struct mail *mail)
{
	buf_z(out, "\n---- mail ----------------------------------------------------------\nTo: ");
	console_escape(out, mail->to);
	buf_z(out, "\nSubject: ");
	console_escape(out, mail->subject);
	buf_z(out, "\n\n");
	console_lines(out, mail->text);
	buf_z(out, "---- end of mail ---------------------------------------------------\n\n");
}

static enum mail_result
send_to_console(struct ctx *cx, struct mailer *m, const struct mail *mail,
		struct mail_report *report)
{
	struct buf b;

	buf_init_arena(&b, cx->arena, CONSOLE_MAX);
	frame(&b, mail);
	if (console_print(m->stop, buf_view(&b)))
		return MAIL_SENT;
	report->why = "standard output takes nothing";
	return atomic_load(m->stop) ? MAIL_STOPPED : MAIL_AWAY;
}

enum mail_result
mailer_send(struct ctx *cx, struct mailer *m, const struct mail *mail, struct mail_report *report)
{
	struct buf message;

	*report = (struct mail_report){0, "", ""};
	buf_init_arena(&message, cx->arena, MIME_MAX);
	if (mime_write(mail, &m->sender, time_mail(cx->arena, clock_now()), &message) != OK) {
		report->why = "the address or a header can't be sent";
		return MAIL_UNFIT;
	}
	if (!m->smtp)
		return send_to_console(cx, m, mail, report);
	return smtp_send(cx, m->smtp, mail->to, buf_view(&message), report);
}

/* Hands mails over: to an SMTP server, or to the terminal. One thread at a time. */
#ifndef NOTIFY_MAIL_H
#define NOTIFY_MAIL_H

#include "base/config.h"
#include "base/ctx.h"
#include "notify/mime.h"

#include <stdatomic.h>

enum mail_result {
	MAIL_SENT,
	MAIL_REFUSED, /* the server will never take this one: 5xx for the recipient or the content
		       */
	MAIL_LATER,   /* not now: 4xx */
	MAIL_AWAY,    /* no server to talk to; others would fare the same */
	MAIL_UNFIT,   /* a header value that must not be sent */
	MAIL_MOOT,    /* nobody waits for it any more */
	MAIL_STOPPED, /* the process ends */
};

struct mail_report {
	int reply;        /* last SMTP reply code, 0: none */
	const char *step; /* last SMTP command, "" before the first */
	const char *why;  /* one sentence without addresses or secrets; valid until the next mail */
};

struct mailer;

/*
 * Reads mail.url, mail.from and server.public_url; ERR_INVALID with a detail when they can't be
 * used. Opens no connection. A transfer ends soon after *stop becomes true.
 */
MUST_CHECK enum err mailer_open(struct ctx *cx, const atomic_bool *stop, struct mailer **out);
void mailer_close(struct mailer *m);
/* At most 30 s. */
enum mail_result
mailer_send(struct ctx *cx, struct mailer *m, const struct mail *mail, struct mail_report *report);

#endif

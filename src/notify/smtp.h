/* The SMTP client, which is libcurl's. For mail.c only. */
#ifndef NOTIFY_SMTP_H
#define NOTIFY_SMTP_H

#include "notify/mail.h"

/* Texts are NUL-terminated and outlive the client. */
struct smtp_server {
	const char *url;  /* scheme, host, port and the name for EHLO, no credentials */
	const char *user; /* NULL: no authentication */
	const char *password;
	const char *from; /* bare address */
	bool loopback;    /* TLS may be missing or self-signed: nobody is between */
};

struct smtp;

struct smtp *smtp_new(const struct smtp_server *server, const atomic_bool *stop);
void smtp_free(struct smtp *s);
/* message: as mime_write made it; to: an address that fits. The connection is kept for the next
 * one. */
enum mail_result smtp_send(struct ctx *cx, struct smtp *s, struct str to, struct str message,
			   struct mail_report *report);

#endif

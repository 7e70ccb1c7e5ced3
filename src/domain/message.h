/*
 * Promises a message: writes it into the outbox, inside the transaction that causes it. The payload
 * is sealed, since it may hold a code or a link; notify/ opens, renders and sends it.
 */
#ifndef DOMAIN_MESSAGE_H
#define DOMAIN_MESSAGE_H

#include "base/ctx.h"
#include "base/uuid.h"

#define MESSAGE_VARS 12

struct message_var {
	const char *name;
	struct str value;
};

struct message {
	const char *channel; /* of the outbox: "email", "sms", KYC_CHANNEL */
	struct str to;       /* address as typed by its owner, E.164, or an application's id */
	const char *template; /* a row of notify/templates.c: "verify_email", "refresh_reused", … */
	struct message_var vars[MESSAGE_VARS]; /* ends at the first without a name */
};

/* Inside a store_write. The sealed payload is JSON {"to","template","vars":{name:value,…}}. */
MUST_CHECK enum err message_queue(struct ctx *cx, const struct message *m, int64_t now);

/* What the payload of the row is sealed under (crypto/vault.h), so that it opens in that row only.
 */
struct str message_seal_context(struct ctx *cx, const struct uuid *row);

#endif

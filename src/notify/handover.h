/* Hands submissions over to the provider of identity checks, signed by Standard Webhooks. One
 * thread at a time. */
#ifndef NOTIFY_HANDOVER_H
#define NOTIFY_HANDOVER_H

#include "base/uuid.h"
#include "notify/mail.h"

struct handover;

/* For kyc.provider_url, which must be set. A transfer ends soon after *stop becomes true. */
struct handover *handover_open(const struct ctx *cx, const atomic_bool *stop);
void handover_close(struct handover *h);
/*
 * One request for the application whose id is `application`, at most HANDOVER_SECONDS once its
 * papers are opened. message: the outbox row's id, which is the webhook-id of each attempt.
 * MAIL_SENT: 2xx. MAIL_MOOT: nobody waits for it any more. MAIL_REFUSED: 410. MAIL_LATER: whatever
 * else was answered. report->reply is the HTTP status.
 */
#define HANDOVER_SECONDS 120L
enum mail_result handover_send(struct ctx *cx, struct handover *h, const struct uuid *message,
			       struct str application, struct mail_report *report);

#endif

/* Hands text messages over: to a gateway by HTTP, or to the terminal. One thread at a time. */
#ifndef NOTIFY_SMS_H
#define NOTIFY_SMS_H

#include "notify/mail.h"

struct sms_gateway;

/*
 * Reads sms.url, sms.body, sms.content_type and sms.header; ERR_INVALID with a detail when they
 * can't be used. Opens no connection. A transfer ends soon after *stop becomes true.
 */
MUST_CHECK enum err
sms_gateway_open(struct ctx *cx, const atomic_bool *stop, struct sms_gateway **out);
void sms_gateway_close(struct sms_gateway *g);
/*
 * One request, at most 30 s. MAIL_SENT: 2xx. MAIL_REFUSED: the gateway will never take it, 4xx.
 * MAIL_LATER: it said so, or something odd. report->reply is the HTTP status.
 */
enum mail_result sms_send(struct ctx *cx, struct sms_gateway *g, struct str to, struct str text,
			  struct mail_report *report);

#endif

/* What message_queue (domain/message.h) put into a row, taken out again. */
#ifndef NOTIFY_PAYLOAD_H
#define NOTIFY_PAYLOAD_H

#include "domain/message.h"
#include "store/outbox.h"

/* The message of a row; its text lives in cx's arena. ERR_INTERNAL when it is not one of ours. */
MUST_CHECK enum err payload_open(struct ctx *cx, const struct outbox_row *r, struct message *out);

#endif

/*
 * Carries out the outbox: a thread each for mails, for text messages and for what is handed over
 * to a provider of identity checks. They take due rows, make and send what these promise, delete
 * what was handed over, and try the rest again with growing pauses, for a day or three.
 * Woken after each commit that queued something.
 */
#ifndef NOTIFY_OUTBOX_WORKER_H
#define NOTIFY_OUTBOX_WORKER_H

#include "base/config.h"
#include "base/ctx.h"

struct outbox_worker;

/*
 * base_cx: the pointers (config, store, vault) that the worker's own ctx starts from. Registers
 * itself with store_on_outbox. ERR_INVALID, after a line in the log, when what mail.… or sms.…
 * say can't be used.
 */
MUST_CHECK enum err outbox_worker_start(const struct ctx *base_cx, struct outbox_worker **out);
/* Breaks off the message in hand (it is sent after the next start) and ends the threads. Before
 * store_close, when nobody writes any more. */
void outbox_worker_stop(struct outbox_worker *w);
/* Wakes it. Safe from any thread. */
void outbox_worker_wake(struct outbox_worker *w);
/* Makes it read the templates again before its next message. Safe from any thread. */
void outbox_worker_reload(struct outbox_worker *w);

#endif

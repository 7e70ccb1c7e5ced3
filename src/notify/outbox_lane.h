/* A lane of the outbox: its own thread's, and one row of it on its way. Private to outbox_*.c. */
#ifndef NOTIFY_OUTBOX_LANE_H
#define NOTIFY_OUTBOX_LANE_H

#include "notify/handover.h"
#include "notify/mail.h"
#include "notify/sms.h"
#include "notify/templates.h"
#include "store/outbox.h"

#include <pthread.h>

#define STORE_PAUSE (1 * SECOND)

enum lane_kind { LANE_MAIL, LANE_SMS, LANE_KYC, LANES };

struct lane_row {
	struct str channel;
	const char *thread;
	int64_t lease;              /* longer than a message can take */
	int64_t give_up;            /* after so long */
	const char *refused, *late; /* what the log says then */
};
extern const struct lane_row lane_rows[LANES];

struct lane {
	enum lane_kind kind;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool woken;
	atomic_bool stopping, reload;
	struct ctx cx;
	struct arena rows_arena;    /* rows of one round */
	struct arena message_arena; /* all else, one message at a time */
	struct templates templates;
	struct mailer *mailer;       /* of LANE_MAIL */
	struct sms_gateway *gateway; /* of LANE_SMS */
	struct handover *handover;   /* of LANE_KYC */
	int64_t failures;            /* connections that failed in a row */
	int64_t hold_until;          /* monotonic; no connection is tried before */
};

/* Takes a due row and does with it what is to be done. OK also when it is another's or was dropped;
 * else the store's error. */
MUST_CHECK enum err lane_carry_out(struct lane *w, const struct outbox_row *row);
/* Sleeps until it is time, woken or stopped; with deaf only until it is time or stopped. */
void lane_doze(struct lane *w, int64_t us, bool deaf);

#endif

/* What is done in the background by one thread, at its own pace: lines of the log, last-seen times,
 * the key ring, the certificate, memory of idle hash slots, old counts. */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

#include "crypto/tls.h"
#include "server/app.h"

struct jobs;

/* tls: whose files are watched; NULL: none. */
MUST_CHECK enum err jobs_start(struct app *app, struct tls *tls, struct jobs **out);
/* Writes what must not be lost and ends the thread. */
void jobs_stop(struct jobs *j);

#endif

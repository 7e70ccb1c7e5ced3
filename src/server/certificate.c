/* A certificate that can't be used is told of and the old one stays: better an old certificate than
 * none. */
#include "server/certificate.h"

#include "base/clock.h"
#include "base/log.h"

#define PROBLEM_MAX 8192
#define SOON (7 * DAY)

static void
tell(struct tls *t)
{
	int64_t end = tls_expires_at(t);
	char text[RFC3339_ROOM];

	time_format(text, end);
	log_event(NULL, end - clock_now() < SOON ? LOG_WARNING : LOG_INFO, "certificate",
		  LOG_Z("expires", text));
}

enum err
certificate_open(const struct config *config, struct tls **out, struct buf *problem)
{
	struct tls *t;

	*out = NULL;
	if (str_absent(config->tls_cert))
		return OK;
	TRY(tls_open(config->tls_cert, config->tls_key, &t, problem));
	tell(t);
	if (str_starts(config->server_public_url, S("http:")))
		log_event(NULL, LOG_WARNING, "public_url_is_plain",
			  LOG_Z("hint",
				"with tls.cert, server.public_url should begin with https:"));
	*out = t;
	return OK;
}

void
certificate_reload(struct tls *t)
{
	struct buf problem CLEANUP_BUF;

	if (!t)
		return;
	buf_init(&problem, PROBLEM_MAX);
	if (tls_reload(t, &problem) == OK)
		tell(t);
	else
		log_event(NULL, LOG_ERROR, "certificate_unusable",
			  LOG_STR("reason", buf_view(&problem)),
			  LOG_Z("consequence", "the old one stays"));
}

void
certificate_look(struct tls *t)
{
	if (t && tls_changed(t))
		certificate_reload(t);
}

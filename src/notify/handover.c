/*
 * The outbox row knows an application's id and nothing else, so what is sent is what the
 * application is at that moment: papers that were erased meanwhile are not sent, nor those of an
 * application that a reviewer was quicker with. Each attempt is signed anew, since a signature is
 * good for five minutes only.
 */
#include "notify/handover.h"

#include "base/clock.h"
#include "notify/handover_body.h"
#include "notify/http_post.h"

#define SETTINGS_MAX ((size_t)64 * 1024)
#define HEADERS 5

struct handover {
	struct arena arena;
	const char *url;
	struct http_poster poster;
};

struct handover *
handover_open(const struct ctx *cx, const atomic_bool *stop)
{
	struct handover *h = calloc(1, sizeof(*h));

	if (!h)
		die("out of memory");
	arena_init(&h->arena, SETTINGS_MAX);
	h->url = str_z(&h->arena, cx->config->kyc_provider_url);
	h->poster.stop = stop;
	return h;
}

void
handover_close(struct handover *h)
{
	if (!h)
		return;
	http_poster_release(&h->poster);
	arena_release(&h->arena);
	free(h);
}

static enum err
rewind_body(void *arg)
{
	return spool_rewind(arg);
}

static enum err
read_body(void *arg, struct str *piece)
{
	return spool_read(arg, piece);
}

/* status 0: nothing was said. Only "gone" is an end: all else may be a mistake that somebody will
 * mend. */
static enum mail_result
judge(enum http_outcome outcome, int status)
{
	if (outcome == HTTP_STOPPED)
		return MAIL_STOPPED;
	if (status >= 200 && status <= 299)
		return MAIL_SENT;
	if (status == 0 || status == 429 || status == 503)
		return MAIL_AWAY;
	return status == 410 ? MAIL_REFUSED : MAIL_LATER;
}

static enum mail_result
post(struct handover *h, const char *const *headers, struct spool *body, struct mail_report *report)
{
	struct http_post request = {
		.url = h->url,
		.headers = headers,
		.seconds = HANDOVER_SECONDS,
		.guarded = true,
		.size = spool_size(body),
		.rewind = rewind_body,
		.read = read_body,
		.arg = body,
	};
	enum http_outcome outcome = http_post(&h->poster, &request, report);

	return judge(outcome, report->reply);
}

static const char *
header(struct ctx *cx, const char *name, struct str value)
{
	return str_z(cx->arena, str_print(cx->arena, "%s: %.*s", name, STR_ARG(value)));
}

static enum mail_result
send_signed(struct ctx *cx, struct handover *h, struct str message, int64_t seconds,
	    struct webhook_signer *signer, struct spool *body, struct mail_report *report)
{
	const char *headers[HEADERS + 1] = {"Content-Type: application/json",
					    "User-Agent: aldgate/" ALDGATE_VERSION};
	struct buf signature;

	buf_init_arena(&signature, cx->arena, 256);
	webhook_sign_end(signer, &signature);
	headers[2] = header(cx, "webhook-id", message);
	headers[3] = header(cx, "webhook-timestamp", str_print(cx->arena, "%" PRId64, seconds));
	headers[4] = header(cx, "webhook-signature", buf_view(&signature));
	return post(h, headers, body, report);
}

enum mail_result
handover_send(struct ctx *cx, struct handover *h, const struct uuid *message,
	      struct str application, struct mail_report *report)
{
	struct str id = uuid_text(cx->arena, message);
	int64_t seconds = clock_now() / SECOND;
	struct webhook_signer *signer;
	struct spool *body;
	struct uuid of;
	enum mail_result result;
	enum err e;

	*report = (struct mail_report){0, "", ""};
	if (!uuid_parse(application, &of))
		return MAIL_UNFIT;
	signer = webhook_sign_begin(cx, cx->config->kyc_webhook_keys.v[0], id, seconds);
	e = handover_body(cx, &of, signer, &body);
	if (e != OK) {
		report->why = e == ERR_NOT_FOUND ? "it waits for no decision any more"
						 : "its papers can't be read now";
		return e == ERR_NOT_FOUND ? MAIL_MOOT : MAIL_LATER;
	}
	result = send_signed(cx, h, id, seconds, signer, body, report);
	spool_free(body);
	return result;
}

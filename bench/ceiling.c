/*
 * The most that the HTTP layer can do: a fixed answer of 140 bytes to every request, on the loop
 * threads. What aldgate itself serves can only be slower, so this is the number that its fast path
 * is held against. aldgate-ceiling LISTEN LOOPS
 */
#include "server/conn.h"

#include <signal.h>

#define ANSWER                                                                                     \
	"{\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"email\":\"some.person@example.org\","  \
	"\"role\":\"CUSTOMER\",\"created_at\":\"2026-11-20T10:00:00Z\",\"v\":1}\n"
_Static_assert(sizeof(ANSWER) - 1 == 140, "the length that all are measured with");

static void
fill(struct http_answer *an, int status)
{
	an->status = status;
	an->content_type = S("application/json");
	buf_str(&an->body, S(ANSWER));
}

static enum http_next
head(void *arg, struct exchange *ex)
{
	return HTTP_FAST;
}

static void
serve(void *arg, struct exchange *ex)
{
	fill(&ex->answer, 200);
}

static void
refuse(void *arg, struct exchange *ex, enum err e)
{
	fill(&ex->answer, err_row(e)->status);
}

int
main(int argc, char **argv)
{
	const struct http_service service = {.head = head, .serve = serve, .refuse = refuse};
	struct http_options options = {.inherited_fd = -1, .workers_max = 1, .queue_max = 1};
	struct http_server *server;
	struct buf problem;
	sigset_t ends;
	int64_t loops;
	int got;

	if (argc != 3 || !str_int(str_of(argv[2]), &loops) || loops < 0 || loops > 64) {
		fprintf(stderr, "usage: aldgate-ceiling LISTEN LOOPS\n");
		return 2;
	}
	options.listen = str_of(argv[1]);
	options.loops = (int)loops;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	buf_init(&problem, 1024);
	if (http_start(&options, &service, &server, &problem) != OK) {
		fprintf(stderr, "%.*s\n", STR_ARG(buf_view(&problem)));
		return 1;
	}
	fprintf(stderr, "listening on %.*s\n", STR_ARG(http_address(server)));
	sigwait(&ends, &got);
	http_stop(server, SECOND);
	buf_release(&problem);
	return 0;
}

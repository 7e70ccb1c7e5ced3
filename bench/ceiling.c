/*
 * The most that the HTTP layer can do: the same fixed answer to every request, on the loop threads.
 * What aldgate itself serves can only be slower, so this is the number that its fast path is held
 * against. The body and the header lines come from files, so that both send the same bytes; without
 * a body it is a 204.
 */
#include "server/conn.h"

#include <signal.h>

#define FILE_MAX ((size_t)16 * 1024)

static struct buf body, lines;

static void
fill(struct http_answer *an, int status)
{
	an->status = status;
	if (body.n == 0)
		return;
	an->content_type = S("application/json");
	buf_str(&an->body, buf_view(&body));
}

static enum http_next
head(void *arg, struct exchange *ex)
{
	return HTTP_FAST;
}

static void
serve(void *arg, struct exchange *ex)
{
	fill(&ex->answer, body.n ? 200 : 204);
}

static void
refuse(void *arg, struct exchange *ex, enum err e)
{
	fill(&ex->answer, err_row(e)->status);
}

static void
read_file(struct buf *to, const char *path)
{
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	buf_init(to, FILE_MAX);
	if (!f)
		die("can't read %s", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(to, part, n);
	fclose(f);
	if (to->full)
		die("%s is too large", path);
}

static void
serve_until_told(const struct http_options *options)
{
	const struct http_service service = {
		.head = head, .serve = serve, .refuse = refuse, .common_headers = buf_view(&lines)};
	struct http_server *server;
	struct buf problem CLEANUP_BUF;
	sigset_t ends;
	int got;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	buf_init(&problem, 1024);
	if (http_start(options, &service, &server, &problem) != OK)
		die("%.*s", STR_ARG(buf_view(&problem)));
	sigwait(&ends, &got);
	http_stop(server, SECOND);
}

int
main(int argc, char **argv)
{
	struct http_options options = {.inherited_fd = -1, .workers_max = 1, .queue_max = 1};
	int64_t loops;

	if (argc != 5 || !str_int(str_of(argv[2]), &loops) || loops < 0 || loops > 64) {
		fprintf(stderr, "usage: aldgate-ceiling LISTEN LOOPS BODY-FILE HEADER-FILE\n");
		return 2;
	}
	options.listen = str_of(argv[1]);
	options.loops = (int)loops;
	read_file(&body, argv[3]);
	read_file(&lines, argv[4]);
	serve_until_told(&options);
	buf_release(&body);
	buf_release(&lines);
	return 0;
}

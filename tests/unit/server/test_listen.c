/* Where the server listens: a socket of a file, addresses that are none, a socket handed down. */
#include "conn_case.h"

#include <sys/stat.h>

static int
unix_client(struct str address)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(un.sun_path, address.p + 5, address.n - 5);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void
test_unix(void **state)
{
	char folder[] = "/tmp/aldgate-test-XXXXXX";
	struct http_service service = {
		.head = stub_head, .serve = stub_serve, .refuse = stub_refuse};
	struct http_options o = {.inherited_fd = -1};
	struct http_server *second;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct buf problem;
	struct stat st;
	struct stub s;
	int fd, stale;

	assert_non_null(mkdtemp(folder));
	o.listen = str_print(&arena, "unix:%s/s", folder);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", folder);
	stale = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(stale, (struct sockaddr *)&un, sizeof(un)), 0);
	close(stale);
	stub_start(&s, &o);
	assert_str(http_address(s.server), o.listen);
	assert_int_equal(stat(un.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	fd = unix_client(o.listen);
	client_say(fd, GET("/a"));
	assert_reply(fd, 200, "GET /a [] 0 unix");
	buf_init_arena(&problem, &arena, 1024);
	assert_int_not_equal(http_start(&o, &service, &second, &problem), OK);
	assert_true(str_has(buf_view(&problem), S("in use")));
	client_say(fd, GET("/a"));
	assert_reply(fd, 200, NULL);
	close(fd);
	stub_stop(&s);
	assert_int_equal(stat(un.sun_path, &st), -1);
	assert_int_equal(rmdir(folder), 0);
}

static void
test_bad_addresses(void **state)
{
	static const char *const bad[] = {"",
					  "8080",
					  ":8080",
					  "127.0.0.1:",
					  "::1:8080",
					  "[::1]",
					  "[]:1",
					  "127.0.0.1:x",
					  "unix:",
					  "256.0.0.1:1",
					  "unix:/no/such/folder/s"};
	struct http_service service = {
		.head = stub_head, .serve = stub_serve, .refuse = stub_refuse};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct http_options o = {.listen = str_of(bad[i]), .inherited_fd = -1, .loops = 1};
		struct http_server *server;
		struct buf problem;

		buf_init_arena(&problem, &arena, 1024);
		if (http_start(&o, &service, &server, &problem) == OK)
			wrong("listening on \"%s\"", bad[i]);
		assert_true(problem.n > 0);
	}
}

static void
test_inherited(void **state)
{
	struct http_options o = {0};
	struct http_service service = {
		.head = stub_head, .serve = stub_serve, .refuse = stub_refuse};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	struct http_server *server;
	socklen_t n = sizeof(six);
	struct buf problem;
	struct stub s;
	int fd;

	o.inherited_fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (o.inherited_fd < 0 || bind(o.inherited_fd, (struct sockaddr *)&six, sizeof(six)) != 0)
		skip();
	buf_init_arena(&problem, &arena, 1024);
	assert_int_not_equal(http_start(&o, &service, &server, &problem), OK);
	assert_int_equal(listen(o.inherited_fd, 8), 0);
	stub_start(&s, &o);
	assert_int_equal(getsockname(o.inherited_fd, (struct sockaddr *)&six, &n), 0);
	assert_true(str_starts(http_address(s.server), S("[::]:")));
	s.port = ntohs(six.sin6_port);
	fd = client_open(&s);
	client_say(fd, GET("/a"));
	assert_reply(fd, 200, "GET /a [] 0 127.0.0.1"); /* a mapped address, shown as IPv4 */
	close(fd);
	stub_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(unix), TEST(bad_addresses), TEST(inherited)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The end of a server: what is in flight is answered, what rests is closed, what is late is cut
 * off. */
#include "conn_case.h"

#include <pthread.h>

static void *
stopper(void *arg)
{
	stub_stop(arg);
	return NULL;
}

static void
test_graceful_stop(void **state)
{
	struct stub s;
	struct reply r;
	pthread_t t;
	int idle, busy, fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	client_say(fd, GET("/a"));
	assert_reply(fd, 200, NULL);
	idle = client_open(&s);
	busy = client_open(&s);
	client_say(busy, GET("/hold"));
	assert_true(wait_until(&s.held, 1));
	assert_int_equal(pthread_create(&t, NULL, stopper, &s), 0);
	assert_true(client_sees_end(idle));
	assert_true(client_sees_end(fd));
	sem_post(&s.gate);
	r = client_reply(&arena, busy, false);
	assert_int_equal(r.status, 200);
	assert_true(r.says_close);
	assert_true(client_sees_end(busy));
	close(busy);
	close(idle);
	close(fd);
	pthread_join(t, NULL);
	assert_int_equal(s.ended, 3);
}

static void *
patient_stopper(void *arg)
{
	struct stub *s = arg;

	http_stop(s->server, MINUTE);
	sem_destroy(&s->gate);
	return NULL;
}

/* The order comes while an answer is being written, which did not say that it is the last. Behind
 * the request there may be empty lines, which are the beginning of nothing. */
static void
stop_while_writing(const char *request)
{
	struct stub s;
	pthread_t t;
	int idle, busy;

	small_start(&s);
	idle = client_open(&s);
	busy = client_open(&s);
	client_say(busy, request);
	assert_true(wait_until(&s.done, 1));
	assert_int_equal(pthread_create(&t, NULL, patient_stopper, &s), 0);
	assert_true(client_sees_end(idle));
	assert_false(client_reply(&arena, busy, false).says_close);
	assert_true(client_sees_end(busy));
	close(busy);
	close(idle);
	pthread_join(t, NULL);
}

static void
test_stop_while_writing(void **state)
{
	stop_while_writing(GET("/big"));
	stop_while_writing(GET("/big") "\r\n");
	stop_while_writing(GET("/big") "\r\n\r");
}

struct patient {
	struct stub *s;
	int fd;
};

/* Lets the work end when its client was cut off. */
static void *
late(void *arg)
{
	const struct patient *p = arg;
	char c;

	(void)client_more(p->fd, &c, 0, 1);
	sem_post(&p->s->gate);
	return NULL;
}

/* Patience ends before the work does: the client is cut off, what waits is dropped, nothing leaks.
 */
static void
test_impatient_stop(void **state)
{
	struct http_options o = {.workers_max = 1, .queue_max = 8};
	struct patient p = {.s = NULL};
	struct stub s;
	pthread_t t;
	int fd[3];

	stub_start(&s, &o);
	for (int i = 0; i < 3; i++)
		fd[i] = client_open(&s);
	client_say(fd[0], GET("/hold"));
	assert_true(wait_until(&s.held, 1));
	client_say(fd[1], GET("/work"));
	client_say(fd[2], "GET / HT");
	usleep(50000);
	p = (struct patient){&s, fd[0]};
	assert_int_equal(pthread_create(&t, NULL, late, &p), 0);
	http_stop(s.server, 50 * MILLISECOND);
	pthread_join(t, NULL);
	sem_destroy(&s.gate);
	assert_int_equal(s.served, 1);
	assert_int_equal(s.done, 1); /* what was served while its client left */
	for (int i = 0; i < 3; i++) {
		char c;

		assert_true(client_more(fd[i], &c, 0, 1) <= 0);
		close(fd[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(graceful_stop),
		TEST(stop_while_writing),
		TEST(impatient_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

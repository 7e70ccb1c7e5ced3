/*
 * One thread, one event base, and what they own. Loops share nothing but their mailboxes: new
 * connections and finished work are put there under a lock that is held for a few instructions, and
 * one eventfd write wakes the loop however much has come together. Deadlines are looked at once a
 * second for all connections, which is cheaper than a timer for each and exact enough.
 */
#include "crypto/spool.h"
#include "server/link.h"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ARENA_CAP ((size_t)16 * 1024 * 1024)
#define SPARE_FLIGHTS 64

static void
post_begin(struct loop *l)
{
	pthread_mutex_lock(&l->mailbox.mutex);
}

static void
post_end(struct loop *l)
{
	bool ring = !l->mailbox.ringing;
	uint64_t one = 1;

	l->mailbox.ringing = true;
	pthread_mutex_unlock(&l->mailbox.mutex);
	if (ring && write(l->wake_fd, &one, sizeof(one)) != sizeof(one))
		die("eventfd: a loop can't be woken");
}

void
loop_arrive(struct loop *l, struct conn *c)
{
	post_begin(l);
	c->next = l->mailbox.arrivals;
	l->mailbox.arrivals = c;
	post_end(l);
}

void
loop_finish(struct loop *l, struct flight *f)
{
	post_begin(l);
	f->next = l->mailbox.finished;
	l->mailbox.finished = f;
	post_end(l);
}

void
loop_order(struct loop *l, enum order o)
{
	post_begin(l);
	if (o > l->mailbox.order)
		l->mailbox.order = o;
	post_end(l);
}

static void
take_arrivals(struct loop *l, struct conn *c)
{
	struct conn *next;

	for (; c != NULL; c = next) {
		next = c->next;
		if (l->order == ORDER_KILL)
			conn_discard(c);
		else
			conn_start(c);
	}
}

static void
take_finished(struct loop *l, struct flight *f)
{
	const struct http_service *service = &l->server->service;
	struct flight *next;

	for (; f != NULL; f = next) {
		next = f->next;
		l->flights_out--;
		l->server->at_work--;
		if (f->conn != NULL) {
			conn_finished(f->conn);
			continue;
		}
		if (!f->dropped && service->done != NULL)
			service->done(service->arg, &f->exchange);
		flight_done(f);
	}
}

static void
take_order(struct loop *l, enum order o)
{
	struct conn *c, *next;

	if (o == l->order)
		return;
	if (l->order == ORDER_NONE && l->acceptor != NULL)
		accept_stop(l);
	l->order = o;
	for (c = l->conns; c != NULL; c = next) {
		next = c->next;
		if (o == ORDER_KILL)
			conn_free(c);
		else
			conn_wind_up(c);
	}
}

static void
woken(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	struct mailbox taken;
	uint64_t count;

	if (read(l->wake_fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&l->mailbox.mutex);
	taken = l->mailbox;
	l->mailbox.arrivals = NULL;
	l->mailbox.finished = NULL;
	l->mailbox.ringing = false;
	pthread_mutex_unlock(&l->mailbox.mutex);
	take_arrivals(l, taken.arrivals);
	take_finished(l, taken.finished);
	take_order(l, taken.order);
	loop_check_end(l);
}

static void
sweep(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	int64_t now = clock_mono();
	struct conn *c, *next;

	for (c = l->conns; c != NULL; c = next) {
		next = c->next;
		conn_expire(c, now);
	}
}

void
loop_watch(struct loop *l, struct conn *c)
{
	int64_t every = l->server->tuning.sweep;
	struct timeval tv = {every / SECOND, every % SECOND};

	if (l->conn_count++ == 0)
		event_add(l->tick, &tv);
	c->prev = NULL;
	c->next = l->conns;
	if (c->next != NULL)
		c->next->prev = c;
	l->conns = c;
}

void
loop_unwatch(struct loop *l, struct conn *c)
{
	if (--l->conn_count == 0)
		event_del(l->tick);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		l->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

struct flight *
flight_new(struct loop *l)
{
	struct flight *f = l->spare;

	if (f != NULL) {
		l->spare = f->next;
		l->spare_count--;
		return f;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		die("out of memory");
	f->loop = l;
	arena_init(&f->exchange.arena, ARENA_CAP);
	return f;
}

static enum err
place_take(struct http_server *s, const struct uuid *whose)
{
	enum err e = OK;
	int same = 0;

	pthread_mutex_lock(&s->mutex);
	for (int i = 0; i < s->uploads; i++)
		same += !uuid_is_zero(whose) && uuid_eq(&s->upload_of[i], whose);
	if (same >= HTTP_UPLOADS_OF_ONE)
		e = ERR_THROTTLED;
	else if (s->uploads >= HTTP_UPLOADS_MOST)
		e = ERR_OVERLOADED;
	else
		s->upload_of[s->uploads++] = *whose;
	pthread_mutex_unlock(&s->mutex);
	return e;
}

static void
place_give(struct http_server *s, const struct uuid *whose)
{
	int i = 0;

	pthread_mutex_lock(&s->mutex);
	while (!uuid_eq(&s->upload_of[i], whose))
		i++;
	s->upload_of[i] = s->upload_of[--s->uploads];
	pthread_mutex_unlock(&s->mutex);
}

enum err
flight_upload(struct flight *f)
{
	struct exchange *ex = &f->exchange;
	enum err e;

	TRY(place_take(f->loop->server, &ex->upload_of));
	e = spool_open(ex->upload_folder, &ex->request.upload);
	if (e != OK)
		place_give(f->loop->server, &ex->upload_of);
	return e;
}

static void
files_close(struct flight *f)
{
	struct exchange *ex = &f->exchange;

	if (ex->request.upload != NULL)
		place_give(f->loop->server, &ex->upload_of);
	spool_free(ex->request.upload);
	spool_free(ex->answer.file);
	ex->request.upload = ex->answer.file = NULL;
	ex->upload_folder = STR_NONE;
	ex->upload_of = (struct uuid){0};
}

void
flight_done(struct flight *f)
{
	struct loop *l = f->loop;

	files_close(f);
	buf_release(&f->body);
	f->body = (struct buf){0};
	f->exchange.route = NULL;
	f->conn = NULL;
	if (l->spare_count == SPARE_FLIGHTS) {
		arena_release(&f->exchange.arena);
		free(f);
		return;
	}
	arena_reset(&f->exchange.arena);
	f->next = l->spare;
	l->spare = f;
	l->spare_count++;
}

void
loop_check_end(struct loop *l)
{
	if (l->leaving || l->order == ORDER_NONE || l->conn_count > 0 || l->flights_out > 0)
		return;
	/* Not loopbreak: libevent closes the sockets of freed bufferevents a turn later. */
	l->leaving = true;
	event_base_loopexit(l->base, NULL);
}

/*
 * To be put to sleep and woken for each request costs as much as the request, and who is woken
 * takes a busy core from whoever sent it. So behind a turn that answered something, others go
 * first, and what has come meanwhile is served together. Not while workers have requests: they
 * hash, and would keep the core for long.
 */
static void
give_way(struct loop *l)
{
	if (l->answered && l->server->at_work == 0)
		sched_yield();
	l->answered = false;
}

void *
loop_main(void *arg)
{
	struct loop *l = arg;
	struct http_server *s = l->server;

	while (!event_base_got_exit(l->base)) {
		event_base_loop(l->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
		if (s->service.rest != NULL)
			s->service.rest(s->service.arg);
		give_way(l);
	}
	if (s->service.thread_end != NULL)
		s->service.thread_end(s->service.arg);
	pthread_mutex_lock(&s->mutex);
	s->running--;
	pthread_cond_signal(&s->ended);
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

enum err
loop_init(struct loop *l, struct http_server *s)
{
	l->server = s;
	pthread_mutex_init(&l->mailbox.mutex, NULL);
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	l->base = base_new();
	if (l->wake_fd < 0 || l->base == NULL)
		return ERR_UNAVAILABLE;
	l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, woken, l);
	l->tick = event_new(l->base, -1, EV_PERSIST, sweep, l);
	if (l->wake == NULL || l->tick == NULL || event_add(l->wake, NULL) != 0)
		return ERR_UNAVAILABLE;
	return OK;
}

void
loop_release(struct loop *l)
{
	struct flight *f;

	if (l->server == NULL)
		return;
	accept_release(l);
	l->order = ORDER_KILL;
	take_arrivals(l, l->mailbox.arrivals);
	while ((f = l->spare) != NULL) {
		l->spare = f->next;
		arena_release(&f->exchange.arena);
		free(f);
	}
	if (l->wake != NULL)
		event_free(l->wake);
	if (l->tick != NULL)
		event_free(l->tick);
	if (l->base != NULL)
		event_base_free(l->base);
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	pthread_mutex_destroy(&l->mailbox.mutex);
}

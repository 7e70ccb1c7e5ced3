/*
 * What the files of the HTTP layer share: the server, its loops, connections and the requests on
 * their way. A loop and all its connections belong to one thread; only its mailbox and what is
 * marked so is touched by others.
 */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include "base/clock.h"
#include "server/conn.h"
#include "server/head.h"
#include "server/listen.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>

struct bufferevent;
struct conn;
struct loop;
struct pool;

/* The deadlines in force, microseconds; http_tune replaces the documented ones for servers started
 * afterwards. */
struct http_tuning {
	int64_t head, request, idle, write;
	int64_t linger; /* how long what a client still sends is read and dropped behind a last
			   answer */
	int64_t sweep;  /* how often deadlines are looked at */
};

/* For tests; NULL restores the defaults. */
void http_tune(const struct http_tuning *tuning);

/* A request between its head and its answer. The exchange is the service's; the rest is its loop's.
 */
struct flight {
	struct exchange exchange; /* first: the service's pointer is this one */
	struct buf body;
	bool fast;         /* served on the loop's thread */
	bool dropped;      /* came back from the workers unserved */
	struct conn *conn; /* NULL: the client is gone; only the loop's thread looks */
	struct loop *loop;
	struct flight *next; /* in the pool's queue, the mailbox or the loop's store */
};

enum order { ORDER_NONE, ORDER_STOP, ORDER_KILL };

struct mailbox {
	pthread_mutex_t mutex;
	struct conn *arrivals;
	struct flight *finished;
	enum order order;
	bool ringing; /* the eventfd is set already */
};

#define SCRATCH_ROOM (32 * 1024)

struct loop {
	struct http_server *server;
	struct event_base *base;
	struct event *wake, *tick;
	int wake_fd;
	pthread_t thread;
	bool started;
	struct mailbox mailbox; /* any thread */

	struct conn *conns;
	size_t conn_count;
	size_t flights_out; /* with the workers */
	struct flight *spare;
	size_t spare_count;
	enum order order; /* the sharpest that was given */
	bool leaving;
	bool answered;             /* something, in this turn */
	struct acceptor *acceptor; /* of the first loop only */

	char date[HTTP_DATE_ROOM];
	int64_t date_second;
	struct http_header headers[HTTP_HEADERS_MAX];
	char scratch[SCRATCH_ROOM];
};

struct http_server {
	struct http_service service;
	struct http_tuning tuning;
	struct listener listener;
	struct tls *tls;
	struct buf common; /* the service's common header lines */
	struct loop *loops;
	int loop_count;
	int connections_max;
	_Atomic int connections;
	_Atomic int at_work; /* requests with the workers */
	_Atomic int uploads; /* bodies on their way into a file; changed under the mutex */
	struct uuid upload_of[HTTP_UPLOADS_MOST];
	struct pool *pool;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	int running; /* loops */
};

/* loop.c */
MUST_CHECK enum err loop_init(struct loop *l, struct http_server *s);
void loop_release(struct loop *l);
void *loop_main(void *loop);
/* From any thread. */
void loop_arrive(struct loop *l, struct conn *c);
void loop_finish(struct loop *l, struct flight *f);
void loop_order(struct loop *l, enum order o);
/* On the loop's own thread. */
struct flight *flight_new(struct loop *l);
/* What takes the body instead of memory. ERR_OVERLOADED: too many are doing that. */
MUST_CHECK enum err flight_upload(struct flight *f);
void flight_done(struct flight *f);
void loop_watch(struct loop *l, struct conn *c);
void loop_unwatch(struct loop *l, struct conn *c);
/* Ends the thread when it was told to stop and nothing is left. */
void loop_check_end(struct loop *l);

/* accept.c: on the first loop. */
MUST_CHECK enum err accept_init(struct loop *l);
/* Takes what waits in the backlog a last time, then closes the listening socket. */
void accept_stop(struct loop *l);
void accept_release(struct loop *l);

/* worker.c */
struct pool *pool_new(const struct http_service *service, int workers_max, int queue_max);
/* false: the queue is full. The flight goes back by loop_finish. */
bool pool_submit(struct pool *p, struct flight *f);
/* Flights that no worker has begun go back dropped. */
void pool_abort(struct pool *p);
/* Joins all workers. */
void pool_free(struct pool *p);

#endif

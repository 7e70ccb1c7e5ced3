/* A connection, inside the HTTP layer. The public side is conn.h. */
#ifndef SERVER_LINK_H
#define SERVER_LINK_H

#include "server/loop.h"

enum link_state { LINK_GREETING, LINK_HEAD, LINK_BODY, LINK_SERVING, LINK_WRITING, LINK_LINGER };

struct conn {
	struct loop *loop;
	struct bufferevent *bev; /* NULL until its loop has taken it */
	struct ssl_st *ssl;      /* the bufferevent's; NULL: plain */
	struct evbuffer *in;     /* what has come and is not taken; the bufferevent's */
	struct event *reader;    /* of a plain socket */
	struct conn *next, *prev;
	struct flight *flight; /* the request in flight; an idle connection holds none */
	int fd;
	enum link_state state;
	bool eof;           /* the client sends no more */
	bool deaf;          /* the reader rests: enough has come, or all */
	bool closing;       /* this answer is the last */
	bool linger;        /* and the client may still be sending */
	int64_t started_at; /* first byte of the request being read; 0: none yet */
	int64_t deadline;
	size_t unsent;      /* at the last look */
	struct spool *file; /* the rest of the answer; NULL: none */
	size_t dropped;
	struct head_scan scan;
	struct message message;
	char peer[PEER_ROOM];
};

/* On any thread. Counts itself in server->connections. */
struct conn *conn_new(struct loop *l, int fd, const char *peer);
/* The rest on the loop's thread. */
void conn_start(struct conn *c);
void conn_finished(struct conn *c);
void conn_expire(struct conn *c, int64_t now);
/* Told to stop: closes it when nothing is in flight. */
void conn_wind_up(struct conn *c);
void conn_free(struct conn *c);
/* One that its loop has never taken. */
void conn_discard(struct conn *c);

/* receive.c: begins to fill c->in; false when it can't. */
bool receive_start(struct conn *c);
/* Behind a look at c->in: whether more may come. */
void receive_pace(struct conn *c);
void receive_end(struct conn *c);
/* It has brought something, or (c->eof) the end. May free c. */
void conn_received(struct conn *c);

/* reply.c: writes the flight's answer; false when the connection is broken. */
bool reply_send(struct conn *c, struct flight *f);
/* Goes on with what the answer has beyond its head, as far as the socket takes it; false when it is
 * broken. */
bool reply_more(struct conn *c);
/* A few bytes ahead of the answer. */
bool reply_bytes(struct conn *c, struct str bytes);

#endif

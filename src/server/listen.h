/* The listening socket: bound here, inherited from the service manager, or a path in the file
 * system. */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include "server/conn.h"

struct listener {
	int fd;
	bool unix_path;     /* path is to be removed at the end */
	struct buf address; /* as told to people; the path behind "unix:" */
};

/* Non-blocking and listening. On an error nothing is left open and *problem holds one sentence. */
MUST_CHECK enum err
listen_open(const struct http_options *options, struct listener *out, struct buf *problem);
/* Closes the socket and removes its path; may be called twice. */
void listen_close(struct listener *l);
void listen_release(struct listener *l);

struct sockaddr;
#define PEER_ROOM 64
/* The numeric address without the port; an IPv4 address mapped into IPv6 as IPv4; "unix". */
void listen_peer(char out[static PEER_ROOM], const struct sockaddr *sa);

#endif

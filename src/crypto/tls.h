/*
 * The server's side of TLS (1.2 and 1.3, RFC 9325): one certificate and key from two PEM files,
 * read anew when they change. Connections that are open keep what they began with.
 */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

#include "base/buf.h"
#include "base/err.h"

struct ssl_st; /* OpenSSL's SSL: the handle of one connection */
struct tls;

/* cert: a chain, the server's own certificate first. ERR_INVALID: *problem says in one sentence
 * what is wrong with them. */
MUST_CHECK enum err
tls_open(struct str cert, struct str key, struct tls **out, struct buf *problem);
void tls_close(struct tls *t);
/* Reads both files anew; when they can't be used *problem says why and nothing changes. */
MUST_CHECK enum err tls_reload(struct tls *t, struct buf *problem);
/* Whether the files have changed since they were last read, and lie still since the last look. */
bool tls_changed(struct tls *t);
/* When the certificate in use expires, microseconds since 1970. */
int64_t tls_expires_at(struct tls *t);

/* A handle that is about to be greeted by a client. The caller's bufferevent frees it. */
MUST_CHECK enum err tls_accept(struct tls *t, struct ssl_st **out);
void tls_drop(struct ssl_st *ssl);
/* Tells the client that nothing more comes, once, if it can be told. */
void tls_bye(struct ssl_st *ssl);

#endif

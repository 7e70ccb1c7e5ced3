/*
 * OpenSSL's settings in one place. Files are judged whole before they take effect, so a renewal
 * that went wrong never takes a running server down; and they are left alone until two looks in a
 * row find the same, since a renewal writes two files, one after the other.
 */
#include "crypto/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/stat.h>

/* What TLS 1.2 may use: forward secrecy and authenticated encryption only. 1.3 has nothing else. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define PATH_ROOM 4096

/* By what a file is known to be another. */
struct mark {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

struct files {
	struct mark cert, key;
};

struct tls {
	char cert[PATH_ROOM], key[PATH_ROOM];
	pthread_mutex_t lock; /* of all below */
	SSL_CTX *ctx;
	struct files read, seen;
};

static void
ctx_drop(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
}

static struct mark
mark_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct mark){0};
	return (struct mark){st.st_dev, st.st_ino, st.st_size, st.st_mtim, st.st_ctim};
}

static struct files
files_of(const struct tls *t)
{
	struct files f;

	memset(&f, 0, sizeof(f));
	f.cert = mark_of(t->cert);
	f.key = mark_of(t->key);
	return f;
}

static bool
same(const struct mark *a, const struct mark *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool
same_files(const struct files *a, const struct files *b)
{
	return same(&a->cert, &b->cert) && same(&a->key, &b->key);
}

/* The first of the list; a client that asks for other protocols only is told that there are none
 * (RFC 7301 3.2). */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *in,
		unsigned int in_n, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_n, ours, sizeof(ours) - 1, in, in_n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* A key under a passphrase is not asked for: nobody sits at a server. */
static int
no_passphrase(char *text, int room, int writing, void *arg)
{
	return -1;
}

/* The oldest error in OpenSSL's queue is the cause; what follows tells who noticed. */
static enum err
trouble(struct buf *problem, const char *key, const char *path, const char *what)
{
	char text[128];
	unsigned long e = ERR_peek_error();
	const char *reason = ERR_reason_error_string(e);

	if (ERR_SYSTEM_ERROR(e))
		reason = strerror_r(ERR_GET_REASON(e), text, sizeof(text));
	buf_printf(problem, "%s: %s %s", key, path, what);
	if (reason)
		buf_printf(problem, " (%s)", reason);
	ERR_clear_error();
	return ERR_INVALID;
}

static enum err
load(const struct tls *t, SSL_CTX *ctx, struct buf *problem)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, t->cert) != 1)
		return trouble(problem, "tls.cert", t->cert,
			       "is not readable as a PEM certificate");
	if (SSL_CTX_use_PrivateKey_file(ctx, t->key, SSL_FILETYPE_PEM) != 1)
		return trouble(problem, "tls.key", t->key,
			       "is not readable as the PEM key, without a passphrase, of that "
			       "certificate");
	if (SSL_CTX_check_private_key(ctx) != 1)
		return trouble(problem, "tls.key", t->key, "is not the key of the certificate");
	return OK;
}

static SSL_CTX *
ctx_new(void)
{
	static const unsigned char context[] = "aldgate";
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		die("out of memory");
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1 ||
	    SSL_CTX_set_session_id_context(ctx, context, sizeof(context) - 1) != 1)
		die("OpenSSL can't do TLS 1.2");
	/* A message tells its own length, so an end without a farewell cuts nothing off unnoticed.
	 */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets do it */
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	return ctx;
}

enum err
tls_reload(struct tls *t, struct buf *problem)
{
	SSL_CTX *ctx CLEANUP(ctx_drop) = ctx_new(), *old;
	struct files files = files_of(t);
	enum err e = load(t, ctx, problem);

	pthread_mutex_lock(&t->lock);
	t->read = t->seen = files;
	if (e == OK) {
		old = t->ctx;
		t->ctx = ctx;
		ctx = old;
	}
	pthread_mutex_unlock(&t->lock);
	return e;
}

bool
tls_changed(struct tls *t)
{
	struct files files = files_of(t);
	bool changed;

	pthread_mutex_lock(&t->lock);
	changed = !same_files(&files, &t->read) && same_files(&files, &t->seen);
	t->seen = files;
	pthread_mutex_unlock(&t->lock);
	return changed;
}

static bool
take_path(struct str path, char out[static PATH_ROOM])
{
	if (path.n >= PATH_ROOM || memchr(path.p, 0, path.n))
		return false;
	memcpy(out, path.p, path.n);
	out[path.n] = '\0';
	return true;
}

enum err
tls_open(struct str cert, struct str key, struct tls **out, struct buf *problem)
{
	struct tls *t = calloc(1, sizeof(*t));
	enum err e;

	if (!t)
		die("out of memory");
	pthread_mutex_init(&t->lock, NULL);
	if (take_path(cert, t->cert) && take_path(key, t->key)) {
		e = tls_reload(t, problem);
	} else {
		buf_z(problem, "tls.cert or tls.key is no path");
		e = ERR_INVALID;
	}
	if (e != OK)
		tls_close(t);
	else
		*out = t;
	return e;
}

void
tls_close(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

int64_t
tls_expires_at(struct tls *t)
{
	const ASN1_TIME *end;
	struct tm tm = {0};

	pthread_mutex_lock(&t->lock);
	end = X509_get0_notAfter(SSL_CTX_get0_certificate(t->ctx));
	if (!end || ASN1_TIME_to_tm(end, &tm) != 1)
		memset(&tm, 0, sizeof(tm));
	pthread_mutex_unlock(&t->lock);
	return (int64_t)timegm(&tm) * SECOND;
}

enum err
tls_accept(struct tls *t, struct ssl_st **out)
{
	SSL *ssl;

	pthread_mutex_lock(&t->lock);
	ssl = SSL_new(t->ctx);
	pthread_mutex_unlock(&t->lock);
	if (!ssl) {
		ERR_clear_error();
		return ERR_UNAVAILABLE;
	}
	*out = ssl;
	return OK;
}

void
tls_drop(struct ssl_st *ssl)
{
	SSL_free(ssl);
}

void
tls_bye(struct ssl_st *ssl)
{
	if (SSL_is_init_finished(ssl) && !(SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN))
		(void)SSL_shutdown(ssl);
	ERR_clear_error();
}

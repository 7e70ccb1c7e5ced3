/*
 * libsodium's secretstream, a message a block: blocks can't be swapped, cut off or replayed. The
 * key dies with the spool, so what the file system keeps of the file is noise.
 */
#include "crypto/spool.h"

#include "base/buf.h"
#include "base/enc.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALED (SPOOL_BLOCK + crypto_secretstream_xchacha20poly1305_ABYTES)
#define NAME_ROOM 4096

struct spool {
	struct spool *beside; /* freed with this one */
	void (*gone)(void *arg);
	void *gone_arg;
	struct str folder;
	int fd; /* -1: all of it is in plain */
	int64_t size;
	size_t filled; /* of plain, while writing */
	int64_t left;  /* to be read */
	bool reading;
	uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
	uint8_t header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
	crypto_secretstream_xchacha20poly1305_state state;
	unsigned char plain[SPOOL_BLOCK];
	unsigned char sealed[SEALED];
};

enum err
spool_open(struct str folder, struct spool **out)
{
	struct spool *s = malloc(sizeof(*s));

	if (!s)
		return ERR_UNAVAILABLE;
	s->beside = NULL;
	s->gone = NULL;
	s->folder = folder;
	s->fd = -1;
	s->size = 0;
	s->filled = 0;
	s->left = 0;
	s->reading = false;
	crypto_secretstream_xchacha20poly1305_keygen(s->key);
	*out = s;
	return OK;
}

enum err
spool_open_beside(struct spool *with, struct spool **out)
{
	struct spool *s;

	TRY(spool_open(with->folder, &s));
	s->beside = with->beside;
	with->beside = s;
	*out = s;
	return OK;
}

/* Where a file system has no files without a name, one whose name is gone at once. */
static int
file_make(struct str folder)
{
	char path[NAME_ROOM];
	int fd;

	if (folder.n + sizeof("/upload-XXXXXX") > sizeof(path))
		return -1;
	(void)snprintf(path, sizeof(path), "%.*s", STR_ARG(folder));
	fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd >= 0)
		return fd;
	(void)snprintf(path, sizeof(path), "%.*s/upload-XXXXXX", STR_ARG(folder));
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

static enum err
write_all(int fd, const unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return ERR_UNAVAILABLE;
		p += done;
		n -= (size_t)done;
	}
	return OK;
}

static enum err
read_all(int fd, unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = read(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return ERR_UNAVAILABLE;
		p += done;
		n -= (size_t)done;
	}
	return OK;
}

static enum err
write_block(struct spool *s)
{
	unsigned long long n;

	if (s->fd < 0) {
		s->fd = file_make(s->folder);
		if (s->fd < 0)
			return ERR_UNAVAILABLE;
		crypto_secretstream_xchacha20poly1305_init_push(&s->state, s->header, s->key);
	}
	crypto_secretstream_xchacha20poly1305_push(&s->state, s->sealed, &n, s->plain, s->filled,
						   NULL, 0, 0);
	s->filled = 0;
	return write_all(s->fd, s->sealed, (size_t)n);
}

enum err
spool_add(struct spool *s, const void *p, size_t n)
{
	const unsigned char *from = p;

	if (s->reading)
		return ERR_INTERNAL;
	while (n > 0) {
		size_t take = SPOOL_BLOCK - s->filled;

		if (take == 0) {
			TRY(write_block(s));
			continue;
		}
		if (take > n)
			take = n;
		memcpy(s->plain + s->filled, from, take);
		s->filled += take;
		s->size += (int64_t)take;
		from += take;
		n -= take;
	}
	return OK;
}

int64_t
spool_size(const struct spool *s)
{
	return s->size;
}

enum err
spool_rewind(struct spool *s)
{
	if (s->fd >= 0 && s->filled > 0)
		TRY(write_block(s));
	s->reading = true;
	s->left = s->size;
	if (s->fd < 0)
		return OK;
	if (lseek(s->fd, 0, SEEK_SET) != 0 ||
	    crypto_secretstream_xchacha20poly1305_init_pull(&s->state, s->header, s->key) != 0)
		return ERR_UNAVAILABLE;
	return OK;
}

static enum err
read_block(struct spool *s, size_t n)
{
	unsigned long long got;
	unsigned char tag;

	TRY(read_all(s->fd, s->sealed, n + crypto_secretstream_xchacha20poly1305_ABYTES));
	if (crypto_secretstream_xchacha20poly1305_pull(
		    &s->state, s->plain, &got, &tag, s->sealed,
		    n + crypto_secretstream_xchacha20poly1305_ABYTES, NULL, 0) != 0)
		return ERR_UNAVAILABLE;
	return OK;
}

enum err
spool_read(struct spool *s, struct str *piece)
{
	size_t n = s->left > (int64_t)SPOOL_BLOCK ? SPOOL_BLOCK : (size_t)s->left;

	*piece = S("");
	if (!s->reading)
		return ERR_INTERNAL;
	if (n == 0)
		return OK;
	if (s->fd >= 0)
		TRY(read_block(s, n));
	s->left -= (int64_t)n;
	*piece = (struct str){(const char *)s->plain, n};
	return OK;
}

/* Whole groups of three bytes at a time: what a piece leaves over begins the next one. */
enum err
spool_base64(struct spool *s, spool_put_fn put, void *arg)
{
	struct buf plain CLEANUP_BUF, text CLEANUP_BUF;
	struct str piece;

	buf_init(&plain, 2 * SPOOL_BLOCK);
	buf_init(&text, 2 * SPOOL_BLOCK);
	do {
		size_t whole;

		TRY(spool_read(s, &piece));
		buf_str(&plain, piece);
		whole = piece.n ? plain.n / 3 * 3 : plain.n;
		buf_clear(&text);
		base64_encode(&text, plain.p, whole, 0);
		TRY(put(arg, buf_view(&text)));
		if (whole < plain.n)
			memmove(plain.p, plain.p + whole, plain.n - whole);
		plain.n -= whole;
	} while (piece.n > 0);
	return OK;
}

void
spool_on_free(struct spool *s, void (*gone)(void *arg), void *arg)
{
	s->gone = gone;
	s->gone_arg = arg;
}

void
spool_free(struct spool *s)
{
	struct spool *next;

	for (; s; s = next) {
		next = s->beside;
		if (s->fd >= 0)
			close(s->fd);
		if (s->gone)
			s->gone(s->gone_arg);
		sodium_memzero(s, sizeof(*s));
		free(s);
	}
}

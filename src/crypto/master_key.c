/*
 * Reads the master key, or makes its file on the first start. The file appears under its name only
 * when it is whole and on disk: it is written under another name, synced, and linked, which fails
 * when the name is taken, so that of two servers that start at once one makes the key and both read
 * the same one.
 */
#include "crypto/master_key.h"

#include "base/enc.h"
#include "base/rnd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_TEXT BASE64URL_LENGTH(MASTER_KEY_SIZE)
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool
decode(struct str text, uint8_t key[static MASTER_KEY_SIZE])
{
	uint8_t bytes[MASTER_KEY_SIZE];
	size_t n = sizeof(bytes);
	bool good = text.n == KEY_TEXT && base64url_decode(text, bytes, &n) && n == sizeof(bytes);

	if (good)
		memcpy(key, bytes, sizeof(bytes));
	wipe(bytes, sizeof(bytes));
	return good;
}

/* Who may read the file must be nobody but its owner, and that must be us or root. */
static enum err
check_file(int fd, const char *path, struct buf *problem)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		buf_printf(problem, "The master key file %s can't be examined: %m.", path);
	else if (!S_ISREG(st.st_mode))
		buf_printf(problem, "The master key file %s is not a regular file.", path);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		buf_printf(problem,
			   "The master key file %s belongs to user %u; it must belong to the "
			   "server's own user or root.",
			   path, (unsigned int)st.st_uid);
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		buf_printf(problem,
			   "The master key file %s is open to group or others (mode %04o); chmod "
			   "it to 0600.",
			   path, (unsigned int)(st.st_mode & 07777));
	else
		return OK;
	return ERR_INTERNAL;
}

/* Reads until the end or until room is full. */
static ssize_t
read_all(int fd, char *p, size_t room)
{
	size_t n = 0;

	while (n < room) {
		ssize_t got = read(fd, p + n, room - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static enum err
read_content(int fd, const char *path, uint8_t key[static MASTER_KEY_SIZE], struct buf *problem)
{
	char text[KEY_TEXT + 2];
	ssize_t n = read_all(fd, text, sizeof(text));
	size_t length = n < 0 ? 0 : (size_t)n;
	bool good;

	if (n < 0) {
		buf_printf(problem, "The master key file %s can't be read: %m.", path);
		return ERR_INTERNAL;
	}
	if (length == KEY_TEXT + 1 && text[KEY_TEXT] == '\n')
		length = KEY_TEXT;
	good = decode((struct str){text, length}, key);
	wipe(text, sizeof(text));
	if (good)
		return OK;
	buf_printf(problem,
		   "The master key file %s is damaged: it must hold %d characters of base64url and "
		   "nothing else.",
		   path, (int)KEY_TEXT);
	return ERR_INTERNAL;
}

static enum err
write_content(int fd)
{
	uint8_t key[MASTER_KEY_SIZE];
	struct buf text CLEANUP_BUF;
	ssize_t written;

	buf_init(&text, 2 * KEY_TEXT);
	TRY(rnd_bytes(key, sizeof(key)));
	base64url_encode(&text, key, sizeof(key));
	buf_char(&text, '\n');
	wipe(key, sizeof(key));
	errno = ENOSPC; /* what a short write means */
	written = write(fd, text.p, text.n);
	if (written != (ssize_t)text.n || fsync(fd) != 0)
		return ERR_UNAVAILABLE;
	return OK;
}

static bool
sync_folder(const char *folder)
{
	int fd CLEANUP(fd_close) = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

/* A key in a file of its own; false with errno set. */
static bool
write_temporary(const char *temporary)
{
	int fd CLEANUP(fd_close) = open(
		temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);

	if (fd < 0)
		return false;
	if (write_content(fd) == OK)
		return true;
	unlink(temporary);
	return false;
}

/* OK also when another process has just made it. */
static enum err
create_file(const char *folder, const char *path, struct buf *problem)
{
	char temporary[PATH_MAX];
	uint64_t tag;
	bool linked;

	TRY(rnd_bytes(&tag, sizeof(tag)));
	if (snprintf(temporary, sizeof(temporary), "%s.%016" PRIx64, path, tag) >=
	    (int)sizeof(temporary)) {
		buf_printf(problem, "The path of the master key file %s is too long.", path);
		return ERR_INTERNAL;
	}
	if ((mkdir(folder, S_IRWXU) != 0 && errno != EEXIST) || !write_temporary(temporary)) {
		buf_printf(problem, "The master key file %s can't be made: %m.", path);
		return ERR_INTERNAL;
	}
	linked = link(temporary, path) == 0 || errno == EEXIST;
	if (!linked)
		buf_printf(problem, "The master key file %s can't be made: %m.", path);
	unlink(temporary);
	if (linked && !sync_folder(folder)) {
		buf_printf(problem, "The folder %s can't be synced: %m.", folder);
		return ERR_INTERNAL;
	}
	return linked ? OK : ERR_INTERNAL;
}

static enum err
open_file(const char *folder, const char *path, bool may_create, int *fd, struct buf *problem)
{
	*fd = open(path, READ_FLAGS);
	if (*fd < 0 && errno == ENOENT && may_create) {
		TRY(create_file(folder, path, problem));
		*fd = open(path, READ_FLAGS);
	}
	if (*fd >= 0)
		return OK;
	if (errno == ENOENT)
		buf_printf(problem,
			   "The master key file %s is missing. Restore a copy of it: this store's "
			   "keys are sealed under it, "
			   "and no other key opens them.",
			   path);
	else if (errno == ELOOP)
		buf_printf(problem,
			   "The master key file %s is a symbolic link; it must be a regular file.",
			   path);
	else
		buf_printf(problem, "The master key file %s can't be opened: %m.", path);
	return ERR_INTERNAL;
}

static enum err
read_file(struct str folder_text, bool may_create, uint8_t key[static MASTER_KEY_SIZE],
	  struct buf *problem)
{
	char folder[PATH_MAX], path[PATH_MAX];
	int fd CLEANUP(fd_close) = -1;

	if (snprintf(folder, sizeof(folder), "%.*s", STR_ARG(folder_text)) >= (int)sizeof(folder) ||
	    snprintf(path, sizeof(path), "%.*s/master.key", STR_ARG(folder_text)) >=
		    (int)sizeof(path)) {
		buf_z(problem, "The path of server.data_dir is too long.");
		return ERR_INTERNAL;
	}
	TRY(open_file(folder, path, may_create, &fd, problem));
	TRY(check_file(fd, path, problem));
	return read_content(fd, path, key, problem);
}

bool
master_key_file_there(const struct config *config)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%.*s/master.key", STR_ARG(config->server_data_dir));

	return !config->keys_master_key.p && n > 0 && (size_t)n < sizeof(path) &&
	       access(path, F_OK) == 0;
}

enum err
master_key_read(const struct config *config, bool may_create, uint8_t key[static MASTER_KEY_SIZE],
		struct buf *problem)
{
	struct secret given = config->keys_master_key;

	if (!given.p)
		return read_file(config->server_data_dir, may_create, key, problem);
	if (decode((struct str){given.p, given.n}, key))
		return OK;
	buf_printf(problem,
		   "keys.master_key must be 32 bytes as base64url: %d characters without padding.",
		   (int)KEY_TEXT);
	return ERR_INTERNAL;
}

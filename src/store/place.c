/*
 * The files of an embedded store. The lock is flock(2) on a file of its own: the kernel drops it
 * when the process ends, however it ends, and SQLite's own locks (which closing any descriptor of
 * the database would drop) are never touched. For the same reason nothing here opens a database
 * that is there already.
 */
#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "aldgate.lock"

static enum err
complain(struct buf *problem, enum err e, const char *what, const char *path)
{
	buf_printf(problem, "%s %s: %s", what, path, strerror(errno));
	return e;
}

static bool
has_log(const char *path)
{
	char *log = NULL;
	struct stat st;
	bool has;

	if (asprintf(&log, "%s-wal", path) < 0)
		die("out of memory");
	has = stat(log, &st) == 0 && st.st_size > 0;
	free(log);
	return has;
}

enum err
place_look(const char *path, bool *exists, struct buf *problem)
{
	struct stat st = {0};

	if (stat(path, &st) != 0 && errno != ENOENT)
		return complain(problem, ERR_UNAVAILABLE, "can't look at", path);
	if (st.st_mode != 0 && !S_ISREG(st.st_mode)) {
		buf_printf(problem, "%s is not a file", path);
		return ERR_INVALID;
	}
	if (st.st_size == 0 && has_log(path)) {
		buf_printf(problem,
			   "%s is missing or empty, but its log %s-wal is there: put the database "
			   "back, or move the log away",
			   path, path);
		return ERR_INVALID;
	}
	*exists = st.st_size > 0;
	return OK;
}

static enum err
take_lock(const char *folder, int *out, struct buf *problem)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (dir < 0)
		return complain(problem, ERR_UNAVAILABLE, "can't open the folder", folder);
	fd = openat(dir, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	close(dir);
	if (fd < 0)
		return complain(problem, ERR_UNAVAILABLE, "can't make " LOCK_NAME " in", folder);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*out = fd;
		return OK;
	}
	if (errno != EWOULDBLOCK) {
		complain(problem, ERR_UNAVAILABLE, "can't lock " LOCK_NAME " in", folder);
		close(fd);
		return ERR_UNAVAILABLE;
	}
	close(fd);
	buf_printf(problem, "another process, probably a running server, has the store in %s",
		   folder);
	return ERR_TAKEN;
}

static enum err
make_file(const char *path, struct buf *problem)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return complain(problem, ERR_UNAVAILABLE, "can't make", path);
	if (fd >= 0)
		close(fd);
	return OK;
}

static enum err
take_file(const char *path, bool may_create, struct place *out, struct buf *problem)
{
	bool exists;

	TRY(place_look(path, &exists, problem));
	if (!exists && !may_create) {
		buf_printf(problem, "there is no store at %s yet", path);
		return ERR_NOT_FOUND;
	}
	TRY(make_file(path, problem));
	out->path = realpath(path, NULL);
	return out->path ? OK : complain(problem, ERR_UNAVAILABLE, "can't resolve", path);
}

static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	if (!slash)
		folder = strdup(".");
	else if (slash == path)
		folder = strdup("/");
	else
		folder = strndup(path, (size_t)(slash - path));
	if (!folder)
		die("out of memory");
	return folder;
}

static enum err
enter(const char *folder, const char *path, bool may_create, int *lock, struct buf *problem)
{
	struct stat st;

	if (may_create && mkdir(folder, 0700) != 0 && errno != EEXIST)
		return complain(problem, ERR_UNAVAILABLE, "can't make the folder", folder);
	if (!may_create && stat(folder, &st) != 0 && errno == ENOENT) {
		buf_printf(problem, "there is no store at %s yet", path);
		return ERR_NOT_FOUND;
	}
	return take_lock(folder, lock, problem);
}

enum err
place_take(const char *path, bool may_create, struct place *out, struct buf *problem)
{
	struct place place = {.lock = -1};
	char *folder = folder_of(path);
	enum err e = enter(folder, path, may_create, &place.lock, problem);

	free(folder);
	TRY(e);
	e = take_file(path, may_create, &place, problem);
	if (e != OK) {
		close(place.lock);
		return e;
	}
	*out = place;
	return OK;
}

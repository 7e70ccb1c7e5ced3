/*
 * libmaxminddb maps its file, and a mapped file that is cut short while it is being replaced ends
 * the process (SIGBUS). So what is mapped is a copy without a name, in the data folder or else in
 * memory: its pages are the system's to drop, and nobody else can write it.
 */
#include "domain/geo.h"

#include "base/log.h"
#include "base/net.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define CITY_MAX 128 /* bytes */
#define CHUNK ((size_t)1 << 30)
#define DEGREE 1e6
#define EARTH_KM 6371.0

struct geo {
	pthread_rwlock_t lock; /* of what is open */
	bool open;
	MMDB_s db;
	struct stat seen; /* the file when it was last read */
	bool missing;     /* and whether it has been told that it is not there */
};

enum err
geo_open(const struct config *config, struct geo **out)
{
	struct geo *g;

	*out = NULL;
	if (str_absent(config->geo_database))
		return OK;
	g = calloc(1, sizeof *g);
	if (!g)
		return ERR_UNAVAILABLE;
	pthread_rwlock_init(&g->lock, NULL);
	*out = g;
	return OK;
}

void
geo_close(struct geo *g)
{
	if (!g)
		return;
	if (g->open)
		MMDB_close(&g->db);
	pthread_rwlock_destroy(&g->lock);
	free(g);
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
nameless_file(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("geo", MFD_CLOEXEC);
}

static bool
copy(int from, int to)
{
	ssize_t n;

	do
		n = sendfile(to, from, NULL, CHUNK);
	while (n > 0);
	return n == 0;
}

/* *why: one word or sentence for the log. */
static bool
load(struct ctx *cx, const char *path, MMDB_s *out, const char **why)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), status = MMDB_FILE_OPEN_ERROR,
	    to = nameless_file(str_z(cx->arena, cx->config->server_data_dir));
	struct str name = str_print(cx->arena, "/proc/self/fd/%d", to);

	if (from < 0 || to < 0)
		*why = strerror(errno);
	else if (!copy(from, to))
		*why = strerror(errno);
	else if ((status = MMDB_open(str_z(cx->arena, name), MMDB_MODE_MMAP, out)) != MMDB_SUCCESS)
		*why = MMDB_strerror(status);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return status == MMDB_SUCCESS;
}

static void
replace(struct geo *g, const MMDB_s *db)
{
	MMDB_s old = g->db;
	bool had;

	pthread_rwlock_wrlock(&g->lock);
	had = g->open;
	g->db = *db;
	g->open = true;
	pthread_rwlock_unlock(&g->lock);
	if (had)
		MMDB_close(&old);
}

static void
unusable(const struct geo *g, const char *path, const char *why)
{
	log_event(NULL, LOG_WARNING, "geo_database_unusable", LOG_Z("path", path),
		  LOG_Z("reason", why),
		  LOG_Z("consequence", g->open ? "the one before stays" : "no places are known"));
}

void
geo_refresh(struct ctx *cx)
{
	struct geo *g = cx->geo;
	const char *path, *why = NULL;
	struct stat st;
	bool told;
	MMDB_s db;

	if (!g)
		return;
	path = str_z(cx->arena, cx->config->geo_database);
	told = g->missing;
	g->missing = stat(path, &st) != 0;
	if (g->missing && !told)
		unusable(g, path, strerror(errno));
	if (g->missing || same_file(&st, &g->seen))
		return;
	g->seen = st;
	if (!load(cx, path, &db, &why)) {
		unusable(g, path, why);
		return;
	}
	replace(g, &db);
	log_event(NULL, LOG_INFO, "geo_database", LOG_Z("type", db.metadata.database_type),
		  LOG_INT("built", (int64_t)db.metadata.build_epoch));
}

static bool
lookup(const MMDB_s *db, const struct ip *ip, MMDB_entry_s *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const struct sockaddr *sa = (const struct sockaddr *)&v6;
	MMDB_lookup_result_s found;
	int status;

	if (ip_is_v4(ip)) {
		memcpy(&v4.sin_addr, ip->b + 12, 4);
		sa = (const struct sockaddr *)&v4;
	} else {
		memcpy(&v6.sin6_addr, ip->b, 16);
	}
	found = MMDB_lookup_sockaddr(db, sa, &status);
	*out = found.entry;
	return status == MMDB_SUCCESS && found.found_entry;
}

static struct str
text_at(struct ctx *cx, MMDB_entry_s *entry, size_t most, const char *const *path)
{
	MMDB_entry_data_s data;
	struct str s;

	if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return STR_NONE;
	s = (struct str){data.utf8_string, data.data_size};
	if (s.n == 0 || s.n > most || !utf8_valid(s) || utf8_has_control(s))
		return STR_NONE;
	return str_copy(cx->arena, s);
}

static struct str
country_at(struct ctx *cx, MMDB_entry_s *entry, const char *kind)
{
	const char *const path[] = {kind, "iso_code", NULL};
	struct str s = text_at(cx, entry, 2, path);

	if (s.n != 2 || s.p[0] < 'A' || s.p[0] > 'Z' || s.p[1] < 'A' || s.p[1] > 'Z')
		return STR_NONE;
	return s;
}

static bool
degrees_at(MMDB_entry_s *entry, const char *name, double most, int64_t *out)
{
	const char *const path[] = {"location", name, NULL};
	MMDB_entry_data_s data;

	if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
	    data.type != MMDB_DATA_TYPE_DOUBLE || !isfinite(data.double_value) ||
	    fabs(data.double_value) > most)
		return false;
	*out = (int64_t)llround(data.double_value * DEGREE);
	return true;
}

static void
read_entry(struct ctx *cx, MMDB_entry_s *entry, struct geo_spot *out)
{
	static const char *const city[] = {"city", "names", "en", NULL};

	out->country = country_at(cx, entry, "country");
	if (str_absent(out->country))
		out->country = country_at(cx, entry, "registered_country");
	out->city = text_at(cx, entry, CITY_MAX, city);
	out->placed = degrees_at(entry, "latitude", 90, &out->latitude) &&
		      degrees_at(entry, "longitude", 180, &out->longitude);
}

void
geo_find(struct ctx *cx, struct str text, struct geo_spot *out)
{
	struct geo *g = cx->geo;
	MMDB_entry_s entry;
	struct ip ip;

	*out = (struct geo_spot){0};
	if (!g || !ip_parse(text, &ip))
		return;
	pthread_rwlock_rdlock(&g->lock);
	if (g->open && lookup(&g->db, &ip, &entry))
		read_entry(cx, &entry, out);
	pthread_rwlock_unlock(&g->lock);
}

static double
radians(int64_t millionths)
{
	return (double)millionths / DEGREE * M_PI / 180;
}

/* The haversine formula: good to half a percent, and for near places too. */
double
geo_distance(int64_t latitude, int64_t longitude, int64_t to_latitude, int64_t to_longitude)
{
	double a = radians(latitude), b = radians(to_latitude);
	double dy = sin((b - a) / 2), dx = sin(radians(to_longitude - longitude) / 2);
	double h = dy * dy + cos(a) * cos(b) * dx * dx;

	return 2 * EARTH_KM * asin(sqrt(fmin(1, h)));
}

/*
 * Two who know must agree: libmagic, and the few bytes that each of these types begins with, since
 * libmagic finds some marks further in, where a page of HTML may stand before them. Its deeper
 * tests (archives, texts, programs) are off: they can only find what is refused. The library is
 * opened on first use; a handle of it is not for two threads at once.
 */
#include "domain/paper_type.h"

#include "base/log.h"

#include <dlfcn.h>
#include <magic.h>
#include <pthread.h>

#define LOOKED_AT ((size_t)32 * 1024)
#define FLAGS                                                                                      \
	(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_APPTYPE | \
	 MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_TEXT | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_CSV |      \
	 MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_ENCODING | MAGIC_NO_CHECK_JSON)

static const struct {
	struct str type, begins;
	size_t at;
	const char *ending;
} types[] = {
	{S("image/jpeg"), S("\xff\xd8\xff"), 0, ".jpg"},
	{S("image/png"), S("\x89PNG\r\n\x1a\n"), 0, ".png"},
	{S("image/webp"), S("WEBP"), 8, ".webp"},
	{S("image/heic"), S("ftyp"), 4, ".heic"},
	{S("image/heif"), S("ftyp"), 4, ".heif"},
	{S("application/pdf"), S("%PDF-"), 0, ".pdf"},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	magic_t (*open)(int flags);
	int (*load)(magic_t m, const char *database);
	const char *(*buffer)(magic_t m, const void *p, size_t n);
	void (*close)(magic_t m);
} magic;
static magic_t handle; /* NULL until it could be made */

static const struct {
	const char *name;
	void *at;
} symbols[] = {
	{"magic_open", &magic.open},
	{"magic_load", &magic.load},
	{"magic_buffer", &magic.buffer},
	{"magic_close", &magic.close},
};

static bool
look_up(void *library)
{
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol)
			return false;
		memcpy(symbols[i].at, &symbol, sizeof(symbol));
	}
	return true;
}

static void
load(void)
{
	void *library = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return;
	if (look_up(library))
		handle = magic.open(FLAGS);
	if (handle && magic.load(handle, NULL) == 0)
		return;
	if (handle)
		magic.close(handle);
	handle = NULL;
	dlclose(library);
}

static enum err
ask(struct ctx *cx, struct str start, struct str *type)
{
	const char *found = NULL;
	enum err e = OK;

	pthread_mutex_lock(&lock);
	if (!handle)
		load();
	if (handle)
		found = magic.buffer(handle, start.p, start.n);
	else
		e = ERR_UNAVAILABLE;
	*type = found ? str_copy(cx->arena, str_of(found)) : STR_NONE;
	pthread_mutex_unlock(&lock);
	if (e != OK)
		log_event(cx, LOG_ERROR, "library_missing",
			  LOG_Z("reason", "libmagic.so.1 or its database is missing or unusable: "
					  "install libmagic1 and libmagic-mgc"));
	return e;
}

enum err
paper_type(struct ctx *cx, struct str start, struct str *type)
{
	struct str found;

	if (start.n > LOOKED_AT)
		start.n = LOOKED_AT;
	TRY(ask(cx, start, &found));
	*type = STR_NONE;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(found, types[i].type) &&
		    str_starts(str_from(start, types[i].at), types[i].begins))
			*type = types[i].type;
	return OK;
}

const char *
paper_ending(struct str type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(type, types[i].type))
			return types[i].ending;
	return "";
}

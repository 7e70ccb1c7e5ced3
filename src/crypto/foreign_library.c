/* Opens each library and looks its one function up, once; what is installed later is found without
 * a restart. */
#include "crypto/foreign_library.h"

#include "base/log.h"

#include <dlfcn.h>
#include <pthread.h>

struct library {
	const char *file, *symbol, *missing;
	void *found; /* the function */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct library argon2 = {
	.file = "libargon2.so.1",
	.symbol = "argon2_ctx",
	.missing = "libargon2.so.1 is missing or unusable: install libargon2-1",
};
static struct library crypt5 = {
	.file = "libcrypt.so.1",
	.symbol = "crypt_r",
	.missing = "libcrypt.so.1 is missing or unusable: install libcrypt1",
};

static void *
load(const struct library *l)
{
	void *library = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, l->symbol) : NULL;

	if (library && !symbol)
		dlclose(library);
	return symbol;
}

static enum err
look_up(const struct ctx *cx, struct library *l, void *out, size_t n)
{
	void *found;

	pthread_mutex_lock(&lock);
	if (!l->found)
		l->found = load(l);
	found = l->found;
	pthread_mutex_unlock(&lock);
	if (!found) {
		log_event(cx, LOG_ERROR, "library_missing", LOG_Z("reason", l->missing));
		return ERR_INTERNAL;
	}
	memcpy(out, &found, n);
	return OK;
}

enum err
argon2_open(const struct ctx *cx, argon2_fn *out)
{
	return look_up(cx, &argon2, out, sizeof(*out));
}

enum err
crypt_open(const struct ctx *cx, crypt_fn *out)
{
	return look_up(cx, &crypt5, out, sizeof(*out));
}

/* Opens libcurl and looks its functions up, once; a library installed later is found without a
 * restart. */
#include "notify/curl.h"

#include <dlfcn.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct curl_api api;
static bool ready;

#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"curl_" #member, offsetof(struct curl_api, member)                                 \
	}

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	SYMBOL(global_init),  SYMBOL(easy_init),      SYMBOL(easy_cleanup), SYMBOL(easy_reset),
	SYMBOL(easy_setopt),  SYMBOL(easy_perform),   SYMBOL(easy_getinfo), SYMBOL(easy_strerror),
	SYMBOL(slist_append), SYMBOL(slist_free_all),
};

static bool
look_up(void *library)
{
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol)
			return false;
		memcpy((char *)&api + symbols[i].at, &symbol, sizeof(symbol));
	}
	return true;
}

static bool
load(void)
{
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
	if (look_up(library) && api.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		return true;
	dlclose(library);
	return false;
}

const struct curl_api *
curl_open(void)
{
	bool good;

	pthread_mutex_lock(&lock);
	if (!ready)
		ready = load();
	good = ready;
	pthread_mutex_unlock(&lock);
	return good ? &api : NULL;
}

/* Opens libpq and looks its functions up, once; a library installed later is found without a
 * restart. Pipelines, the newest part of it that is used, came with version 14. */
#include "store/libpq.h"

#include <dlfcn.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct libpq table;
static bool ready;

#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"PQ" #member, offsetof(struct libpq, member)                                       \
	}

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	SYMBOL(connectStartParams),
	SYMBOL(connectPoll),
	SYMBOL(finish),
	SYMBOL(conninfoParse),
	SYMBOL(conninfoFree),
	SYMBOL(freemem),
	SYMBOL(status),
	SYMBOL(transactionStatus),
	SYMBOL(parameterStatus),
	SYMBOL(serverVersion),
	SYMBOL(socket),
	SYMBOL(errorMessage),
	SYMBOL(setnonblocking),
	SYMBOL(setNoticeProcessor),
	SYMBOL(enterPipelineMode),
	SYMBOL(exitPipelineMode),
	SYMBOL(pipelineSync),
	SYMBOL(sendQuery),
	SYMBOL(sendQueryParams),
	SYMBOL(sendPrepare),
	SYMBOL(sendQueryPrepared),
	SYMBOL(sendDescribePrepared),
	SYMBOL(flush),
	SYMBOL(consumeInput),
	SYMBOL(isBusy),
	SYMBOL(getResult),
	SYMBOL(clear),
	SYMBOL(resultStatus),
	SYMBOL(resultErrorField),
	SYMBOL(ntuples),
	SYMBOL(nfields),
	SYMBOL(ftype),
	SYMBOL(nparams),
	SYMBOL(paramtype),
	SYMBOL(getisnull),
	SYMBOL(getlength),
	SYMBOL(getvalue),
	SYMBOL(cmdTuples),
	SYMBOL(cmdStatus),
	SYMBOL(libVersion),
};

_Static_assert(ARRAY_LEN(symbols) * sizeof(void *) == sizeof(struct libpq), "one symbol a member");

static bool
look_up(void *library)
{
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol)
			return false;
		memcpy((char *)&table + symbols[i].at, &symbol, sizeof(symbol));
	}
	return true;
}

static bool
load(void)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
	if (look_up(library))
		return true;
	dlclose(library);
	return false;
}

const struct libpq *
libpq_open(void)
{
	bool good;

	pthread_mutex_lock(&lock);
	if (!ready)
		ready = load();
	good = ready;
	pthread_mutex_unlock(&lock);
	return good ? &table : NULL;
}

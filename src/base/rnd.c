/*
 * Randomness of the kernel. A system call for each id would cost more than the id, so every thread
 * keeps a small stock; each byte of it is wiped when it is handed out. A child of fork(2) throws
 * its stock away, as the parent has the same one.
 */
#include "base/rnd.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>

#define STOCK 256 /* what getrandom(2) gives without being interrupted */
#define SMALL 64  /* larger wishes go to the kernel straight */

static _Thread_local uint8_t stock[STOCK];
static _Thread_local size_t left; /* bytes at the front of stock */
static _Thread_local uint64_t jitter;
static atomic_bool broken;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
drop_stock(void)
{
	wipe(stock, sizeof(stock));
	left = 0;
	jitter = 0;
}

static void
watch_forks(void)
{
	if (pthread_atfork(NULL, NULL, drop_stock) != 0)
		die("no memory for a fork handler");
}

static enum err
from_kernel(uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_UNAVAILABLE;
		p += got;
		n -= (size_t)got;
	}
	return OK;
}

enum err
rnd_bytes(void *p, size_t n)
{
	if (atomic_load_explicit(&broken, memory_order_relaxed))
		return ERR_UNAVAILABLE;
	if (n > SMALL)
		return from_kernel(p, n);
	if (n > left) {
		pthread_once(&once, watch_forks);
		TRY(from_kernel(stock, sizeof(stock)));
		left = sizeof(stock);
	}
	left -= n;
	if (n > 0)
		memcpy(p, stock + left, n);
	wipe(stock + left, n);
	return OK;
}

/* The high half of a product is uniform once the few low halves that would favour some results are
 * thrown away. */
enum err
rnd_below(uint32_t below, uint32_t *out)
{
	uint32_t threshold, v;
	uint64_t product;

	if (below == 0)
		die("rnd_below(0)");
	threshold = (0 - below) % below;
	do {
		TRY(rnd_bytes(&v, sizeof(v)));
		product = (uint64_t)v * below;
	} while ((uint32_t)product < threshold);
	*out = (uint32_t)(product >> 32);
	return OK;
}

uint64_t
rnd_jitter(uint64_t below)
{
	uint64_t z;

	if (jitter == 0)
		jitter = (uint64_t)clock_now() ^ (uint64_t)(uintptr_t)&jitter << 20;
	jitter += UINT64_C(0x9E3779B97F4A7C15);
	z = jitter;
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	z ^= z >> 31;
	return (uint64_t)((unsigned __int128)z * below >> 64);
}

void
rnd_break(bool broken_now)
{
	atomic_store(&broken, broken_now);
}

/*
 * The most password hashes that this machine can make: Argon2id in a bare loop on so many threads,
 * with libsodium as it comes, and with memory that is used again. Prints hashes a second of both.
 */
#include "base/clock.h"
#include "crypto/hash_arena.h"

#include <pthread.h>
#include <sodium.h>

#define THREADS_MOST 64
#define ARENA_EXTRA ((size_t)2 * 1024 * 1024)

static struct {
	size_t memory;
	unsigned long long passes;
	int64_t end;
	bool reuse;
} task;

static void
hash_once(void)
{
	static const unsigned char salt[crypto_pwhash_SALTBYTES] = "sixteen bytes..";
	static const char password[] = "correct-Horse-battery-staple";
	unsigned char out[32];

	if (crypto_pwhash(out, sizeof(out), password, sizeof(password) - 1, salt, task.passes,
			  task.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
		die("out of memory");
}

static void *
work(void *arg)
{
	struct hash_arena arena;
	int64_t *done = arg;

	hash_arena_init(&arena, task.memory + ARENA_EXTRA);
	if (task.reuse)
		hash_arena_arm(&arena);
	for (*done = 0; clock_mono() < task.end; (*done)++)
		hash_once();
	hash_arena_disarm();
	hash_arena_release(&arena);
	return NULL;
}

static double
run(int threads, int64_t seconds, bool reuse)
{
	pthread_t thread[THREADS_MOST];
	int64_t done[THREADS_MOST], sum = 0, began = clock_mono();

	task.reuse = reuse;
	task.end = began + seconds * SECOND;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, &done[i]) != 0)
			die("no thread");
	for (int i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		sum += done[i];
	}
	return (double)sum * 1e6 / (double)(clock_mono() - began);
}

int
main(int argc, char **argv)
{
	int64_t threads, seconds, kib, passes;
	double packaged;

	if (argc != 5 || !str_int(str_of(argv[1]), &threads) ||
	    !str_int(str_of(argv[2]), &seconds) || !str_int(str_of(argv[3]), &kib) ||
	    !str_int(str_of(argv[4]), &passes) || threads < 1 || threads > THREADS_MOST) {
		fprintf(stderr, "usage: aldgate-limit-hash THREADS SECONDS KIB PASSES\n");
		return 2;
	}
	if (sodium_init() < 0)
		die("libsodium can't start");
	task.memory = (size_t)kib * 1024;
	task.passes = (unsigned long long)passes;
	packaged = run((int)threads, seconds, false);
	printf("%.2f %.2f\n", packaged, run((int)threads, seconds, true));
	return 0;
}

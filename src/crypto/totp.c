/*
 * liboath computes the codes; they are compared here, since its own comparison tells by its time
 * how much of a guess was right. All three steps are computed and compared, whichever fits.
 */
#include "crypto/totp.h"

#include <liboath/oath.h>
#include <pthread.h>
#include <sodium.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start(void)
{
	if (oath_init() != OATH_OK)
		die("liboath can't be started");
}

enum err
totp_code(struct secret seed, int64_t step, char out[static CODE_DIGITS + 1])
{
	pthread_once(&once, start);
	if (step < 0 || oath_hotp_generate(seed.p, seed.n, (uint64_t)step, CODE_DIGITS, false,
					   OATH_HOTP_DYNAMIC_TRUNCATION, out) != OATH_OK)
		return ERR_INTERNAL;
	return OK;
}

enum err
totp_match(struct secret seed, struct str typed, int64_t now, int64_t after, int64_t *step)
{
	char digits[CODE_DIGITS], code[CODE_DIGITS + 1];
	int64_t middle = now / TOTP_STEP, found = -1;

	if (!code_digits(typed, digits))
		return ERR_INVALID_CODE;
	for (int64_t i = middle + 1; i >= middle - 1; i--) {
		TRY(totp_code(seed, i, code));
		if (sodium_memcmp(code, digits, CODE_DIGITS) == 0 && i > after)
			found = i;
	}
	wipe(code, sizeof(code));
	if (found < 0)
		return ERR_INVALID_CODE;
	*step = found;
	return OK;
}

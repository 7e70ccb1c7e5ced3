/*
 * Who comes this far knows the password, so these counts bind the account wherever a guess comes
 * from. A code of six digits can be guessed in the end (NIST SP 800-63B-4 stops at a hundred), a
 * recovery code can't: it stays the owner's way in.
 */
#include "domain/mfa_count.h"

#include "base/config.h"
#include "crypto/vault.h"
#include "domain/attempts.h"
#include "store/count.h"

static const struct str kind = {"mfa", 3};

static void
key_of(struct ctx *cx, const struct uuid *user, uint8_t key[static MAC_SIZE])
{
	const struct str parts[] = {kind, {(const char *)user->b, sizeof user->b}};

	vault_mac_parts(cx->vault, VAULT_COUNT, parts, ARRAY_LEN(parts), key);
}

enum err
mfa_guess_begin(struct ctx *cx, const struct uuid *user, bool recovery, int64_t now,
		struct mfa_guess *out)
{
	struct count c;
	uint8_t key[MAC_SIZE];

	key_of(cx, user, key);
	TRY(count_get(cx, kind, key, &c));
	*out = (struct mfa_guess){.stopped = c.failures >= MFA_GUESSES_MOST && !recovery};
	if (out->stopped)
		return OK;
	if (cx->config->throttle_enabled && c.wait_until > now) {
		out->wait = c.wait_until - now;
		return OK;
	}
	out->nth = ++c.failures;
	c.last_at = now;
	c.wait_until = now + guess_wait(c.failures, MFA_GUESSES_FREE);
	return count_set(cx, kind, key, &c);
}

enum err
mfa_guess_clear(struct ctx *cx, const struct uuid *user)
{
	uint8_t key[MAC_SIZE];

	key_of(cx, user, key);
	return count_clear(cx, kind, key);
}

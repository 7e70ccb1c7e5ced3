/*
 * Base32 has neither 0 nor 1, so what is read from paper can be typed back. Eighty bits can't be
 * guessed, which is why these codes still serve when the guessable ones are refused.
 */
#include "crypto/recovery_code.h"

#include "base/enc.h"
#include "base/rnd.h"

#define BYTES 10
#define LETTERS 16
#define GROUP 4

static void
mac_of(struct ctx *cx, const struct uuid *user, const char letters[static LETTERS],
       uint8_t mac[static MAC_SIZE])
{
	const struct str parts[] = {
		S("recovery"),
		{(const char *)user->b, sizeof(user->b)},
		{letters, LETTERS},
	};

	vault_mac_parts(cx->vault, VAULT_CODE, parts, ARRAY_LEN(parts), mac);
}

enum err
recovery_code_make(struct ctx *cx, const struct uuid *user, struct str *text,
		   uint8_t mac[static MAC_SIZE])
{
	uint8_t bytes[BYTES];
	struct buf plain, grouped;
	struct str letters;

	TRY(rnd_bytes(bytes, sizeof(bytes)));
	buf_init_arena(&plain, cx->arena, LETTERS);
	base32_encode(&plain, bytes, sizeof(bytes));
	wipe(bytes, sizeof(bytes));
	letters = str_lower(cx->arena, buf_view(&plain));
	mac_of(cx, user, letters.p, mac);
	buf_init_arena(&grouped, cx->arena, LETTERS + LETTERS / GROUP);
	for (size_t i = 0; i < LETTERS; i += GROUP) {
		if (i)
			buf_char(&grouped, '-');
		buf_add(&grouped, letters.p + i, GROUP);
	}
	*text = buf_view(&grouped);
	return OK;
}

enum err
recovery_code_mac(struct ctx *cx, const struct uuid *user, struct str typed,
		  uint8_t mac[static MAC_SIZE])
{
	char letters[LETTERS];
	size_t n = 0;

	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];

		if (c == ' ' || c == '-')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')) || n == LETTERS)
			return ERR_INVALID_CODE;
		letters[n++] = c;
	}
	if (n != LETTERS)
		return ERR_INVALID_CODE;
	mac_of(cx, user, letters, mac);
	return OK;
}

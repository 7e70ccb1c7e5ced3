/*
 * Refresh tokens, link tokens and codes. A refresh token is "agr_" and the base64url of
 *
 *	16 session | 8 counter, big-endian | 20 of HMAC-SHA256("v1" session counter) | 4 CRC-32 of
 *all before
 *
 * The checksum lets secret scanners and our own front door tell a real one from a look-alike; the
 *MAC is what makes it ours.
 */
#include "crypto/token.h"

#include "base/enc.h"
#include "base/rnd.h"

#include <endian.h>
#include <sodium.h>

#define REFRESH_MAC 20
#define REFRESH_NAMED 24 /* session and counter */
#define REFRESH_SUMMED (REFRESH_NAMED + REFRESH_MAC)
#define REFRESH_BYTES (REFRESH_SUMMED + 4)
#define LINK_TEXT BASE64URL_LENGTH(LINK_TOKEN_BYTES)
#define CODES 1000000

_Static_assert(sizeof(REFRESH_PREFIX) - 1 + BASE64URL_LENGTH(REFRESH_BYTES) <= REFRESH_MAX,
	       "refresh token too long");

/* CRC-32 of IEEE 802.3. */
static uint32_t
crc32_of(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & (0 - (crc & 1)));
	}
	return ~crc;
}

static void
refresh_mac(const struct vault *v, const uint8_t named[static REFRESH_NAMED],
	    uint8_t out[static MAC_SIZE])
{
	uint8_t text[2 + REFRESH_NAMED] = "v1";

	memcpy(text + 2, named, REFRESH_NAMED);
	vault_mac(v, VAULT_REFRESH, text, sizeof(text), out);
}

enum err
refresh_token_make(struct ctx *cx, const struct refresh_token *t, struct str *text)
{
	uint8_t bytes[REFRESH_BYTES], mac[MAC_SIZE];
	uint64_t counter = htobe64((uint64_t)t->counter);
	uint32_t crc;
	struct buf b;

	if (t->counter < 0)
		return ERR_INTERNAL;
	memcpy(bytes, t->session.b, sizeof(t->session.b));
	memcpy(bytes + sizeof(t->session.b), &counter, sizeof(counter));
	refresh_mac(cx->vault, bytes, mac);
	memcpy(bytes + REFRESH_NAMED, mac, REFRESH_MAC);
	crc = htobe32(crc32_of(bytes, REFRESH_SUMMED));
	memcpy(bytes + REFRESH_SUMMED, &crc, sizeof(crc));
	buf_init_arena(&b, cx->arena, REFRESH_MAX);
	buf_z(&b, REFRESH_PREFIX);
	base64url_encode(&b, bytes, sizeof(bytes));
	wipe(bytes, sizeof(bytes));
	wipe(mac, sizeof(mac));
	*text = buf_view(&b);
	return OK;
}

/* The bytes of a token whose form and checksum are right. */
static bool
refresh_decode(struct str text, uint8_t bytes[static REFRESH_BYTES])
{
	const struct str prefix = S(REFRESH_PREFIX);
	size_t n = REFRESH_BYTES;
	uint32_t crc;

	if (text.n != prefix.n + BASE64URL_LENGTH(REFRESH_BYTES) || !str_starts(text, prefix) ||
	    !base64url_decode(str_from(text, prefix.n), bytes, &n) || n != REFRESH_BYTES)
		return false;
	memcpy(&crc, bytes + REFRESH_SUMMED, sizeof(crc));
	return be32toh(crc) == crc32_of(bytes, REFRESH_SUMMED);
}

enum err
refresh_token_read(struct ctx *cx, struct str text, struct refresh_token *out)
{
	uint8_t bytes[REFRESH_BYTES], mac[MAC_SIZE];
	uint64_t counter;
	bool ours;

	if (!refresh_decode(text, bytes))
		return ERR_TOKEN;
	refresh_mac(cx->vault, bytes, mac);
	ours = sodium_memcmp(mac, bytes + REFRESH_NAMED, REFRESH_MAC) == 0;
	wipe(mac, sizeof(mac));
	memcpy(&counter, bytes + sizeof(out->session.b), sizeof(counter));
	counter = be64toh(counter);
	if (!ours || counter > INT64_MAX)
		return ERR_TOKEN;
	memcpy(out->session.b, bytes, sizeof(out->session.b));
	out->counter = (int64_t)counter;
	return OK;
}

enum err
link_token_make(struct ctx *cx, struct str *text, uint8_t mac[static MAC_SIZE])
{
	uint8_t bytes[LINK_TOKEN_BYTES];
	struct buf b;

	TRY(rnd_bytes(bytes, sizeof(bytes)));
	buf_init_arena(&b, cx->arena, LINK_TEXT);
	base64url_encode(&b, bytes, sizeof(bytes));
	vault_mac(cx->vault, VAULT_LINK, bytes, sizeof(bytes), mac);
	wipe(bytes, sizeof(bytes));
	*text = buf_view(&b);
	return OK;
}

enum err
link_token_mac(struct ctx *cx, struct str text, uint8_t mac[static MAC_SIZE])
{
	uint8_t bytes[LINK_TOKEN_BYTES];
	size_t n = sizeof(bytes);

	if (text.n != LINK_TEXT || !base64url_decode(text, bytes, &n) || n != sizeof(bytes))
		return ERR_INVALID_LINK;
	vault_mac(cx->vault, VAULT_LINK, bytes, sizeof(bytes), mac);
	wipe(bytes, sizeof(bytes));
	return OK;
}

static void
code_mac(const struct vault *v, const struct uuid *challenge, const char digits[static CODE_DIGITS],
	 uint8_t mac[static MAC_SIZE])
{
	const struct str parts[] = {{(const char *)challenge->b, sizeof(challenge->b)},
				    {digits, CODE_DIGITS}};

	vault_mac_parts(v, VAULT_CODE, parts, ARRAY_LEN(parts), mac);
}

enum err
code_make(struct ctx *cx, const struct uuid *challenge, struct str *digits,
	  uint8_t mac[static MAC_SIZE])
{
	uint32_t number;
	struct str text;

	TRY(rnd_below(CODES, &number));
	text = str_print(cx->arena, "%0*" PRIu32, CODE_DIGITS, number);
	code_mac(cx->vault, challenge, text.p, mac);
	*digits = text;
	return OK;
}

bool
code_digits(struct str typed, char out[static CODE_DIGITS])
{
	size_t n = 0;

	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];

		if (c == ' ')
			continue;
		if (c < '0' || c > '9' || n == CODE_DIGITS)
			return false;
		out[n++] = c;
	}
	return n == CODE_DIGITS;
}

bool
code_matches(struct ctx *cx, const struct uuid *challenge, struct str typed, struct str stored_mac)
{
	char digits[CODE_DIGITS];
	uint8_t mac[MAC_SIZE];
	bool same;

	if (stored_mac.n != MAC_SIZE || !code_digits(typed, digits))
		return false;
	code_mac(cx->vault, challenge, digits, mac);
	same = sodium_memcmp(mac, stored_mac.p, MAC_SIZE) == 0;
	wipe(mac, sizeof(mac));
	return same;
}

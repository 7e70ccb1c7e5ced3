/*
 * Bytes as text and back. The decoders take the one canonical text of a value and nothing near it,
 * so that a token or a key has no second spelling that a comparison or a cache could miss.
 */
#include "base/enc.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex[] = "0123456789abcdef";

/* Writes up to 3 bytes as up to 4 characters; the number of characters. */
static size_t
encode_group(char to[static 4], const uint8_t *p, size_t n, const char *alphabet)
{
	uint32_t v = (uint32_t)p[0] << 16;

	if (n > 1)
		v |= (uint32_t)p[1] << 8;
	if (n > 2)
		v |= p[2];
	to[0] = alphabet[v >> 18];
	to[1] = alphabet[v >> 12 & 63];
	to[2] = alphabet[v >> 6 & 63];
	to[3] = alphabet[v & 63];
	return n >= 3 ? 4 : n + 1;
}

void
base64url_encode(struct buf *out, const void *p, size_t n)
{
	const uint8_t *from = p;
	char group[4];

	for (size_t i = 0; i < n; i += 3)
		buf_add(out, group, encode_group(group, from + i, n - i, url));
}

void
base64_encode(struct buf *out, const void *p, size_t n, size_t width)
{
	const uint8_t *from = p;
	size_t column = 0;

	for (size_t i = 0; i < n; i += 3) {
		char group[4];
		size_t used = encode_group(group, from + i, n - i, standard);

		memset(group + used, '=', sizeof(group) - used);
		for (size_t j = 0; j < sizeof(group); j++) {
			if (width > 0 && column == width) {
				buf_add(out, "\r\n", 2);
				column = 0;
			}
			buf_char(out, group[j]);
			column++;
		}
	}
}

static int
sextet(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : -1;
}

/* s without padding. */
static bool
decode(struct str s, const char *alphabet, uint8_t *out, size_t *n)
{
	size_t bytes = s.n / 4 * 3 + (s.n % 4 ? s.n % 4 - 1 : 0);
	uint32_t v = 0;
	int bits = 0;

	if (s.n % 4 == 1 || bytes > *n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int six = sextet(s.p[i], alphabet);

		if (six < 0)
			return false;
		v = v << 6 | (uint32_t)six;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*out++ = (uint8_t)(v >> bits);
			v &= (1U << bits) - 1;
		}
	}
	if (v != 0)
		return false;
	*n = bytes;
	return true;
}

bool
base64url_decode(struct str s, void *out, size_t *n)
{
	return decode(s, url, out, n);
}

bool
base64_decode(struct str s, void *out, size_t *n)
{
	if (s.n % 4 != 0)
		return false;
	if (str_ends(s, S("==")))
		s.n -= 2;
	else if (str_ends(s, S("=")))
		s.n -= 1;
	return decode(s, standard, out, n);
}

void
base32_encode(struct buf *out, const void *p, size_t n)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const uint8_t *from = p;
	uint32_t v = 0;
	int bits = 0;

	for (size_t i = 0; i < n; i++) {
		v = v << 8 | from[i];
		for (bits += 8; bits >= 5; bits -= 5)
			buf_char(out, alphabet[v >> (bits - 5) & 31]);
		v &= (1u << bits) - 1;
	}
	if (bits > 0)
		buf_char(out, alphabet[v << (5 - bits) & 31]);
}

void
hex_encode(struct buf *out, const void *p, size_t n)
{
	const uint8_t *from = p;
	char *to = buf_more(out, 2 * n);

	for (size_t i = 0; to && i < n; i++) {
		*to++ = hex[from[i] >> 4];
		*to++ = hex[from[i] & 15];
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
hex_decode(struct str s, void *out, size_t *n)
{
	uint8_t *to = out;

	if (s.n % 2 != 0 || s.n / 2 > *n)
		return false;
	for (size_t i = 0; i < s.n / 2; i++) {
		int high = hex_digit(s.p[2 * i]), low = hex_digit(s.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	*n = s.n / 2;
	return true;
}

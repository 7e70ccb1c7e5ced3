/*
 * A form is a row: which headers it signs with, and one function that looks for a signature that
 * fits. A form's own text around its MACs is read leniently where its owner does (unknown parts of
 * a list are passed over), the MACs themselves strictly: one text for one value.
 */
#include "crypto/webhook.h"

#include "base/enc.h"

#include <sodium.h>

#define MAC_256 crypto_auth_hmacsha256_BYTES
#define MAC_512 crypto_auth_hmacsha512_BYTES
#define SECONDS_MOST INT64_C(100000000000) /* year 5138: no overflow behind it */

struct webhook_signer {
	crypto_auth_hmacsha256_state state;
};

static void
add(crypto_auth_hmacsha256_state *state, struct str piece)
{
	if (piece.n > 0)
		crypto_auth_hmacsha256_update(state, (const unsigned char *)piece.p, piece.n);
}

/* Over the pieces with a dot between them. */
static void
mac_of(struct secret key, const struct str *pieces, size_t n, uint8_t out[static MAC_256])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p, key.n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			add(&state, S("."));
		add(&state, pieces[i]);
	}
	crypto_auth_hmacsha256_final(&state, out);
	wipe(&state, sizeof(state));
}

static bool
timely(struct str text, int64_t now)
{
	int64_t seconds;

	if (text.n == 0 || text.p[0] == '-' || !str_int(text, &seconds) || seconds > SECONDS_MOST)
		return false;
	return seconds * SECOND >= now - WEBHOOK_TOLERANCE &&
	       seconds * SECOND <= now + WEBHOOK_TOLERANCE;
}

static bool
id_ok(struct str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] <= ' ' || id.p[i] >= 0x7F)
			return false;
	return id.n > 0 && id.n <= WEBHOOK_ID_MAX;
}

/* Whether the text is this MAC, as the decoder reads it. */
static bool
is_mac(bool (*decode)(struct str s, void *out, size_t *n), struct str text, const uint8_t *mac,
       size_t size)
{
	uint8_t got[MAC_512];
	size_t n = sizeof(got);

	return decode(text, got, &n) && n == size && sodium_memcmp(got, mac, size) == 0;
}

/* "v1,MAC v1,MAC …" */
static bool
standard(struct secret key, const struct webhook *w, int64_t now)
{
	struct str pieces[] = {w->headers[WEBHOOK_ID], w->headers[WEBHOOK_TIMESTAMP], w->body};
	struct str rest = w->headers[WEBHOOK_SIGNATURE], one, version;
	uint8_t mac[MAC_256];
	bool fits = false;

	if (!id_ok(pieces[0]) || !timely(pieces[1], now))
		return false;
	mac_of(key, pieces, ARRAY_LEN(pieces), mac);
	while (str_cut(&rest, ' ', &one))
		if (str_cut(&one, ',', &version) && str_eq(version, S("v1")))
			fits |= is_mac(base64_decode, one, mac, sizeof(mac));
	return fits;
}

/* The value of the first "name=" among the parts of a set. */
static struct str
part_of(struct str set, struct str name)
{
	struct str part;

	while (str_cut(&set, ',', &part))
		if (str_starts(part, name))
			return str_from(part, name.n);
	return STR_NONE;
}

/* "t=SECONDS,v1=MAC" */
static bool
persona_set(struct secret key, struct str set, struct str body, int64_t now)
{
	struct str pieces[] = {part_of(set, S("t=")), body}, part;
	uint8_t mac[MAC_256];
	bool fits = false;

	if (!timely(pieces[0], now))
		return false;
	mac_of(key, pieces, ARRAY_LEN(pieces), mac);
	while (str_cut(&set, ',', &part))
		if (str_starts(part, S("v1=")))
			fits |= is_mac(hex_decode, str_from(part, 3), mac, sizeof(mac));
	return fits;
}

/* A set for each secret, apart by spaces, while secrets change. */
static bool
persona(struct secret key, const struct webhook *w, int64_t now)
{
	struct str rest = w->headers[WEBHOOK_SIGNATURE], set;
	bool fits = false;

	while (str_cut(&rest, ' ', &set))
		fits |= persona_set(key, set, w->body, now);
	return fits;
}

static bool
plain(struct secret key, const struct webhook *w, int64_t now UNUSED)
{
	uint8_t mac[MAC_256];

	mac_of(key, &w->body, 1, mac);
	return is_mac(hex_decode, w->headers[WEBHOOK_SIGNATURE], mac, sizeof(mac));
}

static bool
plain_512(struct secret key, const struct webhook *w)
{
	crypto_auth_hmacsha512_state state;
	uint8_t mac[MAC_512];

	crypto_auth_hmacsha512_init(&state, (const unsigned char *)key.p, key.n);
	if (w->body.n > 0)
		crypto_auth_hmacsha512_update(&state, (const unsigned char *)w->body.p, w->body.n);
	crypto_auth_hmacsha512_final(&state, mac);
	wipe(&state, sizeof(state));
	return is_mac(hex_decode, w->headers[WEBHOOK_SIGNATURE], mac, sizeof(mac));
}

/* The sender names the digest; SHA-1, the third that there is, is none to trust. */
static bool
sumsub(struct secret key, const struct webhook *w, int64_t now)
{
	struct str algorithm = w->headers[WEBHOOK_ALGORITHM];

	if (str_eq(algorithm, S("HMAC_SHA512_HEX")))
		return plain_512(key, w);
	return str_eq(algorithm, S("HMAC_SHA256_HEX")) && plain(key, w, now);
}

static const struct {
	const char *provider;
	const char *headers[WEBHOOK_HEADERS];
	bool (*fits)(struct secret key, const struct webhook *w, int64_t now);
} forms[WEBHOOK_FORMS] = {
	[WEBHOOK_STANDARD] = {"",
			      {"webhook-signature", "webhook-id", "webhook-timestamp", NULL},
			      standard},
	[WEBHOOK_SUMSUB] = {"sumsub",
			    {"x-payload-digest", NULL, NULL, "x-payload-digest-alg"},
			    sumsub},
	[WEBHOOK_PERSONA] = {"persona", {"persona-signature", NULL, NULL, NULL}, persona},
	[WEBHOOK_ONFIDO] = {"onfido", {"x-sha2-signature", NULL, NULL, NULL}, plain},
	[WEBHOOK_VERIFF] = {"veriff", {"x-hmac-signature", NULL, NULL, NULL}, plain},
};

enum webhook_form
webhook_form(struct str provider)
{
	for (int i = WEBHOOK_STANDARD + 1; i < WEBHOOK_FORMS; i++)
		if (str_eq(provider, str_of(forms[i].provider)))
			return (enum webhook_form)i;
	return WEBHOOK_STANDARD;
}

const char *
webhook_header_name(enum webhook_form form, enum webhook_header header)
{
	return forms[form].headers[header];
}

enum err
webhook_verify(enum webhook_form form, struct secret_list keys, const struct webhook *w,
	       int64_t now)
{
	bool fits = false;

	if (w->headers[WEBHOOK_SIGNATURE].n == 0)
		return ERR_SIGNATURE;
	for (size_t i = 0; i < keys.n; i++)
		fits |= keys.v[i].n > 0 && forms[form].fits(keys.v[i], w, now);
	return fits ? OK : ERR_SIGNATURE;
}

struct str
webhook_body_name(struct ctx *cx, struct str body)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	struct buf name;

	crypto_hash_sha256(digest, (const unsigned char *)body.p, body.n);
	buf_init_arena(&name, cx->arena, 7 + 2 * sizeof(digest));
	buf_z(&name, "sha256:");
	hex_encode(&name, digest, sizeof(digest));
	return buf_view(&name);
}

struct webhook_signer *
webhook_sign_begin(struct ctx *cx, struct secret key, struct str id, int64_t seconds)
{
	struct webhook_signer *s = arena_new(cx->arena, struct webhook_signer);

	crypto_auth_hmacsha256_init(&s->state, (const unsigned char *)key.p, key.n);
	add(&s->state, id);
	add(&s->state, str_print(cx->arena, ".%" PRId64 ".", seconds));
	return s;
}

void
webhook_sign_add(struct webhook_signer *s, struct str piece)
{
	add(&s->state, piece);
}

void
webhook_sign_end(struct webhook_signer *s, struct buf *out)
{
	uint8_t mac[MAC_256];

	crypto_auth_hmacsha256_final(&s->state, mac);
	buf_z(out, "v1,");
	base64_encode(out, mac, sizeof(mac), 0);
	wipe(s, sizeof(*s));
}

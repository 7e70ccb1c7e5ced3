/*
 * Access tokens. What is read is compared with what we would have written, never interpreted: the
 * header chooses among our own keys by kid and may say nothing but alg, typ and kid; the key says
 * which algorithm it is. The claims are looked at only when the signature is right, and only a
 * token that has passed all of it is remembered.
 */
#include "crypto/jwt.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/enc.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "crypto/keyring_use.h"
#include "crypto/verified.h"

#define AMR_METHODS_MAX 8
#define AMR_TEXT_MAX 256
#define SECONDS_MAX INT64_C(253402300799) /* the end of the year 9999 */

static void
write_amr(struct json_out *w, struct str amr)
{
	struct str rest = amr, method;

	json_open_list(w);
	while (str_cut(&rest, ' ', &method)) {
		if (method.n > 0)
			json_str(w, method);
	}
	json_close_list(w);
}

static void
write_time(struct json_out *w, const char *name, int64_t us)
{
	json_key(w, name);
	json_int(w, us / SECOND);
}

static void
write_claims(struct buf *b, const struct claims *c)
{
	struct json_out w = json_to(b);

	json_open(&w);
	json_pair_str(&w, "iss", c->iss);
	json_pair_uuid(&w, "sub", &c->sub);
	json_pair_str(&w, "aud", c->aud);
	write_time(&w, "exp", c->exp);
	write_time(&w, "iat", c->iat);
	json_pair_uuid(&w, "jti", &c->jti);
	json_pair_uuid(&w, "sid", &c->sid);
	json_pair_str(&w, "role", c->role);
	json_key(&w, "email_verified");
	json_bool(&w, c->email_verified);
	json_pair_str(&w, "kyc", c->kyc);
	json_key(&w, "amr");
	write_amr(&w, c->amr);
	write_time(&w, "auth_time", c->auth_time);
	json_close(&w);
}

enum err
jwt_sign(struct ctx *cx, const struct claims *c, struct str *token)
{
	struct ring *ring CLEANUP_RING = keyring_hold(cx->keys);
	const struct ring_key *key = ring_signer(ring, clock_now());
	uint8_t signature[JWS_SIGNATURE_MAX];
	struct buf claims, out;
	size_t n;

	if (!key)
		return fail(cx, ERR_UNAVAILABLE, "There is no key to sign tokens with.");
	buf_init_arena(&claims, cx->arena, JWT_MAX);
	buf_init_arena(&out, cx->arena, JWT_MAX);
	write_claims(&claims, c);
	buf_str(&out, buf_view(&key->header));
	buf_char(&out, '.');
	base64url_encode(&out, claims.p, claims.n);
	TRY(jws_sign(&key->jws, buf_view(&out), signature, &n));
	buf_char(&out, '.');
	base64url_encode(&out, signature, n);
	if (claims.full || out.full)
		return ERR_INTERNAL;
	*token = buf_view(&out);
	return OK;
}

/* The three parts as text, and what is signed. */
struct parts {
	struct str header, claims, signature, input;
};

static bool
split(struct str token, struct parts *out)
{
	struct str rest = token;

	if (token.n == 0 || token.n > JWT_MAX || !str_cut(&rest, '.', &out->header) ||
	    !str_cut(&rest, '.', &out->claims) || !str_cut(&rest, '.', &out->signature) ||
	    !str_absent(rest))
		return false;
	out->input = (struct str){token.p, out->header.n + 1 + out->claims.n};
	return true;
}

static bool
decode(struct ctx *cx, struct str text, struct str *out)
{
	size_t n = text.n;
	char *p = arena_alloc(cx->arena, n);

	if (text.n == 0 || !base64url_decode(text, p, &n))
		return false;
	*out = (struct str){p, n};
	return true;
}

static bool
read_object(struct ctx *cx, struct str text, struct json **out)
{
	struct str json;

	return decode(cx, text, &json) && json_parse_object(NULL, json, out) == OK;
}

static bool
is_access_token(struct str typ)
{
	return str_eq_nocase(typ, S("at+jwt")) || str_eq_nocase(typ, S("application/at+jwt"));
}

struct header {
	struct str alg, kid; /* in the arena */
};

/* alg, typ and kid, all of them and no more. */
static bool
read_header(struct ctx *cx, struct str text, struct header *out)
{
	struct json *header CLEANUP_JSON = NULL;
	struct str alg, kid;

	if (!read_object(cx, text, &header) || json_count(header) != 3)
		return false;
	alg = json_string(json_member(header, "alg"));
	kid = json_string(json_member(header, "kid"));
	if (str_absent(alg) || str_absent(kid) ||
	    !is_access_token(json_string(json_member(header, "typ"))))
		return false;
	out->alg = str_copy(cx->arena, alg);
	out->kid = str_copy(cx->arena, kid);
	return true;
}

static bool
read_time(const struct json *claims, const char *name, int64_t *us)
{
	int64_t seconds;

	if (!json_integer(json_member(claims, name), &seconds) || seconds < 0 ||
	    seconds > SECONDS_MAX)
		return false;
	*us = seconds * SECOND;
	return true;
}

static bool
read_times(const struct json *claims, int64_t now, struct claims *out)
{
	int64_t not_before = 0;

	if (json_member(claims, "nbf") && !read_time(claims, "nbf", &not_before))
		return false;
	return not_before <= now + JWT_SKEW && read_time(claims, "exp", &out->exp) &&
	       read_time(claims, "iat", &out->iat) &&
	       read_time(claims, "auth_time", &out->auth_time);
}

static bool
read_id(const struct json *claims, const char *name, struct uuid *out)
{
	return uuid_parse(json_string(json_member(claims, name)), out);
}

static bool
read_word(struct ctx *cx, const struct json *claims, const char *name, struct str *out)
{
	struct str s = json_string(json_member(claims, name));

	if (str_absent(s))
		return false;
	*out = str_copy(cx->arena, s);
	return true;
}

static bool
read_amr(struct ctx *cx, const struct json *list, struct str *out)
{
	size_t n = json_count(list);
	struct buf text;

	if (!list || json_kind(list) != JSON_KIND_ARRAY || n > AMR_METHODS_MAX)
		return false;
	buf_init_arena(&text, cx->arena, AMR_TEXT_MAX);
	for (size_t i = 0; i < n; i++) {
		struct str method = json_string(json_element(list, i));

		if (method.n == 0 || str_find(method, ' ') >= 0)
			return false;
		if (i > 0)
			buf_char(&text, ' ');
		buf_str(&text, method);
	}
	*out = buf_view(&text);
	return !text.full;
}

static bool
for_us(const struct config *config, const struct claims *c)
{
	return str_eq(c->iss, config->server_public_url) &&
	       str_eq(c->aud, config->token_audience_effective);
}

static bool
read_claims(struct ctx *cx, struct str text, int64_t now, struct claims *out)
{
	struct json *claims CLEANUP_JSON = NULL;

	return read_object(cx, text, &claims) && read_word(cx, claims, "iss", &out->iss) &&
	       read_word(cx, claims, "aud", &out->aud) && for_us(cx->config, out) &&
	       read_times(claims, now, out) && read_id(claims, "sub", &out->sub) &&
	       read_id(claims, "sid", &out->sid) && read_id(claims, "jti", &out->jti) &&
	       read_word(cx, claims, "role", &out->role) &&
	       read_word(cx, claims, "kyc", &out->kyc) &&
	       json_boolean(json_member(claims, "email_verified"), &out->email_verified) &&
	       read_amr(cx, json_member(claims, "amr"), &out->amr);
}

/* What must be asked anew each time that a remembered token comes. */
static bool
in_time(int64_t iat, int64_t exp, int64_t key_until, int64_t now)
{
	return now < exp + JWT_SKEW && iat <= now + JWT_SKEW &&
	       (key_until == 0 || now <= key_until);
}

static bool
verify_whole(struct ctx *cx, struct ring *ring, struct str token, int64_t now, struct claims *out,
	     int64_t *key_until)
{
	const struct ring_key *key;
	struct header header;
	struct parts parts;
	struct str signature;

	if (!split(token, &parts) || !read_header(cx, parts.header, &header))
		return false;
	key = ring_find(ring, header.kid, now);
	if (!key || !str_eq(header.alg, alg_name(key->jws.alg)) ||
	    !decode(cx, parts.signature, &signature) ||
	    !jws_verify(&key->jws, parts.input, signature))
		return false;
	*key_until = key->verifies_until;
	return read_claims(cx, parts.claims, now, out) &&
	       in_time(out->iat, out->exp, *key_until, now);
}

enum err
jwt_read(struct ctx *cx, struct str token, int64_t now, struct claims *out)
{
	struct ring *ring CLEANUP_RING = keyring_hold(cx->keys);
	struct claims c = {0};
	int64_t key_until;

	if (!ring || !verify_whole(cx, ring, token, now, &c, &key_until))
		return ERR_TOKEN;
	*out = c;
	return OK;
}

static enum err
verify_new(struct ctx *cx, struct str token, int64_t now, struct token_of *out)
{
	struct ring *ring CLEANUP_RING = keyring_hold(cx->keys);
	struct claims c = {0};
	struct verified_token v;

	if (!ring || !verify_whole(cx, ring, token, now, &c, &v.key_until))
		return ERR_TOKEN;
	v.token = (struct token_of){.sub = c.sub, .sid = c.sid, .iat = c.iat, .exp = c.exp};
	verified_keep(keyring_verified(cx->keys), token, ring_generation(ring), &v);
	*out = v.token;
	return OK;
}

enum err
jwt_verify(struct ctx *cx, struct str token, int64_t now, struct token_of *out)
{
	struct verified_token v;

	if (token.n == 0 || token.n > JWT_MAX)
		return ERR_TOKEN;
	if (!verified_find(keyring_verified(cx->keys), token, keyring_generation(cx->keys), &v))
		return verify_new(cx, token, now, out);
	if (!in_time(v.token.iat, v.token.exp, v.key_until, now))
		return ERR_TOKEN;
	*out = v.token;
	return OK;
}

struct str
jwt_kid(struct ctx *cx, struct str token)
{
	struct header header;
	struct parts parts;

	if (!split(token, &parts) || !read_header(cx, parts.header, &header))
		return STR_NONE;
	return header.kid;
}

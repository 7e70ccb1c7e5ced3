/*
 * Session and tokens are made before the transaction that stores them, since signing has no place
 * inside one; a token of a session that was never stored opens nothing. Lifetimes are shortened by
 * chance, so that clients which signed in together do not refresh together.
 */
#include "domain/signin.h"

#include "base/config.h"
#include "base/metrics.h"
#include "base/rnd.h"
#include "crypto/jwt.h"
#include "crypto/token.h"
#include "domain/caller.h"
#include "domain/geo.h"
#include "domain/login_alerts.h"
#include "domain/standing.h"
#include "store/device_block.h"
#include "store/fingerprint.h"

int64_t
jittered(int64_t now, int64_t ttl)
{
	return now + ttl - (int64_t)rnd_jitter((uint64_t)ttl / 20 + 1);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum err
sign_in_gate(struct ctx *cx, const struct user *u, struct str device_id, int64_t now)
{
	bool blocked;

	TRY(standing_of(u, now));
	TRY(device_block_find(cx, device_id, &u->id, &blocked));
	if (blocked)
		return ERR_DEVICE_BLOCKED;
	if (!u->is_email_verified && cx->config->login_require_verified_email)
		return ERR_EMAIL_NOT_VERIFIED;
	return OK;
}

enum err
session_plan(struct ctx *cx, const struct user *u, struct str device_id, struct str amr,
	     int64_t now, struct session *out)
{
	struct geo_spot spot;
	struct session s = {
		.user_id = u->id,
		.device_id = device_id,
		.user_agent = cx->caller->user_agent,
		.ip = cx->caller->ip,
		.amr = amr,
		.auth_time = now,
		.created_at = now,
		.last_seen_at = now,
		.expires_at = jittered(now, cx->config->token_refresh_ttl),
	};

	geo_find(cx, s.ip, &spot);
	s.country = spot.country;
	TRY(uuid_new(&s.id));
	s.idle_expires_at = sooner(jittered(now, cx->config->token_refresh_idle_ttl), s.expires_at);
	*out = s;
	return OK;
}

enum err
tokens_make(struct ctx *cx, const struct session *s, const struct user *u, int64_t now,
	    struct tokens *out)
{
	struct refresh_token refresh = {.session = s->id, .counter = s->counter};
	struct claims c = {
		.sub = u->id,
		.sid = s->id,
		.iat = now / SECOND * SECOND,
		.auth_time = s->auth_time / SECOND * SECOND,
		.iss = cx->config->server_public_url,
		.aud = cx->config->token_audience_effective,
		.role = u->role,
		.kyc = u->kyc_status,
		.amr = s->amr,
		.email_verified = u->is_email_verified,
	};
	struct tokens t = {.session_id = s->id, .user_id = u->id};

	TRY(uuid_new(&c.jti));
	c.exp = sooner(jittered(now, cx->config->token_access_ttl), s->expires_at) / SECOND *
		SECOND;
	if (c.exp <= c.iat)
		c.exp = c.iat + SECOND;
	TRY(jwt_sign(cx, &c, &t.access));
	TRY(refresh_token_make(cx, &refresh, &t.refresh));
	t.access_expires_at = c.exp;
	t.refresh_expires_at = sooner(s->expires_at, s->idle_expires_at);
	t.expires_in = (c.exp - c.iat) / SECOND;
	t.refresh_expires_in = (t.refresh_expires_at - now) / SECOND;
	*out = t;
	return OK;
}

enum err
device_end(struct ctx *cx, const struct device *d, struct str why, int64_t now)
{
	TRY(session_revoke_of_device(cx, &d->user_id, d->device_id, why, now));
	TRY(fingerprint_delete(cx, &d->user_id, d->device_id));
	return device_delete(cx, &d->id);
}

struct surplus {
	struct device v[DEVICE_SURPLUS];
	size_t n;
};

static void
gather_surplus(struct ctx *cx, const struct device *d, void *arg)
{
	struct surplus *s = arg;

	s->v[s->n++] = *d;
}

static enum err
remember_device(struct ctx *cx, struct device *d)
{
	struct surplus s = {.n = 0};

	TRY(uuid_new(&d->id));
	TRY(device_note(cx, d));
	TRY(device_surplus(cx, &d->user_id, d->device_id, SIGNED_IN_MOST, gather_surplus, &s));
	for (size_t i = 0; i < s.n; i++)
		TRY(device_end(cx, &s.v[i], S("surplus"), d->last_seen_at));
	return OK;
}

enum err
session_store(struct ctx *cx, const struct session *s, struct str device_name)
{
	struct device d = {
		.user_id = s->user_id,
		.device_id = s->device_id,
		.name = device_name,
		.first_seen_at = s->created_at,
		.last_seen_at = s->created_at,
	};

	TRY(new_device_alert(cx, s, device_name));
	TRY(session_insert(cx, s));
	TRY(session_end_surplus(cx, &s->user_id, SIGNED_IN_MOST, S("surplus"), s->created_at));
	metric_count(METRIC_SESSIONS_OPENED);
	return str_absent(s->device_id) ? OK : remember_device(cx, &d);
}

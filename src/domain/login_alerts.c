/*
 * Compared is with sign-ins that succeeded: who only knows the password can't make a country known.
 * The first country that is known of an account is no surprise. The two steps of one sign-in, and
 * who tries again and again, raise one notice: an alert from the same address within minutes shows,
 * but is not told twice.
 */
#include "domain/login_alerts.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/json_write.h"
#include "base/metrics.h"
#include "domain/audit.h"
#include "domain/geo.h"
#include "domain/mails.h"
#include "domain/undo.h"

#define TOLD_ONCE_IN (10 * MINUTE)

static const struct str new_country = {"new_country", 11};
static const struct str impossible_travel = {"impossible_travel", 17};

static enum err
is_new_country(struct ctx *cx, const struct login_record *l, bool *yes)
{
	bool any, known;

	*yes = false;
	if (str_absent(l->country))
		return OK;
	TRY(login_country_known(cx, &l->user_id, l->country, &known));
	if (known)
		return OK;
	TRY(login_country_known(cx, &l->user_id, STR_NONE, &any));
	*yes = any;
	return OK;
}

static bool
too_fast(const struct login_place *was, const struct login_record *l)
{
	double km = geo_distance(was->latitude, was->longitude, l->latitude, l->longitude);
	double hours = (double)(l->at > was->at ? l->at - was->at : 0) / (double)HOUR;

	return km > ALERT_DISTANCE && km > hours * ALERT_SPEED;
}

static enum err
judge(struct ctx *cx, struct login_record *l)
{
	struct login_place was;
	bool yes;
	enum err e;

	TRY(is_new_country(cx, l, &yes));
	if (yes) {
		l->alert = new_country;
		return OK;
	}
	if (!l->placed)
		return OK;
	e = login_last_place(cx, &l->user_id, &was);
	if (e == OK && too_fast(&was, l))
		l->alert = impossible_travel;
	return err_map(e, ERR_NOT_FOUND, OK);
}

/* The least id of a record made at that time: UUIDv7 begins with its milliseconds. */
static struct uuid
first_id_at(int64_t us)
{
	struct uuid id = {{0}};
	uint64_t ms = (uint64_t)(us / MILLISECOND);

	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	return id;
}

static struct str
detail(struct ctx *cx, const struct login_record *l)
{
	struct buf text;
	struct json_out w;

	buf_init_arena(&text, cx->arena, 2048);
	w = json_to(&text);
	json_open(&w);
	json_pair_str(&w, "alert", l->alert);
	json_pair_str(&w, "country", l->country);
	json_pair_str(&w, "city", l->city);
	json_pair_str(&w, "outcome", l->outcome);
	json_close(&w);
	return buf_view(&text);
}

static enum err
raise(struct ctx *cx, const struct login_record *l)
{
	struct uuid since = first_id_at(l->at - TOLD_ONCE_IN);
	struct user u;
	struct str undo;
	bool told;

	TRY(login_alerted_since(cx, &l->user_id, &since, l->ip, l->alert, &told));
	if (told)
		return OK;
	TRY(user_by_id(cx, &l->user_id, &u));
	TRY(audit_note_detail(cx, "login_alert", &u.id, detail(cx, l), l->at));
	TRY(undo_link_make(cx, UNDO_SESSION, &u, &l->session_id, l->at, &undo));
	metric_count(str_eq(l->alert, impossible_travel) ? METRIC_ALERTS_TRAVEL
							 : METRIC_ALERTS_COUNTRY);
	return mail_login_alert(cx, &u, l, undo, l->at);
}

enum err
login_alert(struct ctx *cx, struct login_record *l, bool right)
{
	struct geo_spot spot;

	geo_find(cx, l->ip, &spot);
	l->country = spot.country;
	l->city = spot.city;
	l->placed = spot.placed;
	l->latitude = spot.latitude;
	l->longitude = spot.longitude;
	if (!right || uuid_is_zero(&l->user_id))
		return OK;
	TRY(judge(cx, l));
	return str_absent(l->alert) ? OK : raise(cx, l);
}

enum err
new_device_alert(struct ctx *cx, const struct session *s, struct str name)
{
	struct user u;
	struct str undo;
	bool known;

	if (!cx->config->alerts_new_device || str_absent(s->device_id))
		return OK;
	TRY(device_known(cx, &s->user_id, s->device_id, &known));
	if (known)
		return OK;
	TRY(user_by_id(cx, &s->user_id, &u));
	TRY(undo_link_make(cx, UNDO_SESSION, &u, &s->id, s->created_at, &undo));
	metric_count(METRIC_ALERTS_DEVICE);
	return mail_new_device(cx, &u, s, name, undo, s->created_at);
}

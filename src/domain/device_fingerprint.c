/*
 * Of each attribute its name and a keyed hash are kept, bound to user and device: nobody can read a
 * value out of the database, nor see that two devices share one. The names stay readable, because
 * the answer says which of them changed. A row is a run of (length of name, name, hash), ordered by
 * name, so that comparing two is one walk along both.
 */
#include "domain/device_fingerprint.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/json_write.h"
#include "base/metrics.h"
#include "crypto/vault.h"
#include "domain/audit.h"
#include "domain/login.h"
#include "domain/step_up.h"
#include "store/fingerprint.h"
#include "store/store.h"

#define HASH 16
#define PART_MAX (1 + FINGERPRINT_NAME_MAX + HASH)
#define DEVICES_MOST 100 /* of one user */

enum action { ACTION_DEFAULT, ACTION_SAVE, ACTION_COMPARE };

struct part {
	struct str name;
	uint8_t hash[HASH];
};

struct parts {
	struct part v[FINGERPRINT_ATTRIBUTES];
	size_t n;
};

static const char *
attributes_wrong(const struct str_pairs *a)
{
	if (a->n == 0 || a->n > FINGERPRINT_ATTRIBUTES)
		return "Give 1 to 32 attributes.";
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].name.n == 0 || a->v[i].name.n > FINGERPRINT_NAME_MAX)
			return "The name of an attribute has 1 to 64 bytes.";
		if (a->v[i].value.n > FINGERPRINT_VALUE_MAX)
			return "The value of an attribute has at most 1024 bytes.";
	}
	return NULL;
}

enum err
fingerprint_check(struct ctx *cx, const struct str_pairs *attributes)
{
	const char *wrong = attributes_wrong(attributes);

	return wrong ? fail_field(cx, "fingerprint", wrong) : OK;
}

static enum err
check(struct ctx *cx, const struct fingerprint_in *in, enum action *action)
{
	*action = ACTION_DEFAULT;
	if (str_eq(in->action, S("save")))
		*action = ACTION_SAVE;
	else if (str_eq(in->action, S("compare")))
		*action = ACTION_COMPARE;
	else if (!str_absent(in->action))
		(void)fail_field(cx, "action", "Use save or compare.");
	(void)!fingerprint_check(cx, &in->attributes);
	return cx->fault.fields ? ERR_INVALID : OK;
}

static int
order(struct str a, struct str b)
{
	int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int
by_name(const void *a, const void *b)
{
	const struct part *one = a, *other = b;

	return order(one->name, other->name);
}

static void
parts_make(struct ctx *cx, const struct uuid *user, struct str device_id,
	   const struct str_pairs *attributes, struct parts *out)
{
	uint8_t mac[MAC_SIZE];

	out->n = attributes->n;
	for (size_t i = 0; i < out->n; i++) {
		const struct str_pair *a = &attributes->v[i];
		const struct str bound[] = {
			{(const char *)user->b, sizeof(user->b)}, device_id, a->name, a->value};

		vault_mac_parts(cx->vault, VAULT_FINGERPRINT, bound, ARRAY_LEN(bound), mac);
		out->v[i].name = a->name;
		memcpy(out->v[i].hash, mac, HASH);
	}
	qsort(out->v, out->n, sizeof(out->v[0]), by_name);
}

static struct str
parts_write(struct ctx *cx, const struct parts *p)
{
	struct buf b;

	buf_init_arena(&b, cx->arena, FINGERPRINT_ATTRIBUTES * PART_MAX);
	for (size_t i = 0; i < p->n; i++) {
		buf_char(&b, (char)p->v[i].name.n);
		buf_str(&b, p->v[i].name);
		buf_add(&b, p->v[i].hash, HASH);
	}
	return buf_view(&b);
}

static enum err
parts_read(struct str s, struct parts *out)
{
	out->n = 0;
	while (s.n) {
		size_t name = (unsigned char)s.p[0];
		struct part *part = &out->v[out->n];

		if (out->n == FINGERPRINT_ATTRIBUTES || s.n < 1 + name + HASH)
			return ERR_INTERNAL;
		part->name = (struct str){s.p + 1, name};
		memcpy(part->hash, s.p + 1 + name, HASH);
		s = str_from(s, 1 + name + HASH);
		out->n++;
	}
	return OK;
}

static bool
same_hash(const struct part *a, const struct part *b)
{
	return secret_eq((struct secret){(const char *)a->hash, HASH},
			 (struct secret){(const char *)b->hash, HASH});
}

/* Equal attributes by all attributes of either. */
static void
compare(struct ctx *cx, const struct parts *was, const struct parts *is,
	struct fingerprint_out *out)
{
	struct str *changed = arena_array(cx->arena, struct str, was->n + is->n);
	size_t i = 0, j = 0, all = 0, equal = 0, n = 0;

	while (i < was->n || j < is->n) {
		int d = i == was->n ? 1 : j == is->n ? -1 : by_name(&was->v[i], &is->v[j]);

		all++;
		if (d == 0 && same_hash(&was->v[i], &is->v[j]))
			equal++;
		else
			changed[n++] = d <= 0 ? was->v[i].name : is->v[j].name;
		i += d <= 0;
		j += d >= 0;
	}
	out->compared = true;
	out->similarity = all ? (double)equal / (double)all : 0;
	out->match = out->similarity >= FINGERPRINT_MATCH;
	out->changed = (struct str_list){changed, n};
}

struct str
fingerprint_parts(struct ctx *cx, const struct uuid *user, struct str device_id,
		  const struct str_pairs *attributes)
{
	struct parts p;

	parts_make(cx, user, device_id, attributes, &p);
	return parts_write(cx, &p);
}

struct acting {
	const struct fingerprint_in *in;
	struct uuid user, session;
	struct str device_id;
	enum action action;
	bool proven;       /* the owner gave the password */
	bool of_session;   /* the session is of the device */
	bool poor_already; /* and is marked for a poor match */
	struct parts parts;
	struct fingerprint_out out;
};

static struct str
detail(struct ctx *cx, const struct acting *a)
{
	struct buf text;
	struct json_out w;

	buf_init_arena(&text, cx->arena, 4096);
	w = json_to(&text);
	json_open(&w);
	json_pair_uuid(&w, "session_id", &a->session);
	json_pair_str(&w, "device_id", a->device_id);
	json_key(&w, "similarity");
	json_double(&w, a->out.similarity);
	json_close(&w);
	return buf_view(&text);
}

static enum err
save(struct ctx *cx, struct acting *a, bool over, int64_t now)
{
	struct fingerprint f = {
		.user_id = a->user,
		.device_id = a->device_id,
		.parts = parts_write(cx, &a->parts),
		.saved_at = now,
	};
	int64_t devices;

	if (over && !a->proven)
		return ERR_REAUTHENTICATION;
	TRY(fingerprint_count(cx, &f.user_id, &devices));
	if (!over && devices >= DEVICES_MOST)
		return fail(cx, ERR_CONFLICT, "Too many devices have a fingerprint; forget some.");
	TRY(fingerprint_put(cx, &f));
	a->out.saved = true;
	metric_count(METRIC_FINGERPRINTS_SAVED);
	if (!over)
		return OK;
	if (a->of_session)
		TRY(session_set_fingerprint_poor(cx, &a->session, 0));
	return audit_note_detail(cx, "fingerprint_replaced", &f.user_id, detail(cx, a), now);
}

static enum err
act(struct ctx *cx, void *arg)
{
	struct acting *a = arg;
	int64_t now = clock_now();
	struct fingerprint kept;
	struct parts was;
	struct user u;
	enum err e;

	TRY(err_map(user_hold(cx, &a->user, &u), ERR_NOT_FOUND, ERR_TOKEN));
	e = fingerprint_get(cx, &a->user, a->device_id, &kept);
	a->out = (struct fingerprint_out){0};
	if (e != OK && (e != ERR_NOT_FOUND || a->action == ACTION_COMPARE))
		return e;
	if (e == ERR_NOT_FOUND || a->action == ACTION_SAVE)
		return save(cx, a, e == OK, now);
	TRY(parts_read(kept.parts, &was));
	compare(cx, &was, &a->parts, &a->out);
	metric_count(a->out.match ? METRIC_FINGERPRINTS_MATCHED : METRIC_FINGERPRINTS_POOR);
	if (a->out.match || a->poor_already)
		return OK;
	TRY(session_set_fingerprint_poor(cx, &a->session, now));
	return audit_note_detail(cx, "fingerprint_mismatch", &a->user, detail(cx, a), now);
}

enum err
fingerprint_meet(struct ctx *cx, const struct session *s, struct str parts)
{
	struct acting *a = arena_new(cx->arena, struct acting);
	struct fault kept = cx->fault;
	enum err e;

	a->user = s->user_id;
	a->session = s->id;
	a->device_id = s->device_id;
	a->of_session = true;
	TRY(parts_read(parts, &a->parts));
	e = act(cx, a);
	if (e == ERR_CONFLICT)
		cx->fault = kept;
	return err_map(e, ERR_CONFLICT, OK);
}

/* Who has a password gives it; who has none signed in a moment ago. */
static enum err
prove(struct ctx *cx, struct acting *a)
{
	struct fingerprint kept;
	enum err e = fingerprint_get(cx, &a->user, a->device_id, &kept);

	if (e != OK)
		return err_map(e, ERR_NOT_FOUND, OK);
	if (a->in->password.p)
		TRY(password_confirm(cx, "password", a->in->password, NULL));
	else if (!str_absent(cx->caller->user.password) || !signed_in_lately(cx))
		return ERR_REAUTHENTICATION;
	a->proven = true;
	return OK;
}

enum err
fingerprint(struct ctx *cx, const struct fingerprint_in *in, struct fingerprint_out *out)
{
	struct acting *a = arena_new(cx->arena, struct acting);

	a->in = in;
	TRY(check(cx, in, &a->action));
	a->user = cx->caller->user.id;
	a->session = cx->caller->session.id;
	a->device_id = in->device_id;
	a->of_session = str_eq(cx->caller->session.device_id, in->device_id);
	a->poor_already = cx->caller->session.fingerprint_poor_at != 0;
	parts_make(cx, &a->user, in->device_id, &in->attributes, &a->parts);
	if (a->action == ACTION_SAVE)
		TRY(prove(cx, a));
	TRY(store_write(cx, act, a));
	*out = a->out;
	return OK;
}

/*
 * One table row a field type: its JSON type, its limits, how it is checked. Binding looks at every
 * field before it refuses, so a client sees all its mistakes at once.
 */
#include "api/shape_type.h"

#include "base/clock.h"
#include "base/enc.h"
#include "base/list.h"
#include "domain/cursor.h"
#include "domain/policy.h"

#define IDENTIFIER_MAX 254
#define CODE_MAX 64
#define LOGIN_PASSWORD_MAX 1024

const struct shape_type shape_types[FIELD_TYPES] = {
	[FIELD_EMAIL] = {"string", "email", 0, check_email, true, false},
	[FIELD_USERNAME] = {"string", NULL, 0, check_username, false, false},
	[FIELD_PHONE] = {"string", NULL, 0, check_phone, false, false},
	[FIELD_NAME] = {"string", NULL, 0, check_full_name, false, false},
	[FIELD_ROLE] = {"string", NULL, 32, NULL, false, false},
	[FIELD_ROLE_ASKED] = {"string", NULL, 32, NULL, false, false},
	[FIELD_IDENTIFIER] = {"string", NULL, IDENTIFIER_MAX, NULL, true, false},
	[FIELD_DEVICE_ID] = {"string", NULL, 0, check_device_id, false, false},
	[FIELD_DEVICE_NAME] = {"string", NULL, 0, check_device_id, false, false},
	[FIELD_TOKEN] = {"string", NULL, 0, NULL, false, false},
	[FIELD_CODE] = {"string", NULL, CODE_MAX, NULL, false, false},
	[FIELD_WORD] = {"string", NULL, 32, NULL, false, false},
	[FIELD_NEW_PASSWORD] = {"string", "password", LOGIN_PASSWORD_MAX, NULL, false, true},
	[FIELD_PASSWORD] = {"string", "password", LOGIN_PASSWORD_MAX, NULL, false, true},
	[FIELD_ID] = {"string", "uuid", 0, NULL, false, false},
	[FIELD_LIMIT] = {"integer", NULL, 0, NULL, false, false},
	[FIELD_REST] = {"string", NULL, 0, NULL, false, false},
	[FIELD_LIST] = {"array", NULL, 0, NULL, false, false},
	[FIELD_JSON] = {"object", NULL, 0, NULL, false, false},
	[FIELD_NUMBER] = {"number", NULL, 0, NULL, false, false},
	[FIELD_PAPERS] = {"array", NULL, 0, NULL, false, false},
	[FIELD_TEXT] = {"string", NULL, 0, NULL, false, false},
	[FIELD_LITERAL] = {"string", NULL, 0, NULL, false, false},
	[FIELD_DERIVED] = {"string", NULL, 0, NULL, false, false},
	[FIELD_HEX] = {"string", NULL, 0, NULL, false, false},
	[FIELD_UUID] = {"string", "uuid", 0, NULL, false, false},
	[FIELD_TIME] = {"string", "date-time", 0, NULL, false, false},
	[FIELD_INTEGER] = {"integer", NULL, 0, NULL, false, false},
	[FIELD_BOOLEAN] = {"boolean", NULL, 0, NULL, false, false},
	[FIELD_TEXTS] = {"array", NULL, 0, NULL, false, false},
	[FIELD_OBJECT] = {"object", NULL, 0, NULL, false, false},
};

static void *
member(void *whole, size_t at)
{
	return (char *)whole + at;
}

static const void *
member_of(const void *whole, size_t at)
{
	return (const char *)whole + at;
}

/* What is wrong with the text of a field; NULL when nothing is. */
static const char *
text_wrong(struct ctx *cx, const struct field *f, struct str s)
{
	const struct shape_type *t = &shape_types[f->type];

	if (s.n && memchr(s.p, 0, s.n))
		return "The character U+0000 is not allowed.";
	if (!utf8_valid(s))
		return "This is not valid UTF-8.";
	if (s.n == 0)
		return "This field may not be empty.";
	if (t->most && s.n > t->most)
		return "This is too long.";
	if (f->type == FIELD_NEW_PASSWORD)
		return check_password_length(cx->config, secret_of(s));
	if (f->type == FIELD_ROLE_ASKED)
		return check_role(cx, s);
	return t->check ? t->check(s) : NULL;
}

/* An absent one leaves the member as it is: another name of it may have filled it. */
static void
store_text(const struct field *f, struct str s, void *out)
{
	if (f->set_at)
		*(bool *)member(out, f->set_at) = true;
	if (str_absent(s))
		return;
	if (shape_types[f->type].secret)
		*(struct secret *)member(out, f->at) = secret_of(s);
	else
		*(struct str *)member(out, f->at) = s;
}

/* Stores what is more than its text; NULL when it could. A time of 0 would mean none. */
static const char *
store_parsed(const struct field *f, struct str s, void *out)
{
	void *at = member(out, f->at);
	int64_t n;

	switch (f->type) {
	case FIELD_ID:
		return uuid_parse(s, at) ? NULL : "This is not an id.";
	case FIELD_TIME:
		if (!time_parse(s, &n))
			return "Give the time as in 2030-01-31T12:00:00Z (RFC 3339).";
		*(int64_t *)at = n ? n : 1;
		return NULL;
	case FIELD_LIMIT:
		if (!str_int(s, &n) || n < 1 || n > PAGE_MOST)
			return "Give a number from 1 to 100.";
		*(int64_t *)at = n;
		return NULL;
	default:
		store_text(f, s, out);
		return NULL;
	}
}

/* Takes one field's text (absent: null). Errors gather in cx. */
static void
take(struct ctx *cx, const struct field *f, struct str s, void *out)
{
	const char *wrong;

	if (str_absent(s)) {
		if (f->flags & FIELD_NULLABLE)
			store_text(f, s, out);
		else
			(void)fail_field(cx, f->name, "This field may not be null.");
		return;
	}
	if (shape_types[f->type].trim)
		s = str_trim(s);
	wrong = text_wrong(cx, f, s);
	if (!wrong)
		wrong = store_parsed(f, s, out);
	if (wrong)
		(void)fail_field(cx, f->name, wrong);
}

/* Where the text of a field comes from: false when the field is not there. A wrong JSON type is
 * told at once. */
struct source {
	const struct json *json;
	const struct str_pairs *pairs;
	struct str form;
};

static bool
look_up_pair(const struct str_pairs *pairs, const char *name, struct str *s)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (str_eq(pairs->v[i].name, str_of(name))) {
			*s = pairs->v[i].value;
			return true;
		}
	return false;
}

static bool
look_up(struct ctx *cx, const struct source *from, const struct field *f, struct str *s,
	bool *wrong)
{
	const struct json *v;

	*wrong = false;
	if (from->pairs)
		return look_up_pair(from->pairs, f->name, s);
	if (!from->json) {
		if (!form_value(cx->arena, from->form, str_of(f->name), s)) {
			(void)fail_field(cx, f->name, "This is not readable, or given twice.");
			*wrong = true;
			return true;
		}
		return !str_absent(*s);
	}
	v = json_member(from->json, f->name);
	if (!v)
		return false;
	*s = json_string(v);
	if (!str_absent(*s))
		*s = str_copy(cx->arena, *s);
	if (json_kind(v) != JSON_KIND_STRING && json_kind(v) != JSON_KIND_NULL) {
		(void)fail_field(cx, f->name, "This must be a string.");
		*wrong = true;
	}
	return true;
}

static const char *
pair_wrong(struct str name, const struct json *v)
{
	struct str value = json_string(v);

	if (str_absent(value))
		return "This must be a string, or an object of strings.";
	if ((name.n && memchr(name.p, 0, name.n)) || (value.n && memchr(value.p, 0, value.n)))
		return "The character U+0000 is not allowed.";
	return NULL;
}

static struct str_pair
pair_copy(struct ctx *cx, struct str name, const struct json *v)
{
	return (struct str_pair){str_copy(cx->arena, name), str_copy(cx->arena, json_string(v))};
}

/* A string is one attribute with the field's own name. false: it is not there. */
static bool
take_attributes(struct ctx *cx, const struct source *from, const struct field *f, void *out)
{
	const struct json *v = json_member(from->json, f->name), *member_v;
	bool object = json_kind(v) == JSON_KIND_OBJECT;
	struct str_pair *pairs = arena_array(cx->arena, struct str_pair, json_count(v) + 1);
	const char *wrong = NULL;
	struct str name;
	void *state = NULL;
	size_t n = 0;

	if (!v || (json_kind(v) == JSON_KIND_NULL && f->flags & FIELD_NULLABLE))
		return false;
	if (!object && !(wrong = pair_wrong(str_of(f->name), v)))
		pairs[n++] = pair_copy(cx, str_of(f->name), v);
	while (object && !wrong && json_next(v, &state, &name, &member_v))
		if (!(wrong = pair_wrong(name, member_v)))
			pairs[n++] = pair_copy(cx, name, member_v);
	if (wrong)
		(void)fail_field(cx, f->name, wrong);
	else
		*(struct str_pairs *)member(out, f->at) = (struct str_pairs){pairs, n};
	return true;
}

#define TEXTS_MOST 16

static const char *
texts_wrong(struct ctx *cx, const struct json *v, struct str *texts)
{
	if (json_kind(v) != JSON_KIND_ARRAY || json_count(v) > TEXTS_MOST)
		return "This must be a list of at most 16 strings.";
	for (size_t i = 0; i < json_count(v); i++) {
		struct str s = json_string(json_element(v, i));

		if (s.n == 0 || memchr(s.p, 0, s.n))
			return "This must be a list of at most 16 strings.";
		texts[i] = str_copy(cx->arena, s);
	}
	return NULL;
}

/* A list of strings. false: it is not there. */
static bool
take_texts(struct ctx *cx, const struct source *from, const struct field *f, void *out)
{
	const struct json *v = json_member(from->json, f->name);
	struct str *texts = arena_array(cx->arena, struct str, TEXTS_MOST);
	const char *wrong;

	if (!v || (json_kind(v) == JSON_KIND_NULL && f->flags & FIELD_NULLABLE))
		return false;
	wrong = texts_wrong(cx, v, texts);
	if (wrong)
		(void)fail_field(cx, f->name, wrong);
	else
		*(struct str_list *)member(out, f->at) = (struct str_list){texts, json_count(v)};
	return true;
}

static void
check_presence(struct ctx *cx, const struct shape *shape, const bool *there)
{
	size_t of_group = 0, first = shape->n;

	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];
		bool alias_there = i + 1 < shape->n && (shape->fields[i + 1].flags & FIELD_ALIAS) &&
				   there[i + 1];

		if (alias_there && there[i])
			(void)fail_field(cx, shape->fields[i + 1].name,
					 "Give one of its two names only.");
		if ((f->flags & FIELD_REQUIRED) && !there[i] && !alias_there)
			(void)fail_field(cx, f->name, "This field is required.");
		if (!(f->flags & FIELD_ONE_OF))
			continue;
		of_group += there[i];
		if (first == shape->n)
			first = i;
	}
	if (first < shape->n && of_group == 0)
		(void)fail_field(cx, shape->fields[first].name, "An identifier is required.");
	if (of_group > 1)
		(void)fail_field(cx, shape->fields[first].name, "Give exactly one identifier.");
}

static enum err
bind(struct ctx *cx, const struct shape *shape, const struct source *from, void *out)
{
	bool *there = arena_array(cx->arena, bool, shape->n);

	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];
		struct str s = STR_NONE;
		bool wrong;

		if (f->flags & FIELD_PATH || f->type == FIELD_PAPERS)
			continue;
		if (f->type == FIELD_ATTRIBUTES) {
			there[i] = take_attributes(cx, from, f, out);
			continue;
		}
		if (f->type == FIELD_TEXTS) {
			there[i] = take_texts(cx, from, f, out);
			continue;
		}
		there[i] = look_up(cx, from, f, &s, &wrong);
		if (!there[i] || wrong)
			continue;
		take(cx, f, s, out);
		there[i] = !(str_absent(s) && f->flags & FIELD_NULLABLE);
	}
	check_presence(cx, shape, there);
	return cx->fault.fields ? ERR_INVALID : OK;
}

enum err
shape_bind(struct ctx *cx, const struct shape *shape, const struct json *body, void *out)
{
	struct source from = {.json = body};

	return bind(cx, shape, &from, out);
}

enum err
shape_bind_form(struct ctx *cx, const struct shape *shape, struct str form, void *out)
{
	struct source from = {.form = form};

	return bind(cx, shape, &from, out);
}

/* A path without that id leads nowhere; any other text is a field like those of a query. */
static enum err
take_parameter(struct ctx *cx, const struct field *f, struct str sent, void *out)
{
	struct buf plain;

	if (f->type == FIELD_REST)
		return OK;
	if (f->type == FIELD_ID)
		return uuid_parse(sent, member(out, f->at)) ? OK : ERR_NOT_FOUND;
	buf_init_arena(&plain, cx->arena, sent.n + 1);
	if (!percent_decode(&plain, sent, false))
		return fail_field(cx, f->name, "This is not readable.");
	take(cx, f, sent.n ? buf_view(&plain) : S(""), out);
	return cx->fault.fields ? ERR_INVALID : OK;
}

enum err
shape_bind_pairs(struct ctx *cx, const struct shape *shape, const struct str_pairs *pairs,
		 void *out)
{
	struct source from = {.pairs = pairs};

	return bind(cx, shape, &from, out);
}

enum err
shape_bind_path(struct ctx *cx, const struct shape *shape, const struct str *params, void *out)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];

		if (!(f->flags & FIELD_PATH))
			continue;
		TRY(take_parameter(cx, f, *params++, out));
	}
	return OK;
}

struct str
shape_wire_name(const struct shape *shape, struct str field)
{
	for (size_t i = 0; i < shape->n; i++)
		if (shape->fields[i].known_as && str_eq(str_of(shape->fields[i].known_as), field))
			return str_of(shape->fields[i].name);
	return field;
}

static void
render_list(const struct shape *shape, const struct list *list, struct json_out *w)
{
	json_open_list(w);
	for (size_t i = 0; i < list->n; i++)
		shape_render(shape, (const char *)list->v + i * shape->size, w);
	json_close_list(w);
}

static void
render_texts(const struct str_list *list, struct json_out *w)
{
	json_open_list(w);
	for (size_t i = 0; i < list->n; i++)
		json_str(w, list->v[i]);
	json_close_list(w);
}

static void
render_hex(struct str bytes, struct json_out *w)
{
	struct buf text CLEANUP_BUF;

	buf_init(&text, 2 * bytes.n + 1);
	hex_encode(&text, bytes.p, bytes.n);
	json_str(w, buf_view(&text));
}

static void
render_field(const struct field *f, const void *whole, struct json_out *w)
{
	const void *v = member_of(whole, f->at);

	switch (f->type) {
	case FIELD_LITERAL:
		json_z(w, f->literal);
		break;
	case FIELD_DERIVED:
		json_str(w, f->derive(whole));
		break;
	case FIELD_HEX:
		render_hex(*(const struct str *)v, w);
		break;
	case FIELD_UUID:
		if (f->flags & FIELD_NULLABLE && uuid_is_zero(v))
			json_null(w);
		else
			json_uuid(w, v);
		break;
	case FIELD_TIME:
		if ((f->flags & FIELD_NULLABLE) && *(const int64_t *)v == 0)
			json_null(w);
		else
			json_time(w, *(const int64_t *)v);
		break;
	case FIELD_JSON:
		if (str_absent(*(const struct str *)v))
			json_null(w);
		else
			json_raw(w, *(const struct str *)v);
		break;
	case FIELD_NUMBER:
		json_double(w, *(const double *)v);
		break;
	case FIELD_INTEGER:
		json_int(w, *(const int64_t *)v);
		break;
	case FIELD_BOOLEAN:
		json_bool(w, *(const bool *)v);
		break;
	case FIELD_OBJECT:
		shape_render(f->shape, v, w);
		break;
	case FIELD_LIST:
		render_list(f->shape, v, w);
		break;
	case FIELD_TEXTS:
		render_texts(v, w);
		break;
	default:
		json_str(w, *(const struct str *)v);
		break;
	}
}

void
shape_render(const struct shape *shape, const void *in, struct json_out *w)
{
	json_open(w);
	for (size_t i = 0; i < shape->n; i++) {
		json_key(w, shape->fields[i].name);
		render_field(&shape->fields[i], in, w);
	}
	json_close(w);
}

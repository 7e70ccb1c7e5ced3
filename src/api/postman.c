/*
 * Writes a collection by its steps (postman_steps.c) and the rows that they name: method, path,
 * fields and answers are the route table's, so a changed route changes the collection. Mailed codes
 * and links are the one thing that HTTP does not tell: a script asks {{mailbox_url}} for them, and
 * without one a person types them into the variables.
 */
#include "api/postman.h"

#include "base/json_write.h"

#define URL_MAX 2048
#define BODY_MAX 4096

struct example {
	const char *name, *value;
};

/* Variables of the collection. {{run}} are eight digits, new for each fresh person. */
static const struct example variables[] = {
	{"mailbox_url", ""},
	{"run", ""},
	{"mails", "0"},
	{"email", "ada.{{run}}@example.com"},
	{"username", "ada_{{run}}"},
	{"phone", "+4930{{run}}"},
	{"password", "a quiet green harbour"},
	{"new_password", "another quiet harbour"},
	{"device_id", "postman-{{run}}"},
	{"access", ""},
	{"refresh", ""},
	{"code", ""},
	{"token", ""},
};

/* What a field is sent with, by its name on the wire. */
static const struct example examples[] = {
	{"email", "{{email}}"},
	{"username", "{{username}}"},
	{"phone", "{{phone}}"},
	{"full_name", "Ada Lovelace"},
	{"role", "SELLER"},
	{"password", "{{password}}"},
	{"old_password", "{{password}}"},
	{"current_password", "{{password}}"},
	{"new_password", "{{new_password}}"},
	{"device_id", "{{device_id}}"},
	{"device_name", "Postman"},
	{"name", "Postman's own"},
	{"new_email", "new.{{email}}"},
	{"challenge_id", "{{challenge}}"},
	{"method", "totp"},
	{"channel", "email"},
	{"purpose", "login"},
	{"fingerprint", "Firefox 140 on Linux"},
	{"refresh", "{{refresh}}"},
	{"refresh_token", "{{refresh}}"},
	{"token", "{{token}}"},
	{"otp", "{{code}}"},
	{"code", "{{code}}"},
	{"date_of_birth", "1990-02-28"},
	{"country", "ES"},
	{"document_type", "passport"},
	{"documents",
	 "[{\"kind\": \"front\", \"content_type\": \"image/png\", \"data_base64\": "
	 "\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
	 "awAAAABJRU5ErkJggg==\"}]"},
};

static const char about[] =
	"Run it from the first request to the last: each stores what the next ones need.\n\n"
	"Codes and links come by mail. Set `mailbox_url` to an endpoint that hands out the newest "
	"one of an address (`node tests/postman/mailbox.mjs` in the source tree starts one), and "
	"the collection fetches them by itself. Without it, type what the mail says into the "
	"variable `code` or `token` before each request that sends it.";

static const char *
example_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		if (str_eq(str_of(examples[i].name), str_of(name)))
			return examples[i].value;
	die("no example for the field %s in api/postman.c", name);
}

/* Cuts the next "name" or "name=value" off *list; value is absent without '='. */
static bool
next_word(struct str *list, struct str *name, struct str *value)
{
	struct str word;

	if (!str_cut(list, ' ', &word))
		return false;
	*value = word;
	if (!str_cut(value, '=', name))
		return false;
	return true;
}

/* Whether the step sends f, and with what. */
static bool
field_sent(const struct postman_step *step, const struct shape *shape, const struct field *f,
	   struct str *value)
{
	struct str list = str_of(step->fields), name, given;
	bool first_of_group = f->flags & FIELD_ONE_OF;

	for (const struct field *g = shape->fields; g < f; g++)
		first_of_group &= !(g->flags & FIELD_ONE_OF);
	while (next_word(&list, &name, &given)) {
		if (!str_eq(name, str_of(f->name)))
			continue;
		*value = str_absent(given) ? str_of(example_of(f->name)) : given;
		return true;
	}
	if (!(f->flags & FIELD_REQUIRED) && !first_of_group)
		return false;
	*value = str_of(example_of(f->name));
	return true;
}

/* A step that names a field which its row does not have is a mistake of ours. */
static void
check_fields(const struct postman_step *step, const struct route *r)
{
	struct str list = str_of(step->fields), name, given;

	while (next_word(&list, &name, &given)) {
		bool found = false;

		for (size_t i = 0; r->in && i < r->in->n; i++)
			found |= str_eq(str_of(r->in->fields[i].name), name);
		if (!found)
			die("a postman step of %s names the field %.*s, which it has not",
			    r->operation, STR_ARG(name));
	}
}

static bool
stands_in_url(const struct route *r, const struct field *f)
{
	return r->flags & ROUTE_QUERY || f->flags & FIELD_PATH;
}

static void
write_path(const struct route *r, const struct postman_step *step, struct buf *url)
{
	struct str path = str_from(str_of(r->path), 1), piece, value;
	size_t next = 0;

	while (str_cut(&path, '/', &piece)) {
		buf_char(url, '/');
		while (str_starts(piece, S("{")) && !str_starts(piece, S("{{")) &&
		       next < r->in->n) {
			const struct field *f = &r->in->fields[next++];

			if (f->flags & FIELD_PATH && field_sent(step, r->in, f, &value))
				piece = value;
		}
		buf_str(url, piece);
	}
}

static void
write_url(const struct surface *s, const struct route *r, const struct postman_step *step,
	  struct json_out *w)
{
	struct buf url CLEANUP_BUF;
	struct str value;
	char mark = '?';

	buf_init(&url, URL_MAX);
	buf_z(&url, "{{base_url}}");
	write_path(r, step, &url);
	if (s->slash)
		buf_char(&url, '/');
	for (size_t i = 0; r->flags & ROUTE_QUERY && i < r->in->n; i++) {
		if (!field_sent(step, r->in, &r->in->fields[i], &value))
			continue;
		buf_printf(&url, "%c%s=%.*s", mark, r->in->fields[i].name, STR_ARG(value));
		mark = '&';
	}
	json_pair_str(w, "url", buf_view(&url));
}

/* The body's JSON, one member a line; nothing when the row takes none. */
static void
write_body_text(const struct route *r, const struct postman_step *step, struct buf *out)
{
	struct json_out w = json_to(out);
	struct str value;
	bool open = false;

	for (size_t i = 0; r->in && i < r->in->n; i++) {
		const struct field *f = &r->in->fields[i];

		if (stands_in_url(r, f))
			continue;
		if (!open)
			buf_char(out, '{');
		open = true;
		if (!field_sent(step, r->in, f, &value))
			continue;
		buf_z(out, w.comma ? ",\n  " : "\n  ");
		w.comma = false;
		json_z(&w, f->name);
		buf_z(out, ": ");
		w.comma = false;
		if (f->type == FIELD_PAPERS)
			json_raw(&w, value);
		else
			json_str(&w, value);
	}
	if (open)
		buf_z(out, w.comma ? "\n}" : "}");
}

static void
write_body(const struct route *r, const struct postman_step *step, struct json_out *w)
{
	struct buf text CLEANUP_BUF;

	buf_init(&text, BODY_MAX);
	write_body_text(r, step, &text);
	if (!text.n)
		return;
	json_key(w, "body");
	json_open(w);
	json_pair(w, "mode", "raw");
	json_pair_str(w, "raw", buf_view(&text));
	json_key(w, "options");
	json_raw(w, S("{\"raw\":{\"language\":\"json\"}}"));
	json_close(w);
	json_key(w, "header");
	json_raw(w, S("[{\"key\":\"Content-Type\",\"value\":\"application/json\"}]"));
}

static void
write_request(const struct surface *s, const struct route *r, const struct postman_step *step,
	      struct json_out *w)
{
	bool bearer = r->access != ACCESS_PUBLIC && !(step->flags & STEP_ANONYMOUS);

	json_key(w, "request");
	json_open(w);
	json_pair_str(w, "method", method_name(r->method));
	json_key(w, "auth");
	json_raw(w, bearer ? S("{\"type\":\"bearer\",\"bearer\":[{\"key\":\"token\",\"value\":"
			       "\"{{access}}\",\"type\":\"string\"}]}")
			   : S("{\"type\":\"noauth\"}"));
	write_body(r, step, w);
	write_url(s, r, step, w);
	json_pair(w, "description", r->summary);
	json_close(w);
}

static int
status_of(const struct route *r, const struct postman_step *step)
{
	return step->refused ? err_row(step->refused)->status : r->answers[0].status;
}

/* NULL: it succeeds. */
static const char *
code_of(const struct surface *s, const struct route *r, const struct postman_step *step)
{
	if (!step->refused)
		return NULL;
	return error_code(s, r, step->refused);
}

static void
write_expectations(const struct surface *s, const struct route *r, const struct postman_step *step,
		   struct json_out *w)
{
	struct str list = str_of(step->keep), name, where;

	json_key(w, "x-aldgate");
	json_open(w);
	json_pair(w, "operation", r->operation);
	json_key(w, "fresh");
	json_bool(w, step->flags & STEP_FRESH);
	json_key(w, "mail");
	json_bool(w, step->flags & STEP_MAIL);
	json_key(w, "status");
	json_int(w, status_of(r, step));
	json_pair_str(w, "code", str_of(code_of(s, r, step)));
	json_key(w, "keep");
	json_open(w);
	while (next_word(&list, &name, &where)) {
		json_key_str(w, name);
		json_str(w, where);
	}
	json_close(w);
	json_close(w);
}

static void
open_script(const char *when, struct json_out *w)
{
	json_open(w);
	json_pair(w, "listen", when);
	json_key(w, "script");
	json_open(w);
	json_pair(w, "type", "text/javascript");
	json_key(w, "exec");
	json_open_list(w);
}

static void
close_script(struct json_out *w)
{
	json_close_list(w);
	json_close(w);
	json_close(w);
}

static void line(struct json_out *w, const char *format, ...) PRINTF_LIKE(2, 3);

static void
line(struct json_out *w, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_z(w, text);
}

static void
write_before(const struct postman_step *step, struct json_out *w)
{
	if (!(step->flags & (STEP_FRESH | STEP_MAIL)))
		return;
	open_script("prerequest", w);
	if (step->flags & STEP_FRESH) {
		line(w, "const digits = String(Math.floor(1e7 + Math.random() * 9e7));");
		line(w, "pm.collectionVariables.set('run', digits);");
		line(w, "pm.collectionVariables.set('mails', '0');");
	}
	if (step->flags & STEP_MAIL) {
		line(w, "const question = '{{mailbox_url}}/?to={{email}}&after={{mails}}';");
		line(w, "if (pm.variables.get('mailbox_url'))");
		line(w, "  pm.sendRequest(pm.variables.replaceIn(question), (error, answer) => {");
		line(w, "    if (error || answer.code !== 200)");
		line(w, "      throw new Error('no mail came: ' + (error || answer.text()));");
		line(w, "    for (const [name, value] of Object.entries(answer.json()))");
		line(w, "      pm.collectionVariables.set(name, value);");
		line(w, "  });");
	}
	close_script(w);
}

static void
write_after(const struct surface *s, const struct route *r, const struct postman_step *step,
	    struct json_out *w)
{
	struct str list = str_of(step->keep), name, where;
	int status = status_of(r, step);
	const char *code = code_of(s, r, step);

	open_script("test", w);
	line(w, "pm.test('%d', () => pm.response.to.have.status(%d));", status, status);
	if (code)
		line(w, "pm.test('%s', () => pm.expect(pm.response.json().code).to.eql('%s'));",
		     code, code);
	while (next_word(&list, &name, &where))
		line(w,
		     "pm.test('%.*s', () => pm.collectionVariables.set('%.*s', "
		     "pm.response.json().%.*s));",
		     STR_ARG(name), STR_ARG(name), STR_ARG(where));
	close_script(w);
}

static void
write_item(const struct surface *s, const struct route *r, const struct postman_step *step,
	   struct json_out *w)
{
	check_fields(step, r);
	json_open(w);
	json_pair(w, "name", step->title ? step->title : r->summary);
	json_key(w, "event");
	json_open_list(w);
	write_before(step, w);
	write_after(s, r, step, w);
	json_close_list(w);
	write_request(s, r, step, w);
	json_key(w, "response");
	json_raw(w, S("[]"));
	write_expectations(s, r, step, w);
	json_close(w);
}

static void
write_variables(const struct config *config, struct json_out *w)
{
	json_key(w, "variable");
	json_open_list(w);
	json_open(w);
	json_pair(w, "key", "base_url");
	json_pair_str(w, "value", config->server_public_url);
	json_close(w);
	for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
		json_open(w);
		json_pair(w, "key", variables[i].name);
		json_pair(w, "value", variables[i].value);
		json_close(w);
	}
	json_close_list(w);
}

/* Among all tables of that surface. */
static const struct route *
row_of(const struct surface *of, const char *operation)
{
	const struct surface *s = NULL;

	while ((s = surface_named(str_of(of->name), s)) != NULL)
		for (size_t i = 0; i < s->n; i++)
			if (str_eq(str_of(s->routes[i].operation), str_of(operation)))
				return &s->routes[i];
	die("api/postman_steps.c names %s, which is no operation of %s", operation, of->name);
}

static void
check_table(const struct surface *s, const struct postman_steps *plan)
{
	for (size_t i = 0; i < s->n; i++) {
		bool found = false;

		for (size_t j = 0; j < plan->n; j++)
			found |= row_of(s, plan->steps[j].operation) == &s->routes[i];
		if (!found)
			die("api/postman_steps.c has no step for %s", s->routes[i].operation);
	}
}

static void
check_steps(const struct surface *s, const struct postman_steps *plan)
{
	for (; s; s = surface_named(str_of(s->name), s))
		check_table(s, plan);
}

enum err
postman_write(const struct config *config, struct str surface, struct buf *out)
{
	struct json_out w = json_to(out);
	const struct surface *s = surface_named(surface, NULL);
	const struct postman_steps *plan = postman_steps_of(surface);

	if (!s || !plan || !list_has(config->surfaces_enabled, surface))
		return ERR_NOT_FOUND;
	check_steps(s, plan);
	json_open(&w);
	json_key(&w, "info");
	json_open(&w);
	json_key(&w, "name");
	buf_printf(out, "\"aldgate %s\"", s->name);
	w.comma = true;
	json_pair(&w, "description", about);
	json_pair(&w, "version", ALDGATE_VERSION);
	json_pair(&w, "schema",
		  "https://schema.getpostman.com/json/collection/v2.1.0/collection.json");
	json_close(&w);
	json_key(&w, "item");
	json_open_list(&w);
	for (size_t i = 0; i < plan->n; i++)
		write_item(s, row_of(s, plan->steps[i].operation), &plan->steps[i], &w);
	json_close_list(&w);
	write_variables(config, &w);
	json_close(&w);
	return OK;
}

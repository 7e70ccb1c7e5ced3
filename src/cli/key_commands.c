/* The signing keys from the terminal: public parts and times only. */
#include "base/clock.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "crypto/keyring.h"
#include "domain/keys.h"

static const char *
state_text(enum key_state state)
{
	switch (state) {
	case KEY_SIGNING:
		return "signing";
	case KEY_NEXT:
		return "next";
	case KEY_OLD:
		break;
	}
	return "old";
}

static void
line(struct buf *out, const struct key_info *k)
{
	char made[RFC3339_ROOM] = "-", from[RFC3339_ROOM] = "-", until[RFC3339_ROOM] = "-";

	if (k->created_at)
		time_format(made, k->created_at);
	if (k->signs_from)
		time_format(from, k->signs_from);
	if (k->verifies_until)
		time_format(until, k->verifies_until);
	buf_printf(out, "%-43.*s  %-5.*s  %-7s  %-20s  %-20s  %s\n", STR_ARG(k->kid),
		   STR_ARG(k->alg), state_text(k->state), made, from, until);
}

static void
time_member(struct json_out *w, const char *name, int64_t us)
{
	json_key(w, name);
	if (us)
		json_time(w, us);
	else
		json_null(w);
}

static void
object(struct json_out *w, const struct key_info *k)
{
	json_open(w);
	json_pair_str(w, "kid", k->kid);
	json_pair_str(w, "alg", k->alg);
	json_pair(w, "state", state_text(k->state));
	time_member(w, "created_at", k->created_at);
	time_member(w, "signs_from", k->signs_from);
	time_member(w, "verifies_until", k->verifies_until);
	json_close(w);
}

static void
list_text(struct buf *out, const struct key_info *keys, size_t n)
{
	buf_printf(out, "%-43s  %-5s  %-7s  %-20s  %-20s  %s\n", "kid", "alg", "state", "made",
		   "signs from", "verifies until");
	for (size_t i = 0; i < n; i++)
		line(out, &keys[i]);
}

static void
list_json(struct buf *out, const struct key_info *keys, size_t n)
{
	struct json_out w = json_to(out);

	json_open_list(&w);
	for (size_t i = 0; i < n; i++)
		object(&w, &keys[i]);
	json_close_list(&w);
	buf_char(out, '\n');
}

int
cmd_key_list(struct invocation *in)
{
	struct options o = options_of(in);
	bool json = option_flag(&o, "--json");
	const struct key_info *keys;
	size_t n;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	e = keys_list(in->cx, &keys, &n);
	if (e != OK)
		return command_failed(in, e);
	if (json)
		list_json(in->out, keys, n);
	else
		list_text(in->out, keys, n);
	return 0;
}

int
cmd_key_rotate(struct invocation *in)
{
	struct options o = options_of(in);
	struct str kid;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	e = keys_rotate(in->cx, &kid);
	if (e != OK)
		return command_failed(in, e);
	buf_printf(in->out, "%.*s\n", STR_ARG(kid));
	return 0;
}

int
cmd_key_export_jwks(struct invocation *in)
{
	struct options o = options_of(in);
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	e = keys_reload(in->cx);
	if (e != OK)
		return command_failed(in, e);
	keyring_jwks(in->cx->keys, clock_now(), in->out);
	buf_char(in->out, '\n');
	return 0;
}

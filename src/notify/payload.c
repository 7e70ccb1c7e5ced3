/* Reads the payload of an outbox row: sealed under the row's id, JSON inside. Written by
 * domain/message.c. */
#include "notify/payload.h"

#include "base/json_read.h"
#include "crypto/vault.h"

static enum err
read_vars(struct ctx *cx, const struct json *vars, struct message *out)
{
	const struct json *value;
	struct str name;
	void *state = NULL;
	size_t n = 0;

	while (json_next(vars, &state, &name, &value)) {
		if (n == MESSAGE_VARS || json_kind(value) != JSON_KIND_STRING)
			return ERR_INTERNAL;
		out->vars[n++] = (struct message_var){
			.name = str_z(cx->arena, name),
			.value = str_copy(cx->arena, json_string(value)),
		};
	}
	return OK;
}

enum err
payload_open(struct ctx *cx, const struct outbox_row *r, struct message *out)
{
	struct json *payload CLEANUP_JSON = NULL;
	struct message m = {.channel = str_z(cx->arena, r->channel)};
	struct secret plain;
	struct str template;

	TRY(unseal(cx, message_seal_context(cx, &r->id), r->payload, &plain));
	if (json_parse_object(cx, (struct str){plain.p, plain.n}, &payload) != OK)
		return ERR_INTERNAL;
	template = json_string(json_member(payload, "template"));
	m.to = json_string(json_member(payload, "to"));
	if (str_absent(template) || str_absent(m.to))
		return ERR_INTERNAL;
	m.to = str_copy(cx->arena, m.to);
	m.template = str_z(cx->arena, template);
	TRY(read_vars(cx, json_member(payload, "vars"), &m));
	*out = m;
	return OK;
}

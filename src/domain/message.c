/*
 * Puts a message into the outbox. The payload is sealed under the id of its row, because codes and
 * links are as good as passwords while they live, and so that no row can be made of another one's
 * payload.
 */
#include "domain/message.h"

#include "base/json_write.h"
#include "base/metrics.h"
#include "crypto/vault.h"
#include "store/outbox.h"

#define PAYLOAD_MAX ((size_t)64 * 1024)

struct str
message_seal_context(struct ctx *cx, const struct uuid *id)
{
	char text[UUID_ROOM];

	uuid_format(text, id);
	return str_print(cx->arena, "outbox:%s", text);
}

static void
write_payload(struct buf *b, const struct message *m)
{
	struct json_out w = json_to(b);

	json_open(&w);
	json_pair_str(&w, "to", m->to);
	json_pair(&w, "template", m->template);
	json_key(&w, "vars");
	json_open(&w);
	for (size_t i = 0; i < MESSAGE_VARS && m->vars[i].name; i++) {
		if (str_absent(m->vars[i].value))
			continue;
		json_pair_str(&w, m->vars[i].name, m->vars[i].value);
	}
	json_close(&w);
	json_close(&w);
}

static void
count_code(const struct message *m)
{
	size_t i = 0;

	while (i < MESSAGE_VARS && m->vars[i].name && strcmp(m->vars[i].name, "code") != 0)
		i++;
	if (i == MESSAGE_VARS || !m->vars[i].name)
		return;
	if (strcmp(m->channel, "sms") == 0)
		metric_count(METRIC_CODES_SENT_SMS);
	else if (strcmp(m->channel, "email") == 0)
		metric_count(METRIC_CODES_SENT_EMAIL);
}

enum err
message_queue(struct ctx *cx, const struct message *m, int64_t now)
{
	struct outbox_row row = {
		.channel = str_of(m->channel),
		.created_at = now,
		.next_at = now,
	};
	struct buf payload;

	TRY(uuid_new(&row.id));
	buf_init_arena(&payload, cx->arena, PAYLOAD_MAX);
	write_payload(&payload, m);
	if (payload.full)
		return fail(cx, ERR_INTERNAL, "The message %s is too large to be sent.",
			    m->template);
	TRY(seal(cx, message_seal_context(cx, &row.id), buf_view(&payload), &row.payload));
	TRY(outbox_insert(cx, &row));
	count_code(m);
	return OK;
}

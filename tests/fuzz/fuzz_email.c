/*
 * The names that people go by. Who looks one up goes by its shape alone, so what is taken as an
 * e-mail address, a phone number or a username must never pass for another of them; and an address
 * that is taken can stand in a mail's header and in a command to the mail server.
 */
#include "fuzz.h"

#include "domain/policy.h"
#include "notify/mime.h"

#include <regex.h>

#define ATOM "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define ADDRESS "^" ATOM "+(\\." ATOM "+)*@" LABEL "(\\." LABEL ")*$"
#define LOCAL_PART_MAX 64

/* RFC 5321's Mailbox without quotes and address literals, said a second time. */
static bool
is_address(const char *text)
{
	static regex_t address;
	static bool ready;

	require(ready || regcomp(&address, ADDRESS, REG_EXTENDED | REG_NOSUB) == 0);
	ready = true;
	return strlen(text) <= EMAIL_MAX && strcspn(text, "@") <= LOCAL_PART_MAX &&
	       regexec(&address, text, 0, NULL, 0) == 0;
}

static void
check_mail(struct ctx *cx, struct str address)
{
	const struct mail_sender from = {.address = S("a@example.com"), .host = S("example.com")};
	struct mail m = {.to = address, .subject = S("s"), .text = S("t"), .html = S("h")};
	struct buf out;

	require(mail_address_fits(address) && identifier_kind(address) == IDENTIFIER_EMAIL);
	require(check_email(str_lower(cx->arena, address)) == NULL);
	buf_init_arena(&out, cx->arena, FUZZ_TEXT);
	require(mime_write(&m, &from, S("Thu, 1 Jan 2026 00:00:00 +0000"), &out) == OK);
	require(str_has(buf_view(&out),
			str_print(cx->arena, "\r\nTo: %.*s\r\n", STR_ARG(address))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = fuzz_start(NULL);
	struct str text = str_trim(fuzz_text(data, size));
	bool has_nul = text.n > 0 && memchr(text.p, 0, text.n) != NULL;

	require((check_email(text) == NULL) == (!has_nul && is_address(str_z(cx->arena, text))));
	if (check_email(text) == NULL)
		check_mail(cx, text);
	if (check_username(text) == NULL)
		require(identifier_kind(text) == IDENTIFIER_USERNAME && check_phone(text) != NULL);
	if (check_phone(text) == NULL)
		require(identifier_kind(text) == IDENTIFIER_PHONE &&
			mail_address_fits(text) == false);
	if (check_full_name(text) == NULL)
		require(!has_nul && utf8_length(text) <= FULL_NAME_MAX);
	return 0;
}

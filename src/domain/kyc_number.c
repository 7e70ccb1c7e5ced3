/* Sealed under the application's id, so that no row can be made of another one's number. */
#include "domain/kyc_number.h"

#include "crypto/vault.h"

static struct str
context_of(struct ctx *cx, const struct uuid *application)
{
	return str_print(cx->arena, "kyc-number:%.*s", STR_ARG(uuid_text(cx->arena, application)));
}

enum err
kyc_number_seal(struct ctx *cx, const struct uuid *application, struct str plain,
		struct str *sealed)
{
	*sealed = STR_NONE;
	return str_absent(plain) ? OK : seal(cx, context_of(cx, application), plain, sealed);
}

enum err
kyc_number_open(struct ctx *cx, struct kyc_application *a)
{
	struct secret plain;

	if (str_absent(a->document_number))
		return OK;
	TRY(unseal(cx, context_of(cx, &a->id), a->document_number, &plain));
	a->document_number = (struct str){plain.p, plain.n};
	return OK;
}

/* Every command about one account finds it, and fails to, in the same words. */
#include "cli/user_argument.h"

#include "domain/login.h"

bool
user_argument(struct invocation *in, const char *who, struct user *out)
{
	struct uuid id;
	enum err e = uuid_parse(str_of(who), &id) ? user_by_id(in->cx, &id, out)
						  : user_by_identifier(in->cx, str_of(who), out);

	if (e == ERR_NOT_FOUND)
		buf_printf(in->err, "no account is known as \"%s\"\n", who);
	else if (e != OK)
		(void)command_failed(in, e);
	return e == OK;
}

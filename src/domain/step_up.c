/*
 * A token can be stolen, and what it opens then must not include the ways to keep the account: so
 * those ask for the password again. A second factor moves a session's time of sign-in too.
 */
#include "domain/step_up.h"

#include "base/clock.h"
#include "domain/caller.h"
#include "domain/login.h"

#define FRESH (10 * MINUTE)

bool
signed_in_lately(const struct ctx *cx)
{
	return clock_now() - cx->caller->session.auth_time < FRESH;
}

enum err
step_up_either(struct ctx *cx, struct secret password)
{
	if (password.p)
		return password_confirm(cx, "password", password, NULL);
	return signed_in_lately(cx) ? OK : ERR_REAUTHENTICATION;
}

enum err
step_up(struct ctx *cx, struct secret password)
{
	if (!password.p && !str_absent(cx->caller->user.password))
		return fail_field(cx, "password", "This field is required.");
	return step_up_either(cx, str_absent(cx->caller->user.password) ? SECRET_NONE : password);
}

/*
 * A proxy asks here before it lets a request through, and may pass the answer on to the
 * application. So whatever the verdict tells comes from the store, as it was just read for the
 * check of the session, and nothing from the request but the words, which are the operator's.
 */
#include "domain/gate.h"

#include "domain/caller.h"
#include "domain/demands.h"

enum err
gate_ask(struct ctx *cx, const struct gate_in *in, struct gate_out *out)
{
	const struct user *u = &cx->caller->user;
	struct demands d;

	TRY(caller_must_be_signed_in(cx));
	TRY(demands_read(cx, in->require, &d));
	TRY(demands_met(&d, u));
	*out = (struct gate_out){
		.user_id = uuid_text(cx->arena, &u->id),
		.role = u->role,
		.email = u->email,
		.kyc_status = u->kyc_status,
		.session_id = uuid_text(cx->arena, &cx->caller->session.id),
	};
	return OK;
}

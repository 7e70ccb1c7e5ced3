/* The gate: one verdict on who asks, for a proxy in front of any other application (docs/gate.md).
 */
#ifndef DOMAIN_GATE_H
#define DOMAIN_GATE_H

#include "base/ctx.h"

struct gate_in {
	struct str require; /* words of domain/demands.h */
};

/* Who passed, for the application behind the proxy. */
struct gate_out {
	struct str user_id, role, email, kyc_status, session_id;
};

/* Of a caller who is signed in. ERR_INVALID for other words, or what demands_met says. */
MUST_CHECK enum err gate_ask(struct ctx *cx, const struct gate_in *in, struct gate_out *out);

#endif

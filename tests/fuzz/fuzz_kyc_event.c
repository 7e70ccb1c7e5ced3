/*
 * Callbacks of the vendors of identity checks: whatever body comes, an event that is made of it can
 * be stored, and says one of four things. The first byte picks the vendor.
 */
#include "fuzz.h"

#include "api/special/kyc_vendors.h"

static char *no_environ[] = {NULL};

static void
require_storable(const struct kyc_event *e)
{
	static const struct str statuses[] = {S("approved"), S("rejected"), S("resubmit"),
					      S("pending")};
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		known |= str_eq(e->status, statuses[i]);
	require(known);
	require(e->event_id.n > 0 && e->event_id.n <= 200 &&
		!memchr(e->event_id.p, 0, e->event_id.n));
	require(utf8_valid(e->event_id) && !utf8_has_control(e->event_id));
	require(str_absent(e->reason) ||
		(utf8_valid(e->reason) && !utf8_has_control(e->reason) &&
		 str_trim(e->reason).n > 0 && utf8_length(e->reason) <= 500));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = fuzz_start(no_environ);
	struct kyc_event e;
	bool tells;

	if (size == 0)
		return 0;
	for (int form = WEBHOOK_STANDARD + 1; form < WEBHOOK_FORMS; form++)
		if (data[0] % (WEBHOOK_FORMS - 1) == form - 1 &&
		    kyc_vendor_event(cx, (enum webhook_form)form, fuzz_text(data + 1, size - 1), &e,
				     &tells) == OK &&
		    tells)
			require_storable(&e);
	return 0;
}

/* What the bodies of a review look like. */
#ifndef API_ADMIN_REVIEW_SHAPES_H
#define API_ADMIN_REVIEW_SHAPES_H

#include "api/shape.h"

extern const struct shape review_query, review_id, review_paper_id, review_approve_in,
	review_reason_in, review_resubmit_in;
extern const struct shape review_queue, review_case, review_application;

#endif

/* Bodies of an identity check that look alike on every surface. */
#ifndef API_KYC_SHAPES_H
#define API_KYC_SHAPES_H

#include "api/shape.h"

extern const struct shape kyc_submit_shape, kyc_submitted_shape, kyc_standing_shape;

#endif

/* A text as a QR code, drawn in SVG. */
#ifndef API_QR_H
#define API_QR_H

#include "base/ctx.h"

/* An <svg> element of black squares on white with the four modules of quiet around it (ISO/IEC
 * 18004). ERR_INTERNAL when the text is too long for one. */
MUST_CHECK enum err qr_svg(struct ctx *cx, struct str text, struct str *svg);

#endif

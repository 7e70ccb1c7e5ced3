/*
 * libqrencode finds the modules; here each run of dark ones becomes one stroke of a single path,
 * which keeps the answer small. Nothing of the text itself stands in the picture.
 */
#include "api/qr.h"

#include "base/buf.h"

#include <qrencode.h>

#define SVG_MAX ((size_t)256 * 1024)
#define QUIET 4

static bool
dark(const QRcode *qr, int x, int y)
{
	return x < qr->width && qr->data[y * qr->width + x] & 1;
}

static void
draw_row(const QRcode *qr, int y, struct buf *out)
{
	for (int x = 0, end; x < qr->width; x = end + 1) {
		for (end = x; dark(qr, end, y);)
			end++;
		if (end > x)
			buf_printf(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
	}
}

static void
draw(const QRcode *qr, struct buf *out)
{
	int size = qr->width + 2 * QUIET;

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		   "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
		   "<path fill=\"#000\" d=\"",
		   size, size, size, size);
	for (int y = 0; y < qr->width; y++)
		draw_row(qr, y, out);
	buf_z(out, "\"/></svg>");
}

enum err
qr_svg(struct ctx *cx, struct str text, struct str *svg)
{
	QRcode *qr = QRcode_encodeString(str_z(cx->arena, text), 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	struct buf out;

	if (!qr)
		return fail(cx, ERR_INTERNAL, "The QR code can't be made.");
	buf_init_arena(&out, cx->arena, SVG_MAX);
	draw(qr, &out);
	QRcode_free(qr);
	*svg = buf_view(&out);
	return OK;
}

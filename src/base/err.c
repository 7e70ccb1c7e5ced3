/* The rows of errors.def as a table. */
#include "base/err.h"

static const struct err_row rows[ERR_COUNT] = {
#define ERROR(name, status, code, sentence) [ERR_##name] = {#name, status, code, sentence},
#include "base/errors.def"
#undef ERROR
};

const struct err_row *
err_row(enum err e)
{
	if (e <= OK || e >= ERR_COUNT)
		die("there is no error %d", (int)e);
	return &rows[e];
}

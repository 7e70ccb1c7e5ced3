/*
 * The control socket <data_dir>/control.sock of a running server: how a command of the same user
 * works on an embedded store that the server has open. One request a connection: a JSON object
 * {"args":[…],"input":"…"} and the end of sending; one answer {"code","out","err"}.
 */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "server/app.h"

#define CONTROL_ARGS_MAX 32
#define CONTROL_MAX (4 * 1024 * 1024)

/* Runs one command inside the server; returns its exit code. */
typedef int (*control_fn)(struct ctx *cx, const char *const *args, size_t n, struct str input,
			  struct buf *out, struct buf *err);

struct control;
MUST_CHECK enum err
control_start(struct app *app, control_fn run, struct control **out, struct buf *problem);
void control_stop(struct control *c);

/* The client's side. ERR_UNAVAILABLE when no server answers there. */
MUST_CHECK enum err control_call(struct ctx *cx, const char *const *args, size_t n,
				 struct str input, int *code, struct buf *out, struct buf *err);

#endif

/* aldgate as an http_service: the pipeline on one side, the HTTP layer on the other. */
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include "server/app.h"
#include "server/conn.h"

struct http_service service_of(struct app *app);

#endif

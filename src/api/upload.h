/*
 * The body of a row that takes files (ROUTE_UPLOAD): a form (multipart/form-data) whose files are
 * named by their kind, or JSON with the same fields and a list of documents in base64. Either waits
 * in a file when this begins (http_request.upload).
 */
#ifndef API_UPLOAD_H
#define API_UPLOAD_H

#include "api/http.h"
#include "api/shape.h"
#include "base/config.h"

#define UPLOAD_JSON_MAX ((size_t)8 * 1024 * 1024)

/* Most bytes of the body that this head announces: as JSON, or five files of the largest size. */
size_t upload_limit(const struct config *config, const struct http_request *rq);
/* As shape_bind; the field of type FIELD_PAPERS gets a struct list of struct kyc_paper, whose
 * bytes live as long as rq->upload. ERR_MEDIA_TYPE, ERR_TOO_LARGE for a file past kyc.max_file. */
MUST_CHECK enum err
upload_bind(struct ctx *cx, const struct shape *shape, const struct http_request *rq, void *out);

#endif

/*
 * libpq, opened on first use: it brings TLS, Kerberos and LDAP libraries along, which a server with
 * an embedded store need not load. Only the headers are needed at build. For src/store only.
 */
#ifndef STORE_LIBPQ_H
#define STORE_LIBPQ_H

#include "base/base.h"

#include <libpq-fe.h>

/* Each member is the function of its name with PQ in front. */
struct libpq {
	PGconn *(*connectStartParams)(const char *const *keywords, const char *const *values,
				      int expand_dbname);
	PostgresPollingStatusType (*connectPoll)(PGconn *conn);
	void (*finish)(PGconn *conn);
	PQconninfoOption *(*conninfoParse)(const char *conninfo, char **message);
	void (*conninfoFree)(PQconninfoOption *options);
	void (*freemem)(void *p);
	ConnStatusType (*status)(const PGconn *conn);
	PGTransactionStatusType (*transactionStatus)(const PGconn *conn);
	const char *(*parameterStatus)(const PGconn *conn, const char *name);
	int (*serverVersion)(const PGconn *conn);
	int (*socket)(const PGconn *conn);
	char *(*errorMessage)(const PGconn *conn);
	int (*setnonblocking)(PGconn *conn, int on);
	PQnoticeProcessor (*setNoticeProcessor)(PGconn *conn, PQnoticeProcessor fn, void *arg);
	int (*enterPipelineMode)(PGconn *conn);
	int (*exitPipelineMode)(PGconn *conn);
	int (*pipelineSync)(PGconn *conn);
	int (*sendQuery)(PGconn *conn, const char *sql);
	int (*sendQueryParams)(PGconn *conn, const char *sql, int n, const Oid *types,
			       const char *const *values, const int *lengths, const int *formats,
			       int result_format);
	int (*sendPrepare)(PGconn *conn, const char *name, const char *sql, int n,
			   const Oid *types);
	int (*sendQueryPrepared)(PGconn *conn, const char *name, int n, const char *const *values,
				 const int *lengths, const int *formats, int result_format);
	int (*sendDescribePrepared)(PGconn *conn, const char *name);
	int (*flush)(PGconn *conn);
	int (*consumeInput)(PGconn *conn);
	int (*isBusy)(PGconn *conn);
	PGresult *(*getResult)(PGconn *conn);
	void (*clear)(PGresult *result);
	ExecStatusType (*resultStatus)(const PGresult *result);
	char *(*resultErrorField)(const PGresult *result, int field);
	int (*ntuples)(const PGresult *result);
	int (*nfields)(const PGresult *result);
	Oid (*ftype)(const PGresult *result, int column);
	int (*nparams)(const PGresult *result);
	Oid (*paramtype)(const PGresult *result, int parameter);
	int (*getisnull)(const PGresult *result, int row, int column);
	int (*getlength)(const PGresult *result, int row, int column);
	char *(*getvalue)(const PGresult *result, int row, int column);
	char *(*cmdTuples)(PGresult *result);
	char *(*cmdStatus)(PGresult *result);
	int (*libVersion)(void);
};

/* The same table for all, for the life of the process; NULL when the library can't be opened (and
 * is tried anew at the next call). */
const struct libpq *libpq_open(void);
#define LIBPQ_MISSING "libpq.so.5 is missing or too old: install libpq5, version 14 or newer"

#endif

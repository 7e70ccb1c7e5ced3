/*
 * What an engine must bring to be a store, and what the store keeps of it. For src/store only. One
 * struct db is one connection, used by one thread at a time; an engine embeds it as the first
 * member of its own struct.
 */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include "store/query.h"
#include "store/store.h"

#include <pthread.h>

struct driver;
struct writer;
struct recall;
struct db_pool;

enum db_use {
	DB_WRITES, /* opens the store: looks at what is there, migrates; then the writer's */
	DB_READS,  /* a thread's */
	DB_SHARED, /* one of a pool: reads, and writes in transactions */
};

/* The statements around a transaction. Savepoints don't nest: there is one name. */
enum db_control {
	DB_BEGIN,    /* for writing: no other transaction can write until it ends */
	DB_SNAPSHOT, /* for reading: what is read until the end is of one moment */
	DB_MIGRATE,  /* for changing the schema: whoever else tries waits until it ends */
	DB_COMMIT,
	DB_ROLLBACK,
	DB_SAVEPOINT,
	DB_RELEASE,
	DB_UNDO, /* back to the savepoint, which stays */
	DB_CONTROLS
};

struct db {
	const struct driver *driver;
	struct store *store;
	struct db *next;  /* in the store's list of readers, or the pool's of idle ones */
	pthread_t thread; /* whose reader it is */
	bool blank;       /* had nothing in it when it was opened for writing */
	bool outbox;      /* the transaction that runs put something into the outbox */
	bool reading;     /* a row callback runs: it must not come back here */
	bool snapshot;    /* a reader inside DB_SNAPSHOT … */
	uint64_t commits; /* … that had seen this many of the store's commits */
	enum err failure; /* the error that a statement of the transaction ended it with, else OK */
	/* Not of an embedded store: */
	int64_t deadline; /* by clock_mono(): what takes longer is given up */
	int64_t idle_since;
	bool fresh; /* opened for this use: nothing can have happened to it yet */
	bool lost;  /* broken, only to be closed */
	bool again; /* the transaction lost against another and may be run anew */
	bool turn;  /* DB_BEGIN waits until no other of these runs */
};

/* What is asked of a statement, and what came of it. */
struct result {
	row_fn each; /* NULL: no rows are wanted */
	void *out;
	int64_t most; /* rows to visit */
	int64_t rows; /* rows visited */
	int64_t changed;
};

struct row {
	const struct driver *driver;
	void *cursor; /* the engine's */
};

struct driver {
	const char *name;
	bool embedded;
	/* ERR_INVALID and a sentence when what is there is damaged or belongs to something else.
	 * The deadline is not for an embedded store. */
	enum err (*open)(struct store *s, enum db_use use, int64_t deadline, struct db **out,
			 struct buf *problem);
	void (*close)(struct db *db);
	/* Marks it as ours, inside the transaction that makes the first table. NULL: needs none. */
	enum err (*mark)(struct db *db);
	enum err (*control)(struct db *db, enum db_control what);
	/* Statements without parameters, one or several. */
	enum err (*exec)(struct db *db, const char *sql);
	enum err (*run)(struct db *db, struct ctx *cx, enum query q, const struct arg *args,
			struct result *r);
	/* The cell's kind and content; valid until the callback returns. */
	struct arg (*cell)(const struct row *r, int column);
	/* The engine's text of a migration. */
	const char *(*migration)(const struct migration *m);
	/* In the engine's words, what went wrong last. */
	const char *(*message)(struct db *db);
	/* false after an error that ended the transaction, though nobody asked for it. */
	bool (*in_transaction)(struct db *db);
	/* Between groups of writes, embedded only. idle: nobody waits for the writer. */
	void (*upkeep)(struct db *db, bool idle);
};

struct store {
	const struct driver *driver;
	char *url;                /* of a server, NUL-terminated */
	char *path;               /* embedded: absolute */
	int lock;                 /* embedded: descriptor of the lock file */
	uint64_t generation;      /* tells this store from one that stood at its address before */
	struct db *db;            /* the connection that opened it; then the writer's */
	struct writer *writer;    /* embedded, else NULL */
	struct db_pool *pool;     /* of a server's connections, else NULL */
	pthread_mutex_t lane;     /* held by a transaction that is run again (direct.c) */
	_Atomic uint64_t commits; /* counted before their callers go on */
	struct recall *recall;    /* embedded, else NULL */
	pthread_mutex_t mutex;    /* guards what follows */
	struct db *readers;
	void (*wake)(void *arg);
	void *wake_arg;
};

extern const struct driver sqlite_driver;
extern const struct driver postgres_driver;

/* Whether our tables are there. */
MUST_CHECK enum err postgres_exists(const char *url, bool *exists, struct buf *problem);

/* The connection that cx reads from: its transaction's, else the calling thread's (opened when
 * there is none). Embedded only, or inside a transaction. */
MUST_CHECK enum err store_reader(struct ctx *cx, struct db **out);
/* Tells the outbox's worker that there is something for it. */
void store_wake_outbox(struct store *s);

#endif

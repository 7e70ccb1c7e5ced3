/* Brings a store's schema to what this program knows. For src/store only. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/driver.h"

/* cx->db is the connection to write on, in no transaction. *problem: one sentence. */
MUST_CHECK enum err migrate(struct ctx *cx, enum store_migration how, struct buf *problem);

#endif

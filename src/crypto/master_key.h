/* Where the master key comes from: the configuration, else the file <data_dir>/master.key. */
#ifndef CRYPTO_MASTER_KEY_H
#define CRYPTO_MASTER_KEY_H

#include "base/config.h"

#define MASTER_KEY_SIZE 32

/* Whether the configuration leaves it to the file, and the file is there. */
bool master_key_file_there(const struct config *config);

/* As vault_open says; on failure *problem holds one sentence and key is untouched or zero. */
MUST_CHECK enum err master_key_read(const struct config *config, bool may_create,
				    uint8_t key[static MASTER_KEY_SIZE], struct buf *problem);

#endif

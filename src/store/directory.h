/* The data directory: whose it is, said beside LevelDB and not inside, because opening LevelDB
 * already writes. Private to the room.
 *
 *   LOCK-cairn    held while a process uses the directory; its number
 *   STORE-cairn   schema and genesis hash, written once the chain's first rows are synced
 *   chain/        LevelDB
 *   chain.rebuilt/, chain.damaged/   what a rebuild makes, and what it was made from (rescue.c)
 *   validator.*   key and record of a validator may lie here too */
#ifndef CAIRN_STORE_DIRECTORY_H
#define CAIRN_STORE_DIRECTORY_H
#include "local.h"

struct directory {
    char *path, *chain, *lock_path, *mark_path;
    struct file_lock *lock;
    bool has_mark; /* false: a chain is to be begun, or was being begun when it was cut off */
};

/* Looks, locks, looks again. `make`: makes the directory where it lacks. Where it refuses, nothing
 * was written: ERROR_STORE_BUSY, _FOREIGN, _SCHEMA, _GENESIS, _DAMAGED. */
bool directory_open(struct directory *directory, const char *path, const struct genesis *genesis,
                    bool make, struct error *err) MUST_CHECK;
bool directory_mark(const struct directory *directory, const struct genesis *genesis,
                    struct error *err) MUST_CHECK;
void directory_close(struct directory *directory); /* gives the lock back where it is still there */

/* rescue.c: whether LevelDB fails to read any of its blocks, and `err` says which. */
bool rescue_is_needed(struct kv *kv, struct error *err) MUST_CHECK;
/* Rebuilds from what can be read, beside the chain; takes its place if all is well, and what was
 * there is kept as chain.damaged. Else the chain stays as it was. */
bool rescue_run(const struct directory *directory, const struct genesis *genesis,
                const struct kv_leveldb_options *options, const struct store_reindex *how,
                struct error *err) MUST_CHECK;

#endif

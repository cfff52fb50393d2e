/* Opening a data directory, for a node and for a rebuild. */
#include "directory.h"

static struct kv *chain_open(const struct directory *directory,
                             const struct kv_leveldb_options *options, struct error *err)
{
    struct kv_leveldb_options leveldb = *options;

    leveldb.create = !directory->has_mark; /* a chain that was there is never begun anew */
    return kv_leveldb_open(directory->chain, &leveldb, err);
}

bool store_open(struct store **out, const char *path, const struct genesis *genesis,
                const struct store_options *options, struct error *err)
{
    struct directory directory;
    struct store *store = NULL;
    struct kv *kv;

    if (!directory_open(&directory, path, genesis, true, err))
        return false;
    kv = chain_open(&directory, &options->leveldb, err);
    if (kv) /* the mark is made when the first rows are synced: with it, none is a loss of all */
        store =
            store_open_rows(kv, genesis, options->view_cache_accounts, !directory.has_mark, err);
    if (!store)
        goto out;
    if (!directory.has_mark && !directory_mark(&directory, genesis, err)) {
        store_close(store);
        store = NULL;
        goto out;
    }
    store->lock = directory.lock;
    directory.lock = NULL;
    *out = store;
out:
    directory_close(&directory);
    return store || store_fail(err, "data directory %s", path);
}

bool store_reindex(const char *path, const struct genesis *genesis,
                   const struct store_options *options, const struct store_reindex *how,
                   struct error *err)
{
    struct directory directory;
    struct kv *kv;
    bool ok;

    if (!directory_open(&directory, path, genesis, false, err))
        return false;
    kv = chain_open(&directory, &options->leveldb, err);
    if (kv && !rescue_is_needed(kv, err)) {
        ok = store_reindex_kv(kv, genesis, how, err);
        kv_close(kv);
    } else {
        kv_close(kv);
        ok = err->code == ERROR_STORE_DAMAGED &&
             rescue_run(&directory, genesis, &options->leveldb, how, err);
    }
    directory_close(&directory);
    return ok || error_wrap(err, "data directory %s", path);
}

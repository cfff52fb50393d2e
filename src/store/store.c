/* Opening over a port, the head, snapshots, and what the other files lean on. */
#include "read.h"
#include "view.h"

#include <cairn/file.h>

#include <inttypes.h>

static void append(struct error *err, const char *text)
{
    size_t size = strlen(err->text);

    snprintf(err->text + size, sizeof err->text - size, "%s", text);
}

bool store_fail_lost(struct error *err)
{
    char *way_out = strstr(err->text, WAY_OUT);

    if (way_out)
        *way_out = 0;
    err->code = ERROR_STORE_DAMAGED;
    append(err, "; no rebuild helps here: put the directory back from a copy, or begin anew in "
                "another --data-dir");
    return false;
}

bool store_fail(struct error *err, const char *format, ...)
{
    char where[ERROR_TEXT_MAX];
    va_list arguments;

    if (err->code == ERROR_STORE_DAMAGED && !strstr(err->text, "--reindex"))
        append(err, WAY_OUT);
    va_start(arguments, format);
    vsnprintf(where, sizeof where, format, arguments);
    va_end(arguments);
    return error_wrap(err, "%s", where);
}

bool row_find(struct kv *kv, const struct kv_snapshot *at, const struct key *key,
              struct bytes *value, struct error *err)
{
    *value = (struct bytes){0};
    return kv->ops->get(kv, at, key_bytes(key), value, err);
}

void row_free(struct kv *kv, struct bytes value)
{
    if (value.at)
        kv->ops->value_free(kv, value);
}

struct store *store_new(struct kv *kv, size_t view_cache_accounts)
{
    struct store *store = mem_new(1, sizeof *store);

    store->kv = kv;
    view_init(store, view_cache_accounts);
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    view_release(store);
    if (!store->kv_is_borrowed)
        kv_close(store->kv);
    file_lock_close(store->lock); /* last: until here nobody else may come in */
    mem_free(store);
}

/* What is there must be whole; where nothing is and nothing was, a chain is begun. */
static bool open_chain(struct store *store, const struct genesis *genesis, bool begin,
                       struct error *err)
{
    enum meta_state state;

    if (!meta_look(store->kv, genesis, &state, err))
        return false;
    switch (state) {
    case META_EMPTY:
        if (begin)
            return first_write(store, genesis, err);
        return error_set(err, ERROR_STORE_DAMAGED, "none is there, and a chain was begun here");
    case META_REBUILDING:
        return error_set(err, ERROR_STORE_DAMAGED,
                         "a rebuild was cut off: run cairnd --reindex again");
    case META_OURS:
        break;
    }
    return check_chain(store, genesis, err);
}

struct store *store_open_rows(struct kv *kv, const struct genesis *genesis,
                              size_t view_cache_accounts, bool begin, struct error *err)
{
    struct store *store = store_new(kv, view_cache_accounts);

    if (open_chain(store, genesis, begin, err))
        return store;
    store_close(store);
    store_fail(err, "the chain's rows");
    return NULL;
}

bool store_open_kv(struct store **out, struct kv *kv, const struct genesis *genesis,
                   size_t view_cache_accounts, struct error *err)
{
    struct store *store = store_open_rows(kv, genesis, view_cache_accounts, true, err);

    if (store)
        *out = store;
    return store != NULL;
}

static bool head_read(struct store *store, struct header *header, struct hash *hash,
                      struct error *err)
{
    struct hash named;
    uint64_t height;
    bool found;

    if (!meta_head(store->kv, NULL, &height, &named, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_STORE_DAMAGED, "no row names it");
    if (!header_read(store->kv, NULL, height, header, hash, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_STORE_DAMAGED, "the header of block %" PRIu64 " is missing",
                         height);
    return hash_equal(hash, &named) ||
           error_set(err, ERROR_STORE_DAMAGED, "the header of block %" PRIu64 " has another hash",
                     height);
}

/* No snapshot is needed: a header row never changes, and no head is named before its block. */
bool store_head(struct store *store, struct header *header, struct hash *hash, struct error *err)
{
    return head_read(store, header, hash, err) || store_fail(err, "head");
}

struct store_snapshot *store_snapshot_new(struct store *store)
{
    struct store_snapshot *snapshot = mem_new(1, sizeof *snapshot);

    snapshot->store = store;
    snapshot->at = store->kv->ops->snapshot_new(store->kv);
    return snapshot;
}

void store_snapshot_free(struct store_snapshot *snapshot)
{
    if (!snapshot)
        return;
    snapshot->store->kv->ops->snapshot_free(snapshot->store->kv, snapshot->at);
    mem_free(snapshot);
}

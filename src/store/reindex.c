/* Rebuilding what headers, bodies and certificates imply: the chain is played again from its first
 * block, every root compared. In place: a mark stands until the last row is synced, and a rebuild
 * that was cut off begins anew. */
#include "journal.h"
#include "read.h"
#include "write.h"

#include <inttypes.h>

enum {
    DROP_ROWS = 10000, /* in one batch */
    SYNC_BLOCKS = 64,  /* LevelDB's log of so many is what a crash could cost, and the mark stays */
    TRIE_BYTES_MAX = 512 << 20
};

struct rebuild {
    struct store *store;
    const struct genesis *genesis;
    const struct store_reindex *how;
    struct block_rules rules;
    struct state_view view;
    struct state_trie *trie;
    uint64_t height_last;
    struct header parent; /* the block that was rebuilt last */
    struct hash parent_hash;
};

/* The truth must be there before anything that hangs on it is dropped. */
static bool rebuild_look(struct rebuild *r, struct error *err)
{
    struct kv *kv = r->store->kv;
    struct header header;
    struct hash hash;
    bool found;

    if (!meta_check(kv, r->genesis, err) ||
        !check_height_last(kv, KEY_HEADER, &r->height_last, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_STORE_DAMAGED, "no header is there");
    if (!check_heights(kv, KEY_HEADER, 0, r->height_last, err) ||
        !check_heights(kv, KEY_BODY, 0, r->height_last, err) ||
        !check_heights(kv, KEY_CERTIFICATE, 1, r->height_last, err) ||
        !header_read(kv, NULL, 0, &header, &hash, &found, err))
        return false;
    return hash_equal(&hash, &r->genesis->hash) ||
           error_set(err, ERROR_STORE_DAMAGED, "block 0 is not the genesis's");
}

static bool mark_set(struct rebuild *r, bool rebuilding, struct error *err)
{
    struct store_write *write = store_write_new(r->store);

    write_meta(write, r->genesis);
    write_mark(write, rebuilding);
    return store_write_commit(write, true, err);
}

/* Deletes the rows of a space that `goes` names (NULL: all of them). */
static bool space_drop(struct kv *kv, enum key_space space,
                       bool (*goes)(struct bytes key, struct bytes value), struct error *err)
{
    const struct kv_ops *ops = kv->ops;
    struct kv_iterator *iterator = ops->iterator_new(kv, NULL);
    struct kv_batch *batch = ops->batch_new(kv);
    struct key start = key_space(space);
    size_t count = 0;
    bool ok = true;

    for (ops->iterator_seek(iterator, key_bytes(&start));
         ok && ops->iterator_valid(iterator) && key_begins(ops->iterator_key(iterator), &start);
         ops->iterator_next(iterator)) {
        struct bytes key = ops->iterator_key(iterator);

        if (goes && !goes(key, ops->iterator_value(iterator)))
            continue;
        ops->batch_delete(batch, key);
        if (++count % DROP_ROWS == 0) {
            ok = ops->write(kv, batch, false, err);
            ops->batch_free(batch);
            batch = ops->batch_new(kv);
        }
    }
    ok = ok && ops->iterator_check(iterator, err) && ops->write(kv, batch, false, err);
    ops->batch_free(batch);
    ops->iterator_free(iterator);
    return ok;
}

static bool derived_drop(struct kv *kv, struct error *err)
{
    for (size_t i = 0; i < KEY_SPACE_COUNT; i++) {
        bool derived = key_spaces[i].class == CLASS_DERIVED || key_spaces[i].class == CLASS_CACHE;

        if (derived && !space_drop(kv, key_spaces[i].space, NULL, err))
            return error_wrap(err, "dropping old rows");
    }
    return space_drop(kv, KEY_JOURNAL, journal_row_is_damaged, err) ||
           error_wrap(err, "the mempool's journal");
}

/* The block is played: its rows go out, the tree and the view follow. */
static bool block_put(struct rebuild *r, const struct block *block,
                      const struct certificate *certificate, struct block_changes *changes,
                      struct error *err)
{
    struct store_write *write = store_write_new(r->store);
    bool ok;

    store_write_block(write, block, certificate, changes);
    ok = store_write_commit(write, block->header.height % SYNC_BLOCKS == 0, err);
    if (ok)
        state_trie_fold(r->trie, changes->pending);
    else
        state_trie_drop(r->trie, changes->pending);
    store_view_update(r->store, changes);
    block_changes_release(changes);
    r->parent = block->header;
    r->parent_hash = block->hash;
    if (ok && r->how->progress)
        r->how->progress(r->how->context, block->header.height, r->height_last);
    return ok;
}

static bool first_put(struct rebuild *r, struct error *err)
{
    struct block_changes changes;
    struct block *block;
    bool ok;

    if (!first_block(&block, &changes, r->genesis, r->trie, err))
        return false;
    ok = block_put(r, block, NULL, &changes, err);
    block_drop(block);
    return ok;
}

static bool senders_recover(struct rebuild *r, struct tx **tx, size_t count, struct error *err)
{
    if (r->how->recover)
        return r->how->recover(r->how->context, tx, count, err);
    for (size_t i = 0; i < count; i++)
        if (!tx_recover(tx[i], err))
            return error_wrap(err, "transaction %zu", i);
    return true;
}

/* Gives the block as the truth has it, senders recovered from its signatures. */
static struct block *block_of_truth(struct rebuild *r, uint64_t height, struct error *err)
{
    struct kv *kv = r->store->kv;
    struct header header;
    struct block *block;
    struct bytes body;
    struct hash hash;
    struct tx **tx;
    size_t count;
    bool found;

    if (!header_read(kv, NULL, height, &header, &hash, &found, err))
        return NULL;
    if (!found || !hash_equal(&header.parent_hash, &r->parent_hash)) {
        error_set(err, ERROR_STORE_DAMAGED, "it does not follow the block before");
        return NULL;
    }
    if (!body_read(kv, NULL, &header, &tx, &count, &body, err))
        return NULL;
    row_free(kv, body);
    if (!senders_recover(r, tx, count, err)) {
        body_free(tx, count);
        return NULL;
    }
    block = block_new(&header, tx, count);
    mem_free(tx);
    return block;
}

static bool certificate_of_truth(struct rebuild *r, const struct block *block,
                                 struct certificate *certificate, struct error *err)
{
    const struct genesis *genesis = r->genesis;
    bool found;

    if (!certificate_read(r->store->kv, NULL, block->header.height, certificate, &found, err))
        return false;
    if (!found || !hash_equal(&certificate->block, &block->hash))
        return error_set(err, ERROR_STORE_DAMAGED, "its certificate is of another block");
    return certificate_check(certificate, SIGN_PRECOMMIT, &genesis->hash, &genesis->council, err);
}

static bool block_rebuild(struct rebuild *r, uint64_t height, struct error *err)
{
    struct certificate certificate;
    struct block_changes changes;
    struct block *block = block_of_truth(r, height, err);
    bool ok = block && certificate_of_truth(r, block, &certificate, err) &&
              block_apply(&changes, block, &r->parent, &r->rules, &r->view, r->trie, err) &&
              block_put(r, block, &certificate, &changes, err);

    block_drop(block);
    return ok || error_wrap(err, "block %" PRIu64, height);
}

static bool rebuild_run(struct rebuild *r, struct error *err)
{
    if (!rebuild_look(r, err) || !mark_set(r, true, err) || !derived_drop(r->store->kv, err) ||
        !first_put(r, err))
        return false;
    for (uint64_t height = 1; height <= r->height_last; height++)
        if (!block_rebuild(r, height, err))
            return false;
    return mark_set(r, false, err);
}

/* What a rebuild stumbles over is the truth itself, or the disk, or a recovery that was stopped. */
static bool rebuild_fail(struct error *err)
{
    switch ((int)err->code) {
    case ERROR_IO:
    case ERROR_STOPPING:
    case ERROR_STORE_GENESIS:
    case ERROR_STORE_SCHEMA:
        break;
    default:
        store_fail_lost(err);
    }
    return error_wrap(err, "rebuilding the store");
}

bool store_reindex_kv(struct kv *kv, const struct genesis *genesis, const struct store_reindex *how,
                      struct error *err)
{
    struct rebuild r = {.store = store_new(kv, STORE_VIEW_CACHE_DEFAULT),
                        .genesis = genesis,
                        .how = how,
                        .rules = genesis_block_rules(genesis)};
    struct state_rows rows = store_rows(r.store);
    bool ok;

    r.store->kv_is_borrowed = true;
    r.view = store_view(r.store);
    r.trie = state_trie_new(&rows, TRIE_BYTES_MAX);
    ok = rebuild_run(&r, err);
    state_trie_free(r.trie);
    store_close(r.store);
    return ok || rebuild_fail(err);
}

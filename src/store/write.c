/* A block's rows in one batch. Nothing is read for it: the changes carry all. */
#include "write.h"

#include <inttypes.h>

struct store_write {
    struct store *store;
    struct kv_batch *batch;
    struct buffer row; /* the one that is being made */
    uint64_t height;   /* of the block whose trie rows are being put */
};

struct store_write *store_write_new(struct store *store)
{
    struct store_write *write = mem_new(1, sizeof *write);

    write->store = store;
    write->batch = store->kv->ops->batch_new(store->kv);
    return write;
}

static void put(struct store_write *write, const struct key *key, struct bytes value)
{
    write->store->kv->ops->batch_put(write->batch, key_bytes(key), value);
}

static void put_row(struct store_write *write, const struct key *key)
{
    put(write, key, buffer_bytes(&write->row));
    buffer_clear(&write->row);
}

void write_meta(struct store_write *write, const struct genesis *genesis)
{
    meta_put(write->batch, write->store->kv->ops, genesis);
}

void write_mark(struct store_write *write, bool rebuilding)
{
    struct key key = key_meta(META_REINDEX);

    if (rebuilding)
        put(write, &key, (struct bytes){0});
    else
        write->store->kv->ops->batch_delete(write->batch, key_bytes(&key));
}

/* Header, body, certificate, index: a row each. */
static void put_block(struct store_write *write, const struct block *block,
                      const struct certificate *certificate)
{
    uint64_t height = block->header.height;
    struct buffer body = {0};
    struct key key;

    key = key_block(KEY_HEADER, height);
    header_encode(&write->row, &block->header);
    put_row(write, &key);
    if (certificate) {
        key = key_block(KEY_CERTIFICATE, height);
        certificate_encode(&write->row, certificate);
        row_seal(&write->row, 0, &key);
        put_row(write, &key);
    }
    body_encode(&body, block->tx, block->tx_count);
    key = key_block(KEY_BODY, height);
    put(write, &key, buffer_bytes(&body));
    key = key_block(KEY_INDEX, height);
    index_row_put(&write->row, &key, block, buffer_bytes(&body));
    put_row(write, &key);
    buffer_release(&body);
}

static void put_places(struct store_write *write, const struct block *block)
{
    struct key key = key_hash(&block->hash, block->header.height);

    put(write, &key, (struct bytes){0});
    for (size_t i = 0; i < block->tx_count; i++) {
        key = key_place(&block->tx[i]->hash, block->header.height, (uint32_t)i);
        put(write, &key, (struct bytes){0});
    }
}

static void put_account(struct store_write *write, const struct block_changes *changes,
                        const struct account_change *change)
{
    struct key key;

    assert(change->after.height_last == write->height);
    assert(change->position_first <= changes->position_count &&
           change->position_count <= changes->position_count - change->position_first);
    if (change->after.exists) {
        key = key_account(&change->khash);
        account_row_put(&write->row, &key, &change->after);
        put_row(write, &key);
    }
    key = key_history(&change->khash, write->height);
    history_row_put(&write->row, &key, &change->after,
                    change->position_count ? &changes->position[change->position_first] : NULL,
                    change->position_count);
    put_row(write, &key);
}

static void put_trie(void *context, unsigned depth, const uint8_t prefix[2],
                     const struct hash *hash)
{
    struct store_write *write = context;
    struct key key = key_trie(depth, prefix, write->height);

    put(write, &key, bytes_of_hash(hash));
}

void store_write_block(struct store_write *write, const struct block *block,
                       const struct certificate *certificate, const struct block_changes *changes)
{
    write->height = block->header.height;
    assert(write->height == write->store->height_next);
    assert(hash_equal(&changes->state_root, &block->header.state_root));
    assert(write->height == 0 || (certificate && hash_equal(&certificate->block, &block->hash)));
    put_block(write, block, write->height > 0 ? certificate : NULL);
    put_places(write, block);
    for (size_t i = 0; i < changes->change_count; i++)
        put_account(write, changes, &changes->change[i]);
    state_pending_prefixes(changes->pending, put_trie, write);
    meta_put_head(write->batch, write->store->kv->ops, write->height, &block->hash);
    write->store->height_next = write->height + 1;
}

void store_write_journal_put(struct store_write *write, uint64_t sequence, const struct tx *tx)
{
    struct key key = key_journal(sequence);

    assert(tx->sender_known);
    buffer_put(&write->row, bytes_of_address(&tx->sender));
    buffer_put(&write->row, tx->encoding);
    row_seal(&write->row, 0, &key);
    put_row(write, &key);
}

void store_write_journal_delete(struct store_write *write, uint64_t sequence)
{
    struct key key = key_journal(sequence);

    write->store->kv->ops->batch_delete(write->batch, key_bytes(&key));
}

bool store_write_commit(struct store_write *write, bool sync, struct error *err)
{
    struct store *store = write->store;
    const struct kv_ops *ops = store->kv->ops;
    bool ok;

    if (store->failed)
        ok = error_set(err, ERROR_IO, "a write failed before this one: nothing may follow it");
    else
        ok = ops->write(store->kv, write->batch, sync, err);
    store->failed = !ok;
    ops->batch_free(write->batch);
    buffer_release(&write->row);
    mem_free(write);
    return ok || store_fail(err, "writing to the store");
}

/* A wrong byte in any row is noticed: by who reads it, at the opening, or by the state root. */
#include "test_chain.h"

enum { BLOCKS = 6 };

struct row {
    struct buffer key, value;
};

struct rows {
    struct row *row;
    size_t count;
};

static void rows_list(struct test_chain *c, struct rows *rows)
{
    const struct kv_ops *ops = c->kv->ops;
    struct kv_iterator *iterator = ops->iterator_new(c->kv, NULL);

    for (ops->iterator_seek(iterator, bytes_of_text("")); ops->iterator_valid(iterator);
         ops->iterator_next(iterator)) {
        struct row row = {{0}, {0}};

        buffer_put(&row.key, ops->iterator_key(iterator));
        buffer_put(&row.value, ops->iterator_value(iterator));
        rows->row = mem_grow(rows->row, rows->count + 1, sizeof rows->row[0]);
        rows->row[rows->count++] = row;
    }
    ops->iterator_free(iterator);
}

static void rows_release(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        buffer_release(&rows->row[i].key);
        buffer_release(&rows->row[i].value);
    }
    mem_free(rows->row);
}

static bool take_one(void *context, uint64_t sequence, struct tx *tx)
{
    (void)context;
    (void)sequence;
    tx_drop(tx);
    return true;
}

static bool blocks_are_good(struct test_chain *c, struct store_snapshot *snapshot,
                            struct error *err)
{
    for (uint64_t height = 0; height <= c->head; height++) {
        struct certificate certificate;
        struct block *block;
        uint64_t back;
        bool found;

        if (!store_block(snapshot, height, &block, err) ||
            !store_certificate(snapshot, height, &certificate, &found, err) ||
            !store_height_of_hash(snapshot, &c->block[height]->hash, &back, &found, err))
            return false;
        block_drop(block);
        ck_assert(found && back == height);
        for (size_t i = 0; i < c->block[height]->tx_count; i++) {
            struct store_tx tx;

            if (!store_tx_by_hash(snapshot, &c->block[height]->tx[i]->hash, &tx, err))
                return false;
            if (!tx.tx)
                return error_set(err, ERROR_STATE_UNKNOWN, "a transaction is not found");
            tx_drop(tx.tx);
        }
    }
    return true;
}

static bool accounts_are_good(struct test_chain *c, struct store_snapshot *snapshot,
                              struct error *err)
{
    struct account account;
    uint64_t count;
    struct u256 sum;
    struct hash root;

    for (size_t i = 0; i < c->change_count; i++)
        for (uint64_t height = 0; height <= c->head; height++)
            if (!store_account(snapshot, &c->change[i].address, height, &account, err))
                return false;
    if (!store_verify_state(c->store, &root, &sum, &count, err))
        return false;
    return hash_equal(&root, &c->block[c->head]->header.state_root) ||
           error_set(err, ERROR_STORE_DAMAGED, "the state root differs");
}

/* Everything that a node does with its rows. */
static bool all_is_good(struct test_chain *c, struct error *err)
{
    struct store_snapshot *snapshot;
    bool ok;

    if (!test_store_try(c, err))
        return false;
    snapshot = store_snapshot_new(c->store);
    ok = blocks_are_good(c, snapshot, err) && accounts_are_good(c, snapshot, err) &&
         store_journal_scan(c->store, take_one, NULL, err);
    store_snapshot_free(snapshot);
    store_close(c->store);
    c->store = NULL;
    return ok;
}

static void chain_of(struct test_chain *c, int port)
{
    struct store_write *write;
    struct error err = {0};
    struct tx *tx;

    test_chain_open(c, port, 11);
    while (c->head < BLOCKS)
        test_chain_grow(c, 6);
    tx = test_transfer(c);
    write = store_write_new(c->store);
    store_write_journal_put(write, 5, tx);
    ck_assert(store_write_commit(write, true, &err));
    tx_drop(tx);
    test_store_close(c);
    ck_assert_msg(all_is_good(c, &err), "%s", err.text);
}

static void is_noticed(struct test_chain *c, const struct row *row)
{
    struct error err = {0};

    ck_assert_msg(!all_is_good(c, &err), "a row of '%c' (%zu bytes) is not missed", row->key.at[0],
                  row->value.size);
    ck_assert_msg(err.code == ERROR_STORE_DAMAGED || row->key.at[0] == KEY_META, "%c: %s",
                  row->key.at[0], err.text);
    ck_assert_uint_gt(strlen(err.text), 20);
}

/* Rows `m` are put together by proofs alone, which come to the state root or do not hold. */
START_TEST(a_wrong_byte_is_noticed)
{
    struct rows rows = {0};
    struct test_chain c;
    size_t tried = 0;

    chain_of(&c, _i);
    rows_list(&c, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        struct row *row = &rows.row[i];
        uint8_t *byte;

        if (row->value.size == 0 || row->key.at[0] == KEY_TRIE)
            continue;
        byte = &row->value.at[test_random(&c, row->value.size)];
        *byte ^= (uint8_t)(1 << test_random(&c, 8));
        test_row_put(c.kv, buffer_bytes(&row->key), buffer_bytes(&row->value));
        *byte ^= 0xff; /* not what was read: what stands there is compared, not remembered */
        is_noticed(&c, row);
        *byte ^= 0xff;
        rows_release(&(struct rows){0});
        tried++;
        {
            struct buffer now = {0};

            test_row_get(c.kv, buffer_bytes(&row->key), &now);
            ck_assert(bytes_equal(buffer_bytes(&now), buffer_bytes(&row->value)));
            buffer_release(&now);
        }
    }
    ck_assert_uint_gt(tried, 60);
    rows_release(&rows);
    test_chain_close(&c);
}
END_TEST

Suite *damage_suite(void);

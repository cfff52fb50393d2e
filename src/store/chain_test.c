/* Every reader gives what was put, at every height, on both ports. */
#include "test_chain.h"

#include <pthread.h>

enum { BLOCKS = 40, READERS = 3 };

static void chain_of(struct test_chain *c, int port, uint64_t blocks)
{
    test_chain_open(c, port, 1);
    while (c->head < blocks)
        test_chain_grow(c, TEST_TXS_MAX);
}

static void block_is(const struct block *have, const struct block *want)
{
    ck_assert_ptr_nonnull(have);
    ck_assert(hash_equal(&have->hash, &want->hash));
    ck_assert_uint_eq(have->size, want->size);
    ck_assert_uint_eq(have->tx_count, want->tx_count);
    for (size_t i = 0; i < want->tx_count; i++) {
        ck_assert(bytes_equal(have->tx[i]->encoding, want->tx[i]->encoding));
        ck_assert(have->tx[i]->sender_known);
        ck_assert(address_equal(&have->tx[i]->sender, &want->tx[i]->sender));
    }
}

static void block_reads(struct test_chain *c, struct store_snapshot *snapshot, uint64_t height)
{
    const struct block *want = c->block[height];
    struct certificate certificate;
    struct error err = {0};
    struct header header;
    struct block *block;
    struct hash hash, root;
    uint64_t back;
    size_t count;
    bool found;

    ck_assert_msg(store_header(snapshot, height, &header, &hash, &found, &err), "%s", err.text);
    ck_assert(found && hash_equal(&hash, &want->hash) && header.height == height);
    ck_assert(store_height_of_hash(snapshot, &want->hash, &back, &found, &err));
    ck_assert(found && back == height);
    ck_assert_msg(store_block(snapshot, height, &block, &err), "%s", err.text);
    block_is(block, want);
    block_drop(block);
    ck_assert(store_receipts_root(snapshot, height, &hash, &found, &err) && found);
    receipts_root(&root, want->tx, want->tx_count);
    ck_assert(hash_equal(&hash, &root));
    ck_assert(store_tx_count(snapshot, height, &count, &found, &err) && found);
    ck_assert_uint_eq(count, want->tx_count);
    ck_assert(store_certificate(snapshot, height, &certificate, &found, &err));
    ck_assert_int_eq(found, height > 0);
    if (found) {
        ck_assert(hash_equal(&certificate.block, &want->hash));
        ck_assert_mem_eq(&certificate.signature[0], &c->certificate[height].signature[0],
                         sizeof certificate.signature[0]);
    }
}

static void tx_is(const struct store_tx *have, const struct block *block, size_t position,
                  uint64_t gas)
{
    ck_assert_ptr_nonnull(have->tx);
    ck_assert(bytes_equal(have->tx->encoding, block->tx[position]->encoding));
    ck_assert(address_equal(&have->tx->sender, &block->tx[position]->sender));
    ck_assert_uint_eq(have->height, block->header.height);
    ck_assert_uint_eq(have->position, position);
    ck_assert_uint_eq(have->gas_cumulative, gas);
    ck_assert(hash_equal(&have->block_hash, &block->hash));
    ck_assert(hash_equal(&have->header.state_root, &block->header.state_root));
}

static void transactions_read(struct test_chain *c, struct store_snapshot *snapshot,
                              uint64_t height)
{
    const struct block *block = c->block[height];
    struct error err = {0};
    struct store_tx tx;
    uint64_t gas = 0;

    for (size_t i = 0; i < block->tx_count; i++) {
        gas += block->tx[i]->gas_intrinsic;
        ck_assert_msg(store_tx_by_hash(snapshot, &block->tx[i]->hash, &tx, &err), "%s", err.text);
        tx_is(&tx, block, i, gas);
        tx_drop(tx.tx);
        ck_assert_msg(store_tx_by_place(snapshot, height, (uint32_t)i, &tx, &err), "%s", err.text);
        tx_is(&tx, block, i, gas);
        tx_drop(tx.tx);
    }
    ck_assert(store_tx_by_place(snapshot, height, (uint32_t)block->tx_count, &tx, &err));
    ck_assert_ptr_null(tx.tx);
    ck_assert(store_tx_by_place(snapshot, height, UINT32_MAX, &tx, &err));
    ck_assert_ptr_null(tx.tx);
}

static void accounts_read(struct test_chain *c, struct store_snapshot *snapshot, uint64_t height)
{
    for (size_t i = 0; i < c->change_count; i++) {
        struct account want = test_account_at(c, &c->change[i].address, height), have;
        struct error err = {0};

        ck_assert_msg(store_account(snapshot, &c->change[i].address, height, &have, &err), "%s",
                      err.text);
        test_account_is(&have, &want);
    }
}

/* All that a snapshot at the head sees. */
static void everything_reads(struct test_chain *c)
{
    struct store_snapshot *snapshot = store_snapshot_new(c->store);
    struct error err = {0};
    struct header header;
    struct hash hash;

    ck_assert_msg(store_head(c->store, &header, &hash, &err), "%s", err.text);
    ck_assert_uint_eq(header.height, c->head);
    ck_assert(hash_equal(&hash, &c->block[c->head]->hash));
    for (uint64_t height = 0; height <= c->head; height++) {
        block_reads(c, snapshot, height);
        transactions_read(c, snapshot, height);
        if (height % 4 == 0 || height == c->head)
            accounts_read(c, snapshot, height);
    }
    store_snapshot_free(snapshot);
}

START_TEST(every_reader_gives_what_was_put)
{
    struct test_chain c;

    chain_of(&c, _i, BLOCKS);
    everything_reads(&c);
    test_store_reopen(&c);
    everything_reads(&c);
    for (size_t i = 0; i < 5; i++) /* and the chain goes on */
        test_chain_grow(&c, TEST_TXS_MAX);
    test_store_reopen(&c);
    everything_reads(&c);
    test_chain_close(&c);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    static const uint64_t beyond[] = {4, 5, STORE_HEIGHT_MAX, STORE_HEIGHT_MAX + 1, UINT64_MAX};
    struct address nobody = {{0x42}};
    struct store_snapshot *snapshot;
    struct certificate certificate;
    struct account account;
    struct error err = {0};
    struct hash hash = {{0x17}};
    struct header header;
    struct test_chain c;
    struct block *block;
    struct store_tx tx;
    uint64_t height;
    size_t count;
    bool found;

    chain_of(&c, _i, 3);
    snapshot = store_snapshot_new(c.store);
    for (size_t i = 0; i < COUNT(beyond); i++) {
        ck_assert(store_header(snapshot, beyond[i], &header, &hash, &found, &err) && !found);
        ck_assert(store_block(snapshot, beyond[i], &block, &err) && !block);
        ck_assert(store_certificate(snapshot, beyond[i], &certificate, &found, &err) && !found);
        ck_assert(store_receipts_root(snapshot, beyond[i], &hash, &found, &err) && !found);
        ck_assert(store_tx_count(snapshot, beyond[i], &count, &found, &err) && !found);
        ck_assert(store_tx_by_place(snapshot, beyond[i], 0, &tx, &err) && !tx.tx);
    }
    ck_assert(store_height_of_hash(snapshot, &hash, &height, &found, &err) && !found);
    ck_assert(store_tx_by_hash(snapshot, &hash, &tx, &err) && !tx.tx);
    ck_assert(store_account(snapshot, &nobody, 3, &account, &err));
    test_account_is(&account, &(struct account){0});
    store_snapshot_free(snapshot);
    test_chain_close(&c);
}
END_TEST

/* Hashes that begin alike share a run of keys; only the whole hash finds. */
START_TEST(a_hash_that_only_begins_alike_is_not_found)
{
    struct store_snapshot *snapshot;
    struct error err = {0};
    struct test_chain c;
    struct store_tx tx;
    struct hash hash;
    uint64_t height;
    bool found;

    chain_of(&c, _i, 6);
    snapshot = store_snapshot_new(c.store);
    for (uint64_t i = 0; i <= c.head; i++) {
        hash = c.block[i]->hash;
        hash.byte[31] ^= 1;
        ck_assert(store_height_of_hash(snapshot, &hash, &height, &found, &err) && !found);
        if (c.block[i]->tx_count > 0) {
            hash = c.block[i]->tx[0]->hash;
            hash.byte[8] ^= 1;
            ck_assert(store_tx_by_hash(snapshot, &hash, &tx, &err) && !tx.tx);
        }
    }
    store_snapshot_free(snapshot);
    test_chain_close(&c);
}
END_TEST

START_TEST(a_snapshot_stays_at_its_block)
{
    struct store_snapshot *snapshot;
    struct error err = {0};
    struct test_chain c;
    struct block *block;
    uint64_t then;

    chain_of(&c, _i, 8);
    then = c.head;
    snapshot = store_snapshot_new(c.store);
    for (size_t i = 0; i < 8; i++)
        test_chain_grow(&c, TEST_TXS_MAX);
    ck_assert(store_block(snapshot, then + 1, &block, &err) && !block);
    block_reads(&c, snapshot, then);
    for (uint64_t height = 0; height <= then; height++)
        accounts_read(&c, snapshot, height);
    store_snapshot_free(snapshot);
    test_chain_close(&c);
}
END_TEST

START_TEST(the_view_is_the_newest_state)
{
    struct state_view view;
    struct test_chain c;

    chain_of(&c, _i, 12);
    for (size_t round = 0; round < 3; round++) {
        view = store_view(c.store);
        for (size_t i = 0; i < c.change_count; i++) {
            struct account want = test_account_at(&c, &c.change[i].address, c.head), have;
            struct error err = {0};

            ck_assert(view.account(view.context, &c.change[i].address, &have, &err));
            test_account_is(&have, &want);
        }
        if (round == 0)
            test_store_reopen(&c); /* an empty cache */
        else
            test_chain_grow(&c, TEST_TXS_MAX);
    }
    test_chain_close(&c);
}
END_TEST

START_TEST(the_state_is_whole)
{
    struct error err = {0};
    struct test_chain c;
    struct u256 sum;
    struct hash root;
    uint64_t count;

    chain_of(&c, _i, 12);
    for (size_t i = 0; i < 6; i++) {
        const struct header *header = &c.block[c.head]->header;

        ck_assert_msg(store_verify_state(c.store, &root, &sum, &count, &err), "%s", err.text);
        ck_assert(hash_equal(&root, &header->state_root));
        ck_assert(u256_add(&sum, &sum, &header->burned));
        ck_assert(u256_equal(&sum, &c.genesis.supply));
        ck_assert_uint_eq(count, state_trie_accounts(c.trie));
        test_chain_grow(&c, TEST_TXS_MAX);
    }
    test_chain_close(&c);
}
END_TEST

struct count_under {
    const struct hash *prefix;
    unsigned nibbles;
    struct hash last;
    size_t count, stop;
};

static bool count_one(void *context, const struct state_leaf *leaf)
{
    struct count_under *under = context;

    for (unsigned i = 0; i < under->nibbles; i++) {
        unsigned shift = i % 2 == 0 ? 4 : 0;

        ck_assert_uint_eq(leaf->khash.byte[i / 2] >> shift & 15,
                          under->prefix->byte[i / 2] >> shift & 15);
    }
    ck_assert(under->count == 0 || hash_compare(&under->last, &leaf->khash) < 0);
    under->last = leaf->khash;
    return ++under->count != under->stop;
}

START_TEST(rows_under_every_prefix)
{
    struct state_rows rows;
    struct error err = {0};
    struct test_chain c;

    chain_of(&c, _i, 20);
    rows = store_rows(c.store);
    for (unsigned nibbles = 0; nibbles <= 3; nibbles++) {
        size_t total = 0;

        for (unsigned i = 0; i < 1U << 4 * nibbles; i++) {
            unsigned at = i << (16 - 4 * nibbles);
            struct hash prefix = {{(uint8_t)(at >> 8), (uint8_t)at, 0xff}}; /* the rest is noise */
            struct count_under under = {.prefix = &prefix, .nibbles = nibbles};

            prefix.byte[nibbles / 2] |= nibbles % 2 == 0 ? 0xff : 0x0f;
            ck_assert(rows.scan(rows.context, &prefix, nibbles, count_one, &under, &err));
            total += under.count;
        }
        ck_assert_uint_eq(total, state_trie_accounts(c.trie));
    }
    for (size_t stop = 1; stop < 4; stop++) {
        struct count_under under = {.prefix = &c.block[0]->hash, .stop = stop};

        ck_assert(rows.scan(rows.context, under.prefix, 0, count_one, &under, &err));
        ck_assert_uint_eq(under.count, stop);
    }
    test_chain_close(&c);
}
END_TEST

struct reader {
    struct store *store;
    _Atomic bool *done;
    uint64_t reads;
};

/* Check's asserts are for the test's own thread: what is wrong here ends the program. */
static void *reader_main(void *context)
{
    struct reader *r = context;
    bool last;

    do {
        struct store_snapshot *snapshot;
        struct error err = {0};
        struct account account;
        struct header header;
        struct block *block;
        struct hash hash;

        last = *r->done;
        if (!store_head(r->store, &header, &hash, &err))
            abort();
        snapshot = store_snapshot_new(r->store);
        if (!store_block(snapshot, header.height, &block, &err) || !block ||
            !hash_equal(&block->hash, &hash))
            abort();
        for (size_t i = 0; i < block->tx_count; i++) {
            struct store_tx tx;

            if (!store_tx_by_hash(snapshot, &block->tx[i]->hash, &tx, &err) || !tx.tx)
                abort();
            tx_drop(tx.tx);
            if (!store_account(snapshot, &block->tx[i]->sender, header.height, &account, &err) ||
                account.nonce <= block->tx[i]->nonce)
                abort();
        }
        block_drop(block);
        store_snapshot_free(snapshot);
        r->reads++;
    } while (!last);
    return NULL;
}

START_TEST(many_read_while_one_writes)
{
    struct reader reader[READERS];
    pthread_t thread[READERS];
    _Atomic bool done = false;
    struct test_chain c;

    chain_of(&c, _i, 2);
    for (size_t i = 0; i < READERS; i++) {
        reader[i] = (struct reader){.store = c.store, .done = &done};
        ck_assert_int_eq(pthread_create(&thread[i], NULL, reader_main, &reader[i]), 0);
    }
    while (c.head < BLOCKS)
        test_chain_grow(&c, TEST_TXS_MAX);
    done = true;
    for (size_t i = 0; i < READERS; i++) {
        ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
        ck_assert_uint_gt(reader[i].reads, 0);
    }
    test_chain_close(&c);
}
END_TEST

Suite *chain_suite(void);
Suite *chain_suite(void)
{
    Suite *suite = suite_create("chain");
    TCase *t = tcase_create("readers");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, every_reader_gives_what_was_put, 0, PORT_COUNT);
    tcase_add_loop_test(t, what_is_not_there_is_not_found, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_hash_that_only_begins_alike_is_not_found, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_snapshot_stays_at_its_block, 0, PORT_COUNT);
    tcase_add_loop_test(t, many_read_while_one_writes, 0, PORT_COUNT);
    suite_add_tcase(suite, t);
    t = tcase_create("state");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, the_view_is_the_newest_state, 0, PORT_COUNT);
    tcase_add_loop_test(t, the_state_is_whole, 0, PORT_COUNT);
    tcase_add_loop_test(t, rows_under_every_prefix, 0, PORT_COUNT);
    suite_add_tcase(suite, t);
    return suite;
}

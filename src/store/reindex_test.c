/* A rebuild gives the very rows that were written block by block. */
#include "test_chain.h"

enum { BLOCKS = 70 }; /* over one sync of a rebuild */

struct cut {
    size_t calls, last; /* recoveries; the one that fails */
    uint64_t progress;
};

static bool recover(void *context, struct tx **tx, size_t count, struct error *err)
{
    struct cut *cut = context;

    if (++cut->calls == cut->last)
        return error_set(err, ERROR_STOPPING, "the node is stopping");
    for (size_t i = 0; i < count; i++)
        if (!tx_recover(tx[i], err))
            return false;
    return true;
}

static void progress(void *context, uint64_t height, uint64_t height_last)
{
    struct cut *cut = context;

    ck_assert_uint_eq(height, cut->progress++);
    ck_assert_uint_eq(height_last, BLOCKS);
}

static void chain_of(struct test_chain *c, int port)
{
    test_chain_open(c, port, 5);
    while (c->head < BLOCKS)
        test_chain_grow(c, 4);
    test_store_close(c);
}

static void rebuilds(struct test_chain *c, const struct store_reindex *how)
{
    struct error err = {0};

    ck_assert_msg(store_reindex_kv(c->kv, &c->genesis, how, &err), "%s", err.text);
}

static void dump_is(struct test_chain *c, const struct buffer *want)
{
    struct buffer have = {0};

    test_kv_dump(c->kv, NULL, &have);
    ck_assert(bytes_equal(buffer_bytes(&have), buffer_bytes(want)));
    buffer_release(&have);
}

/* Rows of a space go, or what is derived gets company that no block ever wrote. */
static void derived_hurt(struct test_chain *c)
{
    struct account account = {.nonce = 9, .exists = true};
    struct hash khash = {{0x99}};
    struct key key = key_account(&khash);
    struct buffer row = {0};

    account_row_put(&row, &key, &account);
    test_row_put(c->kv, key_bytes(&key), buffer_bytes(&row));
    key = key_history(&khash, 3);
    test_row_put(c->kv, key_bytes(&key), buffer_bytes(&row));
    key = key_hash(&khash, 3);
    test_row_put(c->kv, key_bytes(&key), bytes_of_text(""));
    key = key_block(KEY_INDEX, 9);
    test_row_put(c->kv, key_bytes(&key), bytes_of_text("nonsense"));
    key = key_meta(META_HEAD);
    test_row_delete(c->kv, key_bytes(&key));
    buffer_release(&row);
}

START_TEST(a_rebuild_gives_the_same_rows)
{
    struct cut cut = {0};
    const struct store_reindex plain = {0};
    const struct store_reindex told = {.recover = recover, .progress = progress, .context = &cut};
    struct buffer want = {0};
    struct test_chain c;

    chain_of(&c, _i);
    test_kv_dump(c.kv, NULL, &want);
    rebuilds(&c, &plain);
    dump_is(&c, &want);
    derived_hurt(&c);
    rebuilds(&c, &told);
    ck_assert_uint_eq(cut.progress, BLOCKS + 1);
    ck_assert_uint_eq(cut.calls, BLOCKS);
    dump_is(&c, &want);
    test_store_open(&c);
    test_chain_grow(&c, 4);
    test_store_reopen(&c);
    buffer_release(&want);
    test_chain_close(&c);
}
END_TEST

START_TEST(a_rebuild_that_was_cut_off_is_told_and_begins_anew)
{
    static const size_t cuts[] = {1, 30, BLOCKS};
    struct buffer want = {0};
    struct test_chain c;

    chain_of(&c, _i);
    test_kv_dump(c.kv, NULL, &want);
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct cut cut = {.last = cuts[i]}, whole = {0};
        const struct store_reindex stopped = {.recover = recover, .context = &cut};
        const struct store_reindex again = {.recover = recover, .context = &whole};
        struct error err = {0};

        ck_assert(!store_reindex_kv(c.kv, &c.genesis, &stopped, &err));
        ck_assert_msg(err.code == ERROR_STOPPING, "%s", err.text);
        if (c.port == PORT_LEVELDB) {
            test_kv_close(&c);
            test_kv_open(&c);
        }
        err = (struct error){0};
        ck_assert(!test_store_try(&c, &err));
        ck_assert_msg(err.code == ERROR_STORE_DAMAGED &&
                          strstr(err.text, "cut off: run cairnd --reindex again"),
                      "%s", err.text);
        c.store = NULL;
        rebuilds(&c, &again);
        dump_is(&c, &want);
    }
    buffer_release(&want);
    test_chain_close(&c);
}
END_TEST

static void stops_at(struct test_chain *c, const char *says)
{
    const struct store_reindex how = {0};
    struct error err = {0};

    ck_assert(!store_reindex_kv(c->kv, &c->genesis, &how, &err));
    ck_assert_msg(err.code == ERROR_STORE_DAMAGED && strstr(err.text, says), "%s: %s", says,
                  err.text);
    ck_assert_ptr_nonnull(strstr(err.text, "no rebuild helps here"));
    ck_assert_ptr_null(strstr(err.text, "--reindex"));
}

static void row_turned(struct test_chain *c, struct key key, size_t back)
{
    struct buffer row = {0};

    test_row_get(c->kv, key_bytes(&key), &row);
    row.at[row.size - back] ^= 1;
    test_row_put(c->kv, key_bytes(&key), buffer_bytes(&row));
    buffer_release(&row);
}

START_TEST(hurt_truth_is_named)
{
    const struct store_reindex plain = {0};
    struct buffer want = {0};
    struct test_chain c;
    struct key key;
    uint64_t full = 5;

    chain_of(&c, _i);
    while (c.block[full]->tx_count == 0)
        full++;
    test_kv_dump(c.kv, NULL, &want);
    key = key_block(KEY_BODY, full);
    row_turned(&c, key, 1);
    stops_at(&c, "body of block");
    row_turned(&c, key, 1);
    key = key_block(KEY_HEADER, 6);
    row_turned(&c, key, 2);
    stops_at(&c, "block 6: its certificate is of another block");
    row_turned(&c, key, 2);
    key = key_block(KEY_CERTIFICATE, 8);
    row_turned(&c, key, 9);
    stops_at(&c, "certificate of block 8");
    row_turned(&c, key, 9);
    rebuilds(&c, &plain);
    dump_is(&c, &want);
    buffer_release(&want);
    test_chain_close(&c);
}
END_TEST

/* Missing truth is found before anything is dropped. */
START_TEST(lost_truth_is_named_before_anything_is_dropped)
{
    static const enum key_space spaces[] = {KEY_HEADER, KEY_BODY, KEY_CERTIFICATE};
    struct buffer before = {0};
    struct test_chain c;

    chain_of(&c, _i);
    for (size_t i = 0; i < COUNT(spaces); i++) {
        struct key key = key_block(spaces[i], 6);
        struct buffer row = {0};

        test_row_get(c.kv, key_bytes(&key), &row);
        test_row_delete(c.kv, key_bytes(&key));
        buffer_clear(&before);
        test_kv_dump(c.kv, NULL, &before);
        stops_at(&c, "of block 6 is missing");
        dump_is(&c, &before);
        test_row_put(c.kv, key_bytes(&key), buffer_bytes(&row));
        buffer_release(&row);
    }
    buffer_release(&before);
    test_chain_close(&c);
}
END_TEST

/* Certificate and block are sound by themselves; the state root that the header names is not what
 * the block gives. */
START_TEST(a_root_that_differs_is_named)
{
    struct buffer row = {0};
    struct header header;
    struct block *block;
    struct test_chain c;
    struct key key;

    chain_of(&c, _i);
    header = c.block[BLOCKS]->header;
    header.state_root.byte[0] ^= 1;
    block = block_new(&header, NULL, 0);
    test_certify(&c, &c.certificate[BLOCKS], block);
    key = key_block(KEY_HEADER, BLOCKS);
    header_encode(&row, &header);
    test_row_put(c.kv, key_bytes(&key), buffer_bytes(&row));
    buffer_clear(&row);
    key = key_block(KEY_CERTIFICATE, BLOCKS);
    certificate_encode(&row, &c.certificate[BLOCKS]);
    row_seal(&row, 0, &key);
    test_row_put(c.kv, key_bytes(&key), buffer_bytes(&row));
    stops_at(&c, "block 70: state root");
    buffer_release(&row);
    block_drop(block);
    test_chain_close(&c);
}
END_TEST

static bool count_one(void *context, uint64_t sequence, struct tx *tx)
{
    uint64_t *sequences = context;

    *sequences = *sequences * 10 + sequence;
    tx_drop(tx);
    return true;
}

START_TEST(the_journal_stays_but_for_hurt_rows)
{
    const struct store_reindex plain = {0};
    struct store_write *write;
    struct error err = {0};
    struct test_chain c;
    uint64_t sequences = 0;
    struct tx *tx;

    test_chain_open(&c, _i, 5);
    tx = test_transfer(&c);
    write = store_write_new(c.store);
    for (uint64_t i = 1; i <= 3; i++)
        store_write_journal_put(write, i, tx);
    ck_assert(store_write_commit(write, true, &err));
    tx_drop(tx);
    row_turned(&c, key_journal(2), 10);
    ck_assert(!store_journal_scan(c.store, count_one, &sequences, &err));
    ck_assert_msg(err.code == ERROR_STORE_DAMAGED && strstr(err.text, "transaction 2"), "%s",
                  err.text);
    test_store_close(&c);
    rebuilds(&c, &plain);
    test_store_open(&c);
    sequences = 0;
    ck_assert(store_journal_scan(c.store, count_one, &sequences, &err));
    ck_assert_uint_eq(sequences, 13);
    test_chain_close(&c);
}
END_TEST

START_TEST(a_directory_is_rebuilt_in_place)
{
    const struct store_options options = {.view_cache_accounts = 64};
    const struct store_reindex plain = {0};
    struct error err = {0};
    struct test_folder folder;
    struct genesis genesis;
    struct store *store;

    test_folder_make(&folder);
    ck_assert(genesis_parse(&genesis, genesis_dev_text(), "dev.json", &err));
    ck_assert_msg(store_open(&store, folder.path, &genesis, &options, &err), "%s", err.text);
    store_close(store);
    ck_assert_msg(store_reindex(folder.path, &genesis, &options, &plain, &err), "%s", err.text);
    ck_assert_msg(store_open(&store, folder.path, &genesis, &options, &err), "%s", err.text);
    store_close(store);
    genesis_release(&genesis);
    test_folder_remove(&folder);
}
END_TEST

Suite *reindex_suite(void);
Suite *reindex_suite(void)
{
    Suite *suite = suite_create("reindex");
    TCase *t = tcase_create("reindex");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_rebuild_gives_the_same_rows, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_rebuild_that_was_cut_off_is_told_and_begins_anew, 0, PORT_COUNT);
    tcase_add_loop_test(t, hurt_truth_is_named, 0, PORT_COUNT);
    tcase_add_loop_test(t, lost_truth_is_named_before_anything_is_dropped, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_root_that_differs_is_named, 0, PORT_COUNT);
    tcase_add_loop_test(t, the_journal_stays_but_for_hurt_rows, 0, PORT_COUNT);
    tcase_add_test(t, a_directory_is_rebuilt_in_place);
    suite_add_tcase(suite, t);
    return suite;
}

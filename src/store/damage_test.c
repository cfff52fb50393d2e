/* A wrong byte in any row is noticed: by who reads it, at the opening, or by the state root. */
#include "test_chain.h"

#include <cairn/keccak.h>

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

        if (!store_block(snapshot, height, &block, err))
            return false;
        ck_assert_ptr_nonnull(block);
        block_drop(block);
        if (!store_certificate(snapshot, height, &certificate, &found, err) ||
            !store_height_of_hash(snapshot, &c->block[height]->hash, &back, &found, err))
            return false;
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

    if (!test_store_try(c, err)) {
        c->store = NULL;
        return false;
    }
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

/* With `row` as it stands in the port now. */
static void is_noticed(struct test_chain *c, const struct row *row, const char *what)
{
    struct error err = {0};
    bool good = all_is_good(c, &err);

    if (c->store) {
        store_close(c->store);
        c->store = NULL;
    }
    ck_assert_msg(!good, "%s row of '%c', %zu bytes: taken for good", what, row->key.at[0],
                  row->value.size);
    ck_assert_msg(err.code != ERROR_IO && strlen(err.text) > 20, "%s", err.text);
}

static bool is_of(const struct row *row, const char *letters)
{
    return strchr(letters, row->key.at[0]) != NULL;
}

/* The newest history row of an account stays unread while the account's own row says the same. */
static bool is_read(const struct test_chain *c, const struct row *row)
{
    struct key newest;
    struct hash khash;
    uint64_t height;

    if (row->key.at[0] != KEY_HISTORY)
        return true;
    ck_assert(key_history_parse(buffer_bytes(&row->key), &height));
    for (size_t i = 0; i < c->change_count; i++) {
        struct account account = test_account_at(c, &c->change[i].address, c->head);

        keccak256(&khash, bytes_of_address(&c->change[i].address));
        newest = key_history(&khash, height);
        if (bytes_equal(buffer_bytes(&row->key), key_bytes(&newest)))
            return height < account.height_last;
    }
    ck_abort_msg("a history row that no block wrote");
}

static void put_back(struct test_chain *c, const struct row *row)
{
    test_row_put(c->kv, buffer_bytes(&row->key), buffer_bytes(&row->value));
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
        const struct row *row = &rows.row[i];
        struct buffer hurt = {0};

        if (row->value.size > 0 && !is_of(row, "m") && is_read(&c, row)) {
            buffer_put(&hurt, buffer_bytes(&row->value));
            hurt.at[test_random(&c, hurt.size)] ^= (uint8_t)(1 << test_random(&c, 8));
            test_row_put(c.kv, buffer_bytes(&row->key), buffer_bytes(&hurt));
            is_noticed(&c, row, "a hurt");
            put_back(&c, row);
            tried++;
        }
        buffer_release(&hurt);
    }
    ck_assert_uint_gt(tried, 60);
    rows_release(&rows);
    test_chain_close(&c);
}
END_TEST

/* LevelDB checks its blocks, not that a value stands under its key. */
START_TEST(a_row_in_anothers_place_is_noticed)
{
    struct rows rows = {0};
    struct test_chain c;
    size_t tried = 0;

    chain_of(&c, _i);
    rows_list(&c, &rows);
    for (size_t i = 1; i < rows.count; i++) {
        const struct row *row = &rows.row[i], *other = &rows.row[i - 1];

        if (row->key.at[0] != other->key.at[0] || !is_of(row, "abcdhi") || !is_read(&c, row) ||
            bytes_equal(buffer_bytes(&row->value), buffer_bytes(&other->value)))
            continue;
        test_row_put(c.kv, buffer_bytes(&row->key), buffer_bytes(&other->value));
        is_noticed(&c, row, "a misplaced");
        put_back(&c, row);
        tried++;
    }
    ck_assert_uint_gt(tried, 40);
    rows_release(&rows);
    test_chain_close(&c);
}
END_TEST

/* A lost row of an account's history can't be told from one that never was; those of the newest
 * state and of the blocks can. */
START_TEST(a_lost_row_is_noticed)
{
    struct rows rows = {0};
    struct test_chain c;
    size_t tried = 0;

    chain_of(&c, _i);
    rows_list(&c, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct row *row = &rows.row[i];

        if (!is_of(row, "Sabcdinp"))
            continue;
        test_row_delete(c.kv, buffer_bytes(&row->key));
        is_noticed(&c, row, "a lost");
        put_back(&c, row);
        tried++;
    }
    ck_assert_uint_gt(tried, 60);
    rows_release(&rows);
    test_chain_close(&c);
}
END_TEST

/* Hash and place rows hold nothing but their keys: one too many leads to the wrong block. */
START_TEST(a_row_that_leads_astray_is_noticed)
{
    struct store_snapshot *snapshot;
    struct error err = {0};
    struct test_chain c;
    struct store_tx tx;
    struct hash hash = {{0x77}};
    struct key name, place;
    uint64_t height;
    bool found;

    chain_of(&c, _i);
    name = key_hash(&hash, 2);
    place = key_place(&hash, 2, 65535);
    test_row_put(c.kv, key_bytes(&name), bytes_of_text(""));
    test_row_put(c.kv, key_bytes(&place), bytes_of_text(""));
    ck_assert(test_store_try(&c, &err));
    snapshot = store_snapshot_new(c.store);
    ck_assert(!store_height_of_hash(snapshot, &hash, &height, &found, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_DAMAGED);
    err = (struct error){0};
    ck_assert(!store_tx_by_hash(snapshot, &hash, &tx, &err));
    ck_assert_int_eq(err.code, ERROR_STORE_DAMAGED);
    ck_assert_ptr_nonnull(strstr(err.text, "cairnd --reindex"));
    store_snapshot_free(snapshot);
    store_close(c.store);
    c.store = NULL;
    test_chain_close(&c);
}
END_TEST

/* One byte of a file turned; turned again, it is as before. */
static void file_turn(const char *path, size_t offset)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, (long)offset, SEEK_SET), 0);
    byte = fgetc(file);
    ck_assert_int_ne(byte, EOF);
    ck_assert_int_eq(fseek(file, (long)offset, SEEK_SET), 0);
    ck_assert_int_eq(fputc(byte ^ 1, file), byte ^ 1);
    ck_assert_int_eq(fclose(file), 0);
}

/* The only table of the chain's directory; its size. */
static size_t table_find(const struct test_chain *c, char path[512])
{
    DIR *listing = opendir(c->folder.path);
    const struct dirent *entry;
    struct stat about;
    size_t count = 0;

    ck_assert_ptr_nonnull(listing);
    while ((entry = readdir(listing)))
        if (strstr(entry->d_name, ".ldb")) {
            test_folder_file(&c->folder, entry->d_name, path);
            count++;
        }
    closedir(listing);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(stat(path, &about), 0);
    return (size_t)about.st_size;
}

/* Every answer about an account is right, or an error; returns how many are errors. */
static size_t accounts_are_right(struct test_chain *c)
{
    struct store_snapshot *snapshot = store_snapshot_new(c->store);
    size_t errors = 0;

    for (size_t i = 0; i < c->change_count; i++) {
        const struct account_change *change = &c->change[i];
        struct account have, want;
        struct error err = {0};

        want = test_account_at(c, &change->address, change->after.height_last);
        if (store_account(snapshot, &change->address, change->after.height_last, &have, &err)) {
            test_account_is(&have, &want);
        } else {
            ck_assert_msg(err.code == ERROR_STORE_DAMAGED, "%s", err.text);
            errors++;
        }
    }
    store_snapshot_free(snapshot);
    return errors;
}

/* LevelDB's iterators pass over a block that they can't read, and stand on a row behind it. */
START_TEST(a_block_of_leveldb_that_is_passed_over_gives_no_older_balance)
{
    const struct kv_leveldb_options options = {.create = false};
    size_t opened = 0, errors = 0, size;
    struct test_chain c;
    char path[512];

    test_chain_open(&c, PORT_LEVELDB, 3);
    while (c.head < 120)
        test_chain_grow(&c, TEST_TXS_MAX);
    test_store_close(&c);
    test_kv_close(&c);
    test_kv_open(&c); /* the log becomes a table */
    test_kv_close(&c);
    size = table_find(&c, path);
    for (size_t offset = 100; offset < size; offset += 2000) {
        struct error err = {0};

        file_turn(path, offset);
        c.kv = kv_leveldb_open(c.folder.path, &options, &err);
        ck_assert_msg(c.kv || err.code == ERROR_STORE_DAMAGED, "%s", err.text);
        if (c.kv && store_open_kv(&c.store, c.kv, &c.genesis, 64, &err)) {
            opened++;
            errors += accounts_are_right(&c);
            store_close(c.store);
        } else {
            ck_assert_msg(err.code == ERROR_STORE_DAMAGED, "%s", err.text);
        }
        c.store = NULL;
        file_turn(path, offset);
    }
    ck_assert_uint_gt(opened,
                      5); /* histories were hurt, and what is looked at in opening was not */
    ck_assert_uint_gt(errors, 50);
    test_kv_open(&c);
    test_chain_close(&c);
}
END_TEST

Suite *damage_suite(void);
Suite *damage_suite(void)
{
    Suite *suite = suite_create("damage");
    TCase *t = tcase_create("damage");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_wrong_byte_is_noticed, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_row_in_anothers_place_is_noticed, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_lost_row_is_noticed, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_row_that_leads_astray_is_noticed, 0, PORT_COUNT);
    tcase_add_test(t, a_block_of_leveldb_that_is_passed_over_gives_no_older_balance);
    suite_add_tcase(suite, t);
    return suite;
}

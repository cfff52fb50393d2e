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

/* ---- what LevelDB itself lost ---- */

/* A chain of BLOCKS in a data directory, closed, its rows in one table; `want`: all of them. */
struct place {
    struct test_chain c;
    struct test_folder folder;
    char chain[512];
    struct buffer want;
};

static const struct store_options place_options = {.view_cache_accounts = 64};

static void folder_copy(const char *from, const char *to)
{
    DIR *listing = opendir(from);
    const struct dirent *entry;

    ck_assert_ptr_nonnull(listing);
    ck_assert_int_eq(mkdir(to, 0700), 0);
    while ((entry = readdir(listing))) {
        char source[512], target[512];
        struct buffer content = {0};
        struct error err = {0};

        if (entry->d_name[0] == '.')
            continue;
        ck_assert_int_lt(snprintf(source, sizeof source, "%s/%s", from, entry->d_name), 512);
        ck_assert_int_lt(snprintf(target, sizeof target, "%s/%s", to, entry->d_name), 512);
        ck_assert(file_read(&content, source, SIZE_MAX, &err));
        ck_assert(file_write_atomic(target, buffer_bytes(&content), 0600, &err));
        buffer_release(&content);
    }
    closedir(listing);
}

/* As it was before anything was hurt. */
static void place_reset(struct place *p)
{
    nftw(p->chain, test_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder_copy(p->c.folder.path, p->chain);
}

static void place_open(struct place *p)
{
    struct error err = {0};
    struct store *store;

    *p = (struct place){0};
    chain_of(&p->c, PORT_LEVELDB);
    test_kv_dump(p->c.kv, NULL, &p->want);
    test_kv_close(&p->c);
    test_kv_open(&p->c); /* the log becomes a table */
    test_kv_close(&p->c);
    test_folder_make(&p->folder);
    test_folder_file(&p->folder, "chain", p->chain);
    ck_assert_msg(store_open(&store, p->folder.path, &p->c.genesis, &place_options, &err), "%s",
                  err.text);
    store_close(store);
    place_reset(p);
}

static void place_close(struct place *p)
{
    test_kv_open(&p->c);
    test_chain_close(&p->c);
    test_folder_remove(&p->folder);
    buffer_release(&p->want);
}

/* The path of the file in the chain's directory whose name has this in it. */
static const char *place_file(const struct place *p, const char *part, char path[512])
{
    DIR *listing = opendir(p->chain);
    const struct dirent *entry;

    ck_assert_ptr_nonnull(listing);
    while ((entry = readdir(listing)) && !strstr(entry->d_name, part))
        ;
    ck_assert_msg(entry != NULL, "%s", part);
    ck_assert_int_lt(snprintf(path, 512, "%s/%s", p->chain, entry->d_name), 512);
    closedir(listing);
    return path;
}

/* True: rebuilt, and every row is as it was. False: refused, for what was lost of the truth, and no
 * table is another. */
static bool place_rebuilds(struct place *p)
{
    const struct kv_leveldb_options options = {.create = false};
    const struct store_reindex plain = {0};
    struct buffer before = {0}, after = {0};
    char path[512], beside[512];
    struct error err = {0};
    struct kv *kv;
    bool ok;

    ck_assert(file_read(&before, place_file(p, ".ldb", path), SIZE_MAX, &err));
    ok = store_reindex(p->folder.path, &p->c.genesis, &place_options, &plain, &err);
    ck_assert(!file_exists(test_folder_file(&p->folder, "chain.rebuilt", beside)));
    if (ok) {
        kv = kv_leveldb_open(p->chain, &options, &err);
        ck_assert_msg(kv != NULL, "%s", err.text);
        test_kv_dump(kv, NULL, &after);
        kv_close(kv);
        ck_assert(bytes_equal(buffer_bytes(&after), buffer_bytes(&p->want)));
        ck_assert(file_exists(test_folder_file(&p->folder, "chain.damaged", beside)));
    } else {
        ck_assert_msg(err.code == ERROR_STORE_DAMAGED && strstr(err.text, "no rebuild helps"), "%s",
                      err.text);
        err = (struct error){0};
        ck_assert_msg(file_read(&after, path, SIZE_MAX, &err), "%s", err.text);
        ck_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    }
    buffer_release(&before);
    buffer_release(&after);
    return ok;
}

/* Derived rows in a block that can't be read are made anew; lost truth is told. */
START_TEST(what_leveldb_cannot_read_is_rebuilt_where_it_is_derived)
{
    size_t rebuilt = 0, refused = 0, size;
    struct stat about;
    struct place p;
    char path[512];

    place_open(&p);
    ck_assert_int_eq(stat(place_file(&p, ".ldb", path), &about), 0);
    size = (size_t)about.st_size;
    for (size_t offset = 10; offset < size; offset += size / 24) {
        struct buffer content = {0};
        struct error err = {0};

        ck_assert(file_read(&content, place_file(&p, ".ldb", path), SIZE_MAX, &err));
        content.at[offset] ^= 1;
        ck_assert(file_write_atomic(path, buffer_bytes(&content), 0600, &err));
        buffer_release(&content);
        if (place_rebuilds(&p))
            rebuilt++;
        else
            refused++;
        place_reset(&p);
    }
    ck_assert_uint_gt(rebuilt, 4);
    ck_assert_uint_gt(refused, 4);
    place_close(&p);
}
END_TEST

START_TEST(leveldbs_own_files_are_made_anew)
{
    static const char *const names[] = {"CURRENT", "MANIFEST"};
    struct place p;
    char path[512];

    place_open(&p);
    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert_int_eq(remove(place_file(&p, names[i], path)), 0);
        ck_assert_msg(place_rebuilds(&p), "%s", names[i]);
        place_reset(&p);
    }
    place_close(&p);
}
END_TEST

/* LevelDB calls it an I/O error when a table ends before what it looks for. */
START_TEST(a_table_that_was_cut_is_damage)
{
    struct error err = {0};
    struct store *store;
    struct stat about;
    struct place p;
    char path[512];

    place_open(&p);
    ck_assert_int_eq(stat(place_file(&p, ".ldb", path), &about), 0);
    ck_assert_int_eq(truncate(path, about.st_size / 2), 0);
    ck_assert(!store_open(&store, p.folder.path, &p.c.genesis, &place_options, &err));
    ck_assert_msg(err.code == ERROR_STORE_DAMAGED && strstr(err.text, "--reindex"), "%s", err.text);
    ck_assert(!place_rebuilds(&p));
    place_close(&p);
}
END_TEST

/* The data directory says schema and genesis too, and block 0 is the genesis's. */
START_TEST(lost_rows_of_schema_and_genesis_are_made_anew)
{
    static const char *const names[] = {META_SCHEMA, META_GENESIS};
    const struct store_reindex plain = {0};
    struct buffer want = {0};
    struct test_chain c;

    chain_of(&c, _i);
    test_kv_dump(c.kv, NULL, &want);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct key key = key_meta(names[i]);

        test_row_delete(c.kv, key_bytes(&key));
        rebuilds(&c, &plain);
        dump_is(&c, &want);
    }
    buffer_release(&want);
    test_chain_close(&c);
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
    tcase_add_test(t, what_leveldb_cannot_read_is_rebuilt_where_it_is_derived);
    tcase_add_test(t, leveldbs_own_files_are_made_anew);
    tcase_add_test(t, a_table_that_was_cut_is_damage);
    tcase_add_loop_test(t, lost_rows_of_schema_and_genesis_are_made_anew, 0, PORT_COUNT);
    suite_add_tcase(suite, t);
    return suite;
}

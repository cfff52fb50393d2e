/* What a data directory must be, and that a refusal leaves it as it was. */
#include "test_chain.h"

#include <cairn/hex.h>

static const struct store_options options = {.view_cache_accounts = 64};

/* A chain of two blocks in a directory, closed. */
struct place {
    struct test_folder folder;
    char chain[512], lock[512], mark[512];
    struct genesis genesis;
};

static void place_open(struct place *p)
{
    struct error err = {0};

    test_folder_make(&p->folder);
    test_folder_file(&p->folder, "chain", p->chain);
    test_folder_file(&p->folder, "LOCK-cairn", p->lock);
    test_folder_file(&p->folder, "STORE-cairn", p->mark);
    ck_assert(genesis_parse(&p->genesis, genesis_dev_text(), "dev.json", &err));
}

static void place_close(struct place *p)
{
    genesis_release(&p->genesis);
    test_folder_remove(&p->folder);
}

static void opens(struct place *p)
{
    struct store *store;
    struct error err = {0};

    ck_assert_msg(store_open(&store, p->folder.path, &p->genesis, &options, &err), "%s", err.text);
    store_close(store);
}

/* It refuses so, says this, and nothing in the directory is another byte. */
static void refuses(struct place *p, const struct genesis *genesis, enum error_code code,
                    const char *says)
{
    struct buffer before = {0}, after = {0};
    const struct store_reindex how = {0};
    struct error err = {0};
    struct store *store;

    test_folder_dump(&before, p->folder.path);
    ck_assert(!store_open(&store, p->folder.path, genesis, &options, &err));
    ck_assert_msg(err.code == code && strstr(err.text, says), "%s: %s", error_name(err.code),
                  err.text);
    ck_assert_ptr_nonnull(strstr(err.text, p->folder.path));
    err = (struct error){0};
    ck_assert(!store_reindex(p->folder.path, genesis, &options, &how, &err));
    ck_assert_msg(err.code == code, "%s: %s", error_name(err.code), err.text);
    test_folder_dump(&after, p->folder.path);
    ck_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    buffer_release(&before);
    buffer_release(&after);
}

static void text_put(const char *path, const char *text)
{
    struct error err = {0};

    ck_assert_msg(file_write_atomic(path, bytes_of_text(text), 0644, &err), "%s", err.text);
}

START_TEST(a_directory_that_lacks_is_made)
{
    char path[512];
    struct store *store;
    struct error err = {0};
    struct place p;

    place_open(&p);
    test_folder_file(&p.folder, "some/where", path);
    ck_assert_msg(store_open(&store, path, &p.genesis, &options, &err), "%s", err.text);
    store_close(store);
    ck_assert(store_open(&store, path, &p.genesis, &options, &err));
    store_close(store);
    place_close(&p);
}
END_TEST

START_TEST(a_validators_files_may_be_there)
{
    char path[512];
    struct place p;

    place_open(&p);
    text_put(test_folder_file(&p.folder, "validator.key", path), "{}");
    text_put(test_folder_file(&p.folder, "validator.state", path), "");
    opens(&p);
    opens(&p);
    place_close(&p);
}
END_TEST

START_TEST(a_strangers_directory_is_refused)
{
    struct place p;
    char path[512];

    place_open(&p);
    text_put(test_folder_file(&p.folder, "letters.txt", path), "dear");
    refuses(&p, &p.genesis, ERROR_STORE_FOREIGN, "letters.txt is in it");
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(mkdir(p.chain, 0700), 0); /* some LevelDB, without our lock beside it */
    text_put(test_folder_file(&p.folder, "chain/CURRENT", path), "MANIFEST-000001\n");
    refuses(&p, &p.genesis, ERROR_STORE_FOREIGN, "chain is in it");
    place_close(&p);
}
END_TEST

START_TEST(another_genesis_is_refused_with_both_hashes)
{
    struct genesis other;
    char hash[HEX_HASH_TEXT];
    struct error err = {0};
    struct place p;

    place_open(&p);
    opens(&p);
    ck_assert(genesis_parse(&other, genesis_dev_text(), "dev.json", &err));
    other.header.time_ms += 1000;
    header_hash(&other.hash, &other.header);
    refuses(&p, &other, ERROR_STORE_GENESIS, hex_format_hash(hash, &other.hash));
    refuses(&p, &other, ERROR_STORE_GENESIS, hex_format_hash(hash, &p.genesis.hash));
    refuses(&p, &other, ERROR_STORE_GENESIS, "--data-dir");
    genesis_release(&other);
    opens(&p);
    place_close(&p);
}
END_TEST

static const struct {
    const char *mark;
    enum error_code code;
    const char *says;
} marks[] = {
    {"cairn store\nschema 2\nanything that a later one writes", ERROR_STORE_SCHEMA,
     "newer cairn (schema 2, this one knows 1): use that version or another --data-dir"},
    {"cairn store\nschema 18446744073709551615\n", ERROR_STORE_SCHEMA, "newer cairn"},
    {"cairn store\nschema 0\ngenesis 0x00\n", ERROR_STORE_SCHEMA, "older cairn"},
    {"cairn store\nschema 1\ngenesis 0x00\n", ERROR_STORE_DAMAGED, "STORE-cairn"},
    {"cairn store\nschema one\n", ERROR_STORE_DAMAGED, "not the lines that cairn writes"},
    {"cairn store\nschema 1", ERROR_STORE_DAMAGED, "not the lines that cairn writes"},
    {"cairn stores\nschema 1\n", ERROR_STORE_DAMAGED, "not the lines that cairn writes"},
    {"", ERROR_STORE_DAMAGED, "move it away, and the next start makes it anew"},
};

START_TEST(a_mark_of_another_kind_is_refused)
{
    struct place p;

    place_open(&p);
    opens(&p);
    text_put(p.mark, marks[_i].mark);
    refuses(&p, &p.genesis, marks[_i].code, marks[_i].says);
    ck_assert_int_eq(remove(p.mark), 0);
    opens(&p);
    ck_assert(file_exists(p.mark));
    place_close(&p);
}
END_TEST

START_TEST(a_second_opening_is_told_who_has_it)
{
    struct error err = {0};
    struct store *store;
    char says[64];
    struct place p;

    place_open(&p);
    ck_assert(store_open(&store, p.folder.path, &p.genesis, &options, &err));
    snprintf(says, sizeof says, "%ld", (long)getpid());
    refuses(&p, &p.genesis, ERROR_STORE_BUSY, says);
    store_close(store);
    opens(&p);
    place_close(&p);
}
END_TEST

/* Rows that are there once are never begun anew, whatever the disk shows. */
/* The way out that is named helps no more than it says, and leaves nothing that looks like a chain.
 */
static void is_lost(struct place *p)
{
    const struct store_reindex how = {0};

    for (size_t i = 0; i < 2; i++) {
        struct error err = {0};
        struct store *store;

        ck_assert(!store_open(&store, p->folder.path, &p->genesis, &options, &err));
        ck_assert_msg(err.code == ERROR_STORE_DAMAGED && strstr(err.text, "run cairnd --reindex"),
                      "%s", err.text);
        err = (struct error){0};
        ck_assert(!store_reindex(p->folder.path, &p->genesis, &options, &how, &err));
        ck_assert_msg(err.code == ERROR_STORE_DAMAGED && strstr(err.text, "no rebuild helps"), "%s",
                      err.text);
    }
}

START_TEST(a_chain_that_went_away_is_missed)
{
    char elsewhere[512];
    struct place p;

    place_open(&p);
    opens(&p);
    test_folder_file(&p.folder, "elsewhere", elsewhere);
    ck_assert_int_eq(rename(p.chain, elsewhere), 0);
    refuses(&p, &p.genesis, ERROR_STORE_DAMAGED, "chain is missing");
    ck_assert_int_eq(mkdir(p.chain, 0700), 0);
    is_lost(&p);
    place_close(&p);
}
END_TEST

/* Whatever LevelDB makes of a log that is gone, a chain that was there is never begun anew. */
START_TEST(a_log_that_went_away_is_missed)
{
    char path[512];
    struct place p;

    place_open(&p);
    opens(&p);
    ck_assert_int_eq(remove(test_folder_file(&p.folder, "chain/000003.log", path)), 0);
    is_lost(&p);
    place_close(&p);
}
END_TEST

START_TEST(a_beginning_that_was_cut_off_goes_on)
{
    struct error err = {0};
    struct place p;

    place_open(&p);
    text_put(p.lock, "");
    opens(&p); /* cut off after the lock */
    ck_assert_int_eq(remove(p.mark), 0);
    opens(&p); /* after the rows */
    ck_assert(file_exists(p.mark));
    ck_assert_int_eq(remove(p.mark), 0);
    p.genesis.header.time_ms += 1000;
    header_hash(&p.genesis.hash, &p.genesis.header);
    {
        struct store *store;

        ck_assert(!store_open(&store, p.folder.path, &p.genesis, &options, &err));
        ck_assert_msg(err.code == ERROR_STORE_GENESIS, "%s", err.text); /* the rows know too */
    }
    place_close(&p);
}
END_TEST

START_TEST(there_is_nothing_to_rebuild_where_no_chain_is)
{
    const struct store_reindex how = {0};
    struct buffer dump = {0};
    struct error err = {0};
    struct place p;

    place_open(&p);
    ck_assert(!store_reindex(p.folder.path, &p.genesis, &options, &how, &err));
    ck_assert_msg(err.code == ERROR_STORE_FOREIGN && strstr(err.text, "no chain is here"), "%s",
                  err.text);
    test_folder_dump(&dump, p.folder.path);
    ck_assert_uint_eq(dump.size, 0);
    buffer_release(&dump);
    place_close(&p);
}
END_TEST

/* ---- over the port: what the rows themselves say ---- */

static void rows_refuse(struct test_chain *c, enum error_code code, const char *says)
{
    struct buffer before = {0}, after = {0};
    struct error err = {0};

    test_kv_dump(c->kv, NULL, &before);
    ck_assert(!test_store_try(c, &err));
    ck_assert_msg(err.code == code && strstr(err.text, says), "%s: %s", error_name(err.code),
                  err.text);
    test_kv_dump(c->kv, NULL, &after);
    ck_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    buffer_release(&before);
    buffer_release(&after);
}

static void chain_of_rows(struct test_chain *c, int port)
{
    test_chain_open(c, port, 7);
    while (c->head < 70) /* more than what an opening reads whole */
        test_chain_grow(c, 2);
    test_store_close(c);
}

static void row_cut(struct test_chain *c, struct key key, const char *says)
{
    struct buffer kept = {0};

    test_row_get(c->kv, key_bytes(&key), &kept);
    test_row_delete(c->kv, key_bytes(&key));
    rows_refuse(c, ERROR_STORE_DAMAGED, says);
    rows_refuse(c, ERROR_STORE_DAMAGED, "cairnd --reindex");
    test_row_put(c->kv, key_bytes(&key), buffer_bytes(&kept));
    buffer_release(&kept);
}

START_TEST(lost_rows_are_missed)
{
    struct test_chain c;

    chain_of_rows(&c, _i);
    row_cut(&c, key_block(KEY_HEADER, 0), "block 0 is missing");
    row_cut(&c, key_block(KEY_HEADER, 3), "block 3 is missing"); /* by the count */
    row_cut(&c, key_block(KEY_HEADER, 69), "block 69 is missing");
    row_cut(&c, key_block(KEY_HEADER, 70), "block 70 is missing");
    row_cut(&c, key_block(KEY_BODY, 7), "body of block 7");
    row_cut(&c, key_block(KEY_BODY, 70), "the last body is that of block 69");
    row_cut(&c, key_block(KEY_INDEX, 30), "index of block 30");
    row_cut(&c, key_block(KEY_CERTIFICATE, 70), "the last certificate is that of block 69");
    row_cut(&c, key_hash(&c.block[50]->hash, 50), "header of block 50");
    row_cut(&c, key_meta(META_HEAD), "no row names it");
    row_cut(&c, key_meta(META_SCHEMA), "the schema's is missing");
    row_cut(&c, key_meta(META_GENESIS), "genesis hash");
    test_store_open(&c);
    test_chain_close(&c);
}
END_TEST

/* The head row is overwritten, so an old value may come back: the write-once rows say more. */
START_TEST(a_head_that_fell_back_is_noticed)
{
    struct key key = key_meta(META_HEAD);
    struct buffer row = {0};
    struct test_chain c;

    chain_of_rows(&c, _i);
    be64_put(buffer_extend(&row, 8), 60);
    buffer_put(&row, bytes_of_hash(&c.block[60]->hash));
    test_row_put(c.kv, key_bytes(&key), buffer_bytes(&row));
    rows_refuse(&c, ERROR_STORE_DAMAGED, "the head row says block 60");
    buffer_clear(&row);
    be64_put(buffer_extend(&row, 8), 70);
    buffer_put(&row, bytes_of_hash(&c.block[60]->hash));
    test_row_put(c.kv, key_bytes(&key), buffer_bytes(&row));
    rows_refuse(&c, ERROR_STORE_DAMAGED, "block 70 has another hash");
    buffer_release(&row);
    test_chain_close(&c);
}
END_TEST

START_TEST(rows_of_another_kind_are_refused)
{
    static const uint8_t newer[4] = {0, 0, 0, 2}, older[4] = {0};
    struct key schema = key_meta(META_SCHEMA), reindex = key_meta(META_REINDEX);
    struct test_chain c;
    uint8_t now[4];

    chain_of_rows(&c, _i);
    be32_put(now, STORE_SCHEMA);
    test_row_put(c.kv, key_bytes(&schema), bytes_of(newer, 4));
    rows_refuse(&c, ERROR_STORE_SCHEMA, "newer cairn (schema 2, this one knows 1)");
    test_row_put(c.kv, key_bytes(&schema), bytes_of(older, 4));
    rows_refuse(&c, ERROR_STORE_SCHEMA, "older cairn");
    test_row_put(c.kv, key_bytes(&schema), bytes_of(now, 4));
    test_row_put(c.kv, key_bytes(&reindex), bytes_of_text(""));
    rows_refuse(&c, ERROR_STORE_DAMAGED, "cut off: run cairnd --reindex again");
    test_row_delete(c.kv, key_bytes(&reindex));
    c.genesis.hash.byte[0] ^= 1;
    rows_refuse(&c, ERROR_STORE_GENESIS, "another genesis");
    c.genesis.hash.byte[0] ^= 1;
    test_store_open(&c);
    test_chain_close(&c);
}
END_TEST

/* The certificate's row is sound, but a signature in it is not the validator's. */
START_TEST(a_head_that_nobody_signed_is_noticed)
{
    struct key key;
    struct buffer row = {0};
    struct test_chain c;

    chain_of_rows(&c, _i);
    key = key_block(KEY_CERTIFICATE, c.head);
    c.certificate[c.head].signature[0] = c.certificate[c.head - 1].signature[0];
    certificate_encode(&row, &c.certificate[c.head]);
    row_seal(&row, 0, &key);
    test_row_put(c.kv, key_bytes(&key), buffer_bytes(&row));
    rows_refuse(&c, ERROR_STORE_DAMAGED, "certificate of block 70");
    buffer_release(&row);
    test_chain_close(&c);
}
END_TEST

Suite *open_suite(void);
Suite *open_suite(void)
{
    Suite *suite = suite_create("open");
    TCase *t = tcase_create("directory");

    tcase_add_test(t, a_directory_that_lacks_is_made);
    tcase_add_test(t, a_validators_files_may_be_there);
    tcase_add_test(t, a_strangers_directory_is_refused);
    tcase_add_test(t, another_genesis_is_refused_with_both_hashes);
    tcase_add_loop_test(t, a_mark_of_another_kind_is_refused, 0, COUNT(marks));
    tcase_add_test(t, a_second_opening_is_told_who_has_it);
    tcase_add_test(t, a_chain_that_went_away_is_missed);
    tcase_add_test(t, a_log_that_went_away_is_missed);
    tcase_add_test(t, a_beginning_that_was_cut_off_goes_on);
    tcase_add_test(t, there_is_nothing_to_rebuild_where_no_chain_is);
    suite_add_tcase(suite, t);
    t = tcase_create("rows");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, lost_rows_are_missed, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_head_that_fell_back_is_noticed, 0, PORT_COUNT);
    tcase_add_loop_test(t, rows_of_another_kind_are_refused, 0, PORT_COUNT);
    tcase_add_loop_test(t, a_head_that_nobody_signed_is_noticed, 0, PORT_COUNT);
    suite_add_tcase(suite, t);
    return suite;
}

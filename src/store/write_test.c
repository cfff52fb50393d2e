/* The journal, and what happens after a write that failed. */
#include "test_chain.h"

enum { JOURNAL = 20 };

struct journal {
    struct test_chain *chain;
    struct tx *tx[JOURNAL];
    uint64_t sequence[JOURNAL];
    bool there[JOURNAL];
    size_t seen, stop;
};

static void journal_open(struct journal *j, struct test_chain *c)
{
    uint64_t nonce[GENESIS_DEV_ACCOUNTS];

    *j = (struct journal){.chain = c};
    memcpy(nonce, c->nonce, sizeof nonce);
    for (size_t i = 0; i < JOURNAL; i++) {
        j->tx[i] = test_transfer(c);
        j->sequence[i] = i < 10 ? i + 250 : UINT64_MAX - JOURNAL + i; /* over a byte's edge */
    }
    memcpy(c->nonce, nonce, sizeof nonce); /* they stay out of the chain */
}

static void journal_close(struct journal *j)
{
    for (size_t i = 0; i < JOURNAL; i++)
        tx_drop(j->tx[i]);
}

static void journal_change(struct journal *j, size_t i, bool there)
{
    struct store_write *write = store_write_new(j->chain->store);
    struct error err = {0};

    if (there)
        store_write_journal_put(write, j->sequence[i], j->tx[i]);
    else
        store_write_journal_delete(write, j->sequence[i]);
    j->there[i] = there;
    ck_assert_msg(store_write_commit(write, true, &err), "%s", err.text);
}

static bool journal_sees(void *context, uint64_t sequence, struct tx *tx)
{
    struct journal *j = context;

    while (!j->there[j->seen])
        j->seen++;
    ck_assert_uint_lt(j->seen, JOURNAL);
    ck_assert_uint_eq(sequence, j->sequence[j->seen]);
    ck_assert(bytes_equal(tx->encoding, j->tx[j->seen]->encoding));
    ck_assert(tx->sender_known && address_equal(&tx->sender, &j->tx[j->seen]->sender));
    tx_drop(tx);
    j->seen++;
    return j->seen < j->stop;
}

static void journal_holds(struct journal *j)
{
    struct error err = {0};

    j->seen = 0;
    j->stop = SIZE_MAX;
    ck_assert_msg(store_journal_scan(j->chain->store, journal_sees, j, &err), "%s", err.text);
    for (; j->seen < JOURNAL; j->seen++)
        ck_assert(!j->there[j->seen]);
}

START_TEST(the_journal_keeps_order_and_forgets_what_was_deleted)
{
    struct test_chain c;
    struct error err = {0};
    struct journal j;

    test_chain_open(&c, _i, 3);
    journal_open(&j, &c);
    journal_holds(&j);
    for (size_t i = JOURNAL; i-- > 0;) /* written backwards, read forwards */
        journal_change(&j, i, true);
    journal_holds(&j);
    for (size_t i = 0; i < JOURNAL; i += 3)
        journal_change(&j, i, false);
    journal_holds(&j);
    test_store_reopen(&c);
    journal_holds(&j);
    j.seen = 0;
    j.stop = 5;
    ck_assert(store_journal_scan(c.store, journal_sees, &j, &err));
    ck_assert_uint_eq(j.seen, 5);
    journal_close(&j);
    test_chain_close(&c);
}
END_TEST

START_TEST(blocks_leave_the_journal_alone)
{
    struct buffer before = {0}, after = {0};
    struct test_chain c;
    struct journal j;

    test_chain_open(&c, _i, 4);
    journal_open(&j, &c);
    for (size_t i = 0; i < JOURNAL; i += 2)
        journal_change(&j, i, true);
    test_kv_dump(c.kv, "j", &before);
    for (size_t i = 0; i < 4; i++)
        test_chain_grow(&c, TEST_TXS_MAX);
    test_kv_dump(c.kv, "j", &after);
    ck_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    journal_holds(&j);
    buffer_release(&before);
    buffer_release(&after);
    journal_close(&j);
    test_chain_close(&c);
}
END_TEST

static bool write_fails(struct kv *kv, struct kv_batch *batch, bool sync, struct error *err)
{
    (void)kv;
    (void)batch;
    (void)sync;
    return error_set(err, ERROR_IO, "no space left on device");
}

START_TEST(nothing_follows_a_failed_write)
{
    struct buffer before = {0}, after = {0};
    struct test_chain c;
    struct error err = {0};
    struct tx *tx;

    test_chain_open(&c, _i, 5);
    tx = test_transfer(&c);
    test_kv_dump(c.kv, NULL, &before);
    for (size_t i = 0; i < 2; i++) {
        struct store_write *write = store_write_new(c.store);

        c.ops.write = i == 0 ? write_fails : c.real->write; /* the disk is good again: too late */
        err = (struct error){0};
        store_write_journal_put(write, i, tx);
        ck_assert(!store_write_commit(write, true, &err));
        ck_assert_int_eq(err.code, ERROR_IO);
    }
    ck_assert_ptr_nonnull(strstr(err.text, "a write failed before this one"));
    test_kv_dump(c.kv, NULL, &after);
    ck_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    buffer_release(&before);
    buffer_release(&after);
    tx_drop(tx);
    test_chain_close(&c);
}
END_TEST

Suite *write_suite(void);
Suite *write_suite(void)
{
    Suite *suite = suite_create("write");
    TCase *t = tcase_create("write");

    tcase_set_timeout(t, 30);
    tcase_add_loop_test(t, the_journal_keeps_order_and_forgets_what_was_deleted, 0, PORT_COUNT);
    tcase_add_loop_test(t, blocks_leave_the_journal_alone, 0, PORT_COUNT);
    tcase_add_loop_test(t, nothing_follows_a_failed_write, 0, PORT_COUNT);
    suite_add_tcase(suite, t);
    return suite;
}

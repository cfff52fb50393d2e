/* What is taken, and what is refused with which words. */
#include "mempool_test.h"

#include <cairn/hex.h>

/* Each into a mempool where A (nonce 5, 10^9 wei) has A5 and A6 pending (tip 10, cap 100) and A9
 * queued; base fee 10; at most 4 transactions of one sender, 8 nonces ahead. */
static const struct {
    const char *says;
    struct send send;
    enum error_code error;
    const char *text;
} rows[] = {
    {"a first one is taken", {.sender = 'B', .nonce = 5}, ERROR_NONE, ""},
    {"a fee below the base fee",
     {.sender = 'B', .nonce = 5, .cap = 9},
     ERROR_TX_FEE,
     "max fee per gas less than block base fee: maxFeePerGas 9, baseFee 10"},
    {"a fee of just the base fee", {.sender = 'B', .nonce = 5, .cap = 10}, ERROR_NONE, ""},
    {"a tip above the cap",
     {.sender = 'B', .nonce = 5, .tip = 101},
     ERROR_TX_TIP,
     "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas 101, "
     "maxFeePerGas 100"},
    {"gas below the intrinsic",
     {.sender = 'B', .nonce = 5, .gas = 20999},
     ERROR_TX_GAS_LOW,
     "intrinsic gas too low: gas 20999, minimum needed 21000"},
    {"gas above the block's",
     {.sender = 'B', .nonce = 5, .gas = WORLD_GAS_MAX + 1},
     ERROR_TX_GAS_HIGH,
     "exceeds block gas limit (gas limit reached): gas 10000001, limit 10000000"},
    {"a nonce that is used",
     {.sender = 'A', .nonce = 4},
     ERROR_TX_NONCE_LOW,
     "nonce too low: next nonce 5, tx nonce 4"},
    {"the last nonce of all",
     {.sender = 'B', .nonce = UINT64_MAX},
     ERROR_TX_NONCE_MAX,
     "nonce has max value"},
    {"the last nonce of all is told of before a low fee",
     {.sender = 'B', .nonce = UINT64_MAX, .cap = 9},
     ERROR_TX_NONCE_MAX,
     "nonce has max value"},
    {"so far ahead of what is executable", {.sender = 'A', .nonce = 15}, ERROR_NONE, ""},
    {"one further",
     {.sender = 'A', .nonce = 16},
     ERROR_TX_NONCE_HIGH,
     "nonce too high: next nonce 7, tx nonce 16, at most 8 ahead"},
    {"as far ahead for one who has nothing here", {.sender = 'B', .nonce = 13}, ERROR_NONE, ""},
    {"one further for one who has nothing here",
     {.sender = 'B', .nonce = 14},
     ERROR_TX_NONCE_HIGH,
     "nonce too high: next nonce 5, tx nonce 14, at most 8 ahead"},
    {"all of the balance",
     {.sender = 'B', .nonce = 5, .value = 1000000000 - 2100000},
     ERROR_NONE,
     ""},
    {"a wei more",
     {.sender = 'B', .nonce = 5, .value = 1000000000 - 2100000 + 1},
     ERROR_TX_FUNDS,
     "insufficient funds for gas * price + value: address "
     "0x0000004200000000000000000000000000000000 have 1000000000 want 1000000001"},
    {"all that the pending ones leave",
     {.sender = 'A', .nonce = 7, .value = 1000000000 - 3 * 2100000},
     ERROR_NONE,
     ""},
    {"a wei more with what is pending; what is queued does not count",
     {.sender = 'A', .nonce = 7, .value = 1000000000 - 3 * 2100000 + 1},
     ERROR_TX_FUNDS,
     "insufficient funds for gas * price + value: address "
     "0x0000004100000000000000000000000000000000 have 1000000000 want 1000000001"},
    {"a queued one with what is pending",
     {.sender = 'A', .nonce = 8, .value = 1000000000 - 3 * 2100000 + 1},
     ERROR_TX_FUNDS,
     "insufficient funds for gas * price + value: address "
     "0x0000004100000000000000000000000000000000 have 1000000000 want 1000000001"},
    {"a replacement counts less the one that it replaces",
     {.sender = 'A', .nonce = 6, .tip = 11, .cap = 110, .value = 1000000000 - 4410000},
     ERROR_NONE,
     ""},
    {"a wei more in a replacement",
     {.sender = 'A', .nonce = 6, .tip = 11, .cap = 110, .value = 1000000000 - 4410000 + 1},
     ERROR_TX_FUNDS,
     "insufficient funds for gas * price + value: address "
     "0x0000004100000000000000000000000000000000 have 1000000000 want 1000000001"},
    {"a replacement of a queued one has nothing to take off",
     {.sender = 'A', .nonce = 9, .tip = 11, .cap = 110, .value = 1000000000 - 6510000 + 1},
     ERROR_TX_FUNDS,
     "insufficient funds for gas * price + value: address "
     "0x0000004100000000000000000000000000000000 have 1000000000 want 1000000001"},
    {"both fees a tenth higher replace",
     {.sender = 'A', .nonce = 5, .tip = 11, .cap = 110},
     ERROR_NONE,
     ""},
    {"a tip that is less than a tenth higher",
     {.sender = 'A', .nonce = 5, .tip = 10, .cap = 200},
     ERROR_TX_REPLACEMENT,
     "replacement transaction underpriced: needs maxFeePerGas 110, maxPriorityFeePerGas 11"},
    {"a cap that is less than a tenth higher",
     {.sender = 'A', .nonce = 6, .tip = 50, .cap = 109},
     ERROR_TX_REPLACEMENT,
     "replacement transaction underpriced: needs maxFeePerGas 110, maxPriorityFeePerGas 11"},
    {"a queued one is replaced at the same price",
     {.sender = 'A', .nonce = 9, .tip = 11, .cap = 109},
     ERROR_TX_REPLACEMENT,
     "replacement transaction underpriced: needs maxFeePerGas 110, maxPriorityFeePerGas 11"},
    {"the fourth of one sender", {.sender = 'A', .nonce = 12}, ERROR_NONE, ""},
};

static void open_with_three(struct world *world)
{
    world_open(world, &(struct mempool_limits){.sender_tx_max = 4, .nonce_ahead_max = 8});
    world_takes(world, .sender = 'A', .nonce = 5, .tip = 10);
    world_takes(world, .sender = 'A', .nonce = 6, .tip = 10);
    world_takes(world, .sender = 'A', .nonce = 9, .tip = 10);
    world_expect(world, "+A5, +A6, ?A9");
}

START_TEST(admission_row)
{
    struct world world;
    struct mempool_counts before, after;

    open_with_three(&world);
    before = mempool_counts(world.mempool);
    world_send(&world, rows[_i].send);
    after = mempool_counts(world.mempool);
    ck_assert_msg(world.err.code == rows[_i].error, "%s: %s", rows[_i].says, world.err.text);
    ck_assert_str_eq(world.err.text, rows[_i].text);
    if (rows[_i].error == ERROR_NONE) {
        ck_assert_uint_eq(after.admitted, before.admitted + 1);
    } else {
        ck_assert_uint_eq(world.events.count, 0);
        ck_assert_uint_eq(after.refused, before.refused + 1);
        ck_assert_uint_eq(after.pending + after.queued, 3);
    }
    world_close(&world);
}
END_TEST

START_TEST(admission_known)
{
    struct world world;
    struct send first = {.sender = 'A', .nonce = 5};
    struct tx *tx = send_tx(&first);
    char hash[HEX_HASH_TEXT], want[128];

    world_open(&world, NULL);
    ck_assert(world_send(&world, first));
    world_expect(&world, "+A5");
    /* Found before anything else is looked at, even once its cap is below the base fee. */
    world_block(&world, NULL, 0, 1000);
    ck_assert(!world_send(&world, first));
    ck_assert_int_eq(world.err.code, ERROR_TX_KNOWN);
    snprintf(want, sizeof want, "already known (known transaction: %s)",
             hex_format_hash(hash, &tx->hash));
    ck_assert_str_eq(world.err.text, want);
    ck_assert_ptr_nonnull(mempool_find(world.mempool, &tx->hash));
    world_block(&world, &first, 1, 10);
    world_expect(&world, "-A5 included");
    ck_assert_ptr_null(mempool_find(world.mempool, &tx->hash));
    world_refuses(&world, ERROR_TX_NONCE_LOW, .sender = 'A', .nonce = 5);
    tx_drop(tx);
    world_close(&world);
}
END_TEST

/* A sender that is at its share is told so last of all. */
START_TEST(admission_share)
{
    struct world world;

    open_with_three(&world);
    world_takes(&world, .sender = 'A', .nonce = 12);
    world_expect(&world, "?A12");
    world_refuses(&world, ERROR_TX_SHARE, .sender = 'A', .nonce = 7);
    ck_assert_str_eq(world.err.text, "account limit exceeded: 4 transactions");
    world_refuses(&world, ERROR_TX_FUNDS, .sender = 'A', .nonce = 7, .value = 1000000000);
    world_takes(&world, .sender = 'A', .nonce = 12, .tip = 1, .cap = 110);
    world_expect(&world, "-A12 replaced, ?A12");
    world_takes(&world, .sender = 'B', .nonce = 5);
    world_close(&world);
}
END_TEST

START_TEST(admission_gap_closes)
{
    struct world world;
    struct address sender = send_address('A');

    world_open(&world, NULL);
    ck_assert_uint_eq(mempool_nonce_next(world.mempool, &sender, 5), 5);
    world_takes(&world, .sender = 'A', .nonce = 8);
    world_takes(&world, .sender = 'A', .nonce = 6);
    world_takes(&world, .sender = 'A', .nonce = 7);
    world_expect(&world, "?A8, ?A6, ?A7");
    ck_assert_uint_eq(mempool_nonce_next(world.mempool, &sender, 5), 5);
    ck_assert_uint_eq(mempool_counts(world.mempool).queued, 3);
    ck_assert(!mempool_has_executable(world.mempool));
    world_takes(&world, .sender = 'A', .nonce = 5);
    world_expect(&world, "+A5, +A6, +A7, +A8");
    ck_assert_uint_eq(mempool_nonce_next(world.mempool, &sender, 5), 9);
    ck_assert_uint_eq(mempool_counts(world.mempool).pending, 4);
    ck_assert(mempool_has_executable(world.mempool));
    world_close(&world);
}
END_TEST

/* What is queued is not held against others, so at the end of a gap it may be more than there is;
 * it is kept, and goes on once it is covered. */
START_TEST(admission_gap_closes_uncovered)
{
    struct world world;
    struct send first = {.sender = 'A', .nonce = 5, .tip = 1, .value = 600000000};

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 6, .value = 390000000);
    world_takes(&world, .sender = 'A', .nonce = 7, .value = 300000000);
    world_takes(&world, .sender = 'A', .nonce = 8, .value = 1);
    world_expect(&world, "?A6, ?A7, ?A8");
    ck_assert(world_send(&world, first));
    world_expect(&world, "+A5, +A6");
    ck_assert_uint_eq(mempool_counts(world.mempool).queued, 2);
    /* A cheaper one in its place is covered, and those behind it go on. */
    world_takes(&world, .sender = 'A', .nonce = 7, .cap = 110, .value = 2);
    world_expect(&world, "-A7 replaced, +A7, +A8");
    world_close(&world);
}
END_TEST

/* A replacement that costs less makes room for what was not covered. */
START_TEST(admission_replacement_frees_funds)
{
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 6, .value = 500000000);
    world_takes(&world, .sender = 'A', .nonce = 5, .value = 600000000);
    world_expect(&world, "?A6, +A5");
    world_takes(&world, .sender = 'A', .nonce = 5, .cap = 110, .value = 1);
    world_expect(&world, "-A5 replaced, +A5, +A6");
    ck_assert_uint_eq(mempool_counts(world.mempool).replaced, 1);
    world_close(&world);
}
END_TEST

static const struct {
    const char *says;
    uint64_t tip, cap;         /* of the old one */
    uint64_t tip_new, cap_new; /* the least that replaces it */
} tenths[] = {
    {"a tenth", 10, 100, 11, 110},
    {"a tenth of what is no multiple of ten is rounded up", 1, 101, 2, 112},
    {"a tenth of nothing is nothing", 0, 10, 0, 11},
};

START_TEST(admission_tenth)
{
    struct world world;
    uint64_t tip = tenths[_i].tip_new, cap = tenths[_i].cap_new;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = tenths[_i].tip, .cap = tenths[_i].cap);
    world_trace(&world);
    if (tip > 0)
        world_refuses(&world, ERROR_TX_REPLACEMENT, .sender = 'A', .nonce = 5, .tip = tip - 1,
                      .cap = 2 * cap);
    world_refuses(&world, ERROR_TX_REPLACEMENT, .sender = 'A', .nonce = 5, .tip = tip,
                  .cap = cap - 1, .value = 1);
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = tip, .cap = cap);
    world_expect(&world, "-A5 replaced, +A5");
    world_close(&world);
}
END_TEST

/* Where there are no fees, wallets send with price 0: a higher tip is enough. */
START_TEST(admission_fees_none)
{
    struct world world;

    world_open(&world, NULL);
    mempool_set_fees_none(world.mempool, true);
    world_block(&world, NULL, 0, 0);
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 100, .cap = 200);
    world_expect(&world, "+A5");
    world_refuses(&world, ERROR_TX_REPLACEMENT, .sender = 'A', .nonce = 5, .tip = 100, .cap = 300);
    ck_assert_str_eq(
        world.err.text,
        "replacement transaction underpriced: needs maxFeePerGas 101, maxPriorityFeePerGas 101");
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 101, .cap = 101);
    world_expect(&world, "-A5 replaced, +A5");
    world_close(&world);
}
END_TEST

START_TEST(admission_sequence)
{
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5);
    ck_assert_uint_eq(world.sequence, 1);
    ck_assert(world_replay(&world, (struct send){.sender = 'B', .nonce = 5}, 70));
    ck_assert_uint_eq(world.sequence, 70);
    ck_assert(world_replay(&world, (struct send){.sender = 'C', .nonce = 5}, 30));
    ck_assert_uint_eq(world.sequence, 30);
    world_takes(&world, .sender = 'D', .nonce = 5);
    ck_assert_uint_eq(world.sequence, 71);
    ck_assert_uint_eq(world.events.event[1].sequence, 70);
    ck_assert_str_eq(world_pick(&world, WORLD_GAS_MAX, 1 << 20, 9), "A5 C5 B5 D5");
    world_close(&world);
}
END_TEST

/* What was accepted once outlives a restart, whatever the base fee is by then, and in whatever
 * order the journal has it. */
START_TEST(admission_journal)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.nonce_ahead_max = 3});
    ck_assert(world_replay(&world, (struct send){.sender = 'A', .nonce = 9, .cap = 9}, 1));
    ck_assert(world_replay(&world, (struct send){.sender = 'A', .nonce = 5, .cap = 9}, 2));
    world_expect(&world, "?A9, +A5");
    ck_assert(!mempool_has_executable(world.mempool));
    ck_assert(!world_replay(&world, (struct send){.sender = 'A', .nonce = 4}, 3));
    ck_assert_int_eq(world.err.code, ERROR_TX_NONCE_LOW);
    world_refuses(&world, ERROR_TX_NONCE_HIGH, .sender = 'A', .nonce = 10);
    world_refuses(&world, ERROR_TX_FEE, .sender = 'A', .nonce = 6, .cap = 9);
    world_close(&world);
}
END_TEST

/* The ledger is asked once for a sender of whom something waits. */
START_TEST(admission_reads)
{
    struct world world;

    world_open(&world, NULL);
    world.fails = true;
    world_refuses(&world, ERROR_IO, .sender = 'A', .nonce = 5);
    world.fails = false;
    world_refuses(&world, ERROR_TX_FEE, .sender = 'A', .nonce = 5, .cap = 9);
    ck_assert_uint_eq(world.reads, 0);
    for (uint64_t nonce = 5; nonce < 9; nonce++)
        world_takes(&world, .sender = 'A', .nonce = nonce);
    ck_assert_uint_eq(world.reads, 1);
    world_close(&world);
}
END_TEST

/* 4,000 nonces in an order without any order. */
START_TEST(admission_many)
{
    struct world world;
    uint64_t count = 4000, nonce = 0;
    struct address sender = send_address('A');

    world_open(&world, &(struct mempool_limits){.nonce_ahead_max = count});
    world_account(&world, 'A')->balance = (struct u256){.limb = {0, 1}};
    for (uint64_t i = 0; i < count; i++) {
        struct send send = {.sender = 'A', .nonce = 5 + nonce};
        struct tx *tx = send_tx(&send);

        nonce = (nonce + 2741) % count; /* prime to it: meets all, 5 first */
        ck_assert(
            mempool_add(world.mempool, tx, 1000, 0, &world.sequence, &world.events, &world.err));
        tx_drop(tx);
    }
    mempool_check(world.mempool);
    ck_assert_uint_eq(mempool_nonce_next(world.mempool, &sender, 5), 5 + count);
    ck_assert_uint_eq(mempool_counts(world.mempool).pending, count);
    world_close(&world);
}
END_TEST

Suite *admission_suite(void);
Suite *admission_suite(void)
{
    Suite *suite = suite_create("admission");
    TCase *t = tcase_create("admission");

    tcase_add_loop_test(t, admission_row, 0, (int)COUNT(rows));
    tcase_add_test(t, admission_known);
    tcase_add_test(t, admission_share);
    tcase_add_test(t, admission_gap_closes);
    tcase_add_test(t, admission_gap_closes_uncovered);
    tcase_add_test(t, admission_replacement_frees_funds);
    tcase_add_loop_test(t, admission_tenth, 0, (int)COUNT(tenths));
    tcase_add_test(t, admission_fees_none);
    tcase_add_test(t, admission_sequence);
    tcase_add_test(t, admission_journal);
    tcase_add_test(t, admission_reads);
    tcase_add_test(t, admission_many);
    suite_add_tcase(suite, t);
    return suite;
}

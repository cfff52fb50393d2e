/* After a block, and after an hour. */
#include "mempool_test.h"

enum { HOUR_MS = 60 * 60 * 1000 };

START_TEST(follow_included)
{
    static const struct send in_block[] = {
        {.sender = 'A', .nonce = 5}, {.sender = 'A', .nonce = 6}, {.sender = 'C', .nonce = 5}};
    struct world world;
    struct address sender = send_address('A');

    world_open(&world, NULL);
    for (uint64_t nonce = 5; nonce < 9; nonce++)
        world_takes(&world, .sender = 'A', .nonce = nonce);
    world_takes(&world, .sender = 'B', .nonce = 5);
    world_expect(&world, "+A5, +A6, +A7, +A8, +B5");
    world_block(&world, in_block, COUNT(in_block), 10);
    world_expect(&world, "-A5 included, -A6 included");
    ck_assert_uint_eq(mempool_counts(world.mempool).included, 2);
    ck_assert_uint_eq(mempool_nonce_next(world.mempool, &sender, 7), 9);
    ck_assert_str_eq(world_pick(&world, WORLD_GAS_MAX, 4096, 9), "A7 A8 B5");
    world_close(&world);
}
END_TEST

/* Another of the same nonce was in the block: what waited is overtaken. */
START_TEST(follow_overtaken)
{
    static const struct send in_block[] = {{.sender = 'A', .nonce = 5, .tip = 7},
                                           {.sender = 'A', .nonce = 6},
                                           {.sender = 'B', .nonce = 5}};
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5);
    world_takes(&world, .sender = 'A', .nonce = 6);
    world_takes(&world, .sender = 'A', .nonce = 7);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 1);
    world_expect(&world, "+A5, +A6, +A7, +B5");
    world_block(&world, in_block, COUNT(in_block), 10);
    world_expect(&world, "-A5 stale, -A6 included, -B5 stale");
    ck_assert_uint_eq(mempool_counts(world.mempool).included, 1);
    world_close(&world);
}
END_TEST

/* A gap is closed by what this node never saw, and queued ones may be overtaken too. */
START_TEST(follow_closes_gap)
{
    static const struct send in_block[] = {{.sender = 'A', .nonce = 5},
                                           {.sender = 'A', .nonce = 6}};
    static const struct send beyond[] = {{.sender = 'B', .nonce = 5},
                                         {.sender = 'B', .nonce = 6},
                                         {.sender = 'B', .nonce = 7, .tip = 1},
                                         {.sender = 'B', .nonce = 8}};
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 7);
    world_takes(&world, .sender = 'A', .nonce = 8);
    world_takes(&world, .sender = 'A', .nonce = 10);
    world_takes(&world, .sender = 'B', .nonce = 5);
    world_takes(&world, .sender = 'B', .nonce = 7);
    world_takes(&world, .sender = 'B', .nonce = 9);
    world_takes(&world, .sender = 'B', .nonce = 11);
    world_expect(&world, "?A7, ?A8, ?A10, +B5, ?B7, ?B9, ?B11");
    world_block(&world, in_block, COUNT(in_block), 10);
    world_expect(&world, "+A7, +A8");
    world_block(&world, beyond, COUNT(beyond), 10);
    world_expect(&world, "-B5 included, -B7 stale, +B9");
    world_close(&world);
}
END_TEST

/* Only a transaction that this node never saw can take what the waiting ones were counted on. */
START_TEST(follow_unfunded)
{
    static const struct send in_block[] = {{.sender = 'A', .nonce = 5, .value = 700000000}};
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5);
    world_takes(&world, .sender = 'A', .nonce = 6);
    world_takes(&world, .sender = 'A', .nonce = 7, .value = 300000000); /* more than is left */
    world_takes(&world, .sender = 'A', .nonce = 8);
    world_takes(&world, .sender = 'A', .nonce = 10, .value = 400000000);
    world_takes(&world, .sender = 'A', .nonce = 11);
    world_trace(&world);
    world_block(&world, in_block, COUNT(in_block), 10);
    world_expect(&world, "-A5 stale, -A7 unfunded, ?A8, -A10 unfunded");
    ck_assert_uint_eq(mempool_counts(world.mempool).pending, 1);
    world_takes(&world, .sender = 'A', .nonce = 7);
    world_expect(&world, "+A7, +A8");
    world_close(&world);
}
END_TEST

/* Covered one by one, but not all together: the end of the run waits, and goes on when coins come.
 */
START_TEST(follow_uncovered_waits)
{
    static const struct send in_block[] = {{.sender = 'A', .nonce = 5, .value = 700000000}};
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5);
    world_takes(&world, .sender = 'A', .nonce = 6, .value = 100000000);
    world_takes(&world, .sender = 'A', .nonce = 7, .value = 200000000);
    world_takes(&world, .sender = 'A', .nonce = 8);
    world_trace(&world);
    world_block(&world, in_block, COUNT(in_block), 10);
    world_expect(&world, "-A5 stale, ?A7, ?A8");
    world_account(&world, 'A')->balance = u256_of_u64(306300000 - 1);
    world_block(&world, NULL, 0, 10);
    world_expect(&world, "+A7");
    world_account(&world, 'A')->balance = u256_of_u64(306300000);
    world_block(&world, NULL, 0, 10);
    world_expect(&world, "+A8");
    world_close(&world);
}
END_TEST

/* All gone: the account is read anew when its sender comes again. */
START_TEST(follow_forgets)
{
    static const struct send in_block[] = {{.sender = 'A', .nonce = 5}};
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5);
    world_block(&world, in_block, COUNT(in_block), 10);
    world_expect(&world, "+A5, -A5 included");
    world_account(&world, 'A')->nonce = 9; /* not told: nothing of it waits here */
    world_takes(&world, .sender = 'A', .nonce = 9);
    world_expect(&world, "+A9");
    ck_assert_uint_eq(world.reads, 2);
    world_close(&world);
}
END_TEST

/* A higher base fee makes nothing leave; it waits until the fee is down again. */
START_TEST(follow_base_fee)
{
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5, .cap = 50);
    world_takes(&world, .sender = 'A', .nonce = 6);
    world_expect(&world, "+A5, +A6");
    world_block(&world, NULL, 0, 51);
    world_expect(&world, "");
    ck_assert(!mempool_has_executable(world.mempool));
    ck_assert_uint_eq(mempool_counts(world.mempool).pending, 2);
    world_block(&world, NULL, 0, 50);
    ck_assert(mempool_has_executable(world.mempool));
    world_close(&world);
}
END_TEST

START_TEST(follow_hour)
{
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5);
    ck_assert_uint_eq(world_expire(&world), UINT64_MAX);
    world_takes(&world, .sender = 'A', .nonce = 8);
    world.now_ms += 10;
    world_takes(&world, .sender = 'A', .nonce = 7);
    world_takes(&world, .sender = 'B', .nonce = 6);
    world_expect(&world, "+A5, ?A8, ?A7, ?B6");
    ck_assert_uint_eq(world_expire(&world), 1000 + HOUR_MS);
    world.now_ms = 1000 + HOUR_MS - 1;
    ck_assert_uint_eq(world_expire(&world), 1000 + HOUR_MS);
    world_expect(&world, "");
    world.now_ms = 1000 + HOUR_MS;
    ck_assert_uint_eq(world_expire(&world), 1010 + HOUR_MS);
    world_expect(&world, "-A8 expired");
    world.now_ms += HOUR_MS;
    ck_assert_uint_eq(world_expire(&world), UINT64_MAX);
    world_expect(&world, "-A7 expired, -B6 expired");
    ck_assert_uint_eq(mempool_counts(world.mempool).expired, 3);
    ck_assert_uint_eq(mempool_counts(world.mempool).pending, 1);
    world_close(&world);
}
END_TEST

/* The hour counts from when it was queued, not from when it was first seen. */
START_TEST(follow_hour_begins)
{
    static const struct send in_block[] = {{.sender = 'A', .nonce = 5, .value = 700000000}};
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5);
    world_takes(&world, .sender = 'A', .nonce = 6, .value = 300000000);
    world_takes(&world, .sender = 'A', .nonce = 7);
    world.now_ms += HOUR_MS;
    world_block(&world, in_block, COUNT(in_block), 10);
    world_trace(&world);
    ck_assert_uint_eq(world_expire(&world), 1000 + 2 * (uint64_t)HOUR_MS);
    world_expect(&world, "");
    world_close(&world);
}
END_TEST

/* A clock that was wrong and is set back keeps nobody here for longer than an hour from then. */
START_TEST(follow_clock_set_back)
{
    struct world world;

    world_open(&world, NULL);
    world.now_ms = 1000 * (uint64_t)HOUR_MS;
    world_takes(&world, .sender = 'A', .nonce = 7);
    world.now_ms = 2000;
    world_takes(&world, .sender = 'B', .nonce = 7);
    ck_assert_uint_eq(world_expire(&world), 2000 + HOUR_MS);
    world.now_ms = 1000;
    ck_assert_uint_eq(world_expire(&world), 1000 + HOUR_MS);
    world.now_ms += HOUR_MS;
    world_trace(&world);
    ck_assert_uint_eq(world_expire(&world), UINT64_MAX);
    world_expect(&world, "-A7 expired, -B7 expired");
    world_close(&world);
}
END_TEST

Suite *follow_suite(void);
Suite *follow_suite(void)
{
    Suite *suite = suite_create("follow");
    TCase *t = tcase_create("follow");

    tcase_add_test(t, follow_included);
    tcase_add_test(t, follow_overtaken);
    tcase_add_test(t, follow_closes_gap);
    tcase_add_test(t, follow_unfunded);
    tcase_add_test(t, follow_uncovered_waits);
    tcase_add_test(t, follow_forgets);
    tcase_add_test(t, follow_base_fee);
    tcase_add_test(t, follow_hour);
    tcase_add_test(t, follow_hour_begins);
    tcase_add_test(t, follow_clock_set_back);
    suite_add_tcase(suite, t);
    return suite;
}

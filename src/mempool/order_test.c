/* What the next block takes, and in which order. */
#include "mempool_test.h"

enum { BYTES = 1 << 20, MANY = 64 };

static const struct send crowd[] = {
    {.sender = 'A', .nonce = 5, .tip = 1},
    {.sender = 'A', .nonce = 6, .tip = 50},
    {.sender = 'B', .nonce = 6, .tip = 90}, /* behind a gap */
    {.sender = 'C', .nonce = 5, .tip = 20, .cap = 25},
    {.sender = 'C', .nonce = 6, .tip = 12, .cap = 12},
    {.sender = 'C', .nonce = 7, .tip = 20},
    {.sender = 'D', .nonce = 5, .tip = 15},
    {.sender = 'E', .nonce = 5, .tip = 1},
};

static void open_crowd(struct world *world)
{
    world_open(world, NULL);
    for (size_t i = 0; i < COUNT(crowd); i++)
        ck_assert_msg(world_send(world, crowd[i]), "%s", world->err.text);
}

static const struct {
    const char *says;
    uint64_t base_fee, gas_max;
    size_t bytes_max, max;
    const char *want;
} picks[] = {
    {"by effective tip, then first seen; D's 15 is C's 15 at base fee 10", 10, WORLD_GAS_MAX, BYTES,
     MANY, "C5 D5 C6 C7 A5 A6 E5"},
    {"a lower base fee lets C's tip count whole", 4, WORLD_GAS_MAX, BYTES, MANY,
     "C5 D5 C6 C7 A5 A6 E5"},
    {"a higher one leaves C6 out, and C7 behind it", 13, WORLD_GAS_MAX, BYTES, MANY,
     "D5 C5 A5 A6 E5"},
    {"a higher one leaves all of C out", 26, WORLD_GAS_MAX, BYTES, MANY, "D5 A5 A6 E5"},
    {"above all caps nothing is left", 101, WORLD_GAS_MAX, BYTES, MANY, ""},
    {"at a cap it is in", 100, WORLD_GAS_MAX, BYTES, MANY, "A5 A6 D5 E5"},
    {"not more than asked for", 10, WORLD_GAS_MAX, BYTES, 3, "C5 D5 C6"},
    {"nothing is asked for", 10, WORLD_GAS_MAX, BYTES, 0, ""},
    {"gas for three", 10, 3 * 21000, BYTES, MANY, "C5 D5 C6"},
    {"gas for less than three", 10, 3 * 21000 - 1, BYTES, MANY, "C5 D5"},
    {"no bytes", 10, WORLD_GAS_MAX, 20, MANY, ""},
};

START_TEST(order_pick)
{
    struct world world;
    const char *got;

    open_crowd(&world);
    world_block(&world, NULL, 0, picks[_i].base_fee);
    got = world_pick(&world, picks[_i].gas_max, picks[_i].bytes_max, picks[_i].max);
    ck_assert_msg(strcmp(got, picks[_i].want) == 0, "%s: %s, want %s", picks[_i].says, got,
                  picks[_i].want);
    got = world_pick(&world, WORLD_GAS_MAX, BYTES, MANY);
    ck_assert(mempool_has_executable(world.mempool) == (got[0] != 0));
    world_close(&world);
}
END_TEST

/* The list that readers have gives the same block as the mempool itself. */
START_TEST(order_of_a_list)
{
    static const size_t executable[] = {7, 5, 0, 3, 6, 1, 4}; /* of the crowd, in no order */
    struct u256 base_fee = u256_of_u64(picks[_i].base_fee);
    struct tx *tx[COUNT(executable)], *picked[MANY];
    uint64_t sequence[COUNT(executable)];
    struct world world;
    size_t count, chosen;

    open_crowd(&world);
    world_block(&world, NULL, 0, picks[_i].base_fee);
    for (size_t i = 0; i < COUNT(executable); i++) {
        tx[i] = send_tx(&crowd[executable[i]]);
        sequence[i] = executable[i] + 1;
    }
    count = mempool_pick(world.mempool, picks[_i].gas_max, picks[_i].bytes_max, picked, MANY);
    chosen = mempool_order(tx, sequence, COUNT(executable), &base_fee, picks[_i].gas_max,
                           picks[_i].bytes_max);
    if (picks[_i].max == MANY)
        ck_assert_uint_eq(chosen, count);
    for (size_t i = 0; i < chosen && i < count; i++) {
        ck_assert(address_equal(&tx[i]->sender, &picked[i]->sender));
        ck_assert_uint_eq(tx[i]->nonce, picked[i]->nonce);
    }
    for (size_t i = 0; i < COUNT(executable); i++) /* all are still there, each once */
        for (size_t j = 0; j < i; j++)
            ck_assert(tx[i] != tx[j]);
    for (size_t i = 0; i < COUNT(executable); i++)
        tx_drop(tx[i]);
    world_close(&world);
}
END_TEST

/* One that does not fit any more leaves room for smaller ones of others. */
START_TEST(order_fits)
{
    struct world world;

    world_open(&world, NULL);
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 9);
    world_takes(&world, .sender = 'A', .nonce = 6, .tip = 9, .gas = 100000);
    world_takes(&world, .sender = 'A', .nonce = 7, .tip = 9);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 8);
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 7, .memo = 1000);
    world_takes(&world, .sender = 'D', .nonce = 5, .tip = 6);
    ck_assert_str_eq(world_pick(&world, 3 * 21000, BYTES, MANY), "A5 B5 D5");
    ck_assert_str_eq(world_pick(&world, WORLD_GAS_MAX, 600, MANY), "A5 A6 A7 B5 D5");
    ck_assert_str_eq(world_pick(&world, WORLD_GAS_MAX, BYTES, MANY), "A5 A6 A7 B5 C5 D5");
    world_close(&world);
}
END_TEST

/* A reader's list may have lost one: what is behind it cannot be in the block. */
START_TEST(order_of_a_list_with_a_gap)
{
    static const struct send sends[] = {
        {.sender = 'A', .nonce = 7}, {.sender = 'A', .nonce = 5}, {.sender = 'B', .nonce = 5}};
    static const uint64_t sequence[] = {1, 2, 3};
    struct u256 base_fee = u256_of_u64(10);
    struct tx *tx[COUNT(sends)];

    for (size_t i = 0; i < COUNT(sends); i++)
        tx[i] = send_tx(&sends[i]);
    ck_assert_uint_eq(mempool_order(tx, sequence, COUNT(sends), &base_fee, WORLD_GAS_MAX, BYTES),
                      2);
    ck_assert(tx[0]->sender.byte[3] == 'A' && tx[0]->nonce == 5);
    ck_assert(tx[1]->sender.byte[3] == 'B');
    ck_assert(tx[2]->nonce == 7);
    for (size_t i = 0; i < COUNT(sends); i++)
        tx_drop(tx[i]);
}
END_TEST

START_TEST(order_of_nothing)
{
    struct world world;
    struct u256 base_fee = u256_of_u64(1);

    world_open(&world, NULL);
    ck_assert_str_eq(world_pick(&world, WORLD_GAS_MAX, BYTES, MANY), "");
    ck_assert(!mempool_has_executable(world.mempool));
    ck_assert_uint_eq(mempool_order(NULL, NULL, 0, &base_fee, WORLD_GAS_MAX, BYTES), 0);
    world_close(&world);
}
END_TEST

Suite *order_suite(void);
Suite *order_suite(void)
{
    Suite *suite = suite_create("order");
    TCase *t = tcase_create("order");

    tcase_add_loop_test(t, order_pick, 0, (int)COUNT(picks));
    tcase_add_loop_test(t, order_of_a_list, 0, (int)COUNT(picks));
    tcase_add_test(t, order_fits);
    tcase_add_test(t, order_of_a_list_with_a_gap);
    tcase_add_test(t, order_of_nothing);
    suite_add_tcase(suite, t);
    return suite;
}

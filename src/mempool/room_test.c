/* A full mempool: who goes, and who is not let in. */
#include "mempool_test.h"

START_TEST(room_cheapest_goes)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 3});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 4);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 3);
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 5);
    world_expect(&world, "+A5, +B5, +C5");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 5, .tip = 2);
    ck_assert_str_eq(world.err.text, "transaction underpriced: effective tip 2, needed 4");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 5, .tip = 3);
    ck_assert_str_eq(world.err.text, "transaction underpriced: effective tip 3, needed 4");
    world_takes(&world, .sender = 'D', .nonce = 5, .tip = 4);
    world_expect(&world, "-B5 evicted, +D5");
    ck_assert_uint_eq(mempool_counts(world.mempool).evicted, 1);
    world_close(&world);
}
END_TEST

/* Of equal ones the newest goes. */
START_TEST(room_newest_goes)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 3});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 3);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 13, .cap = 13); /* by its cap: 3 */
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 3);
    world_trace(&world);
    world_takes(&world, .sender = 'D', .nonce = 5, .tip = 9);
    world_expect(&world, "-C5 evicted, +D5");
    world_takes(&world, .sender = 'E', .nonce = 5, .tip = 9);
    world_expect(&world, "-B5 evicted, +E5");
    world_takes(&world, .sender = 'F', .nonce = 5, .tip = 9);
    world_expect(&world, "-A5 evicted, +F5");
    world_close(&world);
}
END_TEST

/* The order is that of the present base fee, which turns tips and caps around. */
START_TEST(room_base_fee)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 2});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 5, .cap = 100);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 20, .cap = 30);
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'C', .nonce = 5, .tip = 5);
    world_expect(&world, "+A5, +B5");
    world_block(&world, NULL, 0, 28); /* A still pays 5, B 2 */
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 3);
    world_expect(&world, "-B5 evicted, +C5");
    world_block(&world, NULL, 0, 10);
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 5, .tip = 3);
    world_close(&world);
}
END_TEST

/* Below the base fee it is worth less than one that pays no tip. */
START_TEST(room_below_base_fee)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 2});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 0);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 20, .cap = 30);
    world_expect(&world, "+A5, +B5");
    world_block(&world, NULL, 0, 40);
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 0);
    world_expect(&world, "-B5 evicted, +C5");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 5, .tip = 0);
    ck_assert_str_eq(world.err.text, "transaction underpriced: effective tip 0, needed 1");
    world_close(&world);
}
END_TEST

/* A sender's last goes, however little those before it pay. */
START_TEST(room_makes_no_gap)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 3});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 1);
    world_takes(&world, .sender = 'A', .nonce = 6, .tip = 7);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 8);
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'C', .nonce = 5, .tip = 7);
    world_expect(&world, "+A5, +A6, +B5");
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 9);
    world_expect(&world, "-A6 evicted, +C5");
    world_takes(&world, .sender = 'D', .nonce = 5, .tip = 2);
    world_expect(&world, "-A5 evicted, +D5");
    world_close(&world);
}
END_TEST

/* The newcomer leans on what its sender has: another's goes, or it is not let in. */
START_TEST(room_own_run_stays)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 2});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 1);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 3);
    world_expect(&world, "+A5, +B5");
    world_takes(&world, .sender = 'A', .nonce = 6, .tip = 4);
    world_expect(&world, "-B5 evicted, +A6");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'A', .nonce = 7, .tip = 90);
    ck_assert_str_eq(world.err.text,
                     "transaction underpriced: effective tip 90, and the mempool is full of "
                     "transactions that must not make room for it");
    /* Refused, it left the order as it was: A's last is still the one to go. */
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 5);
    world_expect(&world, "-A6 evicted, +C5");
    world_close(&world);
}
END_TEST

/* Behind a gap nothing pays: such go first, and move nothing that could be in the next block. */
START_TEST(room_queued_first)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 3});
    world_takes(&world, .sender = 'A', .nonce = 6, .tip = 80);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 2);
    world_takes(&world, .sender = 'C', .nonce = 7, .tip = 90);
    world_expect(&world, "?A6, +B5, ?C7");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 6, .tip = 80);
    ck_assert_str_eq(world.err.text, "transaction underpriced: effective tip 80, needed 81");
    world_takes(&world, .sender = 'D', .nonce = 6, .tip = 81);
    world_expect(&world, "-A6 evicted, ?D6");
    world_takes(&world, .sender = 'E', .nonce = 5, .tip = 1);
    world_takes(&world, .sender = 'F', .nonce = 5, .tip = 1);
    world_expect(&world, "-D6 evicted, +E5, -C7 evicted, +F5");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 6, .tip = 90);
    world_takes(&world, .sender = 'D', .nonce = 5, .tip = 2);
    world_expect(&world, "-F5 evicted, +D5");
    world_close(&world);
}
END_TEST

/* The only one that its sender has may go for another of the same sender. */
START_TEST(room_own_queued_goes)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 2});
    world_takes(&world, .sender = 'A', .nonce = 7, .tip = 1);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 1);
    world_expect(&world, "?A7, +B5");
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 0);
    world_expect(&world, "-A7 evicted, +A5");
    world_close(&world);
}
END_TEST

/* One out, one in: a replacement needs no room, and is not measured against others. */
START_TEST(room_replacement)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 2});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 1);
    world_takes(&world, .sender = 'B', .nonce = 7, .tip = 50);
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 2, .cap = 110);
    world_takes(&world, .sender = 'B', .nonce = 7, .tip = 55, .cap = 110);
    world_expect(&world, "+A5, ?B7, -A5 replaced, +A5, -B7 replaced, ?B7");
    world_close(&world);
}
END_TEST

/* Bytes are bounded too: as many go as it takes, all of them cheaper, or none. */
START_TEST(room_bytes)
{
    struct world world;
    struct send first = {.sender = 'A', .nonce = 5, .tip = 2};
    struct tx *tx = send_tx(&first);
    size_t size = tx->encoding.size;

    world_open(&world, &(struct mempool_limits){.bytes_max = 4 * size});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 2);
    world_takes(&world, .sender = 'A', .nonce = 6, .tip = 4);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 5);
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 8);
    ck_assert_uint_eq(mempool_counts(world.mempool).bytes, 4 * size);
    world_expect(&world, "+A5, +A6, +B5, +C5");
    /* It needs the room of three: A6, A5 and B5 are cheaper, in this order of going. */
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 5, .tip = 5,
                  .memo = 2 * size);
    ck_assert_str_eq(world.err.text, "transaction underpriced: effective tip 5, needed 6");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'D', .nonce = 5, .tip = 9,
                  .memo = 4 * size);
    world_takes(&world, .sender = 'D', .nonce = 5, .tip = 6, .memo = size + size / 2);
    world_expect(&world, "-A6 evicted, -A5 evicted, -B5 evicted, +D5");
    /* A replacement may need room for what it is longer; never its own. */
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'C', .nonce = 5, .tip = 9, .cap = 110,
                  .memo = 4 * size);
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 9, .cap = 110, .memo = 2 * size);
    world_expect(&world, "-D5 evicted, -C5 replaced, +C5");
    tx_drop(tx);
    world_close(&world);
}
END_TEST

/* What is replaced leaves anyway: it is not the one that makes room for what is longer. */
START_TEST(room_queued_replacement)
{
    struct world world;
    struct send first = {.sender = 'A', .nonce = 7};
    struct tx *tx = send_tx(&first);
    size_t size = tx->encoding.size;

    world_open(&world, &(struct mempool_limits){.bytes_max = 3 * size});
    world_takes(&world, .sender = 'A', .nonce = 7, .tip = 1);
    world_takes(&world, .sender = 'B', .nonce = 7, .tip = 2);
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 3);
    world_expect(&world, "?A7, ?B7, +C5");
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'A', .nonce = 7, .tip = 2, .cap = 110,
                  .memo = size / 2);
    world_takes(&world, .sender = 'A', .nonce = 7, .tip = 3, .cap = 110, .memo = size / 2);
    world_expect(&world, "-B7 evicted, -A7 replaced, ?A7");
    tx_drop(tx);
    world_close(&world);
}
END_TEST

/* Full, and the sender at its share: the mempool's refusal comes first, as json-rpc.md has it. */
START_TEST(room_before_share)
{
    struct world world;

    world_open(&world, &(struct mempool_limits){.tx_max = 3, .sender_tx_max = 2});
    world_takes(&world, .sender = 'A', .nonce = 5, .tip = 1);
    world_takes(&world, .sender = 'A', .nonce = 6, .tip = 1);
    world_takes(&world, .sender = 'B', .nonce = 5, .tip = 3);
    world_trace(&world);
    world_refuses(&world, ERROR_TX_UNDERPRICED, .sender = 'A', .nonce = 7, .tip = 3);
    world_refuses(&world, ERROR_TX_SHARE, .sender = 'A', .nonce = 7, .tip = 4);
    world_takes(&world, .sender = 'C', .nonce = 5, .tip = 4);
    world_expect(&world, "-A6 evicted, +C5");
    world_close(&world);
}
END_TEST

Suite *room_suite(void);
Suite *room_suite(void)
{
    Suite *suite = suite_create("room");
    TCase *t = tcase_create("room");

    tcase_add_test(t, room_cheapest_goes);
    tcase_add_test(t, room_newest_goes);
    tcase_add_test(t, room_base_fee);
    tcase_add_test(t, room_below_base_fee);
    tcase_add_test(t, room_makes_no_gap);
    tcase_add_test(t, room_own_run_stays);
    tcase_add_test(t, room_queued_first);
    tcase_add_test(t, room_own_queued_goes);
    tcase_add_test(t, room_replacement);
    tcase_add_test(t, room_bytes);
    tcase_add_test(t, room_queued_replacement);
    tcase_add_test(t, room_before_share);
    suite_add_tcase(suite, t);
    return suite;
}

/* Amounts in 128 bits against those in 256. */
#include "mempool_test.h"
#include "wei.h"

static const struct wei edges[] = {
    {0, 0},
    {0, 1},
    {0, UINT64_MAX - 1},
    {0, UINT64_MAX},
    {1, 0},
    {1, 1},
    {UINT64_MAX - 1, UINT64_MAX},
    {UINT64_MAX, 0},
    {UINT64_MAX, UINT64_MAX - 1},
    {UINT64_MAX, UINT64_MAX},
};

static bool is(struct wei a, const struct u256 *want)
{
    struct u256 wide = wei_to_u256(a);

    return u256_equal(&wide, want);
}

START_TEST(wei_pairs)
{
    struct wei a = edges[_i];
    struct u256 wide_a = wei_to_u256(a), most = wei_to_u256(wei_max);

    for (size_t i = 0; i < COUNT(edges); i++) {
        struct wei b = edges[i], sum;
        struct u256 wide_b = wei_to_u256(b), want;
        bool fits;

        must(wei_less(a, b) == (u256_compare(&wide_a, &wide_b) < 0));
        must(is(wei_min(a, b), u256_min(&wide_a, &wide_b)));
        must(u256_add(&want, &wide_a, &wide_b));
        fits = u256_compare(&want, &most) <= 0;
        must(wei_sum(&sum, a, b) == fits);
        must(!fits || is(sum, &want));
        must(is(wei_add(a, b), u256_min(&want, &most)));
        must(is(wei_of_u256(&want) /* saturates */, u256_min(&want, &most)));
        if (!u256_sub(&want, &wide_a, &wide_b))
            want = u256_of_u64(0);
        must(is(wei_sub(a, b), &want));
    }
}
END_TEST

/* The same price as the ledger's. */
START_TEST(wei_price_is_the_ledgers)
{
    for (size_t i = 0; i < COUNT(edges); i++) {
        for (size_t j = 0; j < COUNT(edges); j++) {
            struct tx tx = {.tip_max_per_gas = wei_to_u256(edges[i]),
                            .fee_max_per_gas = wei_to_u256(edges[j])};
            struct u256 base_fee = wei_to_u256(edges[_i]), want = tx_price(&tx, &base_fee);

            must(is(wei_price(edges[i], edges[j], edges[_i]), &want));
        }
    }
}
END_TEST

Suite *wei_suite(void);
Suite *wei_suite(void)
{
    Suite *suite = suite_create("wei");
    TCase *t = tcase_create("wei");

    tcase_add_loop_test(t, wei_pairs, 0, (int)COUNT(edges));
    tcase_add_loop_test(t, wei_price_is_the_ledgers, 0, (int)COUNT(edges));
    suite_add_tcase(suite, t);
    return suite;
}

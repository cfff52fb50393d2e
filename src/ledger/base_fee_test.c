#include "ledger_test.h"

#include <cairn/block.h>

static struct u256 next(struct u256 base_fee, uint64_t used, uint64_t limit, uint64_t min,
                        bool fees_none)
{
    struct header parent = {.base_fee_per_gas = base_fee, .gas_used = used, .gas_limit = limit};
    struct block_rules rules = {.base_fee_min = u256_of_u64(min), .fees_none = fees_none};

    return base_fee_next(&parent, &rules);
}

static const struct {
    const char *says;
    uint64_t base_fee, used, limit, min, want;
} rows[] = {
    {"half full: as it was", 1000000000, 15000000, 30000000, 1, 1000000000},
    {"full: an eighth more", 1000000000, 30000000, 30000000, 1, 1125000000},
    {"empty: an eighth less", 1000000000, 0, 30000000, 1, 875000000},
    {"one gas above the half: rounded down", 1000000000, 15000001, 30000000, 1, 1000000008},
    {"one gas below", 1000000000, 14999999, 30000000, 1, 999999992},
    {"a rise is at least 1", 1, 15000001, 30000000, 1, 2},
    {"of 7 too", 7, 30000000, 30000000, 1, 8},
    {"a fall is rounded down to nothing", 7, 0, 30000000, 1, 7},
    {"of 8 to 1", 8, 0, 30000000, 1, 7},
    {"an odd limit has its half rounded down", 1000, 10500, 21001, 1, 1000},
    {"and is over it with the rest", 1000, 21001, 21001, 1, 1125},
    {"never below the minimum", 1000, 0, 30000000, 900, 900},
    {"but down to it", 1000, 0, 30000000, 875, 875},
    {"a minimum above lifts it", 10, 15000000, 30000000, 100, 100},
    {"from 0 it rises", 0, 30000000, 30000000, 0, 1},
};

START_TEST(known_steps)
{
    struct u256 got =
        next(u256_of_u64(rows[_i].base_fee), rows[_i].used, rows[_i].limit, rows[_i].min, false);

    ck_assert_msg(u256_fits_u64(&got) && u256_to_u64(&got) == rows[_i].want, "%s: %llu",
                  rows[_i].says, (unsigned long long)got.limb[0]);
}
END_TEST

/* EIP-1559's lines, in 64 bits. */
static uint64_t small_next(uint64_t base, uint64_t used, uint64_t limit)
{
    uint64_t target = limit / 2;
    uint64_t rise;

    if (used <= target)
        return base - base * (target - used) / target / 8;
    rise = base * (used - target) / target / 8;
    return base + (rise > 1 ? rise : 1);
}

START_TEST(a_small_world_whole)
{
    for (uint64_t limit = 2; limit <= 24; limit++)
        for (uint64_t used = 0; used <= limit; used++)
            for (uint64_t base = 0; base <= 100; base++) {
                struct u256 got = next(u256_of_u64(base), used, limit, 0, false);

                ck_assert_uint_eq(u256_to_u64(&got), small_next(base, used, limit));
            }
}
END_TEST

START_TEST(without_fees_it_is_0_for_good)
{
    struct u256 got = next(u256_of_u64(0), 30000000, 30000000, 0, true);

    ck_assert(u256_is_zero(&got));
}
END_TEST

/* The largest that a genesis gives, with the largest gas limit. */
START_TEST(the_largest_base_fee)
{
    static const struct u256 max = {{UINT64_MAX, UINT64_MAX}};
    struct u256 eighth;
    struct u256 want;
    struct u256 got = next(max, INT64_MAX - 1, INT64_MAX, 1, false);

    u256_divide_u64(&eighth, NULL, &max, 8);
    ck_assert(u256_add(&want, &max, &eighth));
    ck_assert(u256_equal(&got, &want));
    got = next(max, 0, INT64_MAX, 1, false);
    ck_assert(u256_sub(&want, &max, &eighth));
    ck_assert(u256_equal(&got, &want));
}
END_TEST

Suite *base_fee_suite(void);
Suite *base_fee_suite(void)
{
    Suite *suite = suite_create("base_fee");
    TCase *t = tcase_create("base_fee");

    tcase_add_loop_test(t, known_steps, 0, COUNT(rows));
    tcase_add_test(t, a_small_world_whole);
    tcase_add_test(t, without_fees_it_is_0_for_good);
    tcase_add_test(t, the_largest_base_fee);
    suite_add_tcase(suite, t);
    return suite;
}

#include <cairn/block.h>

enum { ELASTICITY = 2, CHANGE_DENOMINATOR = 8 }; /* EIP-1559 */

/* base · |used − target| / target / 8. The product cannot pass 256 bits: who paid for a block's gas
 * holds at most 2^128 wei, so a base fee that rises is below 2^128, and a genesis gives no higher
 * one. */
static struct u256 fee_change(const struct u256 *base, uint64_t gas_off, uint64_t gas_target)
{
    struct u256 change;
    bool fits = u256_mul_u64(&change, base, gas_off);

    assert(fits);
    u256_divide_u64(&change, NULL, &change, gas_target);
    u256_divide_u64(&change, NULL, &change, CHANGE_DENOMINATOR);
    return change;
}

struct u256 base_fee_next(const struct header *parent, const struct block_rules *rules)
{
    uint64_t target = parent->gas_limit / ELASTICITY;
    uint64_t used = parent->gas_used;
    struct u256 base = parent->base_fee_per_gas;
    bool fits = true;

    assert(target > 0);
    if (rules->fees_none)
        return u256_of_u64(0);
    if (used > target) {
        struct u256 rise = fee_change(&base, used - target, target);

        if (u256_is_zero(&rise))
            rise = u256_of_u64(1);
        fits = u256_add(&base, &base, &rise);
    } else if (used < target) {
        struct u256 fall = fee_change(&base, target - used, target);

        fits = u256_sub(&base, &base, &fall); /* at most an eighth of it */
    }
    assert(fits);
    return u256_compare(&base, &rules->base_fee_min) < 0 ? rules->base_fee_min : base;
}

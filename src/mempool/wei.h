/* Amounts of what the mempool has admitted, in 128 bits. They fit: value + gasLimit · maxFeePerGas
 * is covered by a balance, and a balance is at most 2^128 - 1. Half the size of a u256 and compared
 * in line, which is what ordering 65,536 transactions costs. Private to the room. */
#ifndef CAIRN_MEMPOOL_WEI_H
#define CAIRN_MEMPOOL_WEI_H
#include <cairn/u256.h>

struct wei {
    uint64_t high, low;
};

static const struct wei wei_max = {UINT64_MAX, UINT64_MAX};

/* What is larger counts as 2^128 - 1: nobody can pay either. */
static inline struct wei wei_of_u256(const struct u256 *value)
{
    return value->limb[2] | value->limb[3] ? wei_max : (struct wei){value->limb[1], value->limb[0]};
}

static inline struct u256 wei_to_u256(struct wei a)
{
    return (struct u256){.limb = {a.low, a.high}};
}

static inline bool wei_less(struct wei a, struct wei b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static inline struct wei wei_min(struct wei a, struct wei b)
{
    return wei_less(b, a) ? b : a;
}

/* False: over 2^128 - 1. */
static inline bool wei_sum(struct wei *out, struct wei a, struct wei b)
{
    bool carry;

    out->low = a.low + b.low;
    carry = out->low < a.low;
    out->high = a.high + b.high;
    if (out->high < a.high)
        return false;
    out->high += carry;
    return out->high >= carry;
}

/* Stays at 2^128 - 1 where the sum is larger. */
static inline struct wei wei_add(struct wei a, struct wei b)
{
    struct wei sum;

    return wei_sum(&sum, a, b) ? sum : wei_max;
}

/* 0 where it would be below. */
static inline struct wei wei_sub(struct wei a, struct wei b)
{
    if (wei_less(a, b))
        return (struct wei){0};
    return (struct wei){a.high - b.high - (a.low < b.low), a.low - b.low};
}

/* What a unit of gas pays at this base fee: min(cap, base fee + tip), tx_price's figure. It orders
 * as the effective tip does, and needs no sign where the cap is below the base fee. */
static inline struct wei wei_price(struct wei tip, struct wei cap, struct wei base_fee)
{
    return wei_min(cap, wei_add(base_fee, tip));
}

#endif

/* Fees: the next base fee, suggested tips, eth_feeHistory. */
#include "find.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    SUGGEST_BLOCKS = 20,
    SUGGEST_PERCENTILE = 60,
    HISTORY_BLOCKS_MAX = 1024,
    HISTORY_PERCENTILES_MAX = 100,
};

bool rpc_eth_base_fee(struct rpc_call *call)
{
    json_put_quantity_u256(call->out, &call->head->base_fee_next);
    return true;
}

/* ---- suggestions ---- */

static int u256_order(const void *a, const void *b)
{
    return u256_compare(a, b);
}

/* The tips paid in the last blocks; gives the array. */
static bool tips_collect(struct rpc_call *call, struct u256 **tips, size_t *count)
{
    uint64_t height = call->head->block->header.height;
    size_t room = 0;

    *tips = NULL;
    *count = 0;
    for (unsigned i = 0; i < SUGGEST_BLOCKS && height > 0; i++, height--) {
        struct block *block;

        if (!find_block(call, height, &block))
            return false;
        if (*count + block->tx_count > room) {
            room = 2 * (*count + block->tx_count);
            *tips = mem_grow(*tips, room, sizeof **tips);
        }
        for (size_t j = 0; j < block->tx_count; j++)
            (*tips)[(*count)++] = tx_tip(block->tx[j], &block->header.base_fee_per_gas);
        block_drop(block);
    }
    return true;
}

static bool suggested_tip(struct rpc_call *call, struct u256 *tip)
{
    struct u256 *tips, least = u256_of_u64(call->options->suggested_tip_wei);
    size_t count;
    bool ok;

    *tip = (struct u256){0};
    if (call->options->genesis->fees_none)
        return true;
    *tip = least;
    ok = tips_collect(call, &tips, &count);
    if (ok && count > 0) {
        qsort(tips, count, sizeof tips[0], u256_order);
        *tip = tips[(count - 1) * SUGGEST_PERCENTILE / 100];
        if (u256_compare(tip, &least) < 0)
            *tip = least;
    }
    mem_free(tips);
    return ok;
}

bool rpc_eth_max_priority_fee(struct rpc_call *call)
{
    struct u256 tip;

    if (!suggested_tip(call, &tip))
        return false;
    json_put_quantity_u256(call->out, &tip);
    return true;
}

bool rpc_eth_gas_price(struct rpc_call *call)
{
    struct u256 price;

    if (!suggested_tip(call, &price))
        return false;
    if (!u256_add(&price, &price, &call->head->base_fee_next))
        price = call->head->base_fee_next; /* a tip near 2^256 helps nobody */
    json_put_quantity_u256(call->out, &price);
    return true;
}

/* ---- history ---- */

struct history {
    uint64_t first;
    size_t count;
    double percentile[HISTORY_PERCENTILES_MAX];
    size_t percentile_count;
    bool with_rewards;
    bool fees_none; /* wallets are to offer nothing, whatever tip somebody gave */
};

static bool history_percentiles(struct rpc_call *call, struct history *history)
{
    const json_t *list = call->arg[2].json; /* NULL: not given */

    history->percentile_count = json_array_size(list);
    history->with_rewards = history->percentile_count > 0; /* none asked for, none told: as geth */
    if (history->percentile_count > HISTORY_PERCENTILES_MAX)
        return rpc_argument_error(call, 2, "rewardPercentiles", "%zu percentiles, at most %d",
                                  history->percentile_count, HISTORY_PERCENTILES_MAX);
    for (size_t i = 0; i < history->percentile_count; i++) {
        const json_t *json = json_array_get(list, i);
        double value = json_number_value(json);

        if (!json_is_number(json) || !(value >= 0 && value <= 100))
            return rpc_argument_error(call, 2, "rewardPercentiles",
                                      "percentile %zu: must be a number from 0 to 100", i);
        if (i > 0 && value < history->percentile[i - 1])
            return rpc_argument_error(call, 2, "rewardPercentiles",
                                      "percentile %zu: must not be below the one before", i);
        history->percentile[i] = value;
    }
    return true;
}

static bool history_range(struct rpc_call *call, struct history *history)
{
    uint64_t head = call->head->block->header.height, count = call->arg[0].u64, last;
    const struct rpc_block *newest = &call->arg[1].block;
    bool found;

    if (newest->kind == RPC_BLOCK_NUMBER && newest->number > head)
        return error_set(call->err, ERROR_RPC_REFUSED,
                         "request beyond head block: requested %" PRIu64 ", head %" PRIu64,
                         newest->number, head);
    if (!find_height(call, newest, &last, &found))
        return false;
    if (!found)
        return error_set(call->err, ERROR_RPC_REFUSED, "unknown block");
    if (count > HISTORY_BLOCKS_MAX)
        count = HISTORY_BLOCKS_MAX;
    if (count > last + 1)
        count = last + 1;
    history->count = (size_t)count;
    history->first = count > 0 ? last + 1 - count : 0;
    return true;
}

struct paid {
    struct u256 tip;
    uint64_t gas;
};

static int paid_order(const void *a, const void *b)
{
    const struct paid *left = a, *right = b;

    return u256_compare(&left->tip, &right->tip);
}

/* geth's way: the tip of the transaction at which the gas, summed by ascending tip, reaches the
 * percentile. */
static void put_rewards(struct json_writer *w, const struct history *history,
                        const struct block *block)
{
    struct paid *paid = mem_new(block->tx_count + 1, sizeof paid[0]);
    static const struct u256 zero;
    uint64_t sum;
    size_t at = 0;

    for (size_t i = 0; i < block->tx_count; i++)
        paid[i] = (struct paid){.tip = tx_tip(block->tx[i], &block->header.base_fee_per_gas),
                                .gas = block->tx[i]->gas_intrinsic};
    qsort(paid, block->tx_count, sizeof paid[0], paid_order);
    sum = paid[0].gas;
    json_array_begin(w);
    for (size_t i = 0; i < history->percentile_count; i++) {
        uint64_t threshold =
            (uint64_t)((double)block->header.gas_used * history->percentile[i] / 100);

        while (sum < threshold && at + 1 < block->tx_count)
            sum += paid[++at].gas;
        json_put_quantity_u256(w,
                               block->tx_count > 0 && !history->fees_none ? &paid[at].tip : &zero);
    }
    json_array_end(w);
    mem_free(paid);
}

/* One pass over the range: gathers what stands in three arrays. */
struct history_columns {
    struct buffer fees, ratios, rewards;
    struct json_writer fee, ratio, reward;
};

static bool history_block(struct rpc_call *call, const struct history *history, uint64_t height,
                          struct history_columns *columns)
{
    struct header header;
    struct hash hash;
    struct block *block = NULL;
    char ratio[32];
    double used;
    int size;

    /* Without rewards the header is enough. */
    if (history->with_rewards ? !find_block(call, height, &block)
                              : !find_header(call, height, &header, &hash))
        return false;
    if (block)
        header = block->header;
    json_put_quantity_u256(&columns->fee, &header.base_fee_per_gas);
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): find_header filled it */
    used = (double)header.gas_used / (double)header.gas_limit;
    size = snprintf(ratio, sizeof ratio, "%.17g", used);
    json_put_raw(&columns->ratio, bytes_of(ratio, (size_t)size));
    if (block)
        put_rewards(&columns->reward, history, block);
    block_drop(block);
    return true;
}

static bool history_next_fee(struct rpc_call *call, const struct history *history, struct u256 *fee)
{
    struct block_rules rules = genesis_block_rules(call->options->genesis);
    struct header last;
    struct hash hash;

    if (!find_header(call, history->first + history->count - 1, &last, &hash))
        return false;
    *fee = base_fee_next(&last, &rules);
    return true;
}

static void history_write(struct rpc_call *call, const struct history *history,
                          const struct history_columns *columns)
{
    struct json_writer *w = call->out;

    json_object_begin(w);
    json_put_key(w, "oldestBlock");
    json_put_quantity(w, history->first);
    json_put_key(w, "baseFeePerGas");
    json_put_raw(w, buffer_bytes(&columns->fees));
    json_put_key(w, "gasUsedRatio");
    json_put_raw(w, buffer_bytes(&columns->ratios));
    if (history->with_rewards && history->count > 0) {
        json_put_key(w, "reward");
        json_put_raw(w, buffer_bytes(&columns->rewards));
    }
    json_object_end(w);
}

bool rpc_eth_fee_history(struct rpc_call *call)
{
    struct history history = {.fees_none = call->options->genesis->fees_none};
    struct history_columns columns = {0};
    struct u256 next;
    bool ok = false;

    if (!history_percentiles(call, &history) || !history_range(call, &history))
        return false;
    columns.fee = json_writer_of(&columns.fees);
    columns.ratio = json_writer_of(&columns.ratios);
    columns.reward = json_writer_of(&columns.rewards);
    json_array_begin(&columns.fee);
    json_array_begin(&columns.ratio);
    json_array_begin(&columns.reward);
    for (size_t i = 0; i < history.count; i++)
        if (!history_block(call, &history, history.first + i, &columns))
            goto out;
    if (history.count > 0) {
        if (!history_next_fee(call, &history, &next))
            goto out;
        json_put_quantity_u256(&columns.fee, &next);
    }
    json_array_end(&columns.fee);
    json_array_end(&columns.ratio);
    json_array_end(&columns.reward);
    history_write(call, &history, &columns);
    ok = true;
out:
    buffer_release(&columns.fees);
    buffer_release(&columns.ratios);
    buffer_release(&columns.rewards);
    return ok;
}

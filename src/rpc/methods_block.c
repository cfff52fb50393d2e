/* Blocks, transactions, receipts. */
#include "find.h"
#include "shapes.h"

static bool put_null(struct rpc_call *call)
{
    json_put_null(call->out);
    return true;
}

/* ---- blocks ---- */

static bool write_block(struct rpc_call *call, uint64_t height, bool full)
{
    struct hash receipts_root;
    struct block *block;
    bool found;

    if (!find_block(call, height, &block))
        return false;
    if (!store_receipts_root(rpc_call_snapshot(call), height, &receipts_root, &found, call->err) ||
        !found) {
        block_drop(block);
        return call->err->code != ERROR_NONE ? false
                                             : error_set(call->err, ERROR_STORE_DAMAGED,
                                                         "the index row of block %llu is missing",
                                                         (unsigned long long)height);
    }
    shape_block_write(call->out,
                      &(struct shape_block){.header = &block->header,
                                            .hash = &block->hash,
                                            .receipts_root = &receipts_root,
                                            .size = block->size,
                                            .tx = block->tx,
                                            .tx_count = block->tx_count},
                      full);
    block_drop(block);
    return true;
}

/* The executable transactions in the order of the next block; gives the array and its counts. */
static size_t pending_txs(struct rpc_call *call, struct tx ***tx)
{
    const struct rpc_node *node = &call->options->node;
    uint64_t *sequence;
    size_t count = node->pool_pending(node->context, tx, &sequence), chosen;

    find_refresh(call);
    chosen = mempool_order(*tx, sequence, count, &call->head->base_fee_next,
                           call->head->block->header.gas_limit, BLOCK_BYTES_MAX);
    for (size_t i = chosen; i < count; i++)
        tx_drop((*tx)[i]);
    mem_free(sequence);
    return chosen;
}

/* The block that would be proposed. What only the decision tells (its state root among it) is that
 * of the head. */
static bool write_pending_block(struct rpc_call *call, bool full)
{
    struct header header;
    struct hash receipts;
    struct tx **tx;
    size_t count = pending_txs(call, &tx);
    const struct header *parent = &call->head->block->header;
    struct block *sized;

    header = *parent;
    header.parent_hash = call->head->block->hash;
    header.height = parent->height + 1;
    header.time_ms = call->options->node.now_ms(call->options->node.context);
    if (header.time_ms <= parent->time_ms)
        header.time_ms = parent->time_ms + 1;
    header.base_fee_per_gas = call->head->base_fee_next;
    header.gas_used = 0;
    for (size_t i = 0; i < count; i++)
        header.gas_used += tx[i]->gas_intrinsic;
    header.extra_size = 0;
    transactions_root(&header.transactions_root, tx, count);
    receipts_root(&receipts, tx, count);
    sized = block_new(&header, tx, count); /* takes the counts */
    shape_block_write(call->out,
                      &(struct shape_block){.header = &header,
                                            .receipts_root = &receipts,
                                            .size = sized->size,
                                            .tx = sized->tx,
                                            .tx_count = count},
                      full);
    block_drop(sized);
    mem_free(tx);
    return true;
}

bool rpc_eth_get_block_by_number(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    if (call->arg[0].block.kind == RPC_BLOCK_PENDING)
        return write_pending_block(call, call->arg[1].flag);
    if (!find_height(call, &call->arg[0].block, &height, &found))
        return false;
    return found ? write_block(call, height, call->arg[1].flag) : put_null(call);
}

/* The height of a hash argument. */
static bool height_of_argument(struct rpc_call *call, uint64_t *height, bool *found)
{
    struct rpc_block block = {.kind = RPC_BLOCK_HASH, .hash = call->arg[0].hash};

    return find_height(call, &block, height, found);
}

bool rpc_eth_get_block_by_hash(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    if (!height_of_argument(call, &height, &found))
        return false;
    return found ? write_block(call, height, call->arg[1].flag) : put_null(call);
}

static bool write_tx_count(struct rpc_call *call, uint64_t height, bool found)
{
    size_t count;

    if (!found)
        return put_null(call);
    if (!store_tx_count(rpc_call_snapshot(call), height, &count, &found, call->err))
        return false;
    if (!found)
        return put_null(call);
    json_put_quantity(call->out, count);
    return true;
}

bool rpc_eth_block_tx_count_by_number(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    if (call->arg[0].block.kind == RPC_BLOCK_PENDING) {
        struct tx **tx;
        size_t count = pending_txs(call, &tx);

        json_put_quantity(call->out, count);
        for (size_t i = 0; i < count; i++)
            tx_drop(tx[i]);
        mem_free(tx);
        return true;
    }
    return find_height(call, &call->arg[0].block, &height, &found) &&
           write_tx_count(call, height, found);
}

bool rpc_eth_block_tx_count_by_hash(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    return height_of_argument(call, &height, &found) && write_tx_count(call, height, found);
}

/* ---- uncles: none, ever ---- */

static bool write_no_uncles(struct rpc_call *call, bool found)
{
    if (!found)
        return put_null(call);
    json_put_quantity(call->out, 0);
    return true;
}

bool rpc_eth_uncle_count_by_number(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    return find_height(call, &call->arg[0].block, &height, &found) && write_no_uncles(call, found);
}

bool rpc_eth_uncle_count_by_hash(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    return height_of_argument(call, &height, &found) && write_no_uncles(call, found);
}

bool rpc_eth_uncle_by_number(struct rpc_call *call)
{
    return put_null(call);
}

bool rpc_eth_uncle_by_hash(struct rpc_call *call)
{
    return put_null(call);
}

/* ---- transactions ---- */

static void write_found_tx(struct rpc_call *call, const struct store_tx *found)
{
    struct shape_place place = {
        .header = &found->header, .block_hash = &found->block_hash, .position = found->position};

    shape_tx_write(call->out, found->tx, &place);
}

/* The mempool first, then the chain: what leaves the one for the other is never missed. */
static struct tx *pool_tx(struct rpc_call *call, const struct hash *hash)
{
    const struct rpc_node *node = &call->options->node;
    struct tx *tx = node->pool_find(node->context, hash);

    if (!tx)
        find_refresh(call);
    return tx;
}

bool rpc_eth_get_tx_by_hash(struct rpc_call *call)
{
    struct store_tx found;
    struct tx *tx = pool_tx(call, &call->arg[0].hash);

    if (tx) {
        shape_tx_write(call->out, tx, NULL);
        tx_drop(tx);
        return true;
    }
    if (!find_tx(call, &call->arg[0].hash, &found))
        return false;
    if (!found.tx)
        return put_null(call);
    write_found_tx(call, &found);
    tx_drop(found.tx);
    return true;
}

static bool write_tx_at(struct rpc_call *call, uint64_t height, bool found, uint64_t position)
{
    struct store_tx at;

    if (!found || position > UINT32_MAX)
        return put_null(call);
    if (!store_tx_by_place(rpc_call_snapshot(call), height, (uint32_t)position, &at, call->err))
        return false;
    if (!at.tx)
        return put_null(call);
    write_found_tx(call, &at);
    tx_drop(at.tx);
    return true;
}

static bool write_pending_tx_at(struct rpc_call *call, uint64_t position)
{
    struct tx **tx;
    size_t count = pending_txs(call, &tx);

    if (position < count)
        shape_tx_write(call->out, tx[position], NULL);
    else
        json_put_null(call->out);
    for (size_t i = 0; i < count; i++)
        tx_drop(tx[i]);
    mem_free(tx);
    return true;
}

bool rpc_eth_get_tx_by_number_and_index(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    if (call->arg[0].block.kind == RPC_BLOCK_PENDING)
        return write_pending_tx_at(call, call->arg[1].u64);
    return find_height(call, &call->arg[0].block, &height, &found) &&
           write_tx_at(call, height, found, call->arg[1].u64);
}

bool rpc_eth_get_tx_by_hash_and_index(struct rpc_call *call)
{
    uint64_t height;
    bool found;

    return height_of_argument(call, &height, &found) &&
           write_tx_at(call, height, found, call->arg[1].u64);
}

bool rpc_eth_get_raw_tx(struct rpc_call *call)
{
    struct store_tx found;
    struct tx *tx = pool_tx(call, &call->arg[0].hash);

    if (!tx) {
        if (!find_tx(call, &call->arg[0].hash, &found))
            return false;
        tx = found.tx;
    }
    if (!tx)
        return put_null(call);
    json_put_data(call->out, tx->encoding);
    tx_drop(tx);
    return true;
}

/* ---- receipts ---- */

bool rpc_write_receipt(struct rpc_call *call, const struct hash *hash, bool *found)
{
    struct shape_place place;
    struct store_tx at;

    *found = false;
    if (!find_tx(call, hash, &at))
        return false;
    if (!at.tx)
        return put_null(call);
    *found = true;
    place = (struct shape_place){
        .header = &at.header, .block_hash = &at.block_hash, .position = at.position};
    shape_receipt_write(call->out, at.tx, &place, at.gas_cumulative);
    tx_drop(at.tx);
    return true;
}

bool rpc_eth_get_receipt(struct rpc_call *call)
{
    bool found;

    return rpc_write_receipt(call, &call->arg[0].hash, &found);
}

bool rpc_eth_get_block_receipts(struct rpc_call *call)
{
    struct shape_place place;
    struct block *block;
    uint64_t height, gas = 0;
    bool found;

    if (!find_height(call, &call->arg[0].block, &height, &found))
        return false;
    if (!found)
        return put_null(call);
    if (!find_block(call, height, &block))
        return false;
    place = (struct shape_place){.header = &block->header, .block_hash = &block->hash};
    json_array_begin(call->out);
    for (size_t i = 0; i < block->tx_count; i++) {
        gas += block->tx[i]->gas_intrinsic;
        place.position = (uint32_t)i;
        shape_receipt_write(call->out, block->tx[i], &place, gas);
    }
    json_array_end(call->out);
    block_drop(block);
    return true;
}

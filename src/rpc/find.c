#include "find.h"

#include <cairn/hex.h>

#include <inttypes.h>

static uint64_t head_height(const struct rpc_call *call)
{
    return call->head->block->header.height;
}

void find_refresh(struct rpc_call *call)
{
    store_snapshot_free(call->snapshot);
    call->snapshot = NULL;
    head_drop(call->head);
    call->head = call->options->node.head(call->options->node.context);
}

bool find_height(struct rpc_call *call, const struct rpc_block *block, uint64_t *height,
                 bool *found)
{
    *found = true;
    switch (block->kind) {
    case RPC_BLOCK_LATEST:
    case RPC_BLOCK_PENDING:
        *height = head_height(call);
        return true;
    case RPC_BLOCK_EARLIEST:
        *height = 0;
        return true;
    case RPC_BLOCK_NUMBER:
        *height = block->number;
        *found = block->number <= head_height(call);
        return true;
    case RPC_BLOCK_HASH:
        if (hash_equal(&block->hash, &call->head->block->hash)) {
            *height = head_height(call);
            return true;
        }
        if (!store_height_of_hash(rpc_call_snapshot(call), &block->hash, height, found, call->err))
            return false;
        *found = *found && *height <= head_height(call);
        return true;
    }
    return false;
}

bool find_state_height(struct rpc_call *call, const struct rpc_block *block, uint64_t *height)
{
    char hash[HEX_HASH_TEXT];
    bool found;

    if (!find_height(call, block, height, &found))
        return false;
    if (found)
        return true;
    if (block->kind == RPC_BLOCK_HASH)
        return error_set(call->err, ERROR_STATE_UNKNOWN, "block not found: hash %s",
                         hex_format_hash(hash, &block->hash));
    return error_set(call->err, ERROR_STATE_UNKNOWN,
                     "block not found: number %" PRIu64 ", the head is %" PRIu64, block->number,
                     head_height(call));
}

bool find_block(struct rpc_call *call, uint64_t height, struct block **block)
{
    const struct rpc_node *node = &call->options->node;

    *block = node->block_recent(node->context, height);
    if (*block)
        return true;
    if (!store_block(rpc_call_snapshot(call), height, block, call->err))
        return false;
    return *block ||
           error_set(call->err, ERROR_STORE_DAMAGED, "block %" PRIu64 " is missing", height);
}

bool find_header(struct rpc_call *call, uint64_t height, struct header *header, struct hash *hash)
{
    bool found;

    if (height == head_height(call)) {
        *header = call->head->block->header;
        *hash = call->head->block->hash;
        return true;
    }
    if (!store_header(rpc_call_snapshot(call), height, header, hash, &found, call->err))
        return false;
    return found ||
           error_set(call->err, ERROR_STORE_DAMAGED, "header %" PRIu64 " is missing", height);
}

bool find_tx(struct rpc_call *call, const struct hash *hash, struct store_tx *found)
{
    if (!store_tx_by_hash(rpc_call_snapshot(call), hash, found, call->err))
        return false;
    if (found->tx && found->height > head_height(call)) {
        tx_drop(found->tx); /* its block is written, not yet published */
        found->tx = NULL;
    }
    return true;
}

/* The objects of json-rpc.md, "Answers' shapes", written straight into the output. Private to the
 * room. */
#ifndef CAIRN_RPC_SHAPES_H
#define CAIRN_RPC_SHAPES_H
#include <cairn/block.h>
#include <cairn/json.h>

/* A block with what stands beside it. `hash` NULL: the pending block (hash, nonce, miner, logsBloom
 * null). */
struct shape_block {
    const struct header *header;
    const struct hash *hash;
    const struct hash *receipts_root;
    size_t size;
    struct tx *const *tx;
    size_t tx_count;
};
void shape_block_write(struct json_writer *w, const struct shape_block *block, bool full);

/* Where a transaction stands; NULL while it waits. */
struct shape_place {
    const struct header *header;
    const struct hash *block_hash;
    uint32_t position;
};
void shape_tx_write(struct json_writer *w, const struct tx *tx, const struct shape_place *place);
void shape_receipt_write(struct json_writer *w, const struct tx *tx,
                         const struct shape_place *place, uint64_t gas_cumulative);

#endif

/* Looking up blocks by parameter. Private to the room. */
#ifndef CAIRN_RPC_FIND_H
#define CAIRN_RPC_FIND_H
#include "call.h"

/* The height that a parameter means; `found` false: this chain lacks it. pending and latest are the
 * head. */
bool find_height(struct rpc_call *call, const struct rpc_block *block, uint64_t *height,
                 bool *found) MUST_CHECK;
/* The same for methods that read the state: not found is ERROR_STATE_UNKNOWN. */
bool find_state_height(struct rpc_call *call, const struct rpc_block *block,
                       uint64_t *height) MUST_CHECK;
/* Gives the block at a height that is found: from memory, or from the store. */
bool find_block(struct rpc_call *call, uint64_t height, struct block **block) MUST_CHECK;
bool find_header(struct rpc_call *call, uint64_t height, struct header *header,
                 struct hash *hash) MUST_CHECK;
/* A decided transaction; `tx` NULL: none at or below the head. Gives it (tx_drop). */
bool find_tx(struct rpc_call *call, const struct hash *hash, struct store_tx *found) MUST_CHECK;
/* Takes a newer head and snapshot: after the mempool was looked at, so that what left it for a
 * block is found there. */
void find_refresh(struct rpc_call *call);

#endif

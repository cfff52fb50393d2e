/* A development chain of a few blocks in memory, and the dispatcher over it: what a wallet asks is
 * answered as a node would. */
#ifndef CAIRN_TEST_RPC_WORLD_H
#define CAIRN_TEST_RPC_WORLD_H
#include <cairn/json.h>
#include <cairn/tx.h>

struct rpc_world;

struct rpc_world *rpc_world_new(void) MUST_CHECK;
void rpc_world_free(struct rpc_world *world);

/* The answer to a request body; NULL: none was sent (a notification). Gives it (json_decref). What
 * is sent is admitted but never decided. */
json_t *rpc_world_ask(struct rpc_world *world, json_t *request) MUST_CHECK;
/* The OpenRPC document of what is served. Gives it. */
json_t *rpc_world_document(struct rpc_world *world) MUST_CHECK;

/* Names of what is there, to be put in the place of another chain's. Block 1 holds one transaction
 * of each type, at the place of its type. */
const struct hash *rpc_world_block(const struct rpc_world *world);
uint64_t rpc_world_block_height(const struct rpc_world *world);
uint64_t rpc_world_head_height(const struct rpc_world *world);
const struct tx *rpc_world_tx(const struct rpc_world *world, enum tx_type type);
/* One that may be sent. */
struct bytes rpc_world_raw(const struct rpc_world *world, enum tx_type type);

#endif

/* A whole node without threads and sockets, for the room's tests: engine, store in memory, the RPC;
 * the test turns the wheel. */
#ifndef CAIRN_RPC_WORLD_TEST_H
#define CAIRN_RPC_WORLD_TEST_H
#include "test/unit.h"

#include <cairn/rpc.h>

enum { WORLD_POOL_MAX = 64, WORLD_SUBMITTED_MAX = 64 };

struct world {
    struct genesis genesis;
    struct kv *kv;
    struct store *store;
    struct secret validator, rich;
    struct address validator_address, rich_address;
    struct consensus_key key;
    struct engine *engine;
    struct effects effects;
    struct head *head;
    struct rpc *rpc;
    uint64_t now_ms, mono_ms;
    struct { /* the mempool's mirror */
        struct tx *tx;
        uint64_t sequence;
        bool pending;
    } pool[WORLD_POOL_MAX];
    size_t pool_count;
    struct {
        struct tx *tx;
        uint64_t ticket;
    } submitted[WORLD_SUBMITTED_MAX];
    size_t submitted_count;
    struct rpc_exchange *ready[WORLD_SUBMITTED_MAX]; /* to be run again */
    size_t ready_count;
};

/* `block_time_ms` 0: a block as soon as a transaction is there. */
void world_open(struct world *world, unsigned block_time_ms);
void world_close(struct world *world);
/* A transfer of the rich account, in hex; gives the text. */
char *world_transfer(const struct world *world, uint64_t nonce, struct hash *hash);
/* Starts an exchange with this body and runs it as far as it goes. */
struct rpc_exchange *world_start(struct world *world, const char *body,
                                 enum rpc_progress *progress);
/* Lets the engine take what was submitted, writes what it wants written, hands answers and heads
 * on, runs what is ready; until nothing moves. */
void world_turn(struct world *world);
void world_stop(struct world *world); /* rpc_stop */
/* Starts, turns, and gives the answer's text ("" for none). */
char *world_call(struct world *world, const char *body);

#endif

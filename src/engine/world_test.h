/* A small world for the room's tests: the engine, its store in memory, and a disk that the test
 * writes by hand. */
#ifndef CAIRN_ENGINE_WORLD_TEST_H
#define CAIRN_ENGINE_WORLD_TEST_H
#include "test/unit.h"

#include <cairn/engine.h>

struct world {
    struct genesis genesis;
    struct kv *kv;
    struct kv_ops disk; /* the kv's, for tests that break it */
    void (*disk_close)(struct kv *kv);
    struct store *store;
    struct secret validator, rich;
    struct address rich_address;
    struct consensus_key key;
    struct engine_options options;
    struct engine *engine;
    struct effects effects;
    uint64_t now_ms, mono_ms;
};

void world_open(struct world *world, int block_time_ms, bool empty_blocks);
void world_close(struct world *world);
/* With the options and the record that the world has; effects are added. */
void world_open_engine(struct world *world);
bool world_try_engine(struct world *world, struct error *err) MUST_CHECK;
/* Engine and store are gone with all that was not on the disk; the store is open again. */
void world_crash(struct world *world);
/* A transfer of 1 wei by the rich account; its tip is a thousandth of its fee. */
struct tx *world_transfer(const struct world *world, uint64_t nonce, uint64_t fee);
void world_step(struct world *world, struct engine_input input);
void world_give(struct world *world, uint64_t nonce, uint64_t ticket);
void world_give_fee(struct world *world, uint64_t nonce, uint64_t fee, uint64_t ticket);
void world_turn(struct world *world);
/* The effects since the last call, one letter each: A answer, G answer behind a gap, R refusal, W
 * journal, B block write, H head, P pool, S stop; timers are left out. Writes are carried out on
 * the store and acknowledged when `disk`. */
const char *world_letters(struct world *world, bool disk);

#endif
